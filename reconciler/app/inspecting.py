"""status and predict: what is live, and what it answers."""

from collections.abc import Sequence

from reconciler.adapters.connect import Connection
from reconciler.adapters.predict import Prediction
from reconciler.app.planning import live_versions, reach, read_cloud
from reconciler.app.workspace import Say, Workspace
from reconciler.core.errors import Failed
from reconciler.core.live import Live
from reconciler.core.status import Status, status_of
from reconciler.core.target import Target


def status(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> list[Status]:
    """A row for each deployment of ours, or for the named ones; an unknown name is an error."""
    connection = reach(target, say)
    found = [live for live in ours(workspace, connection) if not names or live.marks.name in names]
    missing = sorted(set(names) - {live.marks.name for live in found})
    if missing:
        raise Failed(f"{', '.join(missing)}: no such deployment of ours on target {target.name!r}")
    models = sorted({live.model_id for live in found if live.model_id})
    versions = live_versions(connection, models)
    rows = (status_of(live, versions.get(live.model_id or "")) for live in found)
    return sorted(rows, key=lambda row: row.name)


def ours(workspace: Workspace, connection: Connection) -> list[Live]:
    """The deployments in the target's project that carry our owner's mark."""
    return list(read_cloud(connection).ours(workspace.settings.owner))


def predict(
    workspace: Workspace, target: Target, name: str, model: str, version: str | None, body: bytes, say: Say
) -> Prediction:
    """Send a signed request to a deployment of ours; its answer, whatever its status."""
    connection = reach(target, say)
    live = next((live for live in ours(workspace, connection) if live.marks.name == name), None)
    if live is None or not live.url:
        raise Failed(
            f"{name}: no such deployment of ours on target {target.name!r}; reconcile status lists them"
        )
    return connection.predict(live.url, model, version, body)
