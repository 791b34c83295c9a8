"""The proof that every version is served, without a probe in the manifest: what is missing is taken back and
remembered, what cannot be seen is told and held against nobody, and nothing is asked for long.

On the cloud in memory, with time that passes at once; a real Triton answers in the end-to-end tests.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, repeat

import pytest

from reconciler.core.model.errors import CloudError, Exit, NotAllowed, RolledBack, ServiceAnswer, StalePlan
from reconciler.core.model.live import Live, State
from reconciler.core.model.proof.presence import Presence, Sight
from reconciler.core.model.proof.probes import Answer
from reconciler.core.model.served.structure import ModelVersion
from reconciler.core.model.spec import OnFailure, Rollout, Spec
from reconciler.core.planning.events import DeploymentFinished, RollbackStarted, StepFinished
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.steps import CheckPresence
from reconciler.engine.presence_attempts import AT_ONCE, DEADLINE_SECONDS, TRIES, look_for
from reconciler.engine.probe_attempts import Probing
from reconciler.engine.retry import Caller
from reconciler.report.apply.events import apply_document
from tests.support.applied import alive, deployed
from tests.support.drive import SERVED, FakeProber, FastClock, apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, lost
from tests.support.served import structure


def tritons(status: int, error: str) -> Answer:
    return Answer(status, json.dumps({"error": error}).encode(), 1.0)


def services(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"code": code, "message": "no"}).encode(), 1.0)


MISSING = tritons(404, "Request for unknown model: 'm' version 1 is not found")
NOT_READY = tritons(503, "Request for unknown model: 'm' version 1 is not at ready state")
DENIED = services(404, "NotAuthorizedOrNotFound")
LOST = lost("predict")
EXPIRED = NotAllowed(ServiceAnswer("asking", 401, "NotAuthenticated", "the session has expired"))


def answering(*answers: Answer | Exception, then: Answer | Exception = SERVED) -> FakeProber:
    """These answers to the first questions for a version, and then always the same."""
    left = chain(answers, repeat(then))

    def present(url: str, version: ModelVersion) -> Answer:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return FakeProber(present=present)


def started() -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"))
    return cloud


def the(cloud: MemoryCloud) -> Live:
    (live,) = alive(cloud)
    return live


def again(cloud: MemoryCloud, wanted: Spec, **changes: object) -> Plan:
    return plan_on(cloud, desired(wanted, **changes))


NEW = spec("a", "new")


@pytest.mark.parametrize("answer", [MISSING, NOT_READY])
def test_what_the_server_does_not_serve_is_taken_back_and_remembered(answer: Answer) -> None:
    cloud = started()
    before = the(cloud)
    events = apply_on(cloud, again(cloud, NEW), answering(then=answer))
    (error,) = errors_of(events)
    assert isinstance(error, RolledBack)
    assert error.exit_code is Exit.FAILED
    assert "a: the server does not serve m version 1 (" in str(error)
    assert f"({answer.status}: Request for unknown model: 'm' version 1 is not " in str(error)
    assert "rolled back to what was there" in str(error)
    assert any(isinstance(event, RollbackStarted) for event in events)
    after = the(cloud)
    assert (after.model_id, after.configuration) == (before.model_id, before.configuration)
    assert (after.marks.applied, after.marks.failed) == (before.marks.applied, NEW.failed_mark)
    assert after.marks.failed_why == "not all versions were served"

    (item,) = again(cloud, NEW).deployments
    assert item.action is Action.BLOCKED
    assert errors_of(apply_on(cloud, again(cloud, NEW, retry_failed=True))) == []
    assert the(cloud).marks.failed is None
    assert again(cloud, NEW).empty


def test_a_version_that_becomes_ready_in_time_is_served() -> None:
    cloud = started()
    assert errors_of(apply_on(cloud, again(cloud, NEW), answering(NOT_READY, DENIED_FOR_NOW, LOST))) == []
    assert again(cloud, NEW).empty


DENIED_FOR_NOW = services(429, "TooManyRequests")
UNSEEN = [
    DENIED,
    DENIED_FOR_NOW,
    services(503, "ServiceUnavailable"),
    services(403, "Forbidden"),
    LOST,
    EXPIRED,
]
UNSEEN += [Answer(404, b"<html>", 1.0), Answer(200, b'{"outputs": []}', 1.0)]


@pytest.mark.parametrize("answer", UNSEEN)
def test_what_cannot_be_seen_is_told_and_undoes_nothing(answer: Answer | Exception) -> None:
    cloud = started()
    plan = again(cloud, NEW)
    updates = len(cloud.updates)
    events = apply_on(cloud, plan, answering(then=answer))
    assert errors_of(events) == []
    (note,) = (event.note for event in events if isinstance(event, StepFinished) and asks(event))
    assert note.startswith("could not be seen: m version 1 (")
    assert next(event.notes for event in events if isinstance(event, DeploymentFinished)) == (note,)
    (result,) = apply_document(plan, events)["deployments"]
    assert (result["result"], result["notes"]) == ("done", [note])
    assert len(cloud.updates) == updates + 1
    assert the(cloud).marks.failed is None
    assert again(cloud, NEW).empty


def asks(event: StepFinished) -> bool:
    return isinstance(event.step, CheckPresence)


def test_a_missing_version_outweighs_one_that_cannot_be_seen() -> None:
    cloud = started()
    versions = frozenset({("m", 1), ("n", 3)})
    wanted = replace(NEW, artifact=replace(NEW.artifact, versions=versions), served=structure(versions))
    prober = FakeProber(present=lambda url, version: MISSING if version == ("n", 3) else DENIED)
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted), versions), prober))
    assert isinstance(error, RolledBack)
    assert "does not serve n version 3 (404" in str(error)


def test_a_new_deployment_that_lacks_a_version_stays_and_is_asked_again_by_a_retry() -> None:
    cloud = MemoryCloud()
    (error,) = errors_of(apply_on(cloud, again(cloud, NEW), answering(then=MISSING)))
    assert "left as it is" in str(error)
    assert the(cloud).state is State.ACTIVE
    assert again(cloud, NEW).blocked
    (error,) = errors_of(apply_on(cloud, again(cloud, NEW, retry_failed=True), answering(then=MISSING)))
    assert again(cloud, NEW).blocked, "nothing has changed"
    assert errors_of(apply_on(cloud, again(cloud, NEW, retry_failed=True))) == []
    assert again(cloud, NEW).empty


def test_on_failure_stop_leaves_it_and_remembers() -> None:
    cloud = started()
    wanted = replace(NEW, rollout=Rollout(on_failure=OnFailure.STOP))
    (error,) = errors_of(apply_on(cloud, again(cloud, wanted), answering(then=MISSING)))
    assert "left as it is" in str(error)
    live = the(cloud)
    assert live.configuration
    assert (live.configuration.artifact, live.marks.failed) == (wanted.artifact.digest, wanted.failed_mark)
    assert again(cloud, wanted).blocked


@pytest.mark.parametrize("answer", [DENIED, MISSING])
def test_what_somebody_else_has_done_meanwhile_is_left(answer: Answer) -> None:
    cloud = started()

    def stopped(url: str, version: ModelVersion) -> Answer:
        cloud.somebody(the(cloud).ocid, state=State.INACTIVE)
        return answer

    (error,) = errors_of(apply_on(cloud, again(cloud, NEW), FakeProber(present=stopped)))
    assert isinstance(error, StalePlan)
    assert the(cloud).state is State.INACTIVE


def test_the_words_of_a_server_are_redacted() -> None:
    seen = look([("m", 1)], lambda version: tritons(404, "Request for unknown model: hunter2"))
    (missing,) = seen.missing
    assert missing.why == "404: Request for unknown model: (not shown)"
    (unseen,) = look([("m", 1)], lambda version: Answer(401, b"hunter2 may not", 1.0)).unseen
    assert unseen.why == "401: (not shown) may not"


# -- how often, and how many at the same time


def look(
    versions: Iterable[ModelVersion],
    answer: Callable[[ModelVersion], Answer],
    clock: FastClock | None = None,
    threads: int = 4,
) -> Presence:
    async def seen() -> Presence:
        with ThreadPoolExecutor(threads) as pool:
            prober = FakeProber(present=lambda url, version: answer(version))
            call = Caller(pool, clock or FastClock(), lambda: 0.5)
            probing = Probing(prober, call, lambda body: body.replace(b"hunter2", b"(not shown)"))
            return await look_for(probing, "memory://a", tuple(versions))

    return asyncio.run(seen())


ONCE = [SERVED, MISSING, DENIED, services(401, "NotAuthenticated"), EXPIRED]
SEVERAL_TIMES = [NOT_READY, LOST, DENIED_FOR_NOW, services(503, "ServiceUnavailable")]


@pytest.mark.parametrize(
    ("answer", "asked"), [*((one, 1) for one in ONCE), *((one, TRIES) for one in SEVERAL_TIMES)]
)
def test_how_often_a_version_is_asked_for(answer: Answer | CloudError, asked: int) -> None:
    times = 0

    def count(version: ModelVersion) -> Answer:
        nonlocal times
        times += 1
        if isinstance(answer, CloudError):
            raise answer
        return answer

    clock = FastClock()
    look([("m", 1)], count, clock)
    assert times == asked
    assert clock.seconds < 10


def test_a_silent_endpoint_holds_nothing_up_however_many_versions_there_are() -> None:
    clock, times = FastClock(), 0

    def silent(version: ModelVersion) -> Answer:
        nonlocal times
        times += 1
        clock.seconds += 10.0
        raise LOST

    seen = look([("m", number) for number in range(200)], silent, clock, threads=1)
    assert len(seen.unseen) == 200
    assert {one.sight for one in seen.sightings} == {Sight.SILENT}
    assert times <= AT_ONCE + DEADLINE_SECONDS / 10
    assert "the time for that was over" in {one.why for one in seen.unseen}


def test_a_few_are_asked_for_at_the_same_time() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def busy(version: ModelVersion) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1
        return SERVED

    assert len(look([("m", number) for number in range(40)], busy, threads=40).served) == 40
    assert 1 < most <= AT_ONCE
