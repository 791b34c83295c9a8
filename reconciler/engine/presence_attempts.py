"""Asks the live endpoint which versions the model server has, as often as it takes to learn it, but not for
long: what cannot be seen holds nothing up.

What an answer tells is decided in `core.model.proof.presence`.
"""

import asyncio
from collections.abc import Sequence

from reconciler.core.model.errors import CloudError, Transient
from reconciler.core.model.proof.presence import REQUEST, Presence, Sight, Sighting, sight_of
from reconciler.core.model.proof.probes import tritons_error
from reconciler.core.model.served.structure import ModelVersion
from reconciler.engine.probe_attempts import Probing

AT_ONCE = 8
"""Versions of one deployment that are asked for at the same time."""

TRIES = 4
"""How often a version is asked for while the answer may be another one a moment later."""

AGAIN = frozenset({Sight.SILENT, Sight.NOT_READY})
"""After these a version is asked for again."""

DEADLINE_SECONDS = 30.0
"""From then on nothing is asked again. It is for all versions together."""


async def look_for(probing: Probing, url: str, versions: Sequence[ModelVersion]) -> Presence:
    """Ask the endpoint for each of these versions."""
    places, until = asyncio.Semaphore(AT_ONCE), probing.call.clock.now() + DEADLINE_SECONDS

    async def look(version: ModelVersion) -> Sighting:
        async with places:
            return await _look(probing, url, version, until)

    return Presence(tuple(await asyncio.gather(*map(look, versions))))


async def _look(probing: Probing, url: str, version: ModelVersion, until: float) -> Sighting:
    clock, seen = probing.call.clock, Sighting(version, Sight.SILENT, "the time for that was over")
    for attempt in range(TRIES):
        if attempt:
            await clock.sleep(probing.call.pause(attempt))
        if clock.now() >= until:
            break
        seen = await _once(probing, url, version)
        if seen.sight not in AGAIN:
            break
    return seen


async def _once(probing: Probing, url: str, version: ModelVersion) -> Sighting:
    model, number = version
    try:
        answer = await probing.call.once(probing.prober.ask, url, model, number, REQUEST)
    except CloudError as error:
        sight = Sight.SILENT if isinstance(error, Transient) else Sight.DENIED
        return Sighting(version, sight, f"no answer: {error}")
    sight, said = sight_of(answer), tritons_error(answer.body)
    quoted = probing.quoted(answer.body if said is None else said.encode())
    return Sighting(version, sight, "" if sight is Sight.SERVED else f"{answer.status}: {quoted}")
