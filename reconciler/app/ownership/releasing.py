"""release: takes our marks off deployments by name, and lets them run on."""

from collections.abc import Sequence

from reconciler.app.connecting import reach
from reconciler.app.live.reading_live import read_cloud
from reconciler.app.names import names_of, no_such
from reconciler.app.planning import Planned
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.desired import Desired
from reconciler.core.model.target import Target
from reconciler.core.planning.plan import Action
from reconciler.core.planning.release import plan_release_of_names


def plan_releases(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> Planned:
    """Make the plan of `release`. Raises Failed when one of the deployments does not exist: then none is
    released.
    """
    reached = reach(workspace, target, say)
    snapshot, owner = read_cloud(reached), workspace.settings.owner
    decided = plan_release_of_names(target.name, owner, names, snapshot)
    if missing := [item.name for item in decided.with_action(Action.NOTHING) if not item.seen]:
        raise no_such(missing, names_of(snapshot.ours(owner)), target, "; nothing was sent")
    decided = workspace.redaction.plan(decided, snapshot.deployments)
    return Planned(decided, Desired(target.name, owner, ()), snapshot, reached)
