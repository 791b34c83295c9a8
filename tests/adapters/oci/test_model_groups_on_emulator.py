"""OciCloud against the emulator as a process: model groups and their deployments."""

import hashlib
from dataclasses import replace
from typing import Any

from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
)
from reconciler.core.model.errors import NotFound
from reconciler.core.model.live import State
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deploying import (
    MARKS,
    as_told,
    configuration,
    deployed,
    ended,
    published,
    reached,
    seen,
    token,
)
from tests.support.deployment_updates import update_of
from tests.support.waiting import wait_for


def member(name: str, text: str = "weights") -> Artifact:
    files = {"config.pbtxt": f'name: "{name}"', "1/model.bin": text}
    entries = [
        Entry(path, hashlib.sha256(content.encode()).hexdigest(), len(content), Inline(content))
        for path, content in files.items()
    ]
    return make_artifact(entries, frozenset({(name, 1)}))


def grouped(cloud: OciCloud, members: dict[str, str], digest: str) -> str:
    group = cloud.create_model_group("vision", "acme", digest, list(members.items()), token())
    wait_for(lambda: cloud.model_group_state(group) != "CREATING")
    assert cloud.model_group_state(group) == "ACTIVE"
    return group


def group_configuration(digest: str) -> Configuration:
    return replace(configuration(digest), kind=DeploymentType.MODEL_GROUP)


def test_a_model_group_and_its_members(cloud: OciCloud) -> None:
    members = {name: published(cloud, member(name)) for name in ("resnet", "densenet")}
    once = token()
    group = cloud.create_model_group("vision", "acme", "sha256:g", list(members.items()), once)
    assert cloud.create_model_group("vision", "acme", "sha256:g", list(members.items()), once) == group
    (listed,) = [model for model in cloud.snapshot().models if model.is_model_group]
    assert (listed.ocid, listed.owner, listed.name, listed.artifact) == (group, "acme", "vision", "sha256:g")
    assert set(listed.members) == set(members.values())
    assert listed.active is not listed.creating

    assert dict(cloud.members(group)) == members
    for name, ocid in members.items():
        content = cloud.content(ocid)
        assert set(content.paths()) == {"config.pbtxt", "1/model.bin"}
        assert content.read("config.pbtxt", 0, 99) == f'name: "{name}"'.encode()


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
            update_of(ocid, [OptionGroup.METADATA, OptionGroup.MODELS], now, MARKS, in_place),
            groups[at],
            etag,
        )
        assert accepted.request_id
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        live = seen(cloud, ocid)
        assert live.model_id == groups[at]
        assert live.configuration == as_told(replace(now, container=replace(now.container, digest=digest)))

    changes: list[tuple[OptionGroup, dict[str, Any]]] = [
        (OptionGroup.BANDWIDTH, {"bandwidth": Bandwidth(20, 40)}),
        (OptionGroup.CORE, {"scaling": FixedScaling(2)}),
        (OptionGroup.CONTAINER, {"container": replace(now.container, digest=digest, port=8001)}),
    ]
    for group, change in changes:
        now = replace(now, **change)
        etag = reached(cloud, ocid, State.ACTIVE)
        accepted = cloud.update_deployment(update_of(ocid, [group], now, MARKS), groups[2], etag)
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        told = as_told(replace(now, container=replace(now.container, digest=digest)))
        assert seen(cloud, ocid).configuration == told


def test_deleting_a_group_twice_is_no_error(cloud: OciCloud) -> None:
    group = grouped(cloud, {"resnet": published(cloud, member("resnet"))}, "sha256:g")
    _, etag = cloud.catalog_entry(group, True)
    cloud.delete_model_group(group, etag)
    wait_for(lambda: not group_there(cloud, group))
    cloud.delete_model_group("ocid1.datasciencemodelgroup.oc1.iad.never", etag)
    listed = [model for model in cloud.snapshot().models if model.is_model_group and model.ocid == group]
    assert not any(model.active or model.creating for model in listed)


def group_there(cloud: OciCloud, group: str) -> bool:
    try:
        return cloud.model_group_state(group) != "DELETED"
    except NotFound:
        return False


def test_renaming_a_group_leaves_its_members_and_their_names(cloud: OciCloud) -> None:
    members = {"resnet": published(cloud, member("resnet"))}
    group = grouped(cloud, members, "sha256:g")
    cloud.rename_model(group, "seeing", group=True)
    cloud.rename_model(group, "seeing", group=True)
    (found,) = [model for model in cloud.snapshot().models if model.is_model_group]
    assert (found.display_name, found.name, found.artifact) == ("seeing", "seeing", "sha256:g")
    assert found.members == tuple(members.values())
    (one,) = [model for model in cloud.snapshot().models if not model.is_model_group]
    assert one.name != "seeing"
