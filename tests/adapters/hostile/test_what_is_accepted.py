"""What other implementations may send, and what nobody knows yet: neither refused, nor taken for nothing."""

from typing import Any

import pytest

from tests.support.hostile import LIST, Behaviour, World, changed, instead, says

ZEROS: dict[str, Any] = {
    "description": None,
    "categoryLogDetails": {},
    "modelDeploymentSystemData": {},
    "definedTags": {},
    "lifecycleDetails": "",
    "timeCreated": "",
    "somethingNew": {"a": [1, {"b": None}]},
}

ACCEPTED: dict[str, Behaviour] = {
    "a byte order mark": instead(lambda text: "\ufeff" + text),
    "spaces around": instead(lambda text: f"\r\n\t {text}\n\n"),
    "floats for integers": instead(lambda text: text.replace('"serverPort":8000', '"serverPort":8000.0')),
    "what is not set": changed(lambda listed: [{**one, **ZEROS} for one in listed]),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_it_is_read_as_it_is_meant(world: World, case: str) -> None:
    world.service.lie(LIST, ACCEPTED[case])
    code = world.reconcile("plan", "--detailed-exitcode")
    told = world.told()
    assert world.service.lies
    assert code in (0, 2), told
    assert "create" not in told


SOMEBODY: dict[str, Any] = {
    "id": "ocid1.datasciencemodeldeployment.oc1..somebody",
    "lifecycleState": "ACTIVE",
    "displayName": "somebody's",
    "freeformTags": {"a": None},
    "definedTags": {"a": None, "b": {"c": None}},
    "modelDeploymentSystemData": {"currentInstanceCount": 3},
    "modelDeploymentConfigurationDetails": {
        "modelConfigurationDetails": {"modelId": "m", "scalingPolicy": {"instanceCount": 2}},
        "environmentConfigurationDetails": {"environmentVariables": {"a": None}},
    },
}


def test_what_is_odd_about_one_deployment_is_nothing_to_the_others(world: World) -> None:
    before = world.cloud().snapshot().deployments
    world.service.lie(LIST, changed(lambda listed: [SOMEBODY, *listed]))
    somebody, *others = world.cloud().snapshot().deployments
    assert (somebody.display_name, somebody.configuration) == ("somebody's", None)
    assert tuple(others) == before
    assert world.reconcile("plan", "--detailed-exitcode") == 0, world.told()


def test_a_state_that_nobody_knows_is_neither_gone_nor_absent(world: World) -> None:
    world.service.lie(
        LIST, changed(lambda listed: [{**one, "lifecycleState": "HIBERNATING"} for one in listed])
    )
    assert world.reconcile("plan", "--detailed-exitcode") == 0, "what is as asked has nothing to do"
    told = world.told()
    assert "Traceback" not in told
    assert "create" not in told
    assert world.reconcile("status") == 1, "it is not healthy either"
    assert "UNKNOWN" in world.told()


@pytest.mark.parametrize(
    ("where", "what"), [("models", "the catalog entry"), ("projects", "the project tests")]
)
def test_what_would_be_made_anew_is_not_when_its_state_is_not_known(
    world: World, where: str, what: str
) -> None:
    lie = changed(lambda listed: [{**one, "lifecycleState": "HIBERNATING"} for one in listed])
    world.believes_nothing(rf"^GET /20190101/{where}\?", lie, f"{what}.* does not know.*upgrade")


def test_a_group_that_is_no_more_read_by_anybody(world: World) -> None:
    world.service.lie(r"^GET /20190101/modelGroups\?", says("{}", status=404))
    assert world.reconcile("plan", "--detailed-exitcode") == 0, world.told()
