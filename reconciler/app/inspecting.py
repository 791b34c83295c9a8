"""status and predict: what is live, and what it answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.app.names import meant, names_of, no_such, the_one
from reconciler.app.planning import live_structures, read_cloud, with_details
from reconciler.app.reaching import reach
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.artifact import Structure
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import SERVING, Live
from reconciler.core.model.probes import LARGEST_REQUEST
from reconciler.core.model.status import Status, status_of
from reconciler.core.model.target import Target


def status(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> list[Status]:
    """A row for each deployment of ours, or those with these names or OCIDs. An unknown one is an error."""
    reached = reach(workspace, target, say)
    snapshot = read_cloud(reached)
    ours = snapshot.ours(workspace.settings.owner)
    found = [live for live in ours if not names or any(meant(name, live) for name in names)]
    if missing := [name for name in names if not any(meant(name, live) for live in found)]:
        raise no_such(missing, names_of(ours), target)
    carriers = Counter(live.name for live in ours)
    found = with_details(reached, found)
    models = sorted({live.model_id for live in found if live.model_id})
    structures = live_structures(reached, models, snapshot)
    rows = (_row(live, structures.get(live.model_id or ""), carriers[live.name]) for live in found)
    return sorted(rows, key=lambda row: (row.name, row.ocid))


def _row(live: Live, structure: Structure | None, carriers: int) -> Status:
    return status_of(live, structure.versions if structure else None, carriers)


@dataclass(frozen=True, slots=True)
class Told:
    """What a deployment answered: the HTTP status, and the body as it may be shown."""

    status: int
    text: str


def predict(
    workspace: Workspace, target: Target, name: str, model: str, version: str | None, body: bytes, say: Say
) -> Told:
    """Send a signed request to a deployment of ours, by its name or OCID; its answer, whatever its status.

    Raises Failed, before anything is asked, for a body that is larger than the service takes.
    """
    if len(body) > LARGEST_REQUEST:
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
        raise Failed(f"{name}: it is {live.state}, and the service tells no endpoint of it")
    answer = reached.predict(live.url, model, version, body)
    return Told(answer.status, reached.redaction.body(answer.body))
