"""Writes pins into the files of manifests: all of them or none, each file whole or not at all.

Which file it is was checked when the manifests were read. Here it is opened by its real path, never by a
link, and only changed if it still holds what was read.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Finding
from reconciler.manifests.pins.edits import Pin, pinned
from reconciler.manifests.yaml.text_files import BYTE_ORDER_MARK, decode
from reconciler.triton.files.confined_paths import within


@dataclass(frozen=True, slots=True)
class _Change:
    """A file, and what it is to hold."""

    shown: str
    place: Path
    before: bytes
    after: bytes


def write_pins(root: Path, pins: Sequence[Pin]) -> None:
    """Write these pins. Raises InvalidManifests, with a finding for each that cannot be written, and Failed
    when a file cannot be replaced; then the ones before it are.
    """
    ordered = sorted(pins, key=lambda pin: pin.where)
    changes: list[_Change] = []
    findings: list[Finding] = []
    for shown, of_file in groupby(ordered, key=lambda pin: pin.where.path):
        place, before = _read(root, shown)
        text = decode(before, shown)
        if isinstance(text, Finding):
            findings.append(text)
            continue
        changed, wrong = pinned(text, list(of_file))
        findings += wrong
        mark = BYTE_ORDER_MARK if before.startswith(BYTE_ORDER_MARK) else b""
        changes.append(_Change(shown, place, before, mark + changed.encode()))
    if findings:
        raise InvalidManifests(tuple(findings))
    _replace_all(changes)


def _read(root: Path, shown: str) -> tuple[Path, bytes]:
    """The real path of a manifest, and what it holds."""
    place = Path(os.path.realpath(root / shown))
    if not within(str(place), os.path.realpath(root)):
        raise Failed(f"{shown}: leads out of the repository by a link. Nothing was written")
    try:
        return place, _bytes(place)
    except OSError as error:
        raise _not_written(shown, error) from error


def _bytes(place: Path) -> bytes:
    with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read()


def _replace_all(changes: Sequence[_Change]) -> None:
    """Replace each file by a new one beside it; what can go wrong with those goes wrong before."""
    partials: list[Path] = []
    try:
        for change in changes:
            try:
                partials.append(_partial(change))
            except OSError as error:
                raise _not_written(change.shown, error) from error
        for change, partial in zip(changes, partials, strict=True):
            try:
                partial.replace(change.place)
            except OSError as error:
                raise Failed(f"{change.shown}: not written ({error.strerror})") from error
    finally:
        for partial in partials:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def _partial(change: _Change) -> Path:
    """A new file with what the manifest is to hold, and its mode. Raises Failed when it is another by now."""
    partial = change.place.with_name(f".{secrets.token_hex(8)}.partial")
    with partial.open("xb") as file:
        try:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), change.place.stat().st_mode & 0o7777)
            if _bytes(change.place) != change.before:
                raise Failed(f"{change.shown}: has changed meanwhile. Nothing was written: resolve again")
        except BaseException:
            partial.unlink()
            raise
    return partial


def _not_written(shown: str, error: OSError) -> Failed:
    return Failed(f"{shown}: the digest cannot be written ({error.strerror}). Nothing was written")
