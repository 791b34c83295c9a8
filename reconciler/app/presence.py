"""Asks model servers for the versions that they should have."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler.adapters.clock import RealClock
from reconciler.app.connecting import ReachedTarget
from reconciler.app.interrupting import run_woken
from reconciler.core.model.artifact import ModelVersion, Versions
from reconciler.core.model.live import SERVING, Live
from reconciler.core.model.presence import Presence, Sight, Sighting, why_not_asked
from reconciler.engine.presence_attempts import look_for
from reconciler.engine.probe_attempts import Probing
from reconciler.engine.retry import Caller
from reconciler.engine.run import DEFAULT_PARALLEL


def presence_of(
    reached: ReachedTarget, deployments: Sequence[Live], versions: Mapping[str, Versions | None]
) -> dict[str, Presence]:
    """What the servers of these deployments say, by OCID; `versions` are what they should have. One that
    serves nobody, or of which that is not known, is left out.
    """
    askable = [live for live in deployments if live.state in SERVING and live.url and versions[live.ocid]]

    async def look() -> list[Presence]:
        looks = (_look(probing, live, sorted(versions[live.ocid] or ())) for live in askable)
        return await asyncio.gather(*looks)

    with ThreadPoolExecutor(DEFAULT_PARALLEL) as pool:
        probing = Probing(reached.prober, Caller(pool, RealClock(), random.random), reached.shown)
        return dict(zip((live.ocid for live in askable), run_woken(look()), strict=True))


async def _look(probing: Probing, live: Live, versions: Sequence[ModelVersion]) -> Presence:
    why = why_not_asked(live.configuration.container) if live.configuration else ""
    if why:
        return Presence(tuple(Sighting(version, Sight.DENIED, why) for version in versions))
    return await look_for(probing, live.url, versions)
