"""Experiments of `datascience-emulator verify` on emulators whose model servers route as Triton's do."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from datascience_emulator.triton.routing import ModelRoute, find_route
from datascience_emulator.verify.artifacts import MODEL_NAME, MODEL_VERSION
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.lab import Place
from datascience_emulator.verify.redact import Redactor
from datascience_emulator.verify.run import Ended, run
from datascience_emulator.verify.sign_in import connect, sign_in
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.wire.images import ImageMissing, ImageReference
from tests.support.emulator import Emulator, FakeFleet, FakeServing, Reply, Revision, ServerFailed

IMAGE = "us-ashburn-1.ocir.io/acme/triton:1"
LARGE = 50_000


class RoutedFleet(FakeFleet):
    """Answers for the one model of the experiments. Where images count, one that is not there fails."""

    async def roll(self, revision: Revision, progress: Callable[[str], None]) -> None:
        container = revision.container if self._owner.pulls else None
        if container is not None and container["digest"] is None:
            raise ServerFailed("the image is not there", "")
        if (mark := revision.model_dir / "identity" / "mark").exists() and mark.read_text() == "broken":
            raise ServerFailed("the model is broken", "")
        await super().roll(revision, progress)

    async def predict(self, headers: Mapping[str, str], body: bytes, method: str, path: str | None) -> Reply:
        route = find_route(headers, {})
        good = isinstance(route, ModelRoute) and (route.name, route.version) == (MODEL_NAME, MODEL_VERSION)
        return Reply(200 if good else 400, {"content-type": "application/json"}, json.dumps({}).encode())


class RoutedServing(FakeServing):
    """`pulls`: whether images count, as where servers are containers."""

    pulls = False

    def new_fleet(self, name: str, work_dir: Any, log_dir: Any) -> RoutedFleet:
        return RoutedFleet(self, name)


class OneImage:
    """A registry that holds IMAGE alone."""

    async def digest(self, image: ImageReference) -> str | ImageMissing:
        return f"sha256:{'5' * 64}" if image.path == "acme/triton" else ImageMissing("there is none")


def place_of(emulator: Emulator, **given: Any) -> Place:
    return Place(emulator.config["region"], emulator.compartment, **given)


def service_of(emulator: Emulator, stop: Stop | None = None) -> Any:
    account = sign_in(emulator.config_file, "DEFAULT", None, emulator.endpoint)
    return connect(account, stop or Stop())


def asked(emulator: Emulator, *only: str, stop: Stop | None = None, **given: Any) -> Ended:
    """A whole run, of all experiments or of some."""
    stop = stop or Stop()
    chosen = [one for one in EXPERIMENTS if not only or one.name in only]
    said: list[str] = []
    place = place_of(emulator, **given)
    return run(service_of(emulator, stop), place, stop, chosen, Redactor([place.compartment]), said.append)


def marked(emulator: Emulator) -> list[str]:
    """Whatever has the prefix of the marker and is not deleted, in all compartments."""
    store = emulator.app.state.cloud.store
    kinds = ("deployment", "model", "version-set", "project")
    documents = [record.document for record in itertools.chain(*(store.every(kind) for kind in kinds))]
    names = [
        str(one.get("displayName") or one.get("name"))
        for one in documents
        if one["lifecycleState"] != "DELETED"
    ]
    return [name for name in names if name.startswith("datascience-emulator-verify-")]
