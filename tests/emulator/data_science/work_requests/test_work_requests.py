"""Cancelling work requests, and their lists, logs and errors, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from tests.support.clusters import compute_target
from tests.support.refusing import refused


def stuck(emulator: Any, operation: str) -> None:
    """The next such call's work stays ACCEPTED until the orders are released."""
    emulator.orders.add(Order(Fault.STUCK, operation))


def work_id(response: Any) -> str:
    return str(response.headers["opc-work-request-id"])


def cancelled(emulator: Any, response: Any) -> Any:
    """Cancels it, lets everything go on that can, and returns the work request."""
    emulator.client.cancel_work_request(work_id(response))
    emulator.orders.release()
    found = emulator.client.get_work_request(work_id(response)).data
    assert found.status == "CANCELED"
    return found


@pytest.mark.shows("cancelled-create")
def test_a_create_is_cancelled(emulator: Any, make_artifact: Any) -> None:
    project = emulator.project()
    stuck(emulator, "create_model_deployment")
    created = emulator.create(project, emulator.model(project, make_artifact("one")))
    before = emulator.client.get_work_request(work_id(created))
    assert (before.data.status, before.data.time_started) == ("ACCEPTED", None)
    stale = refused(emulator.client.cancel_work_request, work_id(created), if_match="x")
    assert stale[:2] == (412, "NoEtagMatch")
    work = cancelled(emulator, created)
    assert work.time_finished
    assert (work.time_started, work.percent_complete) == (None, 0.0)
    found = emulator.client.get_model_deployment(created.data.id).data
    assert (found.lifecycle_state, found.lifecycle_details) == (
        "FAILED",
        "The work request was canceled before it started.",
    )
    assert emulator.finished(emulator.client.delete_model_deployment(created.data.id)).status == "SUCCEEDED"
    assert emulator.serving.rolls == []


@pytest.mark.parametrize(
    ("operation", "state"),
    [("update", "ACTIVE"), ("deactivate", "ACTIVE"), ("delete", "ACTIVE"), ("activate", "INACTIVE")],
)
@pytest.mark.shows("cancelled")
def test_other_work_is_taken_back(emulator: Any, operation: str, state: str) -> None:
    deployment = emulator.deploy("one")
    if state == "INACTIVE":
        emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    before = emulator.client.get_model_deployment(deployment).data
    stuck(emulator, f"{operation}_model_deployment")
    if operation == "update":
        response = emulator.update(deployment, instances=3)
    else:
        response = getattr(emulator.client, f"{operation}_model_deployment")(deployment)
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state != state
    cancelled(emulator, response)
    after = emulator.client.get_model_deployment(deployment).data
    assert after.lifecycle_state == state
    assert after.model_deployment_configuration_details == before.model_deployment_configuration_details
    assert emulator.finished(emulator.client.delete_model_deployment(deployment)).status == "SUCCEEDED"


def test_nothing_of_a_cancelled_update_is_left(emulator: Any, make_artifact: Any) -> None:
    deployment = emulator.deploy("one")
    before = emulator.client.get_model_deployment(deployment).data.model_deployment_configuration_details
    other = emulator.model(emulator.project(), make_artifact("two"))
    stuck(emulator, "update_model_deployment")
    cancelled(emulator, emulator.update(deployment, other))
    emulator.client.delete_model(other)  # nobody is on the way to it any more
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    after = emulator.client.get_model_deployment(deployment).data.model_deployment_configuration_details
    assert after == before


def test_also_of_other_resources(emulator: Any, make_artifact: Any) -> None:
    client, project = emulator.client, emulator.project()
    group = emulator.group(project, {"a": emulator.model(project, make_artifact("one"))})
    created = compute_target(emulator)
    emulator.finished(created)
    for operation, call in (
        ("delete_model_group", lambda: client.delete_model_group(group)),
        ("delete_project", lambda: client.delete_project(emulator.project())),
        (
            "update_compute_target",
            lambda: client.update_compute_target(
                created.data.id, m.UpdateComputeTargetDetails(display_name="x")
            ),
        ),
    ):
        stuck(emulator, operation)
        work = cancelled(emulator, call())
        (resource,) = work.resources
        assert resource.action_type == "IN_PROGRESS", "nothing was done"
    assert client.get_model_group(group).data.lifecycle_state == "ACTIVE"
    assert client.get_compute_target(created.data.id).data.display_name == "t"
    assert all(one.lifecycle_state == "ACTIVE" for one in client.list_projects(emulator.compartment).data)
    stuck(emulator, "create_compute_target")
    failed = compute_target(emulator)
    cancelled(emulator, failed)
    assert client.get_compute_target(failed.data.id).data.lifecycle_state == "FAILED"


def test_what_has_started_cannot_be_cancelled(emulator: Any) -> None:
    deployment = emulator.deploy("one")
    emulator.orders.add(Order(Fault.HOLD, "update_model_deployment"))
    update = emulator.update(deployment, instances=2)

    def cancel() -> tuple[int, str, str]:
        return refused(emulator.client.cancel_work_request, work_id(update))

    wanted = f"The work request {work_id(update)} is in the state {{}}; this needs ACCEPTED."
    assert cancel() == (409, "IncorrectState", wanted.format("IN_PROGRESS"))
    emulator.orders.release()
    emulator.finished(update)
    assert cancel() == (409, "IncorrectState", wanted.format("SUCCEEDED"))
    assert refused(emulator.client.cancel_work_request, "ocid1.datascienceworkrequest.oc1.iad.x")[0] == 404


def test_cancelled_work_stays_so_after_a_restart(emulator: Any, start: Any) -> None:
    deployment = emulator.deploy("one")
    stuck(emulator, "delete_model_deployment")
    response = emulator.client.delete_model_deployment(deployment)
    emulator.client.cancel_work_request(work_id(response))
    emulator.close()
    again = start()
    assert again.client.get_work_request(work_id(response)).data.status == "CANCELED"
    assert again.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


def test_lists(emulator: Any) -> None:
    client, deployment = emulator.client, emulator.deploy("one")
    emulator.finished(client.deactivate_model_deployment(deployment))
    other = compute_target(emulator)
    emulator.finished(other)

    def listed(**filters: Any) -> list[str]:
        found = client.list_work_requests(emulator.compartment, **filters).data
        return [one.operation_type for one in found]

    create, stop, target = "MODEL_DEPLOYMENT_CREATE", "MODEL_DEPLOYMENT_DEACTIVATE", "COMPUTE_TARGET_CREATE"
    assert listed() == [target, stop, create]
    assert listed(sort_by="timeAccepted", sort_order="ASC") == [create, stop, target]
    assert listed(sort_by="operationType") == [target, create, stop]
    assert len(listed(sort_by="status")) == 3
    assert listed(resource_id=deployment) == [stop, create]
    assert listed(id=work_id(other)) == listed(operation_type=target) == [target]
    assert listed(status="FAILED") == []
    assert listed(status="SUCCEEDED", limit=2) == [target, stop]
    body = emulator.raw("GET", f"/workRequests?compartmentId={emulator.compartment}").json()
    assert all(type(one["percentComplete"]) is float for one in body)
    assert all(value is not None for one in body for value in one.values())


def test_logs_and_errors_in_pages(emulator: Any, make_artifact: Any) -> None:
    project = emulator.project()
    broken = {"CONTAINER_TYPE": "TRITON", "BREAK": "no such backend"}
    created = emulator.create(project, emulator.model(project, make_artifact("one")), variables=broken)
    emulator.finished(created)
    got = emulator.client.get_work_request(work_id(created))
    assert (got.data.status, got.headers["retry-after"]) == ("FAILED", "1")
    assert got.headers["etag"]

    def paged(call: Any) -> list[str]:
        found, page = [], None
        while True:
            response = call(work_id(created), limit=1, **({"page": page} if page else {}))
            assert len(response.data) == 1
            found += [one.message for one in response.data]
            page = response.headers.get("opc-next-page")
            if page is None:
                return found

    errors = paged(emulator.client.list_work_request_errors)
    assert len(errors) == 2
    assert "no such backend" in errors[-1]
    assert paged(emulator.client.list_work_request_logs)[-1] == errors[-1], "oracle-ads shows the last log"
