"""Model groups and the deployments that serve them, through the real SDK, with fake servers."""

from typing import Any

import pytest
from oci.data_science import models as m
from oci.exceptions import ServiceError

from datascience_emulator.faults.orders import Fault, Order
from tests.support.emulator import group_configuration

SERVED = {"CONTAINER_TYPE": "TRITON"}


def refused(call: Any, *arguments: Any, **more: Any) -> tuple[int, str, str]:
    with pytest.raises(ServiceError) as failure:
        call(*arguments, **more)
    return failure.value.status, failure.value.code, failure.value.message


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def model(emulator: Any, project: str, make_artifact: Any) -> Any:
    return lambda answer: emulator.model(project, make_artifact(answer))


# -- groups


def test_a_member_stays_while_its_group_is_made(emulator: Any, project: str, model: Any) -> None:
    client, member = emulator.client, model("one")
    emulator.orders.add(Order(Fault.HOLD, "create_model_group"))
    created = client.create_model_group(emulator.group_details(project, {"a": member}))
    status, code, message = refused(client.delete_model, member)
    assert (status, code) == (409, "Conflict")
    assert created.data.id in message
    emulator.orders.release()
    emulator.finished(created)
    client.delete_model(member)
    assert client.get_model_group(created.data.id).data.lifecycle_state == "ACTIVE"


@pytest.mark.shows("group-async")
def test_the_life_of_a_group(emulator: Any, project: str, model: Any) -> None:
    client, one, two = emulator.client, model("one"), model("two")
    details = emulator.group_details(project, {"first": one, "second": two})
    details.freeform_tags, details.version_label = {"team": "vision"}, "v1"
    details.member_model_entries.member_model_details.append(m.MemberModelDetails(model_id=model("three")))
    created = client.create_model_group(create_base_model_group_details=details)
    assert (created.status, created.data.lifecycle_state, created.data.create_type) == (
        200,
        "CREATING",
        "CREATE",
    )
    assert created.headers["etag"]
    work = emulator.finished(created)
    assert (work.operation_type, work.status) == ("MODEL_GROUP_CREATE", "SUCCEEDED")
    resource = work.resources[0]
    assert (resource.action_type, resource.identifier) == ("CREATED", created.data.id)

    got = client.get_model_group(created.data.id)
    found = got.data
    assert isinstance(found.model_group_details, m.HeterogeneousModelGroupDetails)
    assert (found.lifecycle_state, found.version_label, found.project_id) == ("ACTIVE", "v1", project)
    entries = found.member_model_entries.member_model_details
    assert [(one.inference_key, one.model_id) for one in entries][:2] == [("first", one), ("second", two)]
    assert entries[2].inference_key is None

    update = m.UpdateModelGroupDetails(display_name="new", freeform_tags={})
    updated = client.update_model_group(found.id, update, if_match=got.headers["etag"])
    assert (updated.data.display_name, updated.data.freeform_tags) == ("new", {})
    assert updated.headers["etag"] != got.headers["etag"]
    stale = refused(client.update_model_group, found.id, update, if_match=got.headers["etag"])
    assert stale[:2] == (412, "NoEtagMatch")

    assert client.deactivate_model_group(found.id).data.lifecycle_state == "INACTIVE"
    assert client.activate_model_group(found.id).data.lifecycle_state == "ACTIVE"
    assert refused(client.activate_model_group, found.id) == (
        409,
        "IncorrectState",
        f"The model group {found.id} is in the state ACTIVE; this needs INACTIVE.",
    )

    deleted = client.delete_model_group(found.id)
    assert emulator.finished(deleted).operation_type == "MODEL_GROUP_DELETE"
    assert client.get_model_group(found.id).data.lifecycle_state == "DELETED"
    assert refused(client.delete_model_group, found.id)[:2] == (404, "NotAuthorizedOrNotFound")


@pytest.mark.shows("group-members")
def test_members_never_change(emulator: Any, project: str, model: Any) -> None:
    group = emulator.group(project, {"one": model("one")})
    before = emulator.raw("GET", f"/modelGroups/{group}").json()
    other = {"memberModelEntries": {"memberModelDetails": [{"modelId": model("two")}]}}
    assert emulator.raw("PUT", f"/modelGroups/{group}", other).status_code == 200
    after = emulator.raw("GET", f"/modelGroups/{group}").json()
    assert after["memberModelEntries"] == before["memberModelEntries"]


def test_lists_of_groups_and_of_their_models(emulator: Any, project: str, model: Any) -> None:
    client, one, two = emulator.client, model("one"), model("two")
    groups = [emulator.group(project, {"b": one, "a": two}) for _ in range(3)]
    client.update_model_group(groups[1], m.UpdateModelGroupDetails(display_name="a"))
    emulator.finished(client.delete_model_group(groups[2]))

    def listed(**filters: Any) -> list[str]:
        return [group.id for group in client.list_model_groups(emulator.compartment, **filters).data]

    assert listed() == groups[::-1]
    assert listed(lifecycle_state="ACTIVE", sort_by="displayName") == [groups[1], groups[0]]
    assert listed(id=groups[0]) == [groups[0]]
    assert listed(display_name="a") == [groups[1]]
    assert listed(project_id=project, created_by=emulator.config["user"], limit=1) == [groups[2]]
    assert listed(project_id="ocid1.datascienceproject.oc1.iad.x") == []
    body = emulator.raw("GET", f"/modelGroups?compartmentId={emulator.compartment}&limit=2")
    assert body.headers["opc-next-page"]
    assert "memberModelEntries" not in body.json()[0]

    def models(**filters: Any) -> list[Any]:
        return list(client.list_model_group_models(groups[0], emulator.compartment, **filters).data)

    assert [(found.model_id, found.inference_key) for found in models()] == [(two, "a"), (one, "b")]
    assert [found.id for found in models(sort_order="ASC")] == [one, two]
    assert [found.id for found in models(id=one)] == [one]
    assert models()[0].lifecycle_state == "ACTIVE"
    assert models(lifecycle_state="INACTIVE") == []


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ([], "InvalidParameter", "must have 1 to 500 items, has 0"),
        ([{"inferenceKey": "a"}], "MissingParameter", "memberModelDetails[0].modelId: required"),
        ([{"modelId": "x", "inferenceKey": "k" * 33}], "InvalidParameter", "at most 32 characters, has 33"),
        ([{"modelId": "x", "inferenceKey": "../x"}], "InvalidParameter", "'../x' is not an inference key"),
        (
            [{"modelId": "x", "inferenceKey": "k"}, {"modelId": "y", "inferenceKey": "k"}],
            "InvalidParameter",
            "inference keys must be unique, these are not: k",
        ),
        ([{"modelId": "x"}, {"modelId": "x"}], "InvalidParameter", "must be unique, these are not: x"),
        ([{"modelId": "x"}] * 501, "InvalidParameter", "must have 1 to 500 items, has 501"),
        (
            [{"modelId": "x"}],
            "RelatedResourceNotAuthorizedOrNotFound",
            "Authorization failed or related resource not found: modelId x",
        ),
    ],
)
def test_members_that_cannot_be(
    emulator: Any, project: str, entries: list[Any], code: str, message: str
) -> None:
    body = {
        "createType": "CREATE",
        "compartmentId": emulator.compartment,
        "projectId": project,
        "modelGroupDetails": {"type": "HETEROGENEOUS"},
        "memberModelEntries": {"memberModelDetails": entries},
    }
    answer = emulator.raw("POST", "/modelGroups", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert message in answer.json()["message"]
    assert emulator.client.list_model_groups(emulator.compartment).data == []


def test_members_need_an_artifact_and_to_be_active(emulator: Any, project: str, model: Any) -> None:
    client, bare, idle = emulator.client, emulator.model(project), model("one")
    client.deactivate_model(idle)
    assert refused(client.create_model_group, emulator.group_details(project, {"a": bare})) == (
        400,
        "InvalidParameter",
        f"The model {bare} has no artifact; upload one with POST /models/{{modelId}}/artifact.",
    )
    assert refused(client.create_model_group, emulator.group_details(project, {"a": idle})) == (
        400,
        "InvalidParameter",
        f"The model {idle} is INACTIVE; the members of a model group must be ACTIVE.",
    )


def test_other_types_of_group_run_no_servers(emulator: Any, project: str, model: Any) -> None:
    one = model("one")
    kinds = (m.HomogeneousModelGroupDetails(), m.StackedModelGroupDetails(base_model_id=one))
    for kind in kinds:
        deployment = emulator.deploy_group(project, emulator.group(project, {"one": one}, kind)).data.id
        assert emulator.settle(deployment).lifecycle_state == "ACTIVE"
        answer = emulator.predict(deployment)
        assert answer.status_code == 503
        assert "only for model groups of the type HETEROGENEOUS" in answer.json()["message"]
    stacked = emulator.group_details(project, {"two": model("two")}, kinds[1])
    assert refused(emulator.client.create_model_group, stacked) == (
        400,
        "InvalidParameter",
        f"modelGroupDetails.baseModelId: {one} is not a member of the model group",
    )
    assert emulator.serving.rolls == []


# -- deployments of groups


@pytest.fixture
def groups(emulator: Any, project: str, model: Any) -> list[str]:
    """Two groups that share a member."""
    keep, old, new, gone, added = (model(name) for name in ("keep", "old", "new", "gone", "added"))
    return [
        emulator.group(project, {"keep": keep, "swap": old, "gone": gone}),
        emulator.group(project, {"keep": keep, "swap": new, "added": added}),
    ]


@pytest.fixture
def deployment(emulator: Any, project: str, groups: list[str]) -> str:
    created = emulator.deploy_group(project, groups[0], instances=2)
    assert emulator.finished(created).status == "SUCCEEDED"
    return str(created.data.id)


def served(emulator: Any) -> dict[str, str]:
    """What lies where the newest servers look."""
    folder = next(emulator.home.glob("servers/*/model-*/deployed_model"))
    return {path.parent.name: path.read_text() for path in folder.glob("*/answer")}


@pytest.mark.shows("group-mounted")
def test_members_are_mounted_by_their_keys(emulator: Any, deployment: str) -> None:
    found = emulator.client.get_model_deployment(deployment).data
    config = found.model_deployment_configuration_details
    assert isinstance(config, m.ModelGroupDeploymentConfigurationDetails)
    pool = config.infrastructure_configuration_details
    assert isinstance(pool, m.InstancePoolInfrastructureConfigurationDetails)
    assert (pool.scaling_policy.instance_count, pool.bandwidth_mbps) == (2, 10)
    assert emulator.servers(deployment) == 2
    assert served(emulator) == {"keep": "keep", "swap": "old", "gone": "gone"}
    (revision,) = [revision for _, revision in emulator.serving.rolls]
    assert (revision.live, revision.instances) == (True, 2)
    assert revision.environment.items() >= SERVED.items()


def test_a_member_without_key_is_mounted_by_its_model(emulator: Any, project: str, model: Any) -> None:
    one = model("one")
    details = emulator.group_details(project, {})
    details.member_model_entries.member_model_details = [m.MemberModelDetails(model_id=one)]
    group = emulator.client.create_model_group(details).data.id
    emulator.finished(emulator.deploy_group(project, group))
    assert served(emulator) == {one: "one"}


@pytest.mark.shows("group-zdt")
def test_zdt_rolls_onto_the_new_group(emulator: Any, deployment: str, groups: list[str]) -> None:
    update = emulator.update_group(deployment, groups[1])
    assert emulator.finished(update).status == "SUCCEEDED"
    assert served(emulator) == {"keep": "keep", "swap": "new", "added": "added"}
    assert (len(emulator.serving.rolls), emulator.serving.lives) == (2, [])
    raw = emulator.raw("GET", f"/modelDeployments/{deployment}").json()
    config = raw["modelDeploymentConfigurationDetails"]
    assert config["modelGroupConfigurationDetails"] == {"modelGroupId": groups[1]}
    assert "updateType" not in config
    assert config["environmentConfigurationDetails"]["environmentVariables"] == SERVED


@pytest.mark.shows("group-live", "live-any", "model-states")
def test_live_changes_the_servers_that_run(emulator: Any, deployment: str, groups: list[str]) -> None:
    update = emulator.update_group(deployment, groups[1], "LIVE")
    assert emulator.finished(update).status == "SUCCEEDED"
    assert emulator.serving.lives == [(["added", "swap"], ["gone"])]
    assert len(emulator.serving.rolls) == 1
    assert served(emulator) == {"keep": "keep", "swap": "new", "added": "added"}
    states = emulator.client.list_model_deployment_model_states(deployment, emulator.compartment).data
    assert {(one.inference_key, one.state) for one in states} == {
        ("keep", "SUCCESS"),
        ("swap", "SUCCESS"),
        ("added", "SUCCESS"),
    }


def test_a_live_update_that_fails_leaves_the_old_group(
    emulator: Any, project: str, deployment: str, groups: list[str], model: Any
) -> None:
    broken = emulator.group(project, {"keep": model("keep"), "broken": model("x")})
    work = emulator.finished(emulator.update_group(deployment, broken, "LIVE"))
    errors = [one.message for one in emulator.client.list_work_request_errors(work.id).data]
    assert (work.status, errors) == (
        "FAILED",
        [
            "Errors occurred while bootstrapping the Model Deployment.",
            "the model 'broken' is not loaded\nE0001 the tail of the log",
        ],
    )
    found = emulator.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "NEEDS_ATTENTION"
    config = found.model_deployment_configuration_details.model_group_configuration_details
    assert config.model_group_id == groups[0]
    assert served(emulator) == {"keep": "keep", "swap": "old", "gone": "gone"}
    assert emulator.finished(emulator.update_group(deployment, groups[1], "LIVE")).status == "SUCCEEDED"


def test_live_needs_another_group_and_nothing_else(emulator: Any, deployment: str, groups: list[str]) -> None:
    assert refused(emulator.update_group, deployment, groups[0], "LIVE") == (
        400,
        "InvalidParameter",
        "The updateType LIVE can only be used if the modelGroupId has been changed.",
    )
    config = group_configuration(groups[1], update=True, instances=3)
    config.update_type = "LIVE"
    details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)
    status, code, message = refused(emulator.client.update_model_deployment, deployment, details)
    assert (status, code) == (400, "InvalidParameter")
    assert message.endswith("not model, compute shape and fixed instance count. Leave that out, or use ZDT.")


def test_the_groups_of_options_are_those_of_one_model(
    emulator: Any, deployment: str, groups: list[str]
) -> None:
    def update(group: str, **changes: Any) -> Any:
        config = group_configuration(group, update=True, **{"instances": 2, **changes})
        details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)
        return emulator.client.update_model_deployment(deployment, details)

    for group, changes in (
        (groups[0], {"instances": 3, "bandwidth": 20}),
        (groups[1], {"instances": 3}),
        (groups[1], {"variables": {"MORE": "1"}}),
    ):
        status, code, message = refused(update, group, **changes)
        assert (status, code) == (400, "InvalidParameter")
        assert message.startswith("These option groups cannot be changed together")
    assert emulator.finished(update(groups[0], bandwidth=20)).status == "SUCCEEDED"
    assert len(emulator.serving.rolls) == 1
    assert emulator.finished(update(groups[0], bandwidth=20, instances=3)).status == "SUCCEEDED"
    assert emulator.serving.rolls[-1][1].instances == 3


def test_the_kind_of_deployment_stays(emulator: Any, deployment: str, model: Any) -> None:
    single = emulator.deploy("one")
    group = emulator.client.get_model_deployment(deployment).data
    group_id = group.model_deployment_configuration_details.model_group_configuration_details.model_group_id
    for stopped in (False, True):
        if stopped:
            emulator.finished(emulator.client.deactivate_model_deployment(single))
        assert refused(emulator.update_group, single, group_id) == (
            400,
            "InvalidParameter",
            "The deploymentType of a model deployment cannot be changed: it is SINGLE_MODEL.",
        )


def test_an_inactive_deployment_takes_all_at_once(emulator: Any, deployment: str, groups: list[str]) -> None:
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    config = group_configuration(groups[1], update=True, instances=3, bandwidth=20)
    details = m.UpdateModelDeploymentDetails(model_deployment_configuration_details=config)
    emulator.finished(emulator.client.update_model_deployment(deployment, details))
    states = emulator.client.list_model_deployment_model_states(deployment, emulator.compartment).data
    assert {one.state for one in states} == {"FAILED"}
    emulator.finished(emulator.client.activate_model_deployment(deployment))
    assert served(emulator) == {"keep": "keep", "swap": "new", "added": "added"}


def test_what_is_used_cannot_be_deleted(emulator: Any, deployment: str, groups: list[str]) -> None:
    client = emulator.client
    entries = client.get_model_group(groups[0]).data.member_model_entries.member_model_details
    (gone,) = [one.model_id for one in entries if one.inference_key == "gone"]
    assert refused(client.delete_model_group, groups[0]) == (
        409,
        "Conflict",
        f"The model group {groups[0]} is used by {deployment}. Delete or update those first.",
    )
    assert refused(client.delete_model, gone) == (
        409,
        "Conflict",
        f"The model {gone} is used by {deployment}. Delete or update those first.",
    )
    emulator.serving.hold.set()
    update = emulator.update_group(deployment, groups[1])
    assert refused(client.delete_model_group, groups[1])[:2] == (409, "Conflict")  # about to be used
    emulator.serving.hold.clear()
    emulator.finished(update)
    emulator.finished(client.delete_model_group(groups[0]))
    client.delete_model(gone)
    project = client.get_model_group(groups[1]).data.project_id
    assert refused(client.delete_project, project)[:2] == (409, "Conflict")


def test_groups_and_members_that_are_gone(emulator: Any, project: str, groups: list[str], model: Any) -> None:
    client, one = emulator.client, model("one")
    lost, idle = emulator.group(project, {"a": one}), emulator.group(project, {"a": model("two")})
    client.delete_model(one)
    client.deactivate_model_group(idle)
    found = "Authorization failed or related resource not found: "
    related = "RelatedResourceNotAuthorizedOrNotFound"
    assert refused(emulator.deploy_group, project, lost) == (400, related, f"{found}modelId {one}")
    assert refused(emulator.deploy_group, project, "x") == (400, related, f"{found}modelGroupId x")
    assert refused(emulator.deploy_group, project, idle) == (
        400,
        "InvalidParameter",
        f"The model group {idle} is inactive; activate it, or use another one.",
    )


def test_a_restart_brings_groups_back_and_resumes_live_updates(
    start: Any, make_artifact: Any, until: Any
) -> None:
    first = start()
    project = first.project()
    one, two = (first.model(project, make_artifact(answer)) for answer in ("one", "two"))
    groups = [first.group(project, {"m": model}) for model in (one, two)]
    deployment = first.deploy_group(project, groups[0]).data.id
    first.settle(deployment)
    first.serving.hold_live.set()
    update = first.update_group(deployment, groups[1], "LIVE")
    until(lambda: first.serving.lives)
    first.close()
    second = start()
    assert second.finished(update).status == "SUCCEEDED"
    assert (len(second.serving.rolls), second.serving.lives) == (1, [(["m"], [])])
    assert served(second) == {"m": "two"}


def test_model_states_are_sorted_as_asked(emulator: Any, project: str, model: Any) -> None:
    first, second = model("one"), model("two")
    for one, name in ((first, "b"), (second, "a")):
        emulator.client.update_model(one, m.UpdateModelDetails(display_name=name))
    deployment = emulator.deploy_group(project, emulator.group(project, {"x": first, "y": second})).data.id
    emulator.settle(deployment)

    def states(**asked: Any) -> list[str]:
        client = emulator.client
        found = client.list_model_deployment_model_states(deployment, emulator.compartment, **asked).data
        return [one.model_id for one in found]

    assert states() == states(sort_by="displayName") == [second, first]
    assert states(sort_order="ASC") == [first, second]
    assert states(sort_by="displayName", sort_order="DESC", limit=1) == [first]
    bad = emulator.raw(
        "GET",
        f"/modelDeployments/{deployment}/models/modelState?compartmentId={emulator.compartment}"
        "&sortBy=lifecycleState",
    )
    assert (bad.status_code, bad.json()["code"]) == (400, "InvalidParameter")
