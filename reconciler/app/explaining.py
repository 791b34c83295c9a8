"""explain: why each field of a deployment is in the plan, or is not."""

import tempfile
from pathlib import Path

from reconciler.adapters.git.git import DIRTY, checkout_at
from reconciler.app.names import no_such_anywhere, the_one
from reconciler.app.offline import drafts
from reconciler.app.planning import Planned, PlanRequest
from reconciler.app.planning import plan as make_plan
from reconciler.app.workspace import Say, Workspace, workspace_at
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.live import Live, Marks
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.core.planning.explain import Explanation, LastApplied
from reconciler.core.planning.explain import explain as tell
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.secrets import with_secrets
from reconciler.manifests.spec_draft import specs_of


def explain(workspace: Workspace, target: Target, name: str, say: Say) -> Explanation:
    """The story of one deployment, by its name or OCID; an unknown one is an error. Nothing is changed."""
    planned = make_plan(workspace, target, PlanRequest(), say)
    live = the_one(name, planned.snapshot.ours(planned.desired.owner))
    if live is not None:
        name = live.name
    item = next((item for item in planned.plan.deployments if item.name == name and _is_of(item, live)), None)
    if item is None:
        known = {item.name for item in planned.plan.deployments}
        raise no_such_anywhere([name], known, target)
    spec = next((spec for spec in planned.desired.specs if spec.name == name), None)
    live = live or _live(planned, item.seen.ocid if item.seen else "")
    told = tell(item, planned.desired.owner, spec, live, last_applied(workspace, target, spec, live, say))
    return workspace.redaction.explanation(told)


def _is_of(item: DeploymentPlan, live: Live | None) -> bool:
    """Of orphans with one name each has a plan; one that is blocked may have seen none."""
    return live is None or item.seen is None or item.seen.ocid == live.ocid


def _live(planned: Planned, ocid: str) -> Live | None:
    return next((live for live in planned.snapshot.deployments if live.ocid == ocid), None)


def last_applied(
    workspace: Workspace, target: Target, spec: Spec | None, live: Live | None, say: Say
) -> LastApplied:
    """What the manifest said then: today's, when the mark says so, or else the one of the marked revision."""
    if live is None or not live.marks.applied:
        return LastApplied(unknown="nothing of ours was applied to it" if live else "it does not exist")
    if spec is not None and spec.applied_mark == live.marks.applied:
        return LastApplied(spec.configuration)
    if not live.marks.revision:
        return LastApplied(unknown="no revision is marked on it")
    say("reading the manifest that was applied last")
    return _from_history(workspace, target, live.marks)


def _from_history(workspace: Workspace, target: Target, marks: Marks) -> LastApplied:
    commit = (marks.revision or "").removesuffix(DIRTY)
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        try:
            with workspace.redaction.words():
                root = checkout_at(workspace.root, commit, Path(folder))
            if root is None:
                return LastApplied(unknown=f"revision {commit} is not in this clone")
            spec = _spec_at(workspace, target, root, marks.name or "")
        except ReconcilerError as error:
            return LastApplied(unknown=f"revision {commit} cannot be read: {_first(error)}")
    if spec is None:
        return LastApplied(unknown=f"revision {commit} has no manifest of this name")
    if spec.applied_mark != marks.applied:
        return LastApplied(unknown=f"revision {commit} says something else: {CAUSES}")
    return LastApplied(spec.configuration)


def _spec_at(workspace: Workspace, target: Target, root: Path, name: str) -> Spec | None:
    """Read by the settings of then; which secrets may be looked up is for those of today to say."""
    then, there = workspace_at(root, target.name, workspace.environment, workspace.given)
    named = [draft for draft in drafts(then, there, ()) if draft.name == name]
    found = specs_of(named, None, lambda done, total: None)
    return with_secrets(found[0], workspace.environment, workspace.settings.secrets) if found else None


def _first(error: ReconcilerError) -> str:
    """One problem is enough; the files it names are in a folder that is gone."""
    return str(error.findings[0].what if isinstance(error, InvalidManifests) else error).partition("\n")[0]


CAUSES = "changes that were not committed, another environment, or another version of the reconciler"
