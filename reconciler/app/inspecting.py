"""status and predict: what is live, and what it answers. Nothing is changed."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reconciler.adapters.clock import RealClock
from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.interrupting import run_woken
from reconciler.app.live.reading_live import read_cloud, with_details
from reconciler.app.live.served_models import served_now
from reconciler.app.names import goes_by, names_of, no_such, the_one
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import SERVING, Live
from reconciler.core.model.proof.presence import Presence, Sight, Sighting, why_not_asked
from reconciler.core.model.proof.probes import LARGEST_REQUEST
from reconciler.core.model.served.structure import ModelVersion, Served, Structure, Versions
from reconciler.core.model.status import Status, status_of
from reconciler.core.model.target import Target
from reconciler.engine.presence_attempts import look_for
from reconciler.engine.probe_attempts import Probing
from reconciler.engine.retry import Caller
from reconciler.engine.run import DEFAULT_PARALLEL


def statuses(
    workspace: Workspace, target: Target, names: Sequence[str], say: Say, *, probe: bool = False
) -> list[Status]:
    """The status of our deployments, or of these names or OCIDs. With `probe` the server of each is asked
    for the versions. Raises Failed for unknown names.
    """
    reached = reach(workspace, target, say)
    snapshot = read_cloud(reached)
    ours = snapshot.ours(workspace.settings.owner)
    chosen = [live for live in ours if not names or any(goes_by(name, live) for name in names)]
    if missing := [name for name in names if not any(goes_by(name, live) for live in chosen)]:
        raise no_such(missing, names_of(ours), target)
    same_name = Counter(live.name for live in ours)
    chosen = with_details(reached, chosen)
    served = served_now(reached, chosen)
    versions = {live.ocid: _versions(served[live.ocid]) for live in chosen}
    seen = _presence_of(reached, chosen, versions) if probe else {}
    rows = (
        status_of(live, versions[live.ocid], same_name[live.name], seen.get(live.ocid)) for live in chosen
    )
    return sorted(rows, key=lambda row: (row.name, row.ocid))


def _versions(served: Served | None) -> Versions | None:
    return served.versions if isinstance(served, Structure) else None


def _presence_of(
    reached: ReachedTarget, deployments: Sequence[Live], versions: Mapping[str, Versions | None]
) -> dict[str, Presence]:
    """What the servers of these deployments say, by OCID; `versions` are what they should have. One that
    serves nobody, or of which that is not known, is left out.
    """
    askable = [live for live in deployments if live.state in SERVING and live.url and versions[live.ocid]]

    async def look(probing: Probing) -> list[Presence]:
        looks = (_look(probing, live, sorted(versions[live.ocid] or ())) for live in askable)
        return await asyncio.gather(*looks)

    with ThreadPoolExecutor(DEFAULT_PARALLEL) as pool:
        probing = Probing(reached.prober, Caller(pool, RealClock(), random.random), reached.shown)
        return dict(zip((live.ocid for live in askable), run_woken(look(probing)), strict=True))


async def _look(probing: Probing, live: Live, versions: Sequence[ModelVersion]) -> Presence:
    why = why_not_asked(live.configuration.container) if live.configuration else ""
    if why:
        return Presence(tuple(Sighting(version, Sight.DENIED, why) for version in versions))
    return await look_for(probing, live.url, versions)


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """An inference request; without a version, Triton chooses one."""

    model: str
    version: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class PredictAnswer:
    """What a deployment answered: the HTTP status, and the redacted body."""

    status: int
    text: str


def predict(
    workspace: Workspace, target: Target, name: str, request: PredictRequest, say: Say
) -> PredictAnswer:
    """Send a signed request to one of our deployments, by its name or OCID. Gives the answer, whatever its
    status. Raises Failed, before anything is sent, for a body that is larger than the service takes.
    """
    if len(request.body) > LARGEST_REQUEST:
        raise Failed(
            f"the request is larger than 10 MB ({LARGEST_REQUEST} bytes), the most that the service takes. "
            "Nothing was sent: ask with a smaller batch"
        )
    reached = reach(workspace, target, say)
    ours = read_cloud(reached).ours(workspace.settings.owner)
    live = the_one(name, ours)
    if live is None:
        raise no_such([name], names_of(ours), target)
    if live.state not in SERVING:
        raise Failed(f"{name}: it is {live.state}, and answers when it is ACTIVE; reconcile status says more")
    if not live.url:
        raise Failed(f"{name}: it is {live.state}, and the service names no endpoint for it")
    answer = reached.predict(live.url, request.model, request.version, request.body)
    return PredictAnswer(answer.status, reached.redaction.body(answer.body))
