"""Sends probes to the live endpoint, as often as it takes to get an answer that counts.

Which answer counts, and which is right, is decided in `core.model.proof.probes`.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.model.errors import CloudError, NotSeen, ProbesFailed, Transient
from reconciler.core.model.proof.probes import (
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
"""How long a probe is sent again while the model server does not answer, or is too busy. Twice the time that
the service gives one request (docs/service.md §4.6).
"""

BUSY = frozenset({429, 503})
"""A model server that answers so is asked again (docs/service.md §4.6)."""

LATENCY_TRIES = 3
"""The fastest of so many answers counts: the first ones after a start are slow."""

LONGEST_QUOTE = 200
"""Characters that a message quotes of an answer."""

DIFFERENCE_HIDDEN = "the answer is another one than expected, and where it differs cannot be shown"
"""Used when the only differences would show secrets."""

Answered = tuple[Probe, Answer]


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer of the model server. `denied`: nothing can be said of it, for example because our request was
    not let through. `final`: asking again would not help.
    """

    why: str
    denied: bool = False
    final: bool = False


Reply: TypeAlias = Answer | Silence


@dataclass(frozen=True, slots=True)
class ProbeVerdict:
    """What the model server answered wrongly, and what could not be seen."""

    wrong: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probing:
    """The probes of one deployment. `shown` redacts an answer before it is shown; what is compared is the
    answer as it came. `files` are the contents of the files that the probes name.
    """

    prober: Prober
    call: Caller
    shown: Callable[[bytes], bytes] = bytes
    files: dict[File, bytes] = field(default_factory=dict)

    async def load(self, probes: Sequence[Probe]) -> None:
        """Read all files before anything is changed, so that what was planned is what is compared. Raises
        StalePlan when a file has changed since.
        """
        for probe in probes:
            for file in (probe.input, probe.expect):
                if file is not None and file not in self.files:
                    self.files[file] = await self.call(self.prober.read, file)

    async def prove(
        self, name: str, url: str, probes: Sequence[Probe], answered: Collection[Probe] = ()
    ) -> None:
        """Raises ProbesFailed with everything that is wrong; NotSeen when nothing is wrong, but something
        could not be seen. No answer is wrong only for probes that were `answered` before the change.
        """
        verdicts = await asyncio.gather(*(self._verdict(url, probe, probe in answered) for probe in probes))
        unseen = [f"    {line}" for verdict in verdicts for line in verdict.unseen]
        if wrong := [f"    {line}" for verdict in verdicts for line in verdict.wrong]:
            raise ProbesFailed("\n".join([f"{name}: the probes fail", *wrong, *unseen]))
        if unseen:
            what = f"{name}: the probes could not be asked; nothing was rolled back for that"
            raise NotSeen("\n".join([what, *unseen]))

    async def remember(self, url: str, probes: Sequence[Probe]) -> tuple[Answered, ...]:
        """What the model server answers now. Probes that it does not answer are left out."""
        replies = await asyncio.gather(*(self._once(url, probe) for probe in probes))
        pairs = zip(probes, replies, strict=True)
        return tuple((probe, reply) for probe, reply in pairs if isinstance(reply, Answer))

    async def compare(self, url: str, before: Sequence[Answered]) -> tuple[str, ...]:
        """How the answers differ from those of before. Raises NotSeen when there are none."""
        differences: list[str] = []
        for probe, answer in before:
            reply = await self._ask(url, probe)
            if isinstance(reply, Silence):
                raise NotSeen(f"{probe.title}: {reply.why}")
            differences += [f"{probe.title}: {line}" for line in self._changed(probe, answer, reply)]
        return tuple(differences)

    def _changed(self, probe: Probe, before: Answer, after: Answer) -> tuple[str, ...]:
        if not same_answers(before, after, probe.tolerance):
            return ()
        differences = same_answers(self._redacted(before), self._redacted(after), probe.tolerance)
        return differences or (DIFFERENCE_HIDDEN,)

    def _wrong(self, probe: Probe, answer: Answer) -> tuple[str, ...]:
        expected = self.files[probe.expect] if probe.expect else None
        if not judge(probe, answer, expected):
            return ()
        return judge(probe, self._redacted(answer), expected) or (DIFFERENCE_HIDDEN,)

    def quoted(self, text: bytes) -> str:
        """The beginning of what somebody answered, redacted, for a message."""
        return self.shown(text).decode("utf-8", "replace").strip()[:LONGEST_QUOTE]

    def _redacted(self, answer: Answer) -> Answer:
        return replace(answer, body=self.shown(answer.body))

    async def _verdict(self, url: str, probe: Probe, answered: bool) -> ProbeVerdict:
        reply = await self._fastest(url, probe)
        if isinstance(reply, Silence):
            line = (f"{probe.title}: {reply.why}",)
            return ProbeVerdict(wrong=line) if answered and not reply.denied else ProbeVerdict(unseen=line)
        wrong = [f"{probe.title}: {line}" for line in self._wrong(probe, reply)]
        if wrong and reply.request_id:
            wrong.append(f"opc-request-id: {self.quoted(reply.request_id.encode())}")
        return ProbeVerdict(wrong=tuple(wrong))

    async def _fastest(self, url: str, probe: Probe) -> Reply:
        reply = await self._ask(url, probe)
        for _ in range(LATENCY_TRIES - 1):
            if isinstance(reply, Silence) or probe.latency_ms is None or reply.latency_ms <= probe.latency_ms:
                break
            again = await self._ask(url, probe)
            reply = again if isinstance(again, Silence) else min(reply, again, key=_latency)
        return reply

    async def _ask(self, url: str, probe: Probe) -> Reply:
        """Ask until the model server answers, and is not busy, or the deadline has passed."""
        clock, attempt, denied = self.call.clock, 0, False
        until = clock.now() + DEADLINE_SECONDS
        while True:
            attempt += 1
            reply = await self._once(url, probe)
            if isinstance(reply, Silence):
                # A request that was denied once says nothing of the model server, whatever comes after it.
                denied = denied or reply.denied
                reply = replace(reply, denied=denied)
            if _final(reply, probe) or clock.now() >= until:
                return reply
            await clock.sleep(self.call.pause(attempt))

    async def _once(self, url: str, probe: Probe) -> Reply:
        try:
            body = self.files[probe.input]
            answer = await self.call.once(self.prober.ask, url, probe.model, probe.version, body)
        except CloudError as error:
            final = not isinstance(error, Transient)
            return Silence(f"no answer: {error}", denied=final, final=final)
        voice = voice_of(answer, probe.status)
        if voice is Voice.SERVER:
            return answer
        why = f"no answer of the model server, but {answer.status}: {self.quoted(answer.body)}"
        return Silence(why, denied=voice is Voice.DENIED, final=answer.status in NOT_SIGNED_IN)


def comparable(answers: Sequence[Answered]) -> tuple[Answered, ...]:
    """Those that a rollback has to bring back: what was answered well, or with the status that the probe asks
    for.
    """
    return tuple((probe, answer) for probe, answer in answers if answer.status in (OK, probe.status))


def _latency(answer: Answer) -> float:
    return answer.latency_ms


def _final(reply: Reply, probe: Probe) -> bool:
    """Whether asking again would change nothing."""
    if isinstance(reply, Silence):
        return reply.final
    return reply.status not in BUSY or reply.status == probe.status
