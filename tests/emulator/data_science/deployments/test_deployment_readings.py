"""Moving a deployment, fields that an update leaves out, and the readings for both, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings
from tests.support.emulator import artifact, configuration
from tests.support.refusing import refused


def moving(compartment: str) -> Any:
    return m.ChangeModelDeploymentCompartmentDetails(compartment_id=compartment)


@pytest.mark.shows("moved")
def test_moving_a_deployment(emulator: Any) -> None:
    client, tenancy, deployment = emulator.client, emulator.config["tenancy"], emulator.deploy("one")
    before = client.get_model_deployment(deployment)
    stale = refused(client.change_model_deployment_compartment, deployment, moving(tenancy), if_match="x")
    assert stale[:2] == (412, "NoEtagMatch")
    moved = client.change_model_deployment_compartment(
        deployment, moving(tenancy), if_match=before.headers["etag"], opc_retry_token="t" * 30
    )
    assert "opc-work-request-id" not in moved.headers
    again = client.change_model_deployment_compartment(deployment, moving(tenancy), opc_retry_token="t" * 30)
    assert again.status == moved.status
    after = client.get_model_deployment(deployment)
    assert (after.data.compartment_id, after.data.lifecycle_state) == (tenancy, "ACTIVE")
    assert after.headers["etag"] != before.headers["etag"]
    assert [one.id for one in client.list_model_deployments(tenancy).data] == [deployment]
    assert client.list_model_deployments(emulator.compartment).data == []
    assert emulator.predict(deployment).json()["answer"] == "one"
    assert len(emulator.serving.rolls) == 1, "nothing is restarted for it"


def test_in_flight_it_cannot_be_moved(emulator: Any) -> None:
    client, deployment = emulator.client, emulator.deploy("one")
    emulator.orders.add(Order(Fault.HOLD, "update_model_deployment"))
    update = emulator.update(deployment, bandwidth=20)
    call = (client.change_model_deployment_compartment, deployment, moving(emulator.config["tenancy"]))
    assert refused(*call)[:2] == (409, "IncorrectState")
    emulator.orders.release()
    emulator.finished(update)
    emulator.finished(client.deactivate_model_deployment(deployment))
    client.change_model_deployment_compartment(*call[1:])
    assert client.get_model_deployment(deployment).data.lifecycle_state == "INACTIVE"


def test_a_parents_token_url_is_accepted(emulator: Any) -> None:
    project = emulator.project()
    details = m.CreateModelDeploymentDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        model_deployment_configuration_details=configuration(emulator.model(project, artifact("one"))),
    )
    created = emulator.client.create_model_deployment(
        details, opc_parent_rpt_url="https://parent.example/rpt"
    )
    assert emulator.finished(created).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("reading", "status", "code"), [("400", 400, "InvalidParameter"), ("409", 409, "IncorrectState")]
)
def test_how_too_much_at_once_is_refused(start: Any, reading: str, status: int, code: str) -> None:
    emulator = start(readings=Readings(refused_update=reading))
    deployment = emulator.deploy("one")
    assert refused(emulator.update, deployment, bandwidth=20, instances=2)[:2] == (status, code)
    never = refused(emulator.client.update_model_deployment, deployment, other_type())
    assert never[:2] == (400, "InvalidParameter"), "what is refused in any state is not of this reading"


def other_type() -> Any:
    return m.UpdateModelDeploymentDetails(
        model_deployment_configuration_details=m.UpdateModelGroupDeploymentConfigurationDetails()
    )


@pytest.mark.parametrize("reading", ["UPDATING", "CREATING"])
def test_the_state_while_activating(start: Any, reading: str) -> None:
    emulator = start(readings=Readings(activating=reading))
    deployment = emulator.deploy("one")
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.orders.add(Order(Fault.HOLD, "activate_model_deployment"))
    work = emulator.client.activate_model_deployment(deployment)
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == reading
    emulator.orders.release()
    emulator.finished(work)
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


LOG = {"logId": "ocid1.log.oc1.iad.l", "logGroupId": "ocid1.loggroup.oc1.iad.g"}
CONFIG, MODEL, ENVIRONMENT = (
    "modelDeploymentConfigurationDetails",
    "modelConfigurationDetails",
    "environmentConfigurationDetails",
)


def idle(emulator: Any) -> dict[str, Any]:
    """A deployment at rest, INACTIVE, so that anything may change at once; its document."""
    deployment = emulator.deploy("one", variables={"A_KEY": "1"}, cmd=["serve"])
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    logs = {"categoryLogDetails": {"access": LOG, "predict": LOG}, "freeformTags": {"a": "1"}}
    return changed(emulator, deployment, logs)


def changed(emulator: Any, deployment: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = emulator.raw("PUT", f"/modelDeployments/{deployment}", body)
    assert answer.status_code == 202, answer.text
    emulator.finished(answer)
    found: dict[str, Any] = emulator.raw("GET", f"/modelDeployments/{deployment}").json()
    return found


def less(document: dict[str, Any], **environment: Any) -> dict[str, Any]:
    """An update that leaves out whatever may be left out of what it sends."""
    return {
        "categoryLogDetails": {"access": LOG},
        "freeformTags": {"b": "2"},
        CONFIG: {
            "deploymentType": "SINGLE_MODEL",
            MODEL: {"modelId": document[CONFIG][MODEL]["modelId"]},
            ENVIRONMENT: {
                "environmentConfigurationType": "OCIR_CONTAINER",
                "environmentVariables": {"B_KEY": "2"},
                **environment,
            },
        },
    }


def test_what_is_left_out_is_reset(start: Any) -> None:
    emulator = start()
    before = idle(emulator)
    after = changed(emulator, before["id"], less(before, image="iad.ocir.io/acme/triton:2"))
    assert after["categoryLogDetails"] == {"access": LOG}
    assert after["freeformTags"] == {"b": "2"}
    instance = before[CONFIG][MODEL]["instanceConfiguration"]
    model = before[CONFIG][MODEL]["modelId"]
    assert after[CONFIG][MODEL] == {"modelId": model, "instanceConfiguration": instance}
    assert "cmd" not in after[CONFIG][ENVIRONMENT]
    assert after[CONFIG][ENVIRONMENT]["environmentVariables"] == {"B_KEY": "2"}
    without_image = emulator.raw("PUT", f"/modelDeployments/{before['id']}", less(before))
    assert (without_image.status_code, without_image.json()["code"]) == (400, "MissingParameter")


def test_what_is_left_out_is_kept(start: Any) -> None:
    emulator = start(readings=Readings(omitted="kept"))
    before = idle(emulator)
    after = changed(emulator, before["id"], less(before))
    assert after["categoryLogDetails"] == {"access": LOG, "predict": LOG}
    assert after["freeformTags"] == {"b": "2"}, "a map is replaced as a whole"
    assert after[CONFIG][MODEL] == before[CONFIG][MODEL]
    kept, was = after[CONFIG][ENVIRONMENT], before[CONFIG][ENVIRONMENT]
    assert kept == {**was, "environmentVariables": {"B_KEY": "2"}}
    moved = changed(emulator, before["id"], less(before, image="iad.ocir.io/acme/triton:2"))
    assert moved[CONFIG][ENVIRONMENT]["imageDigest"] != was["imageDigest"], "a digest belongs to its image"
    plain = {"deploymentType": "SINGLE_MODEL", ENVIRONMENT: {"environmentConfigurationType": "DEFAULT"}}
    assert changed(emulator, before["id"], {CONFIG: plain})[CONFIG][ENVIRONMENT] == plain[ENVIRONMENT]
