"""The file that `prices` in reconciler.yaml names → `Prices`, or everything that is wrong with it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding
from reconciler.core.model.target import NamedFile
from reconciler.core.planning.capacity.amounts import exact
from reconciler.core.planning.capacity.compute_shapes import is_flexible
from reconciler.core.planning.capacity.prices import Prices, ShapePrice
from reconciler.core.privacy.credential_patterns import MOVE_TO_ENV
from reconciler.manifests.declarations.prices_file import ManifestShapePrice, PricesFile
from reconciler.manifests.load_context import LoadContext
from reconciler.manifests.rules.compute_shapes import misspelled
from reconciler.manifests.schema.document_reading import DocumentReading, ReadTable
from reconciler.manifests.schema.reader import read
from reconciler.manifests.yaml.tree import Table, find
from reconciler.triton.files.confined_paths import INSIDE as INSIDE_OF_MANIFESTS
from reconciler.triton.files.confined_paths import BadPath, ConfinedPaths, PathKind

INSIDE = "The path starts at the folder of reconciler.yaml and stays inside the repository."


def load_prices(file: NamedFile, root: Path) -> Prices:
    """The prices of a repository. Raises InvalidManifests with everything that is wrong with them."""
    context = LoadContext()
    table = _read(file, root, context)
    context.checked()
    if table is None:
        raise InvalidManifests((Finding(file.where, f"{file.path} holds no prices", "Write a table."),))
    return Prices(
        path=file.path,
        currency=table.currency,
        date=table.date,
        shapes={name: _shape_price(price) for name, price in table.shapes.items()},
        mbps=_exact(table.bandwidth.mbps_hour if table.bandwidth else None),
        source=table.source,
    )


def _read(file: NamedFile, root: Path, context: LoadContext) -> PricesFile | None:
    try:
        path = ConfinedPaths(root).find(str(root), file.path, PathKind.FILE, f"prices: {file.path}")
    except BadPath as bad:
        advice = INSIDE if bad.advice == INSIDE_OF_MANIFESTS else bad.advice
        context.findings.append(Finding(file.where, bad.what, advice))
        return None
    document = context.only_document(path, file.path, MOVE_TO_ENV, "Prices are one document.")
    if document is None:
        return None
    reading = DocumentReading(document)
    table = read(PricesFile, reading)
    reading.findings += _faults(reading)
    context.add(reading.findings)
    return table


def _faults(reading: DocumentReading) -> Iterator[Finding]:
    """What the forms of single values do not say."""
    for price, table in reading.read_as(ManifestShapePrice):
        yield from _price_faults(price, table)
    document = reading.document
    shapes = find(document.root, "shapes")
    for name, entry in shapes.fields.items() if isinstance(shapes, Table) else ():
        if meant := misspelled(name):
            yield document.finding(entry, f"shapes: there is no shape '{name}'", f"Did you mean '{meant}'?")
    for file, table in reading.read_as(PricesFile):
        try:
            date.fromisoformat(file.date)
        except ValueError:
            yield table.finding(("date",), f"date: there is no day {file.date}", "Write YEAR-MONTH-DAY.")


def _price_faults(price: ManifestShapePrice, table: ReadTable) -> Iterator[Finding]:
    name = table.at.removeprefix("shapes.")
    parts = {"ocpuHour": price.ocpu_hour, "gbHour": price.gb_hour, "gpuHour": price.gpu_hour}
    if price.instance_hour is not None:
        for key in (key for key, rate in parts.items() if rate is not None):
            what = f"{table.at}.{key} stands beside instanceHour, which is the price of all of an instance"
            yield table.finding_at_key((key,), what, "Remove one of them.")
        if is_flexible(name):
            what = f"{table.at}.instanceHour: instances of {name} have the size that the manifest chooses"
            yield table.finding_at_key(("instanceHour",), what, "Write ocpuHour and gbHour.")
    elif is_flexible(name):
        for key in ("ocpuHour", "gbHour"):
            if parts[key] is None and key not in table.bad:
                what = f"{table.at} lacks '{key}': {name} is a flexible shape"
                yield table.finding((), what, "Its OCPUs and its memory are billed apart; 0 is a price, too.")


def _shape_price(price: ManifestShapePrice) -> ShapePrice:
    return ShapePrice(
        ocpu=_exact(price.ocpu_hour),
        memory_gb=_exact(price.gb_hour),
        gpu=_exact(price.gpu_hour),
        instance=_exact(price.instance_hour),
    )


def _exact(price: float | None) -> Decimal | None:
    return None if price is None else exact(price)
