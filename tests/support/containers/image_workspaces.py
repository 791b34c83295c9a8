"""Workspaces whose manifests ask for images that are composed of tiny ones, in a real engine, for a real
registry.
"""

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.containers.registry import Registry
from tests.support.inside import run_inside
from tests.support.workspace import Begun, Done, Workspace

BASE, OLD_BASE, FULL, ARM = (f"images.example/tiny/{name}:1" for name in ("base", "old", "full", "arm"))

MANIFEST = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: NAME}
spec:
  image:
    repository: REPOSITORY
    IMAGE
  instance: {shape: SHAPE, ocpus: 1, memoryGBs: 8}
  models:
    - name: m
      backend: onnxruntime
      versions: {"1": ../model.onnx}
"""


@dataclass(frozen=True)
class Engine:
    """A running engine that trusts the registry; `client` is for looking at what it has."""

    address: str
    client: Any

    def images(self) -> set[tuple[str, str]]:
        """Name and id of each image."""
        return {(tag, one["Id"]) for one in self.client.images() for tag in one["RepoTags"] or ()}


@dataclass(frozen=True)
class Images:
    """A repository whose images are in `repository` of the registry, which no other test uses."""

    workspace: Workspace
    engine: Engine
    registry: Registry
    repository: str
    environment: dict[str, str]

    def manifest(
        self,
        name: str,
        tag: str = "",
        repository: str = "",
        build: str = "",
        triton: str = "2.51.0",
        base: str = BASE,
        full: str = FULL,
        shape: str = "VM.Standard.E4.Flex",
    ) -> None:
        """A manifest; `build` is added to its build. With a release of Triton that no other test names, the
        engine has not built it before.
        """
        content = f"build: {{triton: {triton}, base: {base}, full: {full}, repoAgents: [checksum]{build}}}"
        text = MANIFEST.replace("NAME", name).replace("REPOSITORY", repository or self.repository)
        text = text.replace("SHAPE", shape)
        lines = f'tag: "{tag}"\n    {content}' if tag else content
        self.workspace.write(f"manifests/{name}.yaml", text.replace("IMAGE", lines))

    def without_build(self, name: str) -> None:
        text = MANIFEST.replace("NAME", name).replace("REPOSITORY", self.repository)
        text = text.replace("SHAPE", "VM.Standard.E4.Flex")
        self.workspace.write(f"manifests/{name}.yaml", text.replace("IMAGE", "tag: theirs"))

    def run(self, *words: str, code: int = 0, **environment: str) -> Done:
        """In the process of the test: most of what it takes is the start of an interpreter."""
        changes = {**self.environment, **environment}
        ended, out, err = run_inside(("image", *words), self.workspace.root, changes, b"")
        done = Done(ended, out.decode(), err.decode())
        assert done.code == code, f"{done.code}\n{done.out}\n{done.err}"
        return done

    def json(self, *words: str, code: int = 0, **environment: str) -> Any:
        return self.run(*words, "--format", "json", code=code, **environment).json

    def begin(self, *words: str) -> Begun:
        return self.workspace.begin("image", *words, env=self.environment)

    def push_base(self, tag: str) -> None:
        """Push the base under a tag, as somebody else's image."""
        self.engine.client.tag(BASE, self.repository, tag)
        for line in self.engine.client.push(
            self.repository, tag=tag, auth_config=self.registry.auth, stream=True, decode=True
        ):
            assert "error" not in line, line

    def stored(self) -> set[str]:
        """The digests of the blobs that the registry has for this repository."""
        return {link.parent.name for link in self._folder.glob("_layers/sha256/*/link")}

    def behind(self, tag: str) -> str:
        """The digest that a tag stands for in the registry; empty when there is no such tag."""
        link = self._folder / "_manifests/tags" / tag / "current/link"
        return link.read_text() if link.exists() else ""

    @property
    def _folder(self) -> Path:
        place = self.repository.partition("/")[2]
        return self.registry.authority.parent / "images/docker/registry/v2/repositories" / place


def in_container(images: Images, image: str, script: str) -> str:
    """What a shell prints in a container of an image, stderr included."""
    client = images.engine.client
    host = client.create_host_config(network_mode="none")
    made = client.create_container(image, ["bash", "-c", f"exec 2>&1; {script}"], host_config=host)
    try:
        client.start(made)
        client.wait(made)
        return str(client.logs(made).decode())
    finally:
        client.remove_container(made, force=True)


class Gate:
    """Stands before a registry like a refusal: the first uploads pass, the next are held until it is closed,
    and then refused for good.
    """

    status, code, message = 403, "DENIED", "closed"

    def __init__(self, passing: int) -> None:
        self._left, self._lock, self._closed = passing, threading.Lock(), threading.Event()
        self.held = 0

    def close(self) -> None:
        self._closed.set()

    def fits(self, method: str, path: str) -> bool:
        if method != "POST" or not re.match(r"/v2/.+/blobs/uploads/", path):
            return False
        with self._lock:
            self._left -= 1
            if self._left >= 0:
                return False
            self.held += 1
        self._closed.wait()
        with self._lock:
            self.held -= 1
        return True
