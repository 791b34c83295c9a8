"""The model repository as a value: its files, the digest of their content, and the versions that a server
would serve.

Reading files, packing and uploading happen elsewhere; here is only what follows from names and digests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.values import digest_of


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, by its absolute path."""

    path: str


@dataclass(frozen=True, slots=True)
class Inline:
    """Text written by the reconciler itself, for example a config.pbtxt made from the manifest."""

    text: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that is fetched when it is needed; its digest is in the manifest, so planning needs no
    download.
    """

    url: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that has to exist although it is empty: Triton wants a version folder even for an ensemble."""


Source: TypeAlias = LocalFile | Inline | Remote | Folder


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the artifact: its path inside (with `/`), SHA-256 as 64 hex digits, size in bytes (None:
    not known yet).
    """

    path: str
    sha256: str
    size: int | None
    source: Source


ModelVersion: TypeAlias = tuple[str, int]
"""A model's name and the number of a version of it."""

Versions: TypeAlias = frozenset[ModelVersion]
"""A version structure: what the server serves."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model repository's content. `digest` depends on paths and bytes alone, never on times, order or
    place.
    """

    digest: str
    entries: tuple[Entry, ...]
    versions: Versions


def make_artifact(entries: Iterable[Entry], versions: Versions) -> Artifact:
    """The artifact of these entries, in the order in which they are packed."""
    ordered = tuple(sorted(entries, key=lambda entry: entry.path))
    content = [(entry.path, entry.sha256) for entry in ordered]
    return Artifact(f"sha256:{digest_of(content)}", ordered, versions)
