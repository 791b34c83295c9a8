"""status and predict: what is live, and what it answers."""

from collections.abc import Sequence

from reconciler.adapters.predict import Prediction
from reconciler.app.names import names_of, no_such
from reconciler.app.planning import live_structures, reach, read_cloud
from reconciler.app.workspace import Say, Workspace
from reconciler.core.artifact import Structure
from reconciler.core.errors import Failed
from reconciler.core.live import SERVING, Live
from reconciler.core.status import Status, status_of
from reconciler.core.target import Target


def status(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> list[Status]:
    """A row for each deployment of ours, or for the named ones; an unknown name is an error."""
    connection = reach(target, say)
    snapshot = read_cloud(connection)
    ours = snapshot.ours(workspace.settings.owner)
    found = [live for live in ours if not names or live.marks.name in names]
    if missing := sorted(set(names) - {live.marks.name for live in found}):
        raise no_such(missing, names_of(ours), target)
    models = sorted({live.model_id for live in found if live.model_id})
    structures = live_structures(connection, models, snapshot)
    rows = (_row(live, structures.get(live.model_id or "")) for live in found)
    return sorted(rows, key=lambda row: row.name)


def _row(live: Live, structure: Structure | None) -> Status:
    return status_of(live, structure.versions if structure else None)


def predict(
    workspace: Workspace, target: Target, name: str, model: str, version: str | None, body: bytes, say: Say
) -> Prediction:
    """Send a signed request to a deployment of ours; its answer, whatever its status."""
    connection = reach(target, say)
    ours = read_cloud(connection).ours(workspace.settings.owner)
    live = next((live for live in ours if live.marks.name == name), None)
    if live is None:
        raise no_such([name], names_of(ours), target)
    if not live.url or live.state not in SERVING:
        raise Failed(f"{name}: it is {live.state}, and answers when it is ACTIVE; reconcile status says more")
    return connection.predict(live.url, model, version, body)
