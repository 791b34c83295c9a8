"""What a service says that does not accept us comes with what to do about it."""

import pytest

from reconciler.core.model.errors import CloudError, NotAllowed, NotFound, ServiceAnswer, also


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "Sign in again"), (0, "Sign in again"), (403, "A policy of the tenancy has to allow it")],
)
def test_one_is_told_to_sign_in_again_or_to_be_allowed(status: int, advice: str) -> None:
    error = NotAllowed(ServiceAnswer("listing deployments", status, "NotAuthenticated", "no", "req-1"))
    first, second = str(error).split("\n")
    assert first.startswith("listing deployments: ")
    assert first.endswith("(opc-request-id req-1)")
    assert second.strip().startswith(advice)
    assert str(also(error, "more")).startswith(str(error))


@pytest.mark.parametrize("kind", [CloudError, NotFound])
def test_other_errors_advise_no_such_thing(kind: type[CloudError]) -> None:
    assert "\n" not in str(kind(ServiceAnswer("listing deployments", 404, "NotFound")))
