"""The layout of a model repository: which files it has, before any content is hashed. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconciler.core.model.artifact import ModelTensors, Source, Versions
from reconciler.triton.config_pbtxt import InstanceGroup


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A file of the model repository: its path inside, and where its content is. The path of a folder ends
    with `/`.

    `sha256` is known beforehand only for what is fetched later. `identity` (device and inode) and `size` in
    bytes are known for files of this machine.
    """

    path: str
    source: Source
    sha256: str | None = None
    identity: tuple[int, int] | None = field(default=None, compare=False)
    size: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What a model asks of the machine and of the image.

    `backend` is empty where the image needs none for it, or nobody can tell. `size` are the bytes of the
    files that are loaded, as far as they are known. With `copied`, each instance loads them for itself.
    """

    name: str
    backend: str = ""
    groups: tuple[InstanceGroup, ...] = ()
    agents: tuple[str, ...] = ()
    size: int = 0
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole model repository, the versions that Triton will serve from it, the tensors that its models
    declare, and what they need.
    """

    files: tuple[LayoutFile, ...]
    versions: Versions
    tensors: ModelTensors = ()
    needs: tuple[ModelNeeds, ...] = ()

    def models(self) -> dict[str, "Layout"]:
        """The content of each model's folder, by the model's name; paths start inside the folder."""
        files: dict[str, list[LayoutFile]] = {}
        for file in self.files:
            name, _, inside = file.path.partition("/")
            files.setdefault(name, []).append(replace(file, path=inside))
        return {name: self._of_model(name, files[name]) for name in sorted(files)}

    def _of_model(self, name: str, files: Iterable[LayoutFile]) -> "Layout":
        versions = frozenset(item for item in self.versions if item[0] == name)
        tensors = tuple(item for item in self.tensors if item[0] == name)
        return Layout(
            tuple(files), versions, tensors, tuple(item for item in self.needs if item.name == name)
        )
