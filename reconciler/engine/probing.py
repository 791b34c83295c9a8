"""Asks the live endpoint what a probe says, and compares.

What counts as right, and whose answer counts at all, is `model.probes`' business; here is only how often to
ask.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.model.errors import NotSeen, ProbesFailed, Transient
from reconciler.core.model.probes import (
    NOT_SIGNED_IN,
    OK,
    Answer,
    File,
    Probe,
    Voice,
    judge,
    same_answers,
    voice_of,
)
from reconciler.engine.ports import Prober
from reconciler.engine.retry import Caller

DEADLINE_SECONDS = 120.0
"""How long a probe is asked again that gets no answer of the model server, or for which that is too busy.
Twice the time that the service gives one request (docs/service.md §4.6).
"""

BUSY = frozenset({429, 503})
"""Answers of a model server that is asked again (docs/service.md §4.6)."""

LATENCY_TRIES = 3
"""The fastest of so many answers counts: the first ones after a start are slow."""

Answered = tuple[Probe, Answer]


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer of the model server. `denied`: we were not let through to it; `final`: nor would be by
    asking again.
    """

    why: str
    denied: bool = False
    final: bool = False


Heard: TypeAlias = Answer | Silence


@dataclass(frozen=True, slots=True)
class ProbeVerdict:
    """What is `wrong` by the model server's own word, and what could not be `seen`."""

    wrong: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probing:
    """The probes of one deployment, by one prober. `shown` makes an answer fit to be shown; what is compared
    is the answer as it came.
    """

    prober: Prober
    call: Caller
    shown: Callable[[bytes], bytes] = bytes
    files: dict[File, bytes] = field(default_factory=dict)

    async def load(self, probes: Sequence[Probe]) -> None:
        """Read all files before anything is changed: what was planned is what is compared. Raises StalePlan
        when one is not what it was.
        """
        for probe in probes:
            for file in (probe.input, probe.expect):
                if file is not None and file not in self.files:
                    self.files[file] = await self.call(self.prober.read, file)

    async def prove(
        self, name: str, url: str, probes: Sequence[Probe], answered: Collection[Probe] = ()
    ) -> None:
        """Raises ProbesFailed with everything that is wrong, or NotSeen when nothing is, as far as could be
        seen. No answer is wrong only of those that were `answered` before the change.
        """
        found = await asyncio.gather(*(self._verdict(url, probe, probe in answered) for probe in probes))
        unseen = [f"    {line}" for verdict in found for line in verdict.unseen]
        if wrong := [f"    {line}" for verdict in found for line in verdict.wrong]:
            raise ProbesFailed("\n".join([f"{name}: the probes fail", *wrong, *unseen]))
        if unseen:
            told = [f"{name}: the probes could not be asked; nothing is undone for that", *unseen]
            raise NotSeen("\n".join(told))

    async def remember(self, url: str, probes: Sequence[Probe]) -> tuple[Answered, ...]:
        """What the model server answers now, as far as it does."""
        heard = await asyncio.gather(*(self._once(url, probe) for probe in probes))
        return tuple(
            (probe, found) for probe, found in zip(probes, heard, strict=True) if isinstance(found, Answer)
        )

    async def compare(self, url: str, before: Sequence[Answered]) -> tuple[str, ...]:
        """How the answers differ from those of before. Raises NotSeen when there are none."""
        found: list[str] = []
        for probe, answer in before:
            if answer.status != OK:
                continue
            now = await self._ask(url, probe)
            if isinstance(now, Silence):
                raise NotSeen(f"{probe.title}: {now.why}")
            found += [f"{probe.title}: {line}" for line in self._changed(probe, answer, now)]
        return tuple(found)

    def _changed(self, probe: Probe, before: Answer, now: Answer) -> tuple[str, ...]:
        if not same_answers(before, now, probe.tolerance):
            return ()
        return same_answers(self._told(before), self._told(now), probe.tolerance) or (UNSPOKEN,)

    def _wrong(self, probe: Probe, answer: Answer) -> tuple[str, ...]:
        expected = self.files[probe.expect] if probe.expect else None
        if not judge(probe, answer, expected):
            return ()
        return judge(probe, self._told(answer), expected) or (UNSPOKEN,)

    def _said(self, text: str) -> str:
        return self.shown(text.encode()).decode("utf-8", "replace")[:LONGEST_SAID]

    def _told(self, answer: Answer) -> Answer:
        return replace(answer, body=self.shown(answer.body))

    async def _verdict(self, url: str, probe: Probe, answered: bool) -> ProbeVerdict:
        heard = await self._fastest(url, probe)
        if isinstance(heard, Silence):
            line = f"{probe.title}: {heard.why}"
            return (
                ProbeVerdict(wrong=(line,)) if answered and not heard.denied else ProbeVerdict(unseen=(line,))
            )
        wrong = [f"{probe.title}: {line}" for line in self._wrong(probe, heard)]
        request = [f"opc-request-id: {self._said(heard.request_id)}"] if wrong and heard.request_id else []
        return ProbeVerdict(wrong=(*wrong, *request))

    async def _fastest(self, url: str, probe: Probe) -> Heard:
        heard = await self._ask(url, probe)
        for _ in range(LATENCY_TRIES - 1):
            if isinstance(heard, Silence) or probe.latency_ms is None or heard.latency_ms <= probe.latency_ms:
                break
            again = await self._ask(url, probe)
            heard = again if isinstance(again, Silence) else min(heard, again, key=_latency)
        return heard

    async def _ask(self, url: str, probe: Probe) -> Heard:
        """An answer of the model server; again while there is none, or it is merely busy."""
        clock, attempt, denied = self.call.clock, 0, False
        until = clock.now() + DEADLINE_SECONDS
        while True:
            attempt += 1
            heard = await self._once(url, probe)
            if isinstance(heard, Silence):
                # Who was kept out once has not been without an answer for the whole deadline.
                denied = denied or heard.denied
                heard = replace(heard, denied=denied)
            if _final(heard, probe) or clock.now() >= until:
                return heard
            await clock.sleep(self.call.pause(attempt))

    async def _once(self, url: str, probe: Probe) -> Heard:
        try:
            answer = await self.call.once(self.prober.ask, url, probe, self.files[probe.input])
        except Transient as error:
            return Silence(f"no answer: {error}")
        voice = voice_of(answer, probe.status)
        if voice is Voice.SERVER:
            return answer
        said = self.shown(answer.body).decode("utf-8", "replace").strip()[:LONGEST_SAID]
        why = f"no answer of the model server, but {answer.status}: {said}"
        return Silence(why, denied=voice is Voice.DENIED, final=answer.status in NOT_SIGNED_IN)


def _latency(answer: Answer) -> float:
    return answer.latency_ms


def _final(heard: Heard, probe: Probe) -> bool:
    """Whether asking again would bring nothing else."""
    if isinstance(heard, Silence):
        return heard.final
    return heard.status not in BUSY or heard.status == probe.status


LONGEST_SAID = 200

UNSPOKEN = "the answer is another one than expected, and where it differs cannot be shown"
