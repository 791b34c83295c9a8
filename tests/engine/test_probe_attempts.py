"""How often an endpoint is asked before its answer counts, and whose answer counts at all (docs/updates.md,
"Proof, and rollback").
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import pytest

from reconciler.core.model.errors import CloudError, NotAllowed, NotSeen, ProbesFailed, ServiceAnswer
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.engine.probe_attempts import DEADLINE_SECONDS, LATENCY_TRIES, Probing
from reconciler.engine.retry import Caller
from tests.support.drive import FakeProber, FastClock
from tests.support.memory import lost

PROBE = Probe("m", File("in.json", "0" * 64))
OK, BUSY = Answer(200, b"", 5.0), Answer(503, b'{"error": "queue is full"}', 5.0)
QUICK = Probe("m", PROBE.input, latency_ms=10.0)
LOST = lost("predict")


def tritons(status: int) -> Answer:
    return Answer(status, b'{"error": "Triton says no"}', 1.0)


def services(status: int, code: str = "ServiceUnavailable") -> Answer:
    return Answer(status, b'{"code": "%s", "message": "the service says no"}' % code.encode(), 1.0)


def prove(probe: Probe, answers: Iterable[Answer | Exception], answered: bool = False) -> int:
    """How many answers were asked for; time passes at once."""
    left = iter(answers)

    def answer(url: str, model: str) -> Answer:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    prober = FakeProber(answer, {"in.json": b"{}"})
    clock = FastClock()

    async def proven() -> None:
        with ThreadPoolExecutor(1) as pool:
            probing = Probing(prober, Caller(pool, clock, lambda: 0.5))
            await probing.load([probe])
            await probing.prove("a", "memory://a", [probe], [probe] if answered else [])

    asyncio.run(proven())
    return len(prober.asked)


PASSING = [BUSY, services(503), services(404, "NotAuthorizedOrNotFound"), services(429), LOST]


@pytest.mark.parametrize("passing", PASSING)
def test_what_passes_is_asked_again(passing: Answer | Exception) -> None:
    assert prove(PROBE, [passing, passing, OK]) == 3


@pytest.mark.parametrize("status", [400, 404, 500])
def test_the_model_servers_own_word_counts_at_once(status: int) -> None:
    with pytest.raises(ProbesFailed, match=f"expected status 200, got {status}"):
        prove(PROBE, [tritons(status)])


def test_a_model_server_is_not_busy_for_ever() -> None:
    with pytest.raises(ProbesFailed, match="expected status 200, got 503"):
        prove(PROBE, repeat(BUSY))


UNANSWERED = [LOST, services(503), services(500, "InternalServerError"), Answer(502, b"<html>", 1.0)]


@pytest.mark.parametrize("silence", UNANSWERED)
def test_no_answer_is_not_a_wrong_one(silence: Answer | Exception) -> None:
    """Today's endpoint may never have been reachable from here: a private one, say."""
    with pytest.raises(NotSeen, match="could not be asked"):
        prove(PROBE, repeat(silence))


@pytest.mark.parametrize("silence", UNANSWERED)
def test_no_answer_any_more_is_a_failure(silence: Answer | Exception) -> None:
    with pytest.raises(ProbesFailed, match="no answer"):
        prove(PROBE, repeat(silence), answered=True)


@pytest.mark.parametrize("silence", UNANSWERED)
def test_an_answer_within_the_deadline_is_one(silence: Answer | Exception) -> None:
    asked = prove(PROBE, chain([silence] * 6, repeat(OK)), answered=True)
    assert asked == 7


DENIED = [services(401, "NotAuthenticated"), services(403), services(429), Answer(407, b"proxy", 1.0)]


STRANGERS = [
    (Answer(401, b'{"error": "invalid_token"}', 1.0), True),
    (Answer(403, b'{"error": "RBAC: access denied"}', 1.0), True),
    (Answer(429, b'{"error": "slow down"}', 1.0), True),
    (Answer(502, b'{"status": 502, "error": "Bad Gateway", "path": "/predict"}', 1.0), False),
    (Answer(404, b"<html>not here</html>", 1.0), False),
    (Answer(413, b"<html>too large</html>", 1.0), False),
    (Answer(200, b"<html>sign in</html>", 1.0), False),
    (Answer(302, b"", 1.0), False),
]


@pytest.mark.parametrize(("answer", "denied"), STRANGERS, ids=lambda value: str(getattr(value, "status", "")))
def test_what_a_proxy_says_is_not_the_model_servers_word(answer: Answer, denied: bool) -> None:
    with pytest.raises(NotSeen):
        prove(PROBE, repeat(answer))
    with pytest.raises(NotSeen if denied else ProbesFailed):
        prove(PROBE, repeat(answer), answered=True)


def test_the_services_own_refusal_is_not_the_expected_one_of_the_model_server() -> None:
    probe = Probe("m", PROBE.input, status=400)
    assert prove(probe, [tritons(400)]) == 1
    with pytest.raises(NotSeen):
        prove(probe, repeat(services(400, "InvalidParameter")))


def test_who_was_kept_out_meanwhile_was_not_without_an_answer_all_the_time() -> None:
    with pytest.raises(NotSeen):
        prove(PROBE, chain([services(429)], repeat(LOST)), answered=True)


@pytest.mark.parametrize("denial", [*DENIED, services(404, "NotAuthorizedOrNotFound")])
@pytest.mark.parametrize("answered", [True, False])
def test_who_is_not_let_in_has_seen_nothing(denial: Answer, answered: bool) -> None:
    with pytest.raises(NotSeen, match=f"but {denial.status}"):
        prove(PROBE, repeat(denial), answered)


@pytest.mark.parametrize("status", [401, 403, 407])
def test_who_is_not_signed_in_does_not_ask_again(status: int) -> None:
    with pytest.raises(NotSeen):
        prove(PROBE, [services(status)])


def test_a_wrong_answer_outweighs_what_could_not_be_asked() -> None:
    other = Probe("other", PROBE.input)
    prober = FakeProber(
        lambda url, model: tritons(400) if model == PROBE.model else services(401), {"in.json": b"{}"}
    )

    async def proven() -> None:
        with ThreadPoolExecutor(1) as pool:
            probing = Probing(prober, Caller(pool, FastClock(), lambda: 0.5))
            await probing.load([PROBE, other])
            await probing.prove("a", "memory://a", [PROBE, other])

    with pytest.raises(ProbesFailed, match="got 400"):
        asyncio.run(proven())


NO_ANSWERS = [
    CloudError(ServiceAnswer("asking", 200, "", "the answer is larger than 32 MiB")),
    CloudError(ServiceAnswer("asking", 302, "", "a redirect is not followed")),
    NotAllowed(ServiceAnswer("asking", 401, "NotAuthenticated", "the session has expired")),
]


@pytest.mark.parametrize("silence", NO_ANSWERS, ids=lambda error: str(error.answer.status))
@pytest.mark.parametrize("answered", [True, False])
def test_what_is_no_answer_is_asked_once_and_nothing_is_seen(silence: CloudError, answered: bool) -> None:
    with pytest.raises(NotSeen, match="no answer: asking"):
        prove(PROBE, [silence], answered)


@pytest.mark.parametrize("silence", NO_ANSWERS, ids=lambda error: str(error.answer.status))
def test_a_probe_without_an_answer_hides_no_other(silence: CloudError) -> None:
    other = Probe("other", PROBE.input)

    def answer(url: str, model: str) -> Answer:
        if model == other.model:
            raise silence
        return tritons(400)

    async def asked() -> None:
        with ThreadPoolExecutor(2) as pool:
            probing = Probing(FakeProber(answer, {"in.json": b"{}"}), Caller(pool, FastClock(), lambda: 0.5))
            await probing.load([PROBE, other])
            assert [probe for probe, _ in await probing.remember("memory://a", [PROBE, other])] == [PROBE]
            with pytest.raises(ProbesFailed, match="got 400"):
                await probing.prove("a", "memory://a", [PROBE, other], [other])

    asyncio.run(asked())


def test_busy_can_be_what_is_expected() -> None:
    assert prove(Probe("m", PROBE.input, status=503), [BUSY]) == 1


def test_the_fastest_of_a_few_answers_counts() -> None:
    slow, quick = Answer(200, b"", 50.0), Answer(200, b"", 9.0)
    assert prove(QUICK, [slow, slow, quick]) == LATENCY_TRIES
    assert prove(QUICK, [quick]) == 1
    with pytest.raises(ProbesFailed, match="got it after 40 ms"):
        prove(QUICK, [slow, Answer(200, b"", 40.0), slow])


def test_an_answer_that_is_quick_enough_is_judged_too() -> None:
    with pytest.raises(ProbesFailed, match="got 500"):
        prove(QUICK, [tritons(500)])


def test_the_deadline_is_longer_than_the_service_gives_one_request() -> None:
    assert DEADLINE_SECONDS > 60
