"""The running servers, one fleet per deployment that serves. The only module that knows the serving side.

The serving side is imported when the first deployment needs it, so that the control plane works, and starts
at once, where no Triton is installed. This module decides what a fleet runs; when it runs is decided in
`lifecycle`.
"""

import asyncio
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

from .blobs import Blobs
from .jsons import Json
from .unpack import BadArtifact, unpack

# When the deployment names no serverPort. That the service takes 8080 is our assumption, no source says so
# (docs/service.md §4.1).
_DEFAULT_PORT = 8080


class Reply(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Fleet(Protocol):
    async def roll(self, revision: object, progress: Callable[[str], None]) -> None: ...
    async def stop(self) -> None: ...
    @property
    def serving(self) -> bool: ...
    async def predict(self, headers: Mapping[str, str], body: bytes) -> Reply: ...


class Serving(Protocol):
    """What `reconciler.emulator.serving` offers, as far as it is used here."""

    ServingUnavailable: type[Exception]
    ServerFailed: type[Exception]
    NotServing: type[Exception]
    Revision: Callable[..., object]

    def check(self) -> None: ...

    def Fleet(self, name: str, work_dir: Path, log_dir: Path) -> Fleet: ...  # noqa: N802 (a class over there)


class BootstrapFailed(Exception):
    """The servers did not come up. `reason` is one line; `log_tail` the servers' own words."""

    def __init__(self, reason: str, log_tail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.log_tail = log_tail


class NothingServes(Exception):
    """No server can take the request; the message says why."""


def load_serving() -> Serving:
    return cast(Serving, importlib.import_module("reconciler.emulator.serving"))


class Fleets:
    def __init__(
        self, servers: Path, logs: Path, blobs: Blobs, load: Callable[[], Serving] = load_serving
    ) -> None:
        self._servers, self._logs, self._blobs, self._load = servers, logs, blobs, load
        self._serving: Serving | None = None
        self._fleets: dict[str, Fleet] = {}
        self._reasons: dict[str, str] = {}
        # Model servers are greedy while they load; more at once than this only makes all of them late.
        self._slots = asyncio.Semaphore(max(2, os.cpu_count() or 1))

    def clear(self) -> None:
        """Remove what a previous process left unpacked. Call before the first `roll`."""
        shutil.rmtree(self._servers, ignore_errors=True)
        self._servers.mkdir(mode=0o700, exist_ok=True)

    def serves(self, deployment_id: str) -> bool:
        return deployment_id in self._fleets and self._fleets[deployment_id].serving

    async def roll(
        self, deployment_id: str, document: Json, artifact: str | None, progress: Callable[[str], None]
    ) -> None:
        """Serve `document` with the artifact `artifact` (SHA-256), replacing what is served.

        Raises BootstrapFailed, and then what was served before is still served.
        """
        reason = await self._why_not(document)
        if reason is not None:
            self._reasons[deployment_id] = reason
            progress(f"No server is started: {reason}")
            await self.stop(deployment_id)
            return
        async with self._slots:
            await self._roll(deployment_id, document, artifact, progress)

    async def _why_not(self, document: Json) -> str | None:
        environment = _environment(document).get("environmentVariables", {})
        if environment.get("CONTAINER_TYPE") != "TRITON":
            return "the emulator runs servers only for deployments that set CONTAINER_TYPE=TRITON"
        try:
            serving = self._serving = await asyncio.to_thread(self._load)
        except ImportError as error:
            return f"serving cannot be imported ({error}); pip install 'oci-triton-reconciler[emulator]'"
        try:
            await asyncio.to_thread(serving.check)
        except serving.ServingUnavailable as error:
            return str(error)
        return None

    async def _roll(
        self, deployment_id: str, document: Json, artifact: str | None, progress: Callable[[str], None]
    ) -> None:
        serving = cast(Serving, self._serving)
        if artifact is None:
            raise BootstrapFailed(
                "the model has no artifact; upload one with POST /models/{modelId}/artifact"
            )
        folder = self._folder(deployment_id)
        folder.mkdir(parents=True, exist_ok=True)
        parent = Path(tempfile.mkdtemp(prefix="model-", dir=folder))
        try:
            await asyncio.to_thread(unpack, self._blobs.path(artifact), parent / "deployed_model")
            fleet = self._fleets.get(deployment_id) or self._new_fleet(serving, deployment_id)
            self._fleets[deployment_id] = fleet
            await fleet.roll(_revision(serving, document, parent / "deployed_model"), progress)
        except BaseException as error:
            await asyncio.to_thread(shutil.rmtree, parent, ignore_errors=True)
            if failure := _as_failure(serving, error):
                raise failure from error
            raise
        await asyncio.to_thread(_remove_others, folder, parent)

    def _new_fleet(self, serving: Serving, deployment_id: str) -> Fleet:
        unique = deployment_id.rsplit(".", 1)[-1]
        logs, run = self._logs / unique, self._servers / "run"  # `run` may be shared by all fleets
        logs.mkdir(parents=True, exist_ok=True)
        run.mkdir(parents=True, exist_ok=True)
        return serving.Fleet(deployment_id, run, logs)

    def _folder(self, deployment_id: str) -> Path:
        return self._servers / deployment_id.rsplit(".", 1)[-1]

    async def predict(self, deployment_id: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Raises NothingServes. Takes as long as the server takes."""
        fleet, serving = self._fleets.get(deployment_id), self._serving
        if fleet is None or serving is None:
            raise NothingServes(self._reasons.get(deployment_id, "its servers are not ready yet"))
        try:
            return await fleet.predict(headers, body)
        except serving.NotServing as error:
            raise NothingServes(str(error) or "no server is ready") from error

    async def stop(self, deployment_id: str) -> None:
        fleet = self._fleets.pop(deployment_id, None)
        if fleet is not None:
            await fleet.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder(deployment_id), ignore_errors=True)

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(deployment_id) for deployment_id in list(self._fleets)))


def _environment(document: Json) -> Json:
    found: Json = document["modelDeploymentConfigurationDetails"].get("environmentConfigurationDetails", {})
    return found


def instance_count(document: Json) -> int:
    """How many instances the configuration asks for."""
    policy = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"].get("scalingPolicy")
    if policy is None:
        return 1
    if policy["policyType"] == "FIXED_SIZE":
        return int(policy["instanceCount"])
    return int(policy["autoScalingPolicies"][0]["initialInstanceCount"])


def _revision(serving: Serving, document: Json, model_dir: Path) -> object:
    environment = _environment(document)
    return serving.Revision(
        model_dir=model_dir,
        command=(*environment.get("entrypoint", ()), *environment.get("cmd", ())),
        environment=environment.get("environmentVariables", {}),
        server_port=environment.get("serverPort", _DEFAULT_PORT),
        instances=instance_count(document),
    )


def _as_failure(serving: Serving, error: BaseException) -> BootstrapFailed | None:
    if isinstance(error, serving.ServerFailed):
        return BootstrapFailed(getattr(error, "reason", str(error)), getattr(error, "log_tail", ""))
    if isinstance(error, BadArtifact | OSError | serving.ServingUnavailable):
        return BootstrapFailed(str(error))
    return None


def _remove_others(folder: Path, current: Path) -> None:
    for other in folder.glob("model-*"):
        if other != current:
            shutil.rmtree(other, ignore_errors=True)
