"""Model groups, their histories and the deployment of one, driven by the command `oci`."""

from typing import Any

import pytest

from tests.strangers.command_line import Oci
from tests.strangers.documents import WAIT, answer, environment, instances, member
from tests.support.serving import Client


@pytest.fixture(scope="module")
def members(cloud: Client, project: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three models; each is one Triton model that answers with its mark: 1, 2 and 3."""
    return [cloud.model(project, member(tmp_path_factory.mktemp("member"), mark)) for mark in (1, 2, 3)]


def create(oci: Oci, compartment: str, project: str, named: dict[str, str], **more: Any) -> str:
    entries = [{"inferenceKey": key, "modelId": model} for key, model in named.items()]
    work = oci(
        "data-science model-group create-model-group-create-model-group-details",
        compartment_id=compartment,
        project_id=project,
        model_group_details={"type": "HETEROGENEOUS"},
        member_model_entries={"memberModelDetails": entries},
        **more,
        **WAIT,
    )["data"]
    assert (work["operation-type"], work["status"]) == ("MODEL_GROUP_CREATE", "SUCCEEDED")
    (group,) = {one["identifier"] for one in work["resources"]}
    return str(group)


def get(oci: Oci, group: str) -> Any:
    return oci("data-science model-group get", model_group_id=group)


def test_the_life_of_a_group(oci: Oci, compartment: str, project: str, members: list[str]) -> None:
    one, two, three = members
    group = create(oci, compartment, project, {"a": one, "b": two}, display_name="pair", version_label="v1")
    got = get(oci, group)
    assert got["data"]["lifecycle-state"] == "ACTIVE"
    assert (got["data"]["display-name"], got["data"]["version-label"]) == ("pair", "v1")
    assert keys(got["data"]) == {"a": one, "b": two}
    listed = oci("data-science model-group list", compartment_id=compartment, display_name="pair")
    assert [entry["id"] for entry in listed["data"]] == [group]
    models = oci(
        "data-science model-group list-model-group-models", model_group_id=group, compartment_id=compartment
    )
    assert {entry["id"] for entry in models["data"]} == {one, two}

    oci(
        "data-science model-group update",
        model_group_id=group,
        display_name="couple",
        if_match=got["etag"],
        force=True,
        wait_for_state="ACTIVE",
    )
    assert get(oci, group)["data"]["display-name"] == "couple"
    oci("data-science model-group deactivate", model_group_id=group)
    assert get(oci, group)["data"]["lifecycle-state"] == "INACTIVE"
    oci("data-science model-group activate", model_group_id=group)
    assert get(oci, group)["data"]["lifecycle-state"] == "ACTIVE"

    work = oci(
        "data-science model-group create-model-group-clone-model-group-details",
        compartment_id=compartment,
        project_id=project,
        model_group_clone_source_details={
            "modelGroupCloneSourceType": "MODEL_GROUP",
            "sourceId": group,
            "patchModelGroupMemberModelDetails": {
                "items": [
                    {"operation": "REMOVE", "values": [{"inferenceKey": "b", "modelId": two}]},
                    {"operation": "INSERT", "values": [{"inferenceKey": "c", "modelId": three}]},
                ]
            },
        },
        **WAIT,
    )["data"]
    (clone,) = {entry["identifier"] for entry in work["resources"]} - {group}
    assert keys(get(oci, clone)["data"]) == {"a": one, "c": three}

    for each in (clone, group):
        oci("data-science model-group delete", model_group_id=each, force=True, **WAIT)
        assert get(oci, each)["data"]["lifecycle-state"] == "DELETED"


def test_the_history_of_groups(oci: Oci, compartment: str, project: str, members: list[str]) -> None:
    made = oci(
        "data-science model-group-version-history create",
        compartment_id=compartment,
        project_id=project,
        display_name="history",
        description="of pairs",
        wait_for_state="ACTIVE",
    )
    history = made["data"]["id"]
    assert (made["data"]["display-name"], made["data"]["description"]) == ("history", "of pairs")
    group = create(oci, compartment, project, {"a": members[0]}, model_group_version_history_id=history)
    assert get(oci, group)["data"]["model-group-version-history-id"] == history
    changed = oci(
        "data-science model-group-version-history update",
        model_group_version_history_id=history,
        description="of groups",
        if_match=oci("data-science model-group-version-history get", model_group_version_history_id=history)[
            "etag"
        ],
        force=True,
        wait_for_state="ACTIVE",
    )
    assert changed["data"]["description"] == "of groups"
    listed = oci(
        "data-science model-group-version-history list", compartment_id=compartment, display_name="history"
    )
    assert [entry["id"] for entry in listed["data"]] == [history]
    oci("data-science model-group delete", model_group_id=group, force=True, **WAIT)
    oci(
        "data-science model-group-version-history delete",
        model_group_version_history_id=history,
        force=True,
        **WAIT,
    )
    gone = oci("data-science model-group-version-history get", model_group_version_history_id=history)
    assert gone["data"]["lifecycle-state"] == "DELETED"


def test_a_deployed_group_changes_live(oci: Oci, compartment: str, project: str, members: list[str]) -> None:
    one, two, three = members
    first = create(oci, compartment, project, {"a": one, "b": two})
    second = create(oci, compartment, project, {"a": one, "b": three})
    work = oci(
        "data-science model-deployment create-model-deployment-model-group-deployment-configuration-details",
        compartment_id=compartment,
        project_id=project,
        model_deployment_configuration_details_model_group_configuration_details={"modelGroupId": first},
        model_deployment_configuration_details_infrastructure_configuration_details={
            "infrastructureType": "INSTANCE_POOL",
            **instances(),
        },
        model_deployment_configuration_details_environment_configuration_details=environment(),
        **WAIT,
    )["data"]
    (deployment,) = {
        entry["identifier"] for entry in work["resources"] if "deployment" in entry["entity-type"]
    }
    got = oci("data-science model-deployment get", model_deployment_id=deployment)["data"]
    assert {key: answer(oci, got, key)["MARK"] for key in "ab"} == {"a": [1], "b": [2]}

    oci(
        "data-science model-deployment "
        "update-model-deployment-update-model-group-deployment-configuration-details",
        model_deployment_id=deployment,
        model_deployment_configuration_details_update_type="LIVE",
        model_deployment_configuration_details_model_group_configuration_details={"modelGroupId": second},
        force=True,
        **WAIT,
    )
    assert {key: answer(oci, got, key)["MARK"] for key in "ab"} == {"a": [1], "b": [3]}
    states = oci(
        "data-science model-deployment-model-state list",
        compartment_id=compartment,
        model_deployment_id=deployment,
    )["data"]
    assert {(state["model-id"], state["state"]) for state in states} == {(one, "SUCCESS"), (three, "SUCCESS")}


def keys(group: Any) -> dict[str, str]:
    """Inference key to model."""
    return {
        entry["inference-key"]: entry["model-id"]
        for entry in group["member-model-entries"]["member-model-details"]
    }
