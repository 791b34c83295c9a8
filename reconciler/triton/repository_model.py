"""One model of a model repository that is being laid out: its files and its configuration, before anything is
judged. It makes no difference here whether the files come from declared models or from a folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from reconciler.core.model.findings import Location
from reconciler.core.model.served.contract import Contract
from reconciler.triton.backend_choice import ENSEMBLE as ENSEMBLE
from reconciler.triton.backend_choice import TORCH_AOTI, Chosen, chosen
from reconciler.triton.config.fields import Field
from reconciler.triton.config.places import place_of
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.config.values import NOTHING_DECLARED, Config
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_reading import read_model
from reconciler.triton.repository_layout import LayoutFile
from reconciler.triton.version_policy import narrow, version_number

CHECKSUM = "checksum"
NOWHERE = Location("")

T = TypeVar("T")


@dataclass(frozen=True)
class RepositoryModel:
    """`where` is the place of the model, `config_where` that of its configuration, if it has one: a file of
    its own (`has_config_file`), or the manifest. `variants` are its other configurations, by their paths
    in its folder. `folder` is the model's folder on this machine; empty where its files come from many
    places. `field_place` tells where a field of the configuration stands that is declared in a manifest.
    Without `look_inside`, what is in its model files is unknown: they may be stand-ins.
    """

    name: str
    where: Location
    files: tuple[LayoutFile, ...]
    config: Config | None = None
    config_where: Location = NOWHERE
    variants: Mapping[str, Config] = field(default_factory=dict)
    has_config_file: bool = False
    folder: str = ""
    field_place: Callable[[Field], Location] | None = None
    look_inside: bool = True

    @cached_property
    def paths(self) -> frozenset[str]:
        """Of its files, inside its folder; the path of a folder ends with `/`."""
        return frozenset(file.path.removeprefix(f"{self.name}/") for file in self.files)

    @cached_property
    def content(self) -> LocalFiles:
        """Its files, by paths that start with its name. Those that are fetched later cannot be read."""
        return LocalFiles({file.path: file.source for file in self.files})

    @cached_property
    def _known(self) -> dict[object, Any]:
        return {}

    def once(self, what: object, find: Callable[[], T]) -> T:
        """What `find` returns the first time; many rules ask the same of a model. `what` is its name."""
        if what not in self._known:
            self._known[what] = find()
        found: T = self._known[what]
        return found

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The names of the folders directly in its own."""
        return tuple(sorted({path.split("/")[0] for path in self.paths if "/" in path}))

    @cached_property
    def versions(self) -> Mapping[int, frozenset[str]]:
        """The versions that have a folder, and the names that are directly in it."""
        names: dict[int, set[str]] = {}
        for parts in (path.split("/") for path in self.paths):
            number = version_number(parts[0]) if len(parts) > 1 else None
            if number is not None:
                names.setdefault(number, set()).add(parts[1])
        return {number: frozenset(names[number]) for number in names}

    def place_of_field(self, name: Field) -> Location:
        """Where a field of its configuration stands, or the nearest one around it."""
        if self.field_place:
            return self.field_place(name)
        if self.has_config_file and self.config:
            return Location(self.config_where.path, *place_of(self.config.text, name))
        return self.config_where

    @cached_property
    def settings(self) -> Config:
        """Its configuration; an empty one where it has none."""
        return self.config or Config(contract=NOTHING_DECLARED)

    @cached_property
    def message(self) -> Any:
        """The protobuf of its configuration, which nobody may change; an empty one where it has none."""
        return self.settings.message or protobuf().ModelConfig()

    @cached_property
    def handed_on(self) -> bool:
        """Whether the server loads it from another place than its folder, where nobody knows what is: an
        agent may decrypt its files, or fetch them. The configuration is this one all the same (core r24.10,
        model_repository_manager.cc, InitializeModelInfo). The agent `checksum` changes nothing.
        """
        return any(agent != CHECKSUM for agent in self.settings.agents)

    @cached_property
    def served(self) -> frozenset[int]:
        """The versions that Triton will serve."""
        return narrow(self.settings.policy, self.versions)

    @cached_property
    def contracts(self) -> Mapping[int, Contract]:
        """Of the versions that Triton will serve, as far as they are known, completed from their files."""
        configs = {} if self.config is None else {CONFIG_FILE: self.config}
        folder = read_model(self.name, f"{self.name}/", configs, self.paths, self.content)
        return {number: contract for _, read in folder.configurations for number, contract in read.contracts}

    @cached_property
    def chosen(self) -> Chosen:
        """The backend that the server gives it to."""
        return chosen(self.settings, self.name, self.paths)

    @cached_property
    def backend(self) -> str:
        """What runs it; empty where nobody can tell."""
        return ENSEMBLE if self.settings.steps else self.chosen.runs

    @property
    def of_torchscript(self) -> bool:
        """Whether the backend pytorch takes it for TorchScript, and not for a compiled program."""
        return self.backend == "pytorch" and self.chosen.platform != TORCH_AOTI
