"""OciCloud against the emulator as a process: the life of a deployment, over real HTTP, really signed.

Deployments here have no CONTAINER_TYPE=TRITON, so no model server has to run.
"""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from reconciler.adapters.connect import Connection
from reconciler.adapters.oci_cloud import OciCloud
from reconciler.core.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.errors import CloudError, EtagMismatch, IncorrectState, NotFound
from reconciler.core.fields import Group
from reconciler.core.live import Live, Marks, State
from reconciler.core.spec import Revision
from reconciler.core.values import (
    Access,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    QueryRule,
    Secret,
    ThresholdRule,
)
from reconciler.core.work import Accepted, WorkProgress

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
        network=Network(Access.INTERNET),
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
    cloud.mark_published(model, "vision", "acme", content.digest)
    return model


def deployed(cloud: OciCloud, wanted: Configuration, model: str) -> str:
    accepted = cloud.create_deployment(wanted, model, MARKS, token())
    assert accepted.request_id
    progress = ended(cloud, accepted)
    assert not progress.failed, cloud.trouble(accepted.work_request)
    reached(cloud, accepted.ocid, State.ACTIVE)
    return accepted.ocid


@pytest.fixture
def cloud(connection: Connection) -> OciCloud:
    assert connection.cloud.snapshot().project.ocid is None
    connection.cloud.ensure_project(connection.cloud.snapshot().project.name, token())
    return connection.cloud


def test_a_project_is_made_once_and_found_again(connection: Connection) -> None:
    cloud = connection.cloud
    before = cloud.snapshot()
    assert (before.project.ocid, before.project.create, before.models) == (None, True, ())
    made = cloud.ensure_project(before.project.name, "t1")
    assert cloud.ensure_project(before.project.name, "t2") == made
    assert cloud.snapshot().project.ocid == made


def test_a_project_can_be_named_by_its_ocid(cloud: OciCloud) -> None:
    project = cloud.snapshot().project
    assert project.ocid
    assert cloud.ensure_project(project.ocid, "unused") == project.ocid
    with pytest.raises(NotFound):
        cloud.ensure_project(project.ocid + "x", "unused")


def test_publishing_marks_content_only_when_it_has_arrived(cloud: OciCloud) -> None:
    content = artifact("x" * 3_000_000)
    model = cloud.create_model("vision", "acme", content.digest, token())
    (fresh,) = cloud.snapshot().models
    assert (fresh.ocid, fresh.publishing, fresh.artifact) == (model, content.digest, None)
    assert not cloud.has_content(model)

    told: list[tuple[int, int]] = []
    cloud.upload(model, content, lambda sent, size: told.append((sent, size)))
    cloud.mark_published(model, "vision", "acme", content.digest)

    assert cloud.has_content(model)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 3_000_000
    (done,) = cloud.snapshot().models
    assert (done.owner, done.name, done.artifact) == ("acme", "vision", content.digest)
    assert done.publishing is None
    assert done.active


def test_the_same_token_makes_no_second_model(cloud: OciCloud) -> None:
    once = token()
    first = cloud.create_model("vision", "acme", "sha256:1", once)
    assert cloud.create_model("vision", "acme", "sha256:1", once) == first
    assert len(cloud.snapshot().models) == 1


def test_provenance_may_be_told_twice(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    for commit in ("a" * 40, "b" * 40):
        cloud.set_provenance(model, Revision(commit, "main", "https://example.com/models.git"))
    told = cloud._client.get_model_provenance(model).data
    assert (told.git_commit, told.git_branch) == ("b" * 40, "main")
    assert told.repository_url == "https://example.com/models.git"


def test_the_listing_of_a_live_artifact(cloud: OciCloud) -> None:
    model = published(cloud, artifact())
    names, configs = cloud.listing(model)
    assert set(names) == {"resnet/config.pbtxt", "resnet/1/model.bin"}
    assert configs == {"resnet": 'name: "resnet"'}
    with pytest.raises(NotFound):
        cloud.listing(cloud.create_model("empty", "acme", "sha256:2", token()))


def test_deleting_a_model_twice_is_no_error(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    cloud.delete_model(model)
    cloud.delete_model(model)
    (gone,) = cloud.snapshot().models
    assert (gone.ocid, gone.active) == (model, False)


def test_what_was_asked_for_is_what_is_listed(cloud: OciCloud) -> None:
    content = artifact()
    wanted = configuration(content.digest)
    ocid = deployed(cloud, wanted, published(cloud, content))

    (live,) = [item for item in cloud.snapshot().deployments if item.ocid == ocid]
    assert live.configuration is not None
    digest = live.configuration.container.digest
    assert digest is not None
    assert digest.startswith("sha256:")
    plain = (("MODE", "fast"), ("TOKEN", "s3cret"))
    expected = replace(wanted, container=replace(wanted.container, digest=digest, environment=plain))
    assert live.configuration == expected
    assert live.marks == MARKS
    assert live.url.endswith(ocid)
    assert cloud.deployment_states()[ocid] is State.ACTIVE
    alone, etag = cloud.get_deployment(ocid)
    assert etag
    assert alone.fingerprint == live.fingerprint


def test_the_same_token_makes_no_second_deployment(cloud: OciCloud) -> None:
    content = artifact()
    model, once = published(cloud, content), token()
    first = cloud.create_deployment(configuration(content.digest), model, MARKS, once)
    again = cloud.create_deployment(configuration(content.digest), model, MARKS, once)
    assert (again.ocid, again.work_request) == (first.ocid, first.work_request)
    reached(cloud, first.ocid, State.ACTIVE)


LOGS = Logs(access=LogRef("ocid1.loggroup.oc1.iad.g", "ocid1.log.oc1.iad.l"))
AUTOSCALING = Autoscaling(1, 3, ThresholdRule(Metric.MEMORY, 70, 30, 300), cool_down_seconds=600, initial=1)
QUERIES = Autoscaling(1, 4, QueryRule("CPU[1m].mean() > 70", "CPU[1m].mean() < 30"), initial=2)
CUSTOM = Network(Access.CUSTOM, "ocid1.subnet.oc1.iad.s", "ocid1.datascienceprivateendpoint.oc1.iad.p")


def test_each_group_changes_alone_while_it_serves(cloud: OciCloud) -> None:
    content, other = artifact(), artifact("other weights")
    model, second = published(cloud, content), published(cloud, other)
    now = configuration(content.digest)
    ocid = deployed(cloud, now, model)
    listed = cloud.get_deployment(ocid)[0].configuration
    assert listed is not None
    now = replace(now, container=replace(now.container, digest=listed.container.digest))

    steps: list[tuple[Group, dict[str, Any]]] = [
        (Group.METADATA, {"description": "", "labels": (("team", "other"),)}),
        (Group.METADATA, {"defined_tags": (("cost.center", "43"), ("ops.tier", "1"))}),
        (Group.LOGS, {"logs": LOGS}),
        (Group.BANDWIDTH, {"bandwidth": Bandwidth(20, 40)}),
        (Group.SCALING, {"scaling": AUTOSCALING}),
        (Group.SCALING, {"scaling": QUERIES}),
        (Group.SCALING, {"scaling": FixedScaling(2)}),
        (Group.NETWORK, {"network": CUSTOM}),
        (Group.CONTAINER, {"container": replace(now.container, command=(), port=8001, environment=())}),
        (
            Group.CORE,
            {"instance": replace(now.instance, ocpus=4.0, memory_gbs=32.0), "artifact": other.digest},
        ),
        (Group.CORE, {"instance": Instance("VM.Standard.E5.Flex", 4.0, 32.0, "BASELINE_1_8", ())}),
        (Group.CORE, {"scaling": FixedScaling(3)}),
    ]
    for group, change in steps:
        now = replace(now, **change)
        used = second if now.artifact == other.digest else model
        etag = reached(cloud, ocid, State.ACTIVE)
        accepted = cloud.update_deployment(ocid, [group], now, used, MARKS, etag)
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        live = seen(cloud, ocid)
        assert live.configuration == as_told(now), group
        assert live.marks == MARKS


def test_an_update_that_leaves_the_container_alone_keeps_its_variables(cloud: OciCloud) -> None:
    """A plan does not know what is live in them: they may be secrets."""
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    live, etag = cloud.get_deployment(ocid)
    assert live.configuration is not None
    untold = replace(live.configuration.container, environment=None)
    wanted = replace(configuration(content.digest), container=untold, scaling=FixedScaling(2))
    assert not ended(cloud, cloud.update_deployment(ocid, [Group.CORE], wanted, model, MARKS, etag)).failed
    after = cloud.get_deployment(ocid)[0].configuration
    assert after is not None
    assert after.container == live.configuration.container
    assert after.scaling == FixedScaling(2)


def test_two_groups_at_once_are_refused_while_it_serves(cloud: OciCloud) -> None:
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    changed = replace(configuration(content.digest), scaling=FixedScaling(2), bandwidth=Bandwidth(20, 40))
    live, etag = cloud.get_deployment(ocid)
    assert live.configuration is not None
    changed = replace(changed, container=live.configuration.container)
    with pytest.raises(CloudError) as caught:
        cloud.update_deployment(ocid, [Group.CORE, Group.BANDWIDTH], changed, model, MARKS, etag)
    assert caught.value.answer.status == 400
    assert caught.value.answer.request_id


def test_a_write_with_an_old_etag_is_refused(cloud: OciCloud) -> None:
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    _, old = cloud.get_deployment(ocid)
    renamed = replace(configuration(content.digest), name="other")
    ended(cloud, cloud.update_deployment(ocid, [Group.METADATA], renamed, model, MARKS, old))
    with pytest.raises(EtagMismatch):
        cloud.update_deployment(ocid, [Group.METADATA], renamed, model, MARKS, old)
    with pytest.raises(EtagMismatch):
        cloud.deactivate_deployment(ocid, old)
    with pytest.raises(EtagMismatch):
        cloud.delete_deployment(ocid, old)
    stopped = cloud.deactivate_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    assert not ended(cloud, stopped).failed
    with pytest.raises(EtagMismatch):
        cloud.activate_deployment(ocid, old)
    assert cloud.deployment_states()[ocid] is not State.DELETED


def test_stop_start_and_delete(cloud: OciCloud) -> None:
    content = artifact()
    ocid = deployed(cloud, configuration(content.digest), published(cloud, content))

    accepted = cloud.deactivate_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    assert not ended(cloud, accepted).failed
    etag = reached(cloud, ocid, State.INACTIVE)
    with pytest.raises(IncorrectState):
        cloud.deactivate_deployment(ocid, etag)
    ended(cloud, cloud.activate_deployment(ocid, etag))

    deleted = cloud.delete_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    progress = ended(cloud, deleted)
    assert (progress.percent, progress.done, progress.failed) == (100.0, True, False)
    assert cloud.deployment_states().get(ocid, State.DELETED) is State.DELETED
    assert cloud.work_request(deleted.work_request).message
    assert cloud.trouble(deleted.work_request).errors == ()


def test_a_failed_work_request_tells_why(cloud: OciCloud) -> None:
    content = artifact()
    model = cloud.create_model("vision", "acme", content.digest, token())
    wanted = configuration(content.digest)
    # A Triton server without any model repository cannot come up.
    triton = replace(wanted.container, environment=(("CONTAINER_TYPE", "TRITON"),))
    accepted = cloud.create_deployment(replace(wanted, container=triton), model, MARKS, token())
    progress = ended(cloud, accepted)
    assert progress.failed
    trouble = cloud.trouble(accepted.work_request)
    assert trouble.work_request == accepted.work_request
    assert trouble.errors
    reached(cloud, accepted.ocid, State.FAILED)


def test_many_threads_share_one_cloud(cloud: OciCloud) -> None:
    def publish(number: int) -> str:
        return published(cloud, artifact(f"weights {number}"))

    with ThreadPoolExecutor(max_workers=32) as pool:
        models = list(pool.map(publish, range(64)))
    assert len(set(models)) == 64
    listed = cloud.snapshot().models
    assert {item.ocid for item in listed} == set(models)
    assert len({item.artifact for item in listed}) == 64


def test_a_prediction_reaches_the_endpoint_signed(connection: Connection, cloud: OciCloud) -> None:
    content = artifact()
    ocid = deployed(cloud, configuration(content.digest), published(cloud, content))
    live, _ = cloud.get_deployment(ocid)
    answer = connection.predict(live.url, "resnet", "1", b"{}")
    # Not a Triton, so nothing serves; but it was routed there and the signature was good.
    assert answer.status not in {200, 401}
    assert "opc-request-id" in answer.headers


def member(name: str, text: str = "weights") -> Artifact:
    files = {"config.pbtxt": f'name: "{name}"', "1/model.bin": text}
    entries = [
        Entry(path, hashlib.sha256(content.encode()).hexdigest(), len(content), Inline(content))
        for path, content in files.items()
    ]
    return make_artifact(entries, frozenset({(name, 1)}))


def grouped(cloud: OciCloud, members: dict[str, str], digest: str) -> str:
    group = cloud.create_group("vision", "acme", digest, list(members.items()), token())
    deadline = time.monotonic() + 60
    while cloud.group_state(group) == "CREATING" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert cloud.group_state(group) == "ACTIVE"
    return group


def group_configuration(digest: str) -> Configuration:
    return replace(configuration(digest), kind=DeploymentType.MODEL_GROUP)


def test_a_model_group_and_its_members(cloud: OciCloud) -> None:
    members = {name: published(cloud, member(name)) for name in ("resnet", "densenet")}
    once = token()
    group = cloud.create_group("vision", "acme", "sha256:g", list(members.items()), once)
    assert cloud.create_group("vision", "acme", "sha256:g", list(members.items()), once) == group
    (listed,) = [model for model in cloud.snapshot().models if model.group]
    assert (listed.ocid, listed.owner, listed.name, listed.artifact) == (group, "acme", "vision", "sha256:g")
    assert set(listed.members) == set(members.values())
    assert listed.active is not listed.creating

    listings = cloud.member_listings(group)
    assert listings.keys() == members.keys()
    for name, (names, configs) in listings.items():
        assert set(names) == {"config.pbtxt", "1/model.bin"}
        assert configs == {"": f'name: "{name}"'}


def test_a_deployment_of_a_group_gets_another_by_rolling_or_in_place(cloud: OciCloud) -> None:
    first = {"resnet": published(cloud, member("resnet"))}
    second = {"resnet": published(cloud, member("resnet", "other weights"))}
    third = {"resnet": published(cloud, member("resnet", "new weights"))}
    groups = [grouped(cloud, one, f"sha256:{at}") for at, one in enumerate((first, second, third))]
    now = group_configuration("sha256:0")
    ocid = deployed(cloud, now, groups[0])
    live = seen(cloud, ocid)
    assert live.model_id == groups[0]
    assert live.configuration is not None
    digest = live.configuration.container.digest
    assert live.configuration == as_told(replace(now, container=replace(now.container, digest=digest)))

    for at, in_place in ((1, False), (2, True)):
        now = replace(now, artifact=f"sha256:{at}")
        etag = reached(cloud, ocid, State.ACTIVE)
        accepted = cloud.update_deployment(
            ocid, [Group.METADATA, Group.MODELS], now, groups[at], MARKS, etag, in_place
        )
        assert accepted.request_id
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        live = seen(cloud, ocid)
        assert live.model_id == groups[at]
        assert live.configuration == as_told(replace(now, container=replace(now.container, digest=digest)))

    changes: list[tuple[Group, dict[str, Any]]] = [
        (Group.BANDWIDTH, {"bandwidth": Bandwidth(20, 40)}),
        (Group.CORE, {"scaling": FixedScaling(2)}),
        (Group.CONTAINER, {"container": replace(now.container, digest=digest, port=8001)}),
    ]
    for group, change in changes:
        now = replace(now, **change)
        etag = reached(cloud, ocid, State.ACTIVE)
        accepted = cloud.update_deployment(ocid, [group], now, groups[2], MARKS, etag)
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        told = as_told(replace(now, container=replace(now.container, digest=digest)))
        assert seen(cloud, ocid).configuration == told


def seen(cloud: OciCloud, ocid: str) -> Live:
    (live,) = [item for item in cloud.snapshot().deployments if item.ocid == ocid]
    return live


def as_told(wanted: Configuration) -> Configuration:
    """The service tells the values of variables."""
    plain = tuple((k, v.value if isinstance(v, Secret) else v) for k, v in wanted.container.environment or ())
    return replace(wanted, container=replace(wanted.container, environment=plain))


def test_deleting_a_group_twice_is_no_error(cloud: OciCloud) -> None:
    group = grouped(cloud, {"resnet": published(cloud, member("resnet"))}, "sha256:g")
    cloud.delete_group(group)
    deadline = time.monotonic() + 60
    while group_there(cloud, group) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not group_there(cloud, group)
    cloud.delete_group("ocid1.datasciencemodelgroup.oc1.iad.never")
    listed = [model for model in cloud.snapshot().models if model.group and model.ocid == group]
    assert not any(model.active or model.creating for model in listed)


def group_there(cloud: OciCloud, group: str) -> bool:
    try:
        return cloud.group_state(group) != "DELETED"
    except NotFound:
        return False
