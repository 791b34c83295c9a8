"""Model groups and their version histories."""

from typing import Any

import requests

from datascience_emulator.faults.orders import Fault, Order
from tests.support.emulator import Emulator
from tests.support.refusals.proof import Cloud, Json, deploy, deployment, forever, group, ocid, refused
from tests.support.waiting import wait_for


def _group(cloud: Cloud, **changes: Any) -> requests.Response:
    e = cloud()
    return e.raw("POST", "/modelGroups", group(e, **changes))


def _members(*members: dict[str, str]) -> dict[str, Any]:
    return {"memberModelDetails": list(members)}


@refused("too-many-members")
def too_many_members(cloud: Cloud) -> requests.Response:
    many = [{"modelId": ocid("datasciencemodel"), "inferenceKey": f"key{number}"} for number in range(501)]
    return _group(cloud, memberModelEntries=_members(*many))


@refused("long-inference-key")
def long_inference_key(cloud: Cloud) -> requests.Response:
    one = {"modelId": ocid("datasciencemodel"), "inferenceKey": "k" * 33}
    return _group(cloud, memberModelEntries=_members(one))


@refused("foreign-base-model")
def foreign_base_model(cloud: Cloud) -> requests.Response:
    stacked = {"type": "STACKED", "baseModelId": ocid("datasciencemodel")}
    return _group(cloud, modelGroupDetails=stacked)


@refused("unknown-member")
def unknown_member(cloud: Cloud) -> requests.Response:
    return _group(cloud, memberModelEntries=_members({"modelId": ocid("datasciencemodel")}))


def _made_group(e: Emulator, **changes: Any) -> str:
    answer = e.raw("POST", "/modelGroups", group(e, **changes))
    assert answer.ok, answer.text
    return str(answer.json()["id"])


@refused("inactive-group")
def inactive_group(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = e.group(project := e.project(), {"one": e.model(project, b"content")})
    e.client.deactivate_model_group(made)
    return _deploy_group(e, made)


@refused("artifact-of-heterogeneous")
def artifact_of_heterogeneous(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/modelGroups/{_made_group(e)}/artifact", b"content")


@refused("group-in-use")
def group_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = e.group(project := e.project(), {"one": e.model(project, b"content")})
    assert _deploy_group(e, made).ok
    return e.raw("DELETE", f"/modelGroups/{made}")


def _deploy_group(e: Emulator, made: str) -> requests.Response:
    body = deployment(e)
    config = body["modelDeploymentConfigurationDetails"]
    single = config.pop("modelConfigurationDetails")
    del single["modelId"]
    config |= {
        "deploymentType": "MODEL_GROUP",
        "modelGroupConfigurationDetails": {"modelGroupId": made},
        "infrastructureConfigurationDetails": {"infrastructureType": "INSTANCE_POOL", **single},
    }
    return deploy(e, body)


@refused("twin-inference-keys")
def twin_inference_keys(cloud: Cloud) -> requests.Response:
    e = cloud()
    project = e.project()
    twins = [{"modelId": e.model(project, b"content"), "inferenceKey": "same"} for _ in range(2)]
    return _group(cloud, memberModelEntries=_members(*twins))


@refused("inactive-member")
def inactive_member(cloud: Cloud) -> requests.Response:
    e = cloud()
    model = e.model(e.project(), b"content")
    e.client.deactivate_model(model)
    return _group(cloud, memberModelEntries=_members({"modelId": model}))


@refused("empty-member")
def empty_member(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _group(cloud, memberModelEntries=_members({"modelId": e.model(e.project())}))


@refused("group-being-made")
def group_being_made(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    return e.raw("PUT", f"/modelGroups/{_made_group(e)}", {"displayName": "other"})


@refused("model-of-new-group")
def model_of_new_group(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    body = group(e)
    assert e.raw("POST", "/modelGroups", body).ok
    (member,) = body["memberModelEntries"]["memberModelDetails"]
    return e.raw("DELETE", f"/models/{member['modelId']}")


def _settled_group(e: Emulator, **changes: Any) -> str:
    made = _made_group(e, **changes)
    wait_for(lambda: e.client.get_model_group(made).data.lifecycle_state == "ACTIVE")
    return made


@refused("activate-active-group")
def activate_active_group(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/modelGroups/{_settled_group(e)}/actions/activate")


@refused("second-group-artifact")
def second_group_artifact(cloud: Cloud) -> requests.Response:
    e = cloud()
    path = f"/modelGroups/{_settled_group(e, modelGroupDetails={'type': 'HOMOGENEOUS'})}/artifact"
    assert e.raw("POST", path, b"content").ok
    return e.raw("POST", path, b"content")


@refused("artifact-of-going-group")
def artifact_of_going_group(cloud: Cloud) -> requests.Response:
    e = cloud(ephemeral=True)
    path = f"/modelGroups/{_settled_group(e, modelGroupDetails={'type': 'HOMOGENEOUS'})}"
    e.orders.add(Order(Fault.HOLD, "delete_model_group"))
    assert e.raw("DELETE", path).ok
    return e.raw("POST", f"{path}/artifact", b"content")


def _clone(e: Emulator, source: str, **changes: Json) -> requests.Response:
    body = {
        "createType": "CLONE",
        "compartmentId": e.compartment,
        "projectId": e.project(),
        "modelGroupCloneSourceDetails": {
            "modelGroupCloneSourceType": "MODEL_GROUP",
            "sourceId": source,
            **changes,
        },
    }
    return e.raw("POST", "/modelGroups", body)


@refused("clone-of-nothing")
def clone_of_nothing(cloud: Cloud) -> requests.Response:
    return _clone(cloud(), ocid("datasciencemodelgroup"))


@refused("clone-of-another-type")
def clone_of_another_type(cloud: Cloud) -> requests.Response:
    e = cloud()
    other = {"modelGroupDetails": {"type": "HOMOGENEOUS"}}
    return _clone(e, _settled_group(e), modifyModelGroupDetails=other)


@refused("clone-without-stranger")
def clone_without_stranger(cloud: Cloud) -> requests.Response:
    e = cloud()
    removal = {"operation": "REMOVE", "values": [{"modelId": ocid("datasciencemodel")}]}
    return _clone(e, _settled_group(e), patchModelGroupMemberModelDetails={"items": [removal]})


# -- version histories


def _history(e: Emulator, name: str, **fields: Any) -> requests.Response:
    body = {"compartmentId": e.compartment, "projectId": e.project(), "displayName": name, **fields}
    return e.raw("POST", "/modelGroupVersionHistory", body)


@refused("unknown-history")
def unknown_history(cloud: Cloud) -> requests.Response:
    return _group(cloud, modelGroupVersionHistoryId=ocid("dscmodelgroupversionhistory"))


@refused("history-name-taken")
def history_name_taken(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _history(e, "taken").ok
    return _history(e, "taken")


@refused("history-in-use")
def history_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = _history(e, "used").json()["id"]
    _settled_group(e, modelGroupVersionHistoryId=made)
    return e.raw("DELETE", f"/modelGroupVersionHistory/{made}")


@refused("history-going")
def history_going(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    path = f"/modelGroupVersionHistory/{_history(e, 'going').json()['id']}"
    assert e.raw("DELETE", path).ok
    return e.raw("PUT", path, {"displayName": "other"})


@refused("unknown-latest")
def unknown_latest(cloud: Cloud) -> requests.Response:
    return _history(cloud(), "unknown", latestModelGroupId=ocid("datasciencemodelgroup"))


@refused("foreign-latest")
def foreign_latest(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = _history(e, "foreign").json()["id"]
    body = {"latestModelGroupId": _settled_group(e)}
    return e.raw("PUT", f"/modelGroupVersionHistory/{made}", body)
