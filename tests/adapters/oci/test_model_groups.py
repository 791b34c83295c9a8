"""Model groups, where the emulator would not lead: a service without them, members without keys."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import NotFound
from tests.support.http_service import COMPARTMENT, Asked, Reply, Service

PROJECT = {"id": "ocid1.project", "displayName": "serving", "lifecycleState": "ACTIVE"}
NONE = (404, {"code": "NotAuthorizedOrNotFound", "message": "no"})


@pytest.fixture
def cloud(access: ServiceAccess) -> OciCloud:
    def fetch(remote: Remote, sha256: str) -> Path:
        raise AssertionError("nothing is fetched")

    return OciCloud(access, COMPARTMENT, "serving", create_project=False, fetch=fetch)


def answers(service: Service, told: Mapping[str, tuple[int, object]]) -> None:
    """By the last part of the path; lists of everything else are empty."""

    def answer(asked: Asked) -> Reply:
        kind = asked.path.partition("?")[0].rpartition("/")[2]
        status, body = told.get(kind, (200, [PROJECT] if kind == "projects" else []))
        return status, {"content-type": "application/json"}, json.dumps(body).encode()

    service.answer = answer


def deployment(kind: str, state: str) -> dict[str, object]:
    details = {"deploymentType": kind, "modelGroupConfigurationDetails": {"modelGroupId": "g"}}
    return {"id": "d", "lifecycleState": state, "modelDeploymentConfigurationDetails": details}


@pytest.mark.parametrize(("kind", "state"), [("SINGLE_MODEL", "ACTIVE"), ("MODEL_GROUP", "DELETED")])
def test_a_service_without_groups_has_none(service: Service, cloud: OciCloud, kind: str, state: str) -> None:
    answers(service, {"modelGroups": NONE, "modelDeployments": (200, [deployment(kind, state)])})
    assert cloud.snapshot().models == ()


def test_groups_that_run_and_cannot_be_seen_are_an_error(service: Service, cloud: OciCloud) -> None:
    """Their members would look unused."""
    answers(service, {"modelGroups": NONE, "modelDeployments": (200, [deployment("MODEL_GROUP", "ACTIVE")])})
    with pytest.raises(NotFound, match="listing the model groups"):
        cloud.snapshot()


def group(
    ocid: str, owner: str = "", state: str = "ACTIVE", project: str = "ocid1.project"
) -> dict[str, object]:
    tags = {"reconciler-owner": owner, "reconciler-artifact": f"sha256:{ocid}"} if owner else {}
    return {"id": ocid, "projectId": project, "lifecycleState": state, "freeformTags": tags}


def test_members_of_others_are_read_only_for_deletions_and_all_of_them_only_once(
    service: Service, cloud: OciCloud
) -> None:
    """A plan costs nothing per group of others."""
    members = [{"modelId": "m1", "inferenceKey": "resnet"}, {"modelId": "m2"}]
    listed = [
        group("ours", "acme"),
        group("theirs", "other"),
        group("foreign"),
        group("gone", "acme", "DELETED"),
        group("vanished", "acme"),
        group("elsewhere", "acme", project="ocid1.other"),
    ]
    whole = {"memberModelEntries": {"memberModelDetails": members}}
    answers(
        service,
        {
            "modelGroups": (200, listed),
            "ours": (200, {**listed[0], **whole}),
            "theirs": (200, {**listed[1], **whole}),
            "foreign": (200, {**listed[2], **whole}),
            "elsewhere": (
                200,
                {**listed[5], "memberModelEntries": {"memberModelDetails": [{"modelId": "m3"}]}},
            ),
            "vanished": NONE,
        },
    )

    def asked() -> list[str]:
        paths = [one.path for one in service.asked if "/modelGroups/" in one.path]
        return sorted(path.rpartition("/")[2] for path in paths)

    snapshot = cloud.snapshot()
    assert asked() == ["ours", "theirs", "vanished"]
    assert snapshot.unread_groups == ("foreign", "elsewhere")
    snapshot = cloud.with_members(snapshot)
    found = {model.ocid: model.members for model in snapshot.models}
    assert found == {
        "ours": ("m1", "m2"),
        "theirs": ("m1", "m2"),
        "foreign": ("m1", "m2"),
        "gone": (),
        "vanished": (),
    }
    assert (snapshot.held_elsewhere, snapshot.unread_groups) == ({"m3"}, ())
    cloud.with_members(cloud.snapshot())
    assert asked() == ["elsewhere", "foreign", "ours", "theirs", "vanished", "vanished"]


def test_a_group_of_others_that_cannot_be_read_is_told_and_fails_no_plan(
    service: Service, cloud: OciCloud
) -> None:
    listed = [group("hidden"), group("odd")]
    answers(service, {"modelGroups": (200, listed), "hidden": NONE, "odd": (200, ["no group"])})
    snapshot = cloud.with_members(cloud.snapshot())
    assert snapshot.unread_groups == ("hidden", "odd")
    assert [model.members for model in snapshot.models] == [(), ()]


def test_a_deployment_runs_the_content_of_its_group(service: Service, cloud: OciCloud) -> None:
    item = deployment("MODEL_GROUP", "ACTIVE")
    instances = {"instanceShapeName": "VM.Standard.E4.Flex"}
    item["modelDeploymentConfigurationDetails"] = {
        "deploymentType": "MODEL_GROUP",
        "modelGroupConfigurationDetails": {"modelGroupId": "g"},
        "infrastructureConfigurationDetails": {
            "infrastructureType": "INSTANCE_POOL",
            "instanceConfiguration": instances,
        },
        "environmentConfigurationDetails": {"environmentConfigurationType": "OCIR_CONTAINER", "image": "i:1"},
    }
    answers(
        service,
        {
            "modelGroups": (200, [group("g", "acme")]),
            "g": (200, group("g", "acme")),
            "modelDeployments": (200, [item]),
        },
    )
    (live,) = cloud.snapshot().deployments
    assert live.configuration is not None
    assert (live.model_id, live.configuration.artifact) == ("g", "sha256:g")


def test_a_member_without_a_key_goes_by_its_ocid(service: Service, cloud: OciCloud) -> None:
    members = [{"modelId": "m2"}]
    answers(service, {"g": (200, {**group("g"), "memberModelEntries": {"memberModelDetails": members}})})
    assert cloud.members("g") == (("m2", "m2"),)


@pytest.mark.parametrize("member", [{"modelId": None}, {}, {"inferenceKey": "one"}])
def test_a_member_without_an_ocid_is_one_that_nobody_knows(
    service: Service, cloud: OciCloud, member: dict[str, Any]
) -> None:
    entries = {"memberModelEntries": {"memberModelDetails": [member, {"modelId": "m2"}]}}
    answers(service, {"g": (200, {**group("g"), **entries})})
    (key, model), known = cloud._groups.members("g")
    assert (key, model) == (member.get("inferenceKey", ""), "")
    assert known == ("m2", "m2")


def test_what_a_group_is_made_of(service: Service, cloud: OciCloud) -> None:
    answers(service, {"modelGroups": (200, {"id": "g", "lifecycleState": "CREATING"})})
    cloud._project._ocid = "ocid1.project"
    assert cloud.create_model_group("vision", "acme", "sha256:1", [("resnet", "m1")], "token") == "g"
    (asked,) = service.asked
    assert asked.headers["opc-retry-token"] == "token"
    assert asked.json == {
        "createType": "CREATE",
        "compartmentId": COMPARTMENT,
        "projectId": "ocid1.project",
        "displayName": "vision",
        "modelGroupDetails": {"type": "HETEROGENEOUS"},
        "memberModelEntries": {"memberModelDetails": [{"inferenceKey": "resnet", "modelId": "m1"}]},
        "freeformTags": {
            "reconciler-owner": "acme",
            "reconciler-name": "vision",
            "reconciler-artifact": "sha256:1",
        },
    }
