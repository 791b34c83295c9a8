"""The reconciler's own port on each cloud that fits it: the double in memory, the emulator, and real OCI.

A stand is one cloud and what a test of it needs to know: what to deploy there, and how to make it fail.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import oci

from datascience_emulator.faults.orders import Fault, Order
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
)
from reconciler.core.model.live import GONE, IN_FLIGHT, CatalogModel, Live, Marks, Project, State
from reconciler.core.model.work_requests import Accepted
from reconciler.engine.ports import Cloud
from tests.support.emulator import Emulator, signer
from tests.support.memory import MemoryCloud
from tests.support.waiting import wait_for

OWNER = "conformance"
MARKS = Marks(OWNER, "vision", "a" * 64, "c" * 40)

Doom = Callable[[Configuration, str], AbstractContextManager[Configuration]]
"""What is to be sent, and by which operation (as the SDK calls it) → what to send so that its work fails."""


@dataclass
class Stand:
    """`project` is the name to look for; `outside` what other services have, by name; `patience` in seconds
    that work may take.
    """

    cloud: Cloud
    project: str
    outside: Mapping[str, str]
    doomed: Doom
    patience: float = 60.0
    own_network: Network = field(init=False)
    logs: Logs = field(init=False)

    def __post_init__(self) -> None:
        self.own_network = Network(NetworkAccess.CUSTOM, self.outside["subnet"])
        self.logs = Logs(predict=LogRef(self.outside["log_group"], self.outside["predict_log"]))
        self.cloud.ensure_project(self.project, token())

    # -- the shortest way to each resource

    def configuration(self, content: Artifact, **changes: Any) -> Configuration:
        container = Container(
            self.outside["image"], port=8080, health_port=8080, environment=(("MODE", "fast"),)
        )
        plain = Configuration(
            name="vision",
            artifact=content.digest,
            container=container,
            instance=Instance("VM.Standard.E4.Flex", 1.0, 16.0, reservations=()),
            scaling=FixedScaling(1),
            description="made by the conformance suite",
            labels=(("team", "vision"),),
            bandwidth=Bandwidth(10, 20),
            network=Network(NetworkAccess.NO_INTERNET),
        )
        return replace(plain, **changes)

    def published(self, content: Artifact) -> str:
        model = self.cloud.create_model("vision", OWNER, content.digest, token())
        self.cloud.upload(model, content, lambda sent, size: None)
        self.cloud.mark_published(model, "vision", OWNER, content)
        return model

    def grouped(self, digest: str, *models: str) -> str:
        """A model group that is active."""
        members = [(f"m{number}", model) for number, model in enumerate(models)]
        group = self.cloud.create_model_group("vision", OWNER, digest, members, token())
        wait_for(lambda: self.cloud.model_group_state(group) == "ACTIVE", self.patience)
        return group

    def deployed(self, wanted: Configuration, model: str) -> tuple[Live, str]:
        """A deployment that is active, and its etag."""
        accepted = self.cloud.create_deployment(wanted, model, MARKS, token())
        return self.reached(accepted, State.ACTIVE)

    def reached(self, accepted: Accepted, state: State) -> tuple[Live, str]:
        """The deployment once it is in this state and its work over, and its etag."""
        live, etag = self.settled(accepted.ocid)
        assert live.state is state, (live, self.cloud.trouble(accepted.work_request))
        wait_for(lambda: self.cloud.work_progress()[accepted.work_request].done, self.patience)
        return live, etag

    def settled(self, ocid: str) -> tuple[Live, str]:
        def rests() -> bool:
            return self.cloud.deployment_states().get(ocid, State.DELETED) not in IN_FLIGHT

        wait_for(rests, self.patience)
        return self.cloud.get_deployment(ocid)

    # -- what the cloud lists

    def listed(self, ocid: str) -> Live:
        (live,) = [one for one in self.cloud.snapshot().deployments if one.ocid == ocid]
        return live

    def cataloged(self, ocid: str) -> CatalogModel:
        (model,) = [one for one in self.cloud.snapshot().models if one.ocid == ocid]
        return model

    def clean(self) -> None:
        """Delete what is ours, in an order in which nothing is needed any more."""
        for live in self.cloud.snapshot().ours(OWNER):
            _, etag = self.settled(live.ocid)
            self.cloud.delete_deployment(live.ocid, etag)
        wait_for(lambda: not self.cloud.snapshot().ours(OWNER), self.patience)
        groups = [one for one in self.cloud.snapshot().models if one.is_model_group and one.active]
        for group in groups:
            self.delete(group.ocid, group=True)
        wait_for(lambda: not any(self._there(group.ocid) for group in groups), self.patience)
        for model in self.cloud.snapshot().models:
            if model.active and not model.is_model_group:
                self.delete(model.ocid)

    def delete(self, ocid: str, *, group: bool = False) -> None:
        """Delete a catalog entry as it is now."""
        delete = self.cloud.delete_model_group if group else self.cloud.delete_model
        delete(ocid, self.cloud.catalog_entry(ocid, group)[1])

    def _there(self, ocid: str) -> bool:
        return any(one.ocid == ocid and one.active for one in self.cloud.snapshot().models)


def in_memory(outside: Mapping[str, str]) -> Stand:
    cloud = MemoryCloud(project=Project("ml", None))

    @contextmanager
    def doomed(wanted: Configuration, operation: str) -> Iterator[Configuration]:
        assert wanted.artifact is not None
        cloud.bad_artifacts.add(wanted.artifact)
        yield wanted
        cloud.bad_artifacts.remove(wanted.artifact)

    return Stand(cloud, "ml", outside, doomed)


def emulated(running: Emulator, outside: Mapping[str, str]) -> Stand:
    """On a project of its own."""
    reach, project = ServiceAccess(running.config, running.auth, running.endpoint), f"project {uuid4()}"

    @contextmanager
    def doomed(wanted: Configuration, operation: str) -> Iterator[Configuration]:
        running.orders.add(Order(Fault.CAPACITY, operation))
        yield wanted

    return Stand(OciCloud(reach, running.compartment, project, True, no_fetch), project, outside, doomed)


def real(profile: str, compartment: str, outside: Mapping[str, str]) -> Stand:
    """In a project that stays: the port has no way to delete one."""
    config = oci.config.from_file(profile_name=profile)
    cloud = OciCloud(ServiceAccess(config, signer(config)), compartment, OWNER, True, no_fetch)

    @contextmanager
    def doomed(wanted: Configuration, operation: str) -> Iterator[Configuration]:
        """Nobody listens on that port, so it never becomes healthy."""
        yield replace(wanted, container=replace(wanted.container, health_port=9999))

    return Stand(cloud, OWNER, outside, doomed, patience=4 * 60 * 60)


def no_fetch(remote: object, sha256: str) -> Path:
    raise AssertionError("no remote files here")


def artifact(text: str = "weights") -> Artifact:
    content = f"{text} {uuid4()}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    entry = Entry("resnet/1/model.bin", digest, len(content), Inline(content))
    return make_artifact([entry], frozenset({("resnet", 1)}))


def token() -> str:
    return uuid4().hex[:30]


def gone(state: State | None) -> bool:
    """Whether a deployment in this state, or not told of, is no more."""
    return state is None or state in GONE
