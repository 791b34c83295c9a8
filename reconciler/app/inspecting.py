"""status and predict: what is live, and what it answers."""

from collections import Counter
from collections.abc import Sequence

from reconciler.adapters.predict import Prediction
from reconciler.app.names import meant, names_of, no_such, the_one
from reconciler.app.planning import live_structures, reach, read_cloud, with_details
from reconciler.app.workspace import Say, Workspace
from reconciler.core.artifact import Structure
from reconciler.core.errors import Failed
from reconciler.core.live import SERVING, Live
from reconciler.core.status import Status, status_of
from reconciler.core.target import Target


def status(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> list[Status]:
    """A row for each deployment of ours, or those with these names or OCIDs. An unknown one is an error."""
    connection = reach(target, say)
    snapshot = read_cloud(connection)
    ours = snapshot.ours(workspace.settings.owner)
    found = [live for live in ours if not names or any(meant(name, live) for name in names)]
    if missing := [name for name in names if not any(meant(name, live) for live in found)]:
        raise no_such(missing, names_of(ours), target)
    carriers = Counter(live.name for live in ours)
    found = with_details(connection, found)
    models = sorted({live.model_id for live in found if live.model_id})
    structures = live_structures(connection, models, snapshot)
    rows = (_row(live, structures.get(live.model_id or ""), carriers[live.name]) for live in found)
    return sorted(rows, key=lambda row: (row.name, row.ocid))


def _row(live: Live, structure: Structure | None, carriers: int) -> Status:
    return status_of(live, structure.versions if structure else None, carriers)


def predict(
    workspace: Workspace, target: Target, name: str, model: str, version: str | None, body: bytes, say: Say
) -> Prediction:
    """Send a signed request to a deployment of ours, by its name or OCID; its answer, whatever its status."""
    connection = reach(target, say)
    ours = read_cloud(connection).ours(workspace.settings.owner)
    live = the_one(name, ours)
    if live is None:
        raise no_such([name], names_of(ours), target)
    if live.state not in SERVING:
        raise Failed(f"{name}: it is {live.state}, and answers when it is ACTIVE; reconcile status says more")
    if not live.url:
        raise Failed(f"{name}: it is {live.state}, and the service tells no endpoint of it")
    return connection.predict(live.url, model, version, body)
