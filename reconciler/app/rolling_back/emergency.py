"""rollback with `--now`: applies what the manifest of a deployment was at an earlier revision, and holds the
deployment there; and `--resume`, which ends a hold. Both make a plan, which is carried out as any other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from reconciler.adapters.git.repository import DIRTY, repository_around
from reconciler.adapters.git.revisions import from_top, is_in_history
from reconciler.adapters.git.work_tree import uncommitted
from reconciler.app.applying import ReadyPlan
from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.desired import PlanRequest, desired_of
from reconciler.app.environments.not_for_target import why_absent
from reconciler.app.live.reading_live import Tell, read_cloud
from reconciler.app.names import in_no_manifest, names_of, no_such, the_one
from reconciler.app.not_in_clone import older_missing
from reconciler.app.planning import plan_desired
from reconciler.app.rolling_back.manifest_files import files_of
from reconciler.app.rolling_back.revisions import (
    PREVIOUS,
    PastManifests,
    hashed,
    manifests_at,
    named_commit,
    previous_commit,
)
from reconciler.app.validating import checked_manifests_of
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Hold, Revision, Spec
from reconciler.core.model.target import Target
from reconciler.core.planning.rolling_back.ending import plan_end_of_holds
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.declared_variables import DeclaredVariables
from reconciler.manifests.loading import Loaded
from reconciler.manifests.spec_draft import SpecDraft
from reconciler.report.values import command

FILES_SHOWN = 5


def commits_for(
    workspace: Workspace, target: Target, names: Sequence[str], revision: str, say: Say
) -> dict[str, str]:
    """The commit to which each deployment goes back. Only `previous` asks the target."""
    if revision != PREVIOUS:
        return dict.fromkeys(names, named_commit(workspace, revision))
    ours = read_cloud(reach(workspace, target, say)).ours(workspace.settings.owner)
    return _previous(workspace, target, names, ours)


def _previous(
    workspace: Workspace, target: Target, names: Sequence[str], ours: Sequence[Live]
) -> dict[str, str]:
    return {
        name: previous_commit(workspace, target, name, live.marks)
        for name, live in _named(names, ours, target).items()
    }


@contextmanager
def plan_rollback(
    workspace: Workspace, target: Target, names: Sequence[str], revision: str, say: Say, tell: Tell
) -> Iterator[ReadyPlan]:
    """The plan that applies an earlier revision of these deployments and holds them there. The files of that
    revision are there until the end of the `with`.
    """
    today = checked_manifests_of(workspace, target, names)
    workspace.redaction.declare(today.declared)
    refused = _refused(workspace, target, today, names)
    reached = reach(workspace, target, say)
    ours = read_cloud(reached).ours(workspace.settings.owner)
    if revision == PREVIOUS:
        commit = _one_commit(_previous(workspace, target, names, ours), target)
    else:
        commit = named_commit(workspace, revision)
    for draft in today.drafts:
        if draft.name in refused:
            _refuse_unknowing(workspace, draft, refused[draft.name], the_one(draft.name, ours))
    with manifests_at(workspace, target, commit, names) as then:
        yield _planned(workspace, target, reached, today, then, refused, say, tell)


def _refused(workspace: Workspace, target: Target, today: Loaded, names: Sequence[str]) -> dict[str, Spec]:
    """What the manifests of these names ask for now: that is what the hold keeps away."""
    drafts = {draft.name: draft for draft in today.drafts}
    for name in names:
        if name not in drafts and (elsewhere := why_absent(today.absent, name, target.name)):
            raise Failed(
                f"{elsewhere}, so an apply leaves it alone, and nothing has to be held; nothing was sent"
            )
    if missing := set(names) - set(drafts):
        error = in_no_manifest(missing, set(drafts))
        raise Failed(
            f"{error}, so nothing could be held: the next apply would delete it. Without --now its "
            "manifest comes back into the work tree"
        )
    return {name: hashed(drafts[name], workspace.hashes) for name in names}


def _one_commit(commits: dict[str, str], target: Target) -> str:
    if len(found := set(commits.values())) == 1:
        return found.pop()
    each = (command("rollback", target.name, name, "--to", at, "--now") for name, at in commits.items())
    raise Failed(
        f"they go back to different revisions, so each takes a rollback of its own: {'; '.join(each)}"
    )


def _refuse_unknowing(workspace: Workspace, draft: SpecDraft, refused: Spec, live: Live | None) -> None:
    """Raise Failed where the work tree may ask for something else than the branch that is applied, because it
    has changes of its own, or is older than what was applied last: a hold that does not know what is refused
    would end with the next apply, which does.
    """
    marks = live.marks if live else None
    if marks is None or marks.applied == refused.applied_mark:
        return
    with workspace.redaction.redacted_errors():
        if changed := _uncommitted(workspace, draft):
            raise Failed(
                f"{draft.name}: {', '.join(changed)}: changed, and not committed, so this work tree does not "
                "say what is refused. Commit or stash that; nothing was sent"
            )
        commit = (marks.revision or "").removesuffix(DIRTY)
        if commit and not is_in_history(workspace.root, commit):
            older = older_missing(workspace.root)
            raise Failed(
                f"{draft.name}: revision {commit}, which was applied last, is not in the history of what is "
                "checked out here, so this work tree does not say what is refused. Check out the branch that "
                f"is applied, and pull; nothing was sent{older and f'; {older}'}"
            )


def _uncommitted(workspace: Workspace, draft: SpecDraft) -> list[str]:
    """Files of this manifest, and settings, with changes that are in no commit: from the top."""
    top = repository_around(workspace.root)
    if top is None:
        return []
    files = sorted({SETTINGS_FILE, *files_of(draft, workspace.root)})
    return uncommitted(top, from_top(workspace.root, top, files))[:FILES_SHOWN]


def _planned(
    workspace: Workspace,
    target: Target,
    reached: ReachedTarget,
    today: Loaded,
    then: PastManifests,
    refused: dict[str, Spec],
    say: Say,
    tell: Tell,
) -> ReadyPlan:
    drafts = tuple(then.draft(name) for name in refused)
    others = tuple(draft.claim for draft in today.drafts if draft.name not in refused)
    workspace.redaction.declare(_both(then.loaded.declared, today.declared))
    manifests = Loaded(drafts, (*others, *today.others))
    # What was refused then may be right today, and who names a revision wants it tried.
    request = PlanRequest(retry_failed=True, only=frozenset(refused), applying=True)
    desired = desired_of(workspace, target, request, manifests, say)
    specs = tuple(_held(spec, refused[spec.name], then.commit, target) for spec in desired.specs)
    desired = replace(desired, specs=specs, revision=Revision(then.commit), prune=False)
    root = then.root
    planned = plan_desired(workspace, target, reached, desired, root, say, tell)
    return ReadyPlan(planned.plan, root, reached)


def _held(spec: Spec, refused: Spec, commit: str, target: Target) -> Spec:
    if spec.refused_mark == refused.refused_mark:
        apply = command("apply", target.name, "--only", spec.name)
        raise Failed(
            f"{spec.name}: its manifest here asks for the same as at revision {commit}, so there is nothing "
            f"to hold back: {apply} applies it; nothing was sent"
        )
    return replace(spec, hold=Hold(refused.refused_mark, commit))


def _both(then: DeclaredVariables, today: DeclaredVariables) -> DeclaredVariables:
    """What the manifests of both revisions declare: what is a secret in one of them is one."""
    hidden = {
        name: then.hidden.get(name, frozenset()) | today.hidden.get(name, frozenset())
        for name in {*then.hidden, *today.hidden}
    }
    return DeclaredVariables(then.secrets | today.secrets, {**then.shown, **today.shown}, hidden)


def plan_resume(workspace: Workspace, target: Target, names: Sequence[str], say: Say) -> ReadyPlan:
    """The plan that ends the holds of these deployments. Raises Failed when one of them does not exist."""
    reached = reach(workspace, target, say)
    snapshot = read_cloud(reached)
    owner = workspace.settings.owner
    held = tuple(_named(names, snapshot.ours(owner), target).values())
    plan = plan_end_of_holds(target.name, owner, held, snapshot)
    redacted = workspace.redaction.plan(plan, snapshot.deployments)
    return ReadyPlan(redacted, workspace.root, reached)


def _named(names: Sequence[str], ours: Sequence[Live], target: Target) -> dict[str, Live]:
    found = {name: the_one(name, ours) for name in names}
    if missing := [name for name, live in found.items() if live is None]:
        raise no_such(missing, names_of(ours), target, "; nothing was sent")
    return {name: live for name, live in found.items() if live is not None}
