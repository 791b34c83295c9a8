"""What creating and deleting in the model catalog answers."""

from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Told, by_status, seen


def _created_status(lab: Lab) -> Told:
    model = lab.model_answer("status")
    project = lab.project_answer()
    if project is None or project.status == model.status:
        before = () if project is None else (seen("create a project", project),)
        return by_status("create a catalog model", model, {200: "200", 202: "202"}, *before)
    raise CannotTell(
        "creates of different resources answer with different statuses",
        seen("create a project", project),
        seen("create a catalog model", model),
    )


def _after_delete(lab: Lab) -> Told:
    ocid = lab.model("deleted")
    deleted = lab.service.call("DELETE", f"/models/{ocid}")
    if not deleted.good:
        raise CannotTell("the catalog model could not be deleted", seen("delete", deleted))

    def look() -> Answer | None:
        answer = lab.service.call("GET", f"/models/{ocid}")
        there = answer.good and answer.document.get("lifecycleState") != "DELETED"
        return None if there else answer

    answer = lab.wait("the deleted model to be seen as such", look, 5.0)
    return by_status(
        "read the deleted model", answer, {200: "tombstone", 404: "gone"}, seen("delete", deleted)
    )


CREATED_STATUS = Experiment(
    "created-status", "creates a project, unless one is given, and a catalog model", _created_status
)
AFTER_DELETE = Experiment(
    "after-delete", "creates a catalog model, deletes it and reads it again", _after_delete
)
