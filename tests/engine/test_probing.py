"""How often an endpoint is asked before its answer counts."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.drive import FakeProber, FastClock
from support.memory import lost

from reconciler.core.errors import ProbesFailed
from reconciler.core.probes import Answer, File, Probe
from reconciler.engine.probing import LATENCY_TRIES, Probing
from reconciler.engine.retry import ATTEMPTS, Caller

PROBE = Probe("m", File("in.json", "0" * 64))
OK, BUSY = Answer(200, b"", 5.0), Answer(503, b"busy", 5.0)
QUICK = Probe("m", PROBE.input, latency_ms=10.0)
LOST = lost("predict")


def prove(probe: Probe, answers: Iterable[Answer | Exception]) -> int:
    """How many answers were asked for."""
    left = list(answers)

    def answer(url: str, probe: Probe) -> Answer:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    prober = FakeProber(answer, {"in.json": b"{}"})

    async def proven() -> None:
        with ThreadPoolExecutor(1) as pool:
            probing = Probing(prober, Caller(pool, FastClock(), lambda: 0.5))
            await probing.load([probe])
            await probing.prove("a", "memory://a", [probe])

    asyncio.run(proven())
    return len(prober.asked)


@pytest.mark.parametrize("passing", [BUSY, Answer(429, b"", 1.0), LOST])
def test_what_passes_is_asked_again(passing: Answer | Exception) -> None:
    assert prove(PROBE, [passing, passing, OK]) == 3


@pytest.mark.parametrize("status", [400, 404, 500])
def test_what_does_not_pass_counts_at_once(status: int) -> None:
    with pytest.raises(ProbesFailed, match=f"expected status 200, got {status}"):
        prove(PROBE, [Answer(status, b"", 1.0)])


def test_it_is_not_asked_for_ever() -> None:
    with pytest.raises(ProbesFailed, match="expected status 200, got 503"):
        prove(PROBE, [BUSY] * ATTEMPTS)
    with pytest.raises(ProbesFailed, match="no answer"):
        prove(PROBE, [LOST] * ATTEMPTS)


def test_busy_can_be_what_is_expected() -> None:
    assert prove(Probe("m", PROBE.input, status=503), [BUSY]) == 1


def test_the_fastest_of_a_few_answers_counts() -> None:
    slow, quick = Answer(200, b"", 50.0), Answer(200, b"", 9.0)
    assert prove(QUICK, [slow, slow, quick]) == LATENCY_TRIES
    assert prove(QUICK, [quick]) == 1
    with pytest.raises(ProbesFailed, match="got it after 40 ms"):
        prove(QUICK, [slow, Answer(200, b"", 40.0), slow])


def test_an_answer_that_is_quick_enough_is_judged_too() -> None:
    wrong = Answer(500, b"", 1.0)
    with pytest.raises(ProbesFailed, match="got 500"):
        prove(QUICK, [wrong])
