"""A repository whose deployments run images of its own, in containers of a local cloud.

It is brought there by the README's own commands, on the README's own manifest: only the registry's name is
another, and NVIDIA's images are named, as stand-ins take their place.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.images import iris
from tests.images.stand_in import StandIn
from tests.support.containers.registry import Registry
from tests.support.readme import OWN_IMAGE, blocks, commands, does_what_is_shown, section
from tests.support.workspace import SETTINGS, Workspace

TEXT = section(OWN_IMAGE)
ELSEWHERE = "registry.example.com"


@dataclass(frozen=True)
class World:
    workspace: Workspace
    engine: Any
    registry: Registry
    nvidias: StandIn

    @classmethod
    def begin(cls, root: Path, engine: Any, registry: Registry, nvidias: StandIn) -> "World":
        """The README's commands are run, and what they print compared."""
        world = cls(Workspace(root, own_cloud=True), engine, registry, nvidias)
        world.workspace.write("reconciler.yaml", SETTINGS)
        world.workspace.write("manifests/iris.yaml", world.manifest())
        iris.write(root / "manifests/iris")
        for command, wanted in commands(TEXT):
            does_what_is_shown(command, wanted, root)
        return world

    @property
    def repository(self) -> str:
        return f"{self.registry.host}/acme/triton"

    def manifest(self) -> str:
        """The README's."""
        (shown,) = blocks(TEXT, "yaml")
        assert shown.count(ELSEWHERE) == 1
        assert shown.count("triton: 2.51.0}") == 1
        named = f"triton: 2.51.0, base: '{self.nvidias.base}', full: '{self.nvidias.full}'}}"
        return shown.replace(ELSEWHERE, self.registry.host).replace("triton: 2.51.0}", named)

    def outputs(self, deployment: str, model: str, body: bytes) -> dict[str, Any]:
        """The tensors that a model of a deployment answers, by name."""
        answer = self.workspace.ask(self.workspace.endpoint(deployment), model, body)
        assert answer.status_code == requests.codes.ok, answer.text
        return {one["name"]: one["data"] for one in answer.json()["outputs"]}

    def pushes(self) -> list[str]:
        """The requests so far that have sent something to the registry."""
        return [asked for asked in self.registry.asked if asked.split()[0] in {"POST", "PUT", "PATCH"}]

    # -- as it is in the registry's own files

    def behind(self, tag: str) -> str:
        """The digest that a tag of the repository stands for."""
        return (self._files("acme/triton") / "_manifests/tags" / tag / "current/link").read_text()

    def stored(self, repository: str) -> set[str]:
        """The layers of a repository that have arrived as a whole: 64 hex digits each."""
        return {link.parent.name for link in self._files(repository).glob("_layers/sha256/*/link")}

    def _files(self, repository: str) -> Path:
        return self.registry.authority.parent / "images/docker/registry/v2/repositories" / repository
