"""The layout of a model repository: which files it has, before any content is hashed. Values only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from reconciler.core.model.artifact import Source
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.served.structure import Versions
from reconciler.triton.config.values import InstanceGroup
from reconciler.triton.server.served import everything_served


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
    identity: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    size: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What a model asks of the machine and of the image.

    `backend` is empty where the image needs none for it, or nobody can tell. `size` are the bytes of the
    files that are loaded, as far as they are known. With `copied`, each instance loads them for itself.
    `fields` is what not every release of Triton knows of its configuration and files, with the first that
    does.
    """

    name: str
    backend: str = ""
    groups: tuple[InstanceGroup, ...] = ()
    agents: tuple[str, ...] = ()
    size: int = 0
    copied: bool = False
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole model repository: its files, what a server makes of its models, sorted by name, and what these
    need.

    `folders` come from the configurations alone. `reading` looks into the files of the models, too, which
    takes a while: so it is left until they are hashed. `of_member`: it is the folder of one model alone.
    """

    files: tuple[LayoutFile, ...]
    folders: tuple[ModelFolder, ...]
    needs: tuple[ModelNeeds, ...] = ()
    reading: Callable[[], tuple[ModelFolder, ...]] | None = field(default=None, compare=False, repr=False)
    of_member: bool = False

    @property
    def versions(self) -> Versions:
        """What a server serves that loads every model, each by its config.pbtxt."""
        return everything_served(self.folders).versions

    def read(self) -> tuple[ModelFolder, ...]:
        """What a server makes of the models, with their contracts."""
        return self.reading() if self.reading else self.folders

    def models(self) -> dict[str, "Layout"]:
        """The content of each model's folder, by the model's name; paths start inside the folder."""
        files: dict[str, list[LayoutFile]] = {}
        for file in self.files:
            name, _, inside = file.path.partition("/")
            files.setdefault(name, []).append(replace(file, path=inside))
        return {name: self._of_model(name, files[name]) for name in sorted(files)}

    def _of_model(self, name: str, files: Iterable[LayoutFile]) -> "Layout":
        def of_it(folders: Iterable[ModelFolder]) -> tuple[ModelFolder, ...]:
            return tuple(folder for folder in folders if folder.name == name)

        needs = tuple(item for item in self.needs if item.name == name)
        return Layout(tuple(files), of_it(self.folders), needs, lambda: of_it(self.read()), of_member=True)
