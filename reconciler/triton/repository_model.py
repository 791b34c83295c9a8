"""One model of a model repository that is being laid out: its files and its configuration, before anything is
judged. It makes no difference here whether the files come from declared models or from a folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reconciler.core.model.findings import Location
from reconciler.triton.backends import backend_of_files, backend_of_platform
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.config.values import NOTHING_DECLARED, Config
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.repository_layout import LayoutFile
from reconciler.triton.version_policy import narrow, version_number

ENSEMBLE = "ensemble"
NOWHERE = Location("")


@dataclass(frozen=True)
class RepositoryModel:
    """`where` is the place of the model, `config_where` that of its configuration, if it has one: a file of
    its own (`has_config_file`), or the manifest. `variants` are its other configurations, by their paths
    in its folder. `folder` is the model's folder on this machine; empty where its files come from many
    places. Without `look_inside`, what is in its model files is unknown: they may be stand-ins.
    """

    name: str
    where: Location
    files: tuple[LayoutFile, ...]
    config: Config | None = None
    config_where: Location = NOWHERE
    variants: Mapping[str, Config] = field(default_factory=dict)
    has_config_file: bool = False
    folder: str = ""
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
    def looked_into(self) -> dict[Any, Any]:
        """What rules have found in its files; each file is looked into once."""
        return {}

    @cached_property
    def versions(self) -> Mapping[int, frozenset[str]]:
        """The versions that have a folder, and the names that are directly in it."""
        names: dict[int, set[str]] = {}
        for parts in (path.split("/") for path in self.paths):
            number = version_number(parts[0]) if len(parts) > 1 else None
            if number is not None:
                names.setdefault(number, set()).add(parts[1])
        return {number: frozenset(names[number]) for number in names}

    @cached_property
    def settings(self) -> Config:
        """Its configuration; an empty one where it has none."""
        return self.config or Config(contract=NOTHING_DECLARED)

    @property
    def message(self) -> Any:
        """The protobuf of its configuration, which nobody may change; an empty one where it has none."""
        return self.settings.message or protobuf().ModelConfig()

    @cached_property
    def served(self) -> frozenset[int]:
        """The versions that Triton will serve."""
        return narrow(self.settings.policy, self.versions)

    @cached_property
    def model_files(self) -> frozenset[str]:
        """The names that are directly in any version folder."""
        return frozenset().union(*self.versions.values())

    @cached_property
    def backend(self) -> str:
        """What runs it; empty where nobody can tell."""
        if self.settings.steps:
            return ENSEMBLE
        named = backend_of_platform(self.settings.backend or self.settings.platform)
        return named or backend_of_files(self.model_files) or ""
