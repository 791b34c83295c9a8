"""Clouds that show late what they made, or do not answer for a while: nothing is made twice or forgotten."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.redact import Redactor
from datascience_emulator.verify.run import Ended, run
from datascience_emulator.verify.service import Answer, NoAnswer
from datascience_emulator.verify.sign_in import connect, sign_in
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import NotTold
from tests.support.emulator import Emulator
from tests.support.verifying import marked, place_of, service_of

NOT_FOUND = Answer(404, {}, {"code": "NotAuthorizedOrNotFound"})


class Shaky:
    """The service, with `before` asked before each call: an answer of its own, or NoAnswer, or None."""

    def __init__(self, emulator: Emulator, stop: Stop, before: Callable[[str, str], Answer | None]) -> None:
        self._service, self._before = service_of(emulator, stop), before

    def call(self, method: str, path: str, *given: Any, **named: Any) -> Answer:
        answer = self._before(method, path)
        return self._service.call(method, path, *given, **named) if answer is None else answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)


def asked(
    emulator: Emulator,
    before: Callable[[str, str], Answer | None],
    stop: Stop,
    *only: str,
    say: Callable[[str], None] = lambda _: None,
) -> Ended:
    chosen = [one for one in EXPERIMENTS if one.name in only]
    service: Any = Shaky(emulator, stop, before)
    return run(service, place_of(emulator), stop, chosen, Redactor(), say)


def deployments(emulator: Emulator) -> list[Mapping[str, Any]]:
    return [record.document for record in emulator.app.state.cloud.store.every("deployment")]


@pytest.mark.parametrize("only", [("system-data", "omitted"), ("unknown-image", "missing-image")])
def test_the_network_fails_for_a_while_and_no_second_deployment_is_created(
    cloud: Callable[..., Emulator], only: tuple[str, ...]
) -> None:
    emulator = cloud()
    failures = [NoAnswer("GET was not answered: ConnectTimeout")]

    def before(method: str, path: str) -> None:
        if method == "GET" and path.startswith("/modelDeployments/") and failures:
            raise failures.pop()

    ended = asked(emulator, before, Stop(), *only)
    assert [failures, "ConnectTimeout" in str(ended.outcomes[only[1]])] == [[], False]
    assert len(deployments(emulator)) == 1
    assert marked(emulator) == []


@pytest.mark.parametrize(
    ("kind", "only"), [("/models", "after-delete"), ("/modelDeployments", "system-data")]
)
def test_what_is_found_late_is_removed_all_the_same(
    cloud: Callable[..., Emulator], kind: str, only: str
) -> None:
    """It is stopped just after something was created, which neither a list nor a read shows for a while."""
    emulator, stop = cloud(), Stop()
    hidden = [stop.want, lambda: None, lambda: None]

    def before(method: str, path: str) -> Answer | None:
        made = any(name.endswith(("-shared", "-deleted")) for name in marked(emulator))
        if method != "GET" or not path.startswith(kind) or not made or not hidden:
            return None
        if path == kind:
            return Answer(200, {}, [])
        hidden.pop(0)()
        return NOT_FOUND

    ended = asked(emulator, before, stop, only)
    assert (ended.left, marked(emulator)) == ((), [])


@pytest.mark.usefixtures("hurried")
def test_what_is_never_found_is_told_as_left(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()

    def before(method: str, path: str) -> Answer | None:
        if method != "GET" or not path.startswith("/models"):
            return None
        return Answer(200, {}, []) if path == "/models" else NOT_FOUND

    ended = asked(emulator, before, Stop(), "created-status")
    assert [one.marked.kind.word for one in ended.left] == ["catalog model", "project"]
    assert "never been found" in ended.left[0].why


@pytest.mark.usefixtures("hurried")
def test_a_removal_that_takes_its_time_is_told_of(cloud: Callable[..., Emulator]) -> None:
    emulator, said = cloud(), list[str]()

    def before(method: str, path: str) -> Answer | None:
        waits = any("removing project" in line for line in said)
        told = any("waiting" in line for line in said)
        return Answer(503) if method == "DELETE" and waits and not told else None

    ended = asked(emulator, before, Stop(), "created-status", say=said.append)
    assert (ended.left, marked(emulator)) == ((), [])
    assert said[-1].startswith("waiting until 1 project is removed: ")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("renewed", [True, False])
def test_what_was_created_waits_for_a_session_to_be_renewed(
    cloud: Callable[..., Emulator], *, renewed: bool
) -> None:
    emulator = cloud()
    token = emulator.config_file.parent / "token"
    good, said = token.read_text(), list[str]()
    account = sign_in(emulator.config_file, "SESSION", None, emulator.endpoint)

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("after-delete"):
            token.write_text("it has expired")
        if renewed and "oci session" in line:
            token.write_text(good)

    chosen = [one for one in EXPERIMENTS if one.name in ("created-status", "after-delete")]
    stop = Stop()
    ended = run(
        connect(account, stop), place_of(emulator), stop, chosen, Redactor(), say, session=account.session
    )
    assert ended.stopped
    assert len([line for line in said if "oci session" in line]) >= 1
    assert (len(ended.left), len(marked(emulator))) == ((0, 0) if renewed else (2, 2))


@pytest.mark.parametrize("fault", [Fault.CAPACITY, Fault.LIMIT_EXCEEDED, Fault.QUOTA_EXCEEDED])
def test_what_there_is_no_room_for_tells_nothing(cloud: Callable[..., Emulator], fault: Fault) -> None:
    emulator = cloud()
    emulator.orders.add(Order(fault, operation="create_model_deployment", times=0))
    only = ("system-data", "unknown-image", "missing-image")
    ended = asked(emulator, lambda *_: None, Stop(), *only)
    assert [name for name, one in ended.outcomes.items() if not isinstance(one, NotTold)] == []
    assert all("were exceeded" in str(one) or "capacity" in str(one) for one in ended.outcomes.values())
    assert (ended.left, marked(emulator)) == ((), [])
