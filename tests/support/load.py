"""Clients that go on asking: signed requests with a pinned model and version, over connections that stay
open, from before to after whatever is done to a deployment; and what became of each request.

It must not know what is done to the deployment meanwhile.
"""

import itertools
import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import requests
from oci.signer import Signer

TIMEOUT_SECONDS = 90.0
"""Above the 60 seconds after which the predict endpoint answers by itself: it is that answer that counts."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request to one version of a model. `judge` gets the answer's JSON and says which of the contents that
    may answer did so; None when it was none of them.
    """

    model: str
    version: str
    body: bytes
    judge: Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one request. Times are seconds since the epoch; the status is 0 without an answer.

    `content` is what `judge` said of an answer with status 200; `said` is the text of any other outcome.
    """

    model: str
    version: str
    began: float
    ended: float
    status: int
    content: str | None
    said: str = ""

    @property
    def failed(self) -> bool:
        return self.status != requests.codes.ok or self.content is None


@dataclass(frozen=True, slots=True)
class Span:
    """Figures of some requests; latencies in milliseconds, NaN where there was no request."""

    requests: int
    failures: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Report:
    """The requests that were over when something began, those that met it, and those that came when it had
    ended.
    """

    before: Span
    during: Span
    after: Span


class Load:
    """Asks while it is entered: `threads` clients, each with its own connection, put the questions in turn,
    at `per_second` requests in all, or fewer when the answers take longer. When left, it waits for what is
    under way.
    """

    def __init__(
        self,
        endpoint: str,
        signer: Callable[[], Signer],
        questions: Sequence[Question],
        threads: int = 4,
        per_second: float = 20.0,
    ) -> None:
        self._endpoint, self._signer, self._questions = endpoint, signer, questions
        self._pause = threads / per_second
        self._turns = itertools.count()
        self._asked: list[Asked] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(i,)) for i in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every request that is over, by the time it was sent."""
        return tuple(sorted(self._asked, key=lambda asked: asked.began))

    @property
    def failures(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self.asked if asked.failed)

    def since(self, moment: float) -> tuple[Asked, ...]:
        """The requests that were sent after this moment, as far as they are over."""
        return tuple(asked for asked in self.asked if asked.began > moment)

    def report(self, began: float, ended: float) -> Report:
        """Split by the time at which something began and ended."""
        asked = self.asked
        met = [one for one in asked if one.ended >= began and one.began <= ended]
        before = [one for one in asked if one.ended < began]
        after = [one for one in asked if one.began > ended]
        return Report(span(before), span(met), span(after))

    def _ask_on(self, number: int) -> None:
        signer = self._signer()
        due = time.monotonic() + self._pause * number / len(self._threads)
        with requests.Session() as session:
            session.trust_env = False
            while not self._done.wait(max(0.0, due - time.monotonic())):
                question = self._questions[next(self._turns) % len(self._questions)]
                self._asked.append(put(question, self._endpoint, session, signer))
                due = max(due + self._pause, time.monotonic())


def put(question: Question, endpoint: str, session: requests.Session, signer: Signer) -> Asked:
    """Ask once, as the walkthroughs' clients do it."""
    headers = {"model_name": question.model, "model_version": question.version}
    began = time.time()
    try:
        answer = session.post(
            endpoint, data=question.body, headers=headers, auth=signer, timeout=TIMEOUT_SECONDS
        )
        status, text = answer.status_code, answer.text
    except requests.RequestException as error:
        status, text = 0, repr(error)
    ended = time.time()
    content = judged(question, text) if status == requests.codes.ok else None
    said = "" if content else text[:500]
    return Asked(question.model, question.version, began, ended, status, content, said)


def judged(question: Question, text: str) -> str | None:
    """What the judge says; an answer that it cannot even read is a wrong one."""
    try:
        return question.judge(json.loads(text))
    except (ValueError, LookupError, TypeError):
        return None


def span(asked: Sequence[Asked]) -> Span:
    taken = sorted(1000 * (one.ended - one.began) for one in asked)
    failures = sum(one.failed for one in asked)
    return Span(len(asked), failures, percentile(taken, 50), percentile(taken, 99))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else math.nan
