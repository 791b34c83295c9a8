"""A real emulator on a real port, in this process, driven by the real SDK.

The model servers are fakes, injected through the app factory (`create_app(settings, load=…)`): what real
Triton does behind a fleet is tested with the serving part. A fake answers with the content of the file
`answer` in the artifact and refuses to start when the deployment's environment holds `BREAK`.
"""

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import oci
import requests
from oci.data_science import models as m

from datascience_emulator.app.settings import Settings
from datascience_emulator.embedded import Embedded, ReusedKeys
from datascience_emulator.lifecycle.progression import Progression
from tests.support.waiting import wait_for


class ServingUnavailable(Exception): ...


class NotServing(Exception): ...


class ServerFailed(Exception):
    def __init__(self, reason: str, log_tail: str) -> None:
        super().__init__(reason)
        self.reason, self.log_tail = reason, log_tail


@dataclass(frozen=True, slots=True)
class Revision:
    model_dir: Path
    environment: Mapping[str, str]
    server_port: int
    instances: int
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    live: bool = False
    triton: bool = True
    container: dict[str, Any] | None = None

    @property
    def command(self) -> tuple[str, ...]:
        return (*self.entrypoint, *self.cmd)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def whole(reply: Reply) -> AsyncIterator[Stream]:
    """What a server that does not stream answers on the streaming endpoint."""

    async def chunks() -> AsyncIterator[bytes]:
        yield reply.body

    yield Stream(reply.status, reply.headers, chunks())


class FakeFleet:
    def __init__(self, serving: "FakeServing", name: str) -> None:
        self._owner, self.name = serving, name
        self.revision: Revision | None = None

    @property
    def instances(self) -> int:
        return self.revision.instances if self.revision else 0

    async def roll(self, revision: Revision, progress: Callable[[str], None]) -> None:
        progress(f"rolling {revision.instances} instances")
        self._owner.rolls.append((self.name, revision))
        while self._owner.hold.is_set():
            await asyncio.sleep(0.005)
        if "BREAK" in revision.environment:
            raise ServerFailed(revision.environment["BREAK"], "E0001 the tail of the log")
        self.revision = revision

    async def live(
        self,
        revision: Revision,
        load: Sequence[str],
        unload: Sequence[str],
        progress: Callable[[str], None],
    ) -> None:
        self._owner.lives.append((sorted(load), sorted(unload)))
        while self._owner.hold_live.is_set():
            await asyncio.sleep(0.005)
        if "broken" in load:
            raise ServerFailed("the model 'broken' is not loaded", "E0001 the tail of the log")
        self.revision = revision

    async def stop(self) -> None:
        self.revision = None
        self._owner.stops.append(self.name)

    async def predict(self, headers: Mapping[str, str], body: bytes, method: str, path: str | None) -> Reply:
        if self.revision is None:
            raise NotServing("no server is ready")
        answer = {
            "answer": (self.revision.model_dir / "answer").read_text(),
            "headers": dict(headers),
            "body": body.decode(),
            "method": method,
            "path": path,
        }
        return Reply(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    @asynccontextmanager
    async def stream(
        self, headers: Mapping[str, str], body: bytes, method: str, path: str | None
    ) -> AsyncIterator[Stream]:
        """As `predict`; a test may put another in the place of `FakeServing.stream`."""
        reply = await self.predict(headers, body, method, path)
        async with self._owner.stream(reply) as stream:
            yield stream


@dataclass
class FakeServing:
    """Stands in for the module `datascience_emulator.triton`. While `hold` is set, no roll ends; while
    `hold_live` is, no change in place.
    """

    missing: str | None = None
    hold: threading.Event = field(default_factory=threading.Event)
    rolls: list[tuple[str, Revision]] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    hold_live: threading.Event = field(default_factory=threading.Event)
    lives: list[tuple[list[str], list[str]]] = field(default_factory=list)
    stream: Callable[[Reply], AbstractAsyncContextManager[Stream]] = whole
    ServingUnavailable = ServingUnavailable
    ServerFailed = ServerFailed
    NotServing = NotServing
    Revision = Revision
    Container = dict

    def check(self) -> None:
        if self.missing:
            raise ServingUnavailable(self.missing)

    def new_fleet(self, name: str, work_dir: Path, log_dir: Path) -> FakeFleet:
        return FakeFleet(self, name)


class Emulator(Embedded):
    """One running emulator with everything that a client of it needs."""

    def __init__(
        self, home: Path, progression: Progression, serving: FakeServing | None = None, **settings: Any
    ) -> None:
        self.serving = serving or FakeServing()
        given = {"new_key": ReusedKeys(), **settings}
        super().__init__(Settings(home=home, progression=progression, **given), load=lambda: self.serving)
        self.client = sdk(self.config, self.endpoint)
        self.auth = signer(self.config)

    # -- the shortest way to each resource

    def other_compartment(self) -> str:
        identity = oci.identity.IdentityClient(self.config, service_endpoint=self.endpoint)
        details = oci.identity.models.CreateCompartmentDetails(
            compartment_id=self.tenancy, name=f"other-{uuid4().hex}", description="Somewhere else."
        )
        return str(identity.create_compartment(details).data.id)

    def project(self) -> str:
        details = m.CreateProjectDetails(compartment_id=self.compartment, display_name="p")
        return self.client.create_project(details).data.id

    def model(self, project: str, content: bytes | None = None, **more: Any) -> str:
        details = m.CreateModelDetails(compartment_id=self.compartment, project_id=project, **more)
        model = self.client.create_model(details).data.id
        if content is not None:
            self.client.create_model_artifact(model, content)
        return model

    def create(self, project: str, model: str, **changes: Any) -> oci.Response:
        details = m.CreateModelDeploymentDetails(
            compartment_id=self.compartment,
            project_id=project,
            display_name="d",
            model_deployment_configuration_details=configuration(model, **changes),
        )
        return self.client.create_model_deployment(details)

    def group(self, project: str, named: Mapping[str, str], kind: Any = None) -> str:
        """A model group that has come to rest; `named`: inference key to model."""
        return str(self.client.create_model_group(self.group_details(project, named, kind)).data.id)

    def group_details(self, project: str, named: Mapping[str, str], kind: Any = None) -> Any:
        return group_details(self.compartment, project, named, kind)

    def deploy_group(self, project: str, group: str, **changes: Any) -> oci.Response:
        details = m.CreateModelDeploymentDetails(
            compartment_id=self.compartment,
            project_id=project,
            display_name="d",
            model_deployment_configuration_details=group_configuration(group, **changes),
        )
        return self.client.create_model_deployment(details)

    def update_group(self, deployment: str, group: str, update_type: str = "ZDT") -> oci.Response:
        """As Oracle's samples do it: nothing but the group is sent."""
        config = m.UpdateModelGroupDeploymentConfigurationDetails(
            update_type=update_type,
            model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=group),
        )
        details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)
        return self.client.update_model_deployment(deployment, details)

    def deploy(self, answer: str = "one", **changes: Any) -> str:
        """A deployment that has come to rest, on a new project and model."""
        project = self.project()
        deployment = self.create(project, self.model(project, artifact(answer)), **changes).data.id
        self.settle(deployment)
        return deployment

    def update(self, deployment: str, model: str | None = None, **changes: Any) -> oci.Response:
        old = self.client.get_model_deployment(deployment).data
        config = old.model_deployment_configuration_details
        model = model or config.model_configuration_details.model_id
        details = m.UpdateModelDeploymentDetails(
            model_deployment_configuration_details=configuration(model, update=True, **changes)
        )
        return self.client.update_model_deployment(deployment, details)

    def servers(self, deployment: str) -> int:
        """How many servers of the deployment take requests."""
        return int(self.app.state.cloud.servers.count(deployment))

    def settle(self, deployment: str) -> Any:
        def settled() -> Any:
            found = self.client.get_model_deployment(deployment).data
            return found if found.lifecycle_state not in ("CREATING", "UPDATING", "DELETING") else None

        return wait_for(settled)

    def finished(self, response: oci.Response) -> Any:
        """The work request of `response`, once it is over."""
        work_id = response.headers["opc-work-request-id"]

        def over() -> Any:
            found = self.client.get_work_request(work_id).data
            return found if found.time_finished else None

        return wait_for(over)

    def predict(self, deployment: str, body: bytes = b"{}", **headers: str) -> requests.Response:
        url = f"{self.endpoint}/{deployment}/predict"
        return requests.post(url, data=body, auth=self.auth, headers=headers, timeout=10)

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """A signed request below /20190101; `_` in a header name stands for `-`."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        url = f"{self.endpoint}/20190101{path}"
        return requests.request(method, url, data=data, auth=self.auth, headers=names, timeout=10)


def sdk(config: dict[str, Any], endpoint: str) -> oci.data_science.DataScienceClient:
    return oci.data_science.DataScienceClient(
        config,
        service_endpoint=endpoint,
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


def signer(config: dict[str, Any]) -> oci.signer.Signer:
    return oci.signer.Signer(config["tenancy"], config["user"], config["fingerprint"], config["key_file"])


def configuration(
    model: str,
    *,
    update: bool = False,
    shape: str = "VM.Standard.E4.Flex",
    ocpus: int = 1,
    memory: int = 16,
    instances: int = 1,
    bandwidth: int = 10,
    variables: dict[str, str] | None = None,
    triton: bool = True,
    subnet: str | None = None,
    scaling: Any = None,
    **environment: Any,
) -> Any:
    variables = {**({"CONTAINER_TYPE": "TRITON"} if triton else {}), **(variables or {})}
    part = {
        "model_id": model,
        "bandwidth_mbps": bandwidth,
        "instance_configuration": m.InstanceConfiguration(
            instance_shape_name=shape,
            model_deployment_instance_shape_config_details=m.ModelDeploymentInstanceShapeConfigDetails(
                ocpus=ocpus, memory_in_gbs=memory
            ),
            subnet_id=subnet,
        ),
        "scaling_policy": scaling or m.FixedSizeScalingPolicy(instance_count=instances),
    }
    env = {
        "image": "iad.ocir.io/acme/triton:1.0.0",
        "server_port": 8000,
        "health_check_port": 8000,
        **environment,
    }
    env["environment_variables"] = variables
    if update:
        return m.UpdateSingleModelDeploymentConfigurationDetails(
            model_configuration_details=m.UpdateModelConfigurationDetails(**part),
            environment_configuration_details=m.UpdateOcirModelDeploymentEnvironmentConfigurationDetails(
                **env
            ),
        )
    return m.SingleModelDeploymentConfigurationDetails(
        model_configuration_details=m.ModelConfigurationDetails(**part),
        environment_configuration_details=m.OcirModelDeploymentEnvironmentConfigurationDetails(**env),
    )


def group_details(compartment: str, project: str, named: Mapping[str, str], kind: Any = None) -> Any:
    entries = [m.MemberModelDetails(inference_key=key, model_id=one) for key, one in named.items()]
    return m.CreateModelGroupDetails(
        compartment_id=compartment,
        project_id=project,
        display_name="g",
        model_group_details=kind or m.HeterogeneousModelGroupDetails(),
        member_model_entries=m.MemberModelEntries(member_model_details=entries),
    )


def group_configuration(group: str, *, update: bool = False, **changes: Any) -> Any:
    """As `configuration`, of a model group."""
    single = configuration("unused", **changes)
    part = single.model_configuration_details
    pool = {
        "bandwidth_mbps": part.bandwidth_mbps,
        "instance_configuration": part.instance_configuration,
        "scaling_policy": part.scaling_policy,
    }
    if update:
        environment = configuration("unused", update=True, **changes).environment_configuration_details
        return m.UpdateModelGroupDeploymentConfigurationDetails(
            model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=group),
            infrastructure_configuration_details=m.UpdateInstancePoolInfrastructureConfigurationDetails(
                **pool
            ),
            environment_configuration_details=environment,
        )
    return m.ModelGroupDeploymentConfigurationDetails(
        model_group_configuration_details=m.ModelGroupConfigurationDetails(model_group_id=group),
        infrastructure_configuration_details=m.InstancePoolInfrastructureConfigurationDetails(**pool),
        environment_configuration_details=single.environment_configuration_details,
    )


def artifact(answer: str) -> bytes:
    """A zip whose file `answer` is what the fake servers answer with."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("answer"), answer)  # the same bytes whatever the time
    return buffer.getvalue()
