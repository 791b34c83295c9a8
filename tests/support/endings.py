"""Documents that `apply` and `validate` print, as a reviewer meets them."""

from typing import Any

from reconciler.core.model.errors import (
    NotAllowed,
    ProbesFailed,
    RolledBack,
    ServiceAnswer,
    StepFailed,
    Trouble,
)
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.core.planning.events import (
    DeploymentFailed,
    DeploymentFinished,
    DeploymentLeftOut,
    StepStarted,
)
from reconciler.report.apply.events import apply_document
from reconciler.report.findings import findings_document
from tests.support.reviews import TWO, World, models, spec

TROUBLE = Trouble(
    "ocid1.workrequest.1",
    ("Errors occurred while bootstrapping the Model Deployment: no capacity for VM.Standard.E4.Flex.",),
    ("pulling the image", "the container ended with 137"),
    "7A3B/1234/5678",
)
REFUSED = ServiceAnswer("update_model_deployment", 403, "NotAuthorized", "no policy allows it", "9C/1/2")


def result() -> dict[str, Any]:
    """One failed and was rolled back, one was refused, one is done, and a deletion is left out."""
    names = ("failed", "done", "refused")
    world = World()
    for name in (*names, "old", "same"):
        world = world.of(spec(name))
    plan = world.plan(*(spec(name, artifact=models("trained in June")) for name in names), spec("same"))
    items = {item.name: item for item in plan.deployments}
    what = "update model and instances: FAILED; rolled back to what was served before"
    failed = DeploymentFailed("failed", RolledBack(what, TROUBLE), 754.0, items["failed"].ocid)
    refused = DeploymentFailed("refused", NotAllowed(REFUSED), 2.0, items["refused"].ocid)
    done = DeploymentFinished("done", 840.0, ("no answer of 1 version was seen",), items["done"].ocid)
    left_out = DeploymentLeftOut("old", "failed did not end well", items["old"].ocid)
    return apply_document(plan, [failed, refused, done, left_out])


def stopped() -> dict[str, Any]:
    """The whole apply stopped, with one deployment under way."""
    plan = World().of(spec()).plan(spec(artifact=models("trained in June")))
    (item,) = plan.deployments
    whole = DeploymentFailed("", StepFailed("create project: FAILED", TROUBLE), 3.0)
    return apply_document(plan, [StepStarted("vision", item.steps[0], 1, 7, item.ocid), whole])


def held_back() -> dict[str, Any]:
    """One is blocked, and with it the deletion of another."""
    plan = World().of(spec()).of(spec("old")).plan(spec(artifact=models("trained in June", TWO)))
    return apply_document(plan, [])


def probe_failed() -> dict[str, Any]:
    plan = World().of(spec()).plan(spec(artifact=models("trained in June")))
    (item,) = plan.deployments
    error = ProbesFailed("probe densenet_onnx version 1: fc6_1[0]: expected 1.0, got 2.0")
    return apply_document(plan, [DeploymentFailed("vision", error, 600.0, item.ocid)])


def problems() -> dict[str, Any]:
    return findings_document(
        (
            Finding(Location("manifests/vision.yaml", 7, 3), "unknown field 'ocpu'", "Did you mean 'ocpus'?"),
            Finding(
                Location("manifests/vision.yaml", 9, 12), "VM.Standard.E4.Flex needs ocpus", "Add ocpus."
            ),
            Finding(Location("manifests/gone"), "no such file or folder"),
            Finding(Location("manifests/other.yaml", 1, 1), "no probe", "Add one.", Severity.WARNING),
        ),
        3,
    )


RESULTS = {made.__name__: made for made in (result, stopped, held_back, probe_failed)}
