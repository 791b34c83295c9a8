"""Which failures are worth the same try again, and which are the manifest's."""

import pytest

from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    Failed,
    NotFound,
    RolledBack,
    ServiceAnswer,
    StepFailed,
    StepRefused,
    Transient,
    Trouble,
)
from reconciler.core.model.temporary_causes import passes_by_itself


@pytest.mark.parametrize(
    "text",
    [
        "There is currently no capacity for the specified shape. Choose a different shape or region",
        "Out of host capacity.",
        "The service limits were exceeded for VM.GPU.A10.1",
        "The following service limits were exceeded: model-deploy-count. Request a service limit increase",
        "400 LimitExceeded",
        "400 QuotaExceeded",
        "429 TooManyRequests: slow down",
    ],
)
def test_no_room_passes(text: str) -> None:
    assert passes_by_itself(text)
    assert passes_by_itself(StepFailed("a: it became FAILED", Trouble("wr", (text,))))
    assert passes_by_itself(RolledBack("a: went back", Trouble("wr", (text,))))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Errors occurred while bootstrapping the Model Deployment.",
        "Workflow timed out. Maximum runtime was: 60 minutes",
        "the image has no tritonserver",
        "the model's capacity of 10 requests is limited",
        "unlimited",
        "CUDA memory limit exceeded",
        "the queue's quota of requests",
    ],
)
def test_what_the_manifest_asks_for_does_not_mend_itself(text: str) -> None:
    assert not passes_by_itself(text)
    assert not passes_by_itself(StepFailed("a: it became FAILED", Trouble("wr", (text,), ("no capacity",))))


def test_a_name_is_not_a_cause() -> None:
    error = StepFailed(
        "quota-forecast: 400 LimitExceeded is what it is called", Trouble("wr", ("no such file",))
    )
    assert not passes_by_itself(error)
    refused = ServiceAnswer("updating", 400, "InvalidParameter", "LimitExceeded is no name")
    assert not passes_by_itself(StepRefused("quota-forecast: refused", refused))


@pytest.mark.parametrize(
    ("status", "code", "passes"),
    [
        (0, "ConnectionReset", True),
        (400, "InvalidParameter", False),
        (400, "LimitExceeded", True),
        (400, "QuotaExceeded", True),
        (404, "NotAuthorizedOrNotFound", False),
        (409, "Conflict", False),
        (429, "TooManyRequests", True),
        (500, "InternalServerError", True),
        (501, "MethodNotImplemented", False),
        (503, "ServiceUnavailable", True),
    ],
)
@pytest.mark.parametrize("kind", [CloudError, Conflict, NotFound, Transient])
def test_an_answer_is_judged_by_its_status_and_code(
    kind: type[CloudError], status: int, code: str, passes: bool
) -> None:
    error = kind(ServiceAnswer("creating a", status, code, "it says quota"))
    assert passes_by_itself(error) is passes


def test_other_errors_are_not_judged_by_their_words() -> None:
    assert not passes_by_itself(Failed("the quota of files is used up"))
    assert not passes_by_itself(ValueError("quota"))
