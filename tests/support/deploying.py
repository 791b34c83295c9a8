"""Deployments made through the port of the cloud, one call after another. They have no variable
CONTAINER_TYPE=TRITON, so no model server has to run.
"""

import hashlib
import time
from dataclasses import replace
from uuid import uuid4

from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    Network,
    NetworkAccess,
    Secret,
)
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.work_requests import Accepted, WorkProgress

MARKS = Marks("acme", "vision", "a" * 64, "c" * 40)
RESERVATION = "ocid1.capacityreservation.oc1.iad.r"


def artifact(text: str = "weights") -> Artifact:
    files = {"resnet/config.pbtxt": 'name: "resnet"', "resnet/1/model.bin": text}
    entries = [
        Entry(path, hashlib.sha256(content.encode()).hexdigest(), len(content), Inline(content))
        for path, content in files.items()
    ]
    return make_artifact(entries, frozenset({("resnet", 1)}))


def configuration(digest: str | None) -> Configuration:
    return Configuration(
        name="vision",
        artifact=digest,
        container=Container(
            image="iad.ocir.io/acme/triton:1.0",
            command=("tritonserver", "--model-repository=/opt/ds/model/deployed_model"),
            environment=(("MODE", "fast"), ("TOKEN", Secret("env:TOKEN", "s3cret"))),
        ),
        instance=Instance("VM.Standard.E4.Flex", 2.0, 16.0, "BASELINE_1_2", (RESERVATION,)),
        scaling=FixedScaling(1),
        description="two models",
        labels=(("team", "vision"),),
        bandwidth=Bandwidth(10, 20),
        network=Network(NetworkAccess.INTERNET),
        defined_tags=(("cost.center", "42"),),
    )


def token() -> str:
    return uuid4().hex[:30]


def ended(cloud: OciCloud, accepted: Accepted, within: float = 60) -> WorkProgress:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        progress = cloud.work_progress()[accepted.work_request]
        if progress.done:
            return progress
        time.sleep(0.02)
    raise AssertionError(f"{accepted.work_request} did not end: {cloud.trouble(accepted.work_request)}")


def reached(cloud: OciCloud, ocid: str, state: State, within: float = 60) -> str:
    """Wait for the state; the etag then."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        live, etag = cloud.get_deployment(ocid)
        if live.state is state:
            return etag
        time.sleep(0.02)
    raise AssertionError(f"{ocid} is {live.state}: {live.details}")


def published(cloud: OciCloud, content: Artifact) -> str:
    model = cloud.create_model("vision", "acme", content.digest, token())
    cloud.upload(model, content, lambda _sent, _all: None)
    cloud.mark_published(model, "vision", "acme", content)
    return model


def deployed(cloud: OciCloud, wanted: Configuration, model: str) -> str:
    accepted = cloud.create_deployment(wanted, model, MARKS, token())
    assert accepted.request_id
    progress = ended(cloud, accepted)
    assert not progress.failed, cloud.trouble(accepted.work_request)
    reached(cloud, accepted.ocid, State.ACTIVE)
    return accepted.ocid


def seen(cloud: OciCloud, ocid: str) -> Live:
    (live,) = [item for item in cloud.snapshot().deployments if item.ocid == ocid]
    return live


def as_told(wanted: Configuration) -> Configuration:
    """The service tells the values of variables."""
    plain = tuple((k, v.value if isinstance(v, Secret) else v) for k, v in wanted.container.environment or ())
    return replace(wanted, container=replace(wanted.container, environment=plain))
