"""Manifests → drafts, or every problem of all of them at once. The way through this package, step by step."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.probes import File, Probe
from reconciler.core.model.spec import Claim
from reconciler.core.privacy.credentials import MOVE_TO_ENV
from reconciler.manifests.declarations.model_deployment import (
    KIND,
    Manifest,
    ManifestModel,
    Metadata,
    RemoteVersion,
)
from reconciler.manifests.declarations.repository import FILE_NAME
from reconciler.manifests.declarations.repository import KIND as SETTINGS_KIND
from reconciler.manifests.declarations.rollout import ManifestProbe as WrittenProbe
from reconciler.manifests.discovery import Candidate, barren, discover
from reconciler.manifests.load_context import Gathering, fill
from reconciler.manifests.probe_files import ProbeFiles, probe_of
from reconciler.manifests.recognition import is_ours, lists_ours, may_be_ours
from reconciler.manifests.rules.declared_variables import Declared, declared_by
from reconciler.manifests.rules.deployment_names import Names
from reconciler.manifests.rules.tables import findings
from reconciler.manifests.rules.whole_manifest import wrongs
from reconciler.manifests.schema.reader import DocumentReading, read
from reconciler.manifests.schema.words import shown
from reconciler.manifests.spec_draft import Draft, draft_of
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.text_files import decode, read_head
from reconciler.manifests.yaml.tree import (
    Document,
    Listing,
    Node,
    Scalar,
    Table,
    TableEntry,
    Trail,
    find,
    follow,
)
from reconciler.triton.declared_models import layout_of_models
from reconciler.triton.files.confined_paths import BadPath, Inside, Wanted
from reconciler.triton.layout import DeclaredModel, DeclaredVersion, Layout, LocalPath, RemoteFile
from reconciler.triton.repository_folder import layout_of_folder


class Loaded(NamedTuple):
    """The manifests that were asked for, what the repository's other ones claim, and what all of them declare
    of variables.
    """

    drafts: tuple[Draft, ...]
    others: tuple[Claim, ...]
    declared: Declared = Declared()


def load_manifests(
    paths: Sequence[Path],
    root: Path,
    values: Mapping[str, Json],
    secrets: Collection[str] | None = None,
) -> Loaded:
    """Every manifest in these files and folders, or in `manifests/`, in the order of the files. `secrets`, if
    given, are all names that they may take from the environment, which is not looked at.

    In folders only YAML files that hold our kinds are read; a folder that is named has to hold some. Raises
    InvalidManifests with all problems of all files. Of what is in `manifests/` and was not asked for only the
    names count: what cannot be read of it is no problem here, and claims nothing.
    """
    load = _Load(Gathering(values, secrets), Inside(root), ProbeFiles(), Names())
    files, problems = discover(paths, root)
    load.gathering.problems += problems
    documents = [
        (fill(document, load.gathering), file)
        for file in files
        for document in _documents(file, load.gathering)
    ]
    drafts = [draft for document, file in documents if (draft := _draft(document, file, load))]
    told = {problem.where.path for problem in load.gathering.problems}
    held = [file.path for file in files if file.shown in told]
    load.gathering.problems += barren(paths, root, [*held, *(file.path for _, file in documents)])
    others = Names()
    elsewhere = _elsewhere(files, root) if paths else ()
    unheard = list(_unheard(elsewhere, values, secrets))
    claims = tuple(others.note(document) for document in unheard)
    load.gathering.add(tuple(load.names.clashes(others)))
    load.gathering.raise_problems()
    declared = declared_by((*(document for document, _ in documents), *unheard))
    return Loaded(tuple(drafts), claims, declared)


def variables_declared(root: Path, values: Mapping[str, Json]) -> Declared:
    """What the manifests of a repository declare of variables, as far as they can be read."""
    return declared_by(_unheard(discover((), root)[0], values, None))


def _elsewhere(files: Sequence[Candidate], root: Path) -> Iterator[Candidate]:
    """The files in `manifests/` that are none of these, not even by a link."""
    real = {os.path.realpath(file.path) for file in files}
    return (file for file in discover((), root)[0] if os.path.realpath(file.path) not in real)


def _unheard(
    files: Iterable[Candidate], values: Mapping[str, Json], secrets: Collection[str] | None
) -> Iterator[Document]:
    """The documents of these files; nobody hears of their problems."""
    gathering = Gathering(values, secrets)
    for file in files:
        for document in _documents(file, gathering):
            yield fill(document, gathering)


class _Load(NamedTuple):
    """One load: its problems, its way to files, those of probes, and the names that were read."""

    gathering: Gathering
    inside: Inside
    probe_files: ProbeFiles
    names: Names


def _documents(file: Candidate, gathering: Gathering) -> Iterator[Document]:
    """The documents of a file that are for us."""
    data = read_head(Path(file.path), file.shown)
    if isinstance(data, bytes) and not file.named and not may_be_ours(data):
        return
    text = decode(data, file.shown) if isinstance(data, bytes) else data
    if isinstance(text, Finding):
        gathering.problems.append(text)
        return
    gathering.look_for_secrets(text, file.shown, MOVE_TO_ENV)
    documents, problems = parse(text, file.shown)
    gathering.problems += problems
    if not documents and not problems:
        gathering.problems.append(
            Finding(Location(file.shown), "holds no document", f"Write a manifest: kind: {KIND}.")
        )
    for document in documents:
        if file.named or is_ours(document.root):
            yield document
        elif listed := lists_ours(document.root):
            gathering.problems.append(
                document.problem(
                    listed, "a manifest in a list", "Put --- between manifests; they are documents."
                )
            )


def _draft(document: Document, file: Candidate, load: _Load) -> Draft | None:
    kind = find(document.root, "kind")
    if isinstance(kind, Scalar) and kind.value == SETTINGS_KIND:
        advice = f"Settings are read from {FILE_NAME} at the top of the repository only."
        what = "settings do not belong among the manifests"
        load.gathering.problems.append(document.problem(kind, what, advice))
        return None
    reading = DocumentReading(document)
    manifest = read(Manifest, reading)
    _check(reading, load.names)
    folder = os.path.dirname(file.path)  # noqa: PTH120 - text, see `paths`
    layout = _layout(reading, folder, load.inside)
    probes = _probes(reading, folder, load)
    for wrong in wrongs(reading, layout):
        reading.problem(*wrong)
    load.gathering.add([load.inside.shown(problem) for problem in reading.problems])
    if manifest is None or layout is None:
        return None
    return draft_of(manifest, document.location(document.root), layout, probes)


def _check(reading: DocumentReading, names: Names) -> None:
    reported = {problem.where for problem in reading.problems}
    for value, node, at in reading.found:
        for finding in findings(value, at):
            place = _place(node, finding.trail, finding.key)
            if reading.document.location(place) not in reported:
                reading.problem(place, finding.what, finding.advice)
        if isinstance(value, Metadata):
            for wrong in names.take(reading.document, value, node):
                reading.problem(*wrong)


def _place(node: Node, trail: Trail, key: bool) -> Node | TableEntry:
    if key:
        holder = follow(node, trail[:-1])
        if isinstance(holder, Table) and trail[-1] in holder.fields:
            return holder.fields[str(trail[-1])]
    return follow(node, trail)


# The model repository.


def _layout(reading: DocumentReading, folder: str, inside: Inside) -> Layout | None:
    """The layout of what `models` or `modelRepository` name, as far as they could be read."""
    spec = find(reading.document.root, "spec")
    if not isinstance(spec, Table):
        return None
    if "models" in spec.fields:
        models = spec.fields["models"].node
        return _layout_of_models(reading, models, folder, inside) if isinstance(models, Listing) else None
    if "modelRepository" in spec.fields:
        return _layout_of_folder(reading, spec.fields["modelRepository"].node, folder, inside)
    return None


def _layout_of_models(
    reading: DocumentReading, models: Listing, folder: str, inside: Inside
) -> Layout | None:
    read_well = [(value, node) for value, node, _ in reading.found if isinstance(value, ManifestModel)]
    declared = [_declared(reading, model, node, folder, inside) for model, node in read_well]
    whole = [model for model in declared if model is not None]
    if len(whole) < len(models.items):
        return None  # An ensemble of models that could not be read would be blamed for their absence.
    layout, problems = layout_of_models(whole)
    reading.problems += problems
    return layout


def _layout_of_folder(reading: DocumentReading, node: Node, folder: str, inside: Inside) -> Layout | None:
    path = _find(reading, node, folder, inside, Wanted.FOLDER)
    if path is None:
        return None
    layout, problems = layout_of_folder(path, reading.document.location(node))
    reading.problems += problems
    return layout


def _declared(
    reading: DocumentReading, model: ManifestModel, node: Table, folder: str, inside: Inside
) -> DeclaredModel | None:
    table = follow(node, ("versions",))
    versions = [
        _version(reading, number, content, follow(table, (number,)), folder, inside)
        for number, content in model.versions.items()
    ]
    config: Path | Mapping[str, object] | None
    if isinstance(model.config, str):
        config = _find(reading, follow(node, ("config",)), folder, inside, Wanted.FILE)
        if config is None:
            return None
    else:
        config = model.config
    whole = tuple(version for version in versions if version is not None)
    if len(whole) < len(versions):
        return None
    where = reading.document.location(follow(node, ("name",)))
    return DeclaredModel(model.name, model.backend, config, whole, where)  # type: ignore[arg-type] # JSON by its reader


def _version(
    reading: DocumentReading,
    number: str,
    content: str | RemoteVersion,
    node: Node,
    folder: str,
    inside: Inside,
) -> DeclaredVersion | None:
    where = reading.document.location(node)
    if isinstance(content, RemoteVersion):
        return DeclaredVersion(int(number), RemoteFile(content.url, content.sha256), where)
    path = _find(reading, node, folder, inside, Wanted.EITHER)
    return DeclaredVersion(int(number), LocalPath(path), where) if path else None


def _find(reading: DocumentReading, node: Node, folder: str, inside: Inside, wanted: Wanted) -> Path | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        return None
    try:
        return inside.find(folder, node.value, wanted, shown(node))
    except BadPath as bad:
        reading.problem(node, bad.what, bad.advice)
        return None


# Probes.


def _probes(reading: DocumentReading, folder: str, load: _Load) -> tuple[Probe, ...]:
    """The probes whose files can be used."""
    found = [(value, node) for value, node, _ in reading.found if isinstance(value, WrittenProbe)]
    made = [_probe(reading, probe, node, folder, load) for probe, node in found]
    return tuple(probe for probe in made if probe is not None)


def _probe(
    reading: DocumentReading, probe: WrittenProbe, node: Table, folder: str, load: _Load
) -> Probe | None:
    body = _probe_file(reading, follow(node, ("input",)), folder, load, load.probe_files.input)
    expect = None
    if probe.expect is not None:
        expect = _probe_file(reading, follow(node, ("expect",)), folder, load, load.probe_files.expected)
    return probe_of(probe, body, expect) if body else None


def _probe_file(
    reading: DocumentReading,
    node: Node,
    folder: str,
    load: _Load,
    read_file: Callable[[Path], File | tuple[str, str]],
) -> File | None:
    path = _find(reading, node, folder, load.inside, Wanted.FILE)
    found = read_file(path) if path else None
    if isinstance(found, tuple):
        what, advice = found
        reading.problem(node, f"{shown(node)} {what}", advice)
        return None
    return found
