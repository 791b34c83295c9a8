"""What a manifest says about models, and the layout that follows from it, before any content is hashed.

Values only; nothing here touches a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.core.model.artifact import ModelTensors, Source, Versions
from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Location


@dataclass(frozen=True, slots=True)
class LocalPath:
    """A file or a folder, by its absolute path."""

    path: Path


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is fetched when the artifact is packed; `sha256` as 64 hex digits."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DeclaredVersion:
    """One version of a model and where its content is."""

    number: int
    content: LocalPath | RemoteFile
    where: Location


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """One item of `models:`. `config` is a config.pbtxt, the fields of one, or None: Triton or we complete
    it.
    """

    name: str
    backend: str | None
    config: Path | Mapping[str, Json] | None
    versions: tuple[DeclaredVersion, ...]
    where: Location


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A file of the model repository: its path inside, a folder's with a `/` at the end, and where its
    content is.

    `sha256` is known beforehand only for what is fetched later; `identity`, device and inode, for what was
    looked at on this machine.
    """

    path: str
    source: Source
    sha256: str | None = None
    identity: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole model repository, the versions that Triton will serve from it, and the tensors that its models
    declare.
    """

    files: tuple[LayoutFile, ...]
    versions: Versions
    tensors: ModelTensors = ()

    def models(self) -> dict[str, "Layout"]:
        """The content of each model's folder, by the model's name; paths begin inside of it."""
        found: dict[str, list[LayoutFile]] = {}
        for file in self.files:
            name, _, inside = file.path.partition("/")
            found.setdefault(name, []).append(replace(file, path=inside))
        return {name: self._only(name, files) for name, files in sorted(found.items())}

    def _only(self, name: str, files: list[LayoutFile]) -> "Layout":
        versions = frozenset(item for item in self.versions if item[0] == name)
        return Layout(tuple(files), versions, tuple(item for item in self.tensors if item[0] == name))
