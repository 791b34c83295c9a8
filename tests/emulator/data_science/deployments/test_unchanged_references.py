"""References of a deployment are checked when they are new, and at each activation."""

from typing import Any

import pytest
import requests

from datascience_emulator.readings import Readings
from tests.support.refusing import refused

INACTIVE = (400, "InvalidParameter")
UNRELATED = (400, "RelatedResourceNotAuthorizedOrNotFound")


def model_of(emulator: Any, deployment: str) -> str:
    config = emulator.client.get_model_deployment(deployment).data.model_deployment_configuration_details
    return str(config.model_configuration_details.model_id)


def rename(emulator: Any, deployment: str, name: str) -> Any:
    return emulator.client.update_model_deployment(deployment, {"displayName": name})


@pytest.mark.shows("same-fields")
@pytest.mark.parametrize("state", ["ACTIVE", "INACTIVE"])
def test_a_model_that_stays_is_not_looked_at_again(emulator: Any, state: str) -> None:
    deployment = emulator.deploy("one")
    if state == "INACTIVE":
        emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.client.deactivate_model(model_of(emulator, deployment))
    assert emulator.finished(rename(emulator, deployment, "another")).status == "SUCCEEDED"
    found = emulator.client.get_model_deployment(deployment).data
    assert (found.display_name, found.lifecycle_state) == ("another", state)


def test_another_model_is_looked_at(emulator: Any, make_artifact: Any) -> None:
    deployment = emulator.deploy("one")
    other = emulator.model(emulator.project(), make_artifact("two"))
    emulator.client.deactivate_model(other)
    assert refused(emulator.update, deployment, other)[:2] == INACTIVE


def test_a_group_that_stays_is_not_looked_at_again(emulator: Any, make_artifact: Any) -> None:
    project = emulator.project()
    group = emulator.group(project, {"a": emulator.model(project, make_artifact("one"))})
    deployment = emulator.deploy_group(project, group).data.id
    emulator.settle(deployment)
    emulator.client.deactivate_model_group(group)
    assert emulator.finished(rename(emulator, deployment, "another")).status == "SUCCEEDED"
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    assert refused(emulator.client.activate_model_deployment, deployment)[:2] == INACTIVE


def test_activating_looks_at_the_model(emulator: Any) -> None:
    deployment = emulator.deploy("one")
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.client.deactivate_model(model_of(emulator, deployment))
    before = emulator.client.get_model_deployment(deployment)
    assert refused(emulator.client.activate_model_deployment, deployment)[:2] == INACTIVE
    after = emulator.client.get_model_deployment(deployment)
    assert (after.data, after.headers["etag"]) == (before.data, before.headers["etag"])
    emulator.client.activate_model(model_of(emulator, deployment))
    emulator.finished(emulator.client.activate_model_deployment(deployment))
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


def test_activating_looks_at_the_image(start: Any) -> None:
    emulator = start()
    deployment = emulator.deploy("one")
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.close()
    strict = start(readings=Readings(unknown_image="refused"))
    assert refused(strict.client.activate_model_deployment, deployment)[:2] == UNRELATED


def test_a_digest_that_was_made_up_does_not_count(start: Any) -> None:
    emulator = start(control=True)
    deployment = emulator.deploy("one")
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    image = {"uri": "iad.ocir.io/acme/triton:1.0.0", "digest": f"sha256:{'a' * 64}"}
    told = requests.post(f"{emulator.endpoint}/emulator/images", json=image, timeout=10)
    assert told.ok, told.text
    assert emulator.finished(emulator.client.activate_model_deployment(deployment)).status == "SUCCEEDED"
