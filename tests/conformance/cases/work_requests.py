"""Work requests, with their logs and errors, and their cancellation."""

from collections.abc import Callable

import oci

from tests.conformance.cases import artifacts, deployments, models, projects
from tests.support.operations import World, case


@case("get_work_request")
def get(world: World) -> None:
    made = projects.make(world)
    answer = world.client.delete_project(made.data.id)
    work = world.succeeded(answer, "PROJECT_DELETE")
    assert work.id == answer.headers["opc-work-request-id"]
    assert work.compartment_id == world.compartment
    assert work.percent_complete == 100
    assert work.time_accepted <= work.time_started <= work.time_finished
    assert [(one.action_type, one.identifier) for one in work.resources] == [("DELETED", made.data.id)]
    found = world.client.get_work_request(work.id)
    assert found.headers["etag"]
    assert int(found.headers["retry-after"]) >= 0
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_work_request, f"{work.id}none")


@case("list_work_requests")
def list_all(world: World) -> None:
    """Of one model: an export that failed, an export, an import."""
    model, place = models.make(world).data.id, artifacts.bucket(world)
    world.storage.put_object(*place, "model.zip", artifacts.CONTENT)
    world.finished(artifacts.failed_export(world, model))
    exported = artifacts.export_details(world, model, place, "model.zip")
    world.succeeded(world.client.export_model_artifact(model, exported), "EXPORT_MODEL_ARTIFACT")
    imported = artifacts.import_details(world, place, "again.zip")
    world.succeeded(world.client.import_model_artifact(model, imported), "IMPORT_MODEL_ARTIFACT")
    within = {"resource_id": model}
    some = world.client.list_work_requests(world.compartment, **within).data[0]
    found = world.listed(
        "list_work_requests",
        world.compartment,
        within=within,
        filters={
            "id": (some.id, "ocid1.datascienceworkrequest.oc1.iad.none"),
            "resource_id": (model, "ocid1.datasciencemodel.oc1.iad.none"),
            "operation_type": ("EXPORT_MODEL_ARTIFACT", "PROJECT_DELETE"),
            "status": ("FAILED", "CANCELED"),
        },
        sorts={"timeAccepted": "time_accepted", "operationType": "operation_type", "status": "status"},
        untold={"resource_id"},
    )
    assert sorted((one.operation_type, one.status) for one in found) == [
        ("EXPORT_MODEL_ARTIFACT", "FAILED"),
        ("EXPORT_MODEL_ARTIFACT", "SUCCEEDED"),
        ("IMPORT_MODEL_ARTIFACT", "SUCCEEDED"),
    ]
    assert {resource.identifier for one in found for resource in one.resources} == {model}


def _listed(world: World, operation: str, work: str) -> list[object]:
    return world.listed(operation, work, filters={}, sorts={}, key="timestamp")


@case("list_work_request_logs")
def logs(world: World) -> None:
    work = world.finished(deployments.created(world))
    found = _listed(world, "list_work_request_logs", work.id)
    assert all(one.message for one in found)
    assert [one.timestamp for one in found] == sorted(one.timestamp for one in found)


@case("list_work_request_errors")
def errors(world: World) -> None:
    work = world.finished(artifacts.failed_export(world))
    found = _listed(world, "list_work_request_errors", work.id)
    assert all(one.code and one.message for one in found)
    gone = world.finished(world.client.delete_project(projects.make(world).data.id))
    assert world.client.list_work_request_errors(gone.id).data == []


@case("cancel_work_request")
def cancel(world: World) -> None:
    """ "Cancels a work request that has not started": it is cancelled, or it is too late."""
    model, place = models.make(world).data.id, artifacts.bucket(world)
    world.storage.put_object(*place, "model.zip", artifacts.CONTENT)
    given = artifacts.export_details(world, model, place, "model.zip")
    answer = world.client.export_model_artifact(model, given)
    work = answer.headers["opc-work-request-id"]
    etag = world.client.get_work_request(work).headers["etag"]
    error = _refusal(lambda: world.client.cancel_work_request(work, if_match=etag))
    assert error in (None, (409, "IncorrectState"), (412, "NoEtagMatch"))
    assert world.finished(answer).status == ("SUCCEEDED" if error else "CANCELED")
    assert world.client.get_model(model).data.lifecycle_state == "ACTIVE"
    head = _refusal(lambda: world.client.head_model_artifact(model))
    assert head == (None if error else (404, None))


def _refusal(call: Callable[[], object]) -> tuple[int, str | None] | None:
    try:
        call()
    except oci.exceptions.ServiceError as error:
        return error.status, error.code
    return None


@case("cancel_work_request")
def cancel_too_late(world: World) -> None:
    answer = world.client.delete_project(projects.make(world).data.id)
    work = world.finished(answer)
    world.refused(409, "IncorrectState", world.client.cancel_work_request, work.id)
    assert world.client.get_work_request(work.id).data.status == "SUCCEEDED"
