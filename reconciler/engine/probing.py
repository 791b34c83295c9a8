"""Asks the live endpoint what a probe says, and compares.

What counts as right is `core.probes`' business; here is only how often to ask.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.core.errors import ProbesFailed, Transient
from reconciler.core.probes import OK, Answer, File, Probe, judge, same_answers
from reconciler.engine.ports import Prober
from reconciler.engine.retry import ATTEMPTS, Caller

BUSY = frozenset({429, 503})
"""Answers of a service that is asked again (docs/service.md §4.6)."""

LATENCY_TRIES = 3
"""The fastest of so many answers counts: the first ones after a start are slow."""

Asked = tuple[Probe, Answer]


@dataclass(frozen=True, slots=True)
class Probing:
    """The probes of one deployment, by one prober."""

    prober: Prober
    call: Caller
    files: dict[File, bytes] = field(default_factory=dict)

    async def load(self, probes: Sequence[Probe]) -> None:
        """Read all files before anything is changed: what was planned is what is compared. Raises StalePlan
        when one is not what it was.
        """
        for probe in probes:
            for file in (probe.input, probe.expect):
                if file is not None and file not in self.files:
                    self.files[file] = await self.call(self.prober.read, file)

    async def prove(self, name: str, url: str, probes: Sequence[Probe]) -> None:
        """Raises ProbesFailed with everything that is wrong."""
        found = await asyncio.gather(*(self._wrong(url, probe) for probe in probes))
        if lines := [line for lines in found for line in lines]:
            raise ProbesFailed("\n".join([f"{name}: the probes fail", *(f"    {line}" for line in lines)]))

    async def remember(self, url: str, probes: Sequence[Probe]) -> tuple[Asked, ...]:
        """What is answered now, as far as anything is."""
        found = await asyncio.gather(*(self._now(url, probe) for probe in probes))
        return tuple(asked for asked in found if asked is not None)

    async def compare(self, url: str, before: Sequence[Asked]) -> tuple[str, ...]:
        """How the answers differ from those of before."""
        found = []
        for probe, answer in before:
            now = await self._ask(url, probe, self.files[probe.input])
            found += [f"{probe.title}: {line}" for line in same_answers(answer, now, probe.tolerance)]
        return tuple(found)

    async def _now(self, url: str, probe: Probe) -> Asked | None:
        try:
            body = self.files[probe.input]
            answer = await self.call.once(self.prober.ask, url, probe, body)
        except Transient:
            return None
        return (probe, answer) if answer.status == OK else None

    async def _wrong(self, url: str, probe: Probe) -> list[str]:
        body = self.files[probe.input]
        expected = self.files[probe.expect] if probe.expect else None
        try:
            answer = await self._fastest(url, probe, body)
        except Transient as error:
            return [f"{probe.title}: no answer: {error}"]
        wrong = [f"{probe.title}: {line}" for line in judge(probe, answer, expected)]
        return [*wrong, f"opc-request-id: {answer.request_id}"] if wrong and answer.request_id else wrong

    async def _fastest(self, url: str, probe: Probe, body: bytes) -> Answer:
        answer = await self._ask(url, probe, body)
        for _ in range(LATENCY_TRIES - 1):
            if probe.latency_ms is None or answer.latency_ms <= probe.latency_ms:
                break
            again = await self._ask(url, probe, body)
            answer = min(answer, again, key=lambda one: one.latency_ms)
        return answer

    async def _ask(self, url: str, probe: Probe, body: bytes) -> Answer:
        """An answer; again while the endpoint is merely busy, or gives none."""
        for attempt in range(1, ATTEMPTS):
            try:
                answer = await self.call.once(self.prober.ask, url, probe, body)
            except Transient:
                await self.call.clock.sleep(self.call.pause(attempt))
                continue
            if answer.status not in BUSY or answer.status == probe.status:
                return answer
            await self.call.clock.sleep(self.call.pause(attempt))
        return await self.call.once(self.prober.ask, url, probe, body)
