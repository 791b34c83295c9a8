"""From checked manifests to what is desired: chooses those to plan, hashes their files, looks up secrets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.connecting import ReachedTarget
from reconciler.app.live.reading_live import read_cloud
from reconciler.app.names import names_of, no_such_anywhere, not_in_paths, words_for, words_of
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.desired import Desired
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import EmulatorTarget, Target
from reconciler.core.planning.environment_secrets import with_secrets
from reconciler.core.planning.ownership.owners import owners_of
from reconciler.core.planning.review.affected import Affected
from reconciler.core.planning.snapshot_index import index_of
from reconciler.manifests.loading import Loaded
from reconciler.manifests.spec_draft import SpecDraft, specs_of


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the command line says about a plan, besides the manifests themselves.

    `paths` are the manifests to plan, and `only` the deployments, by name or OCID; empty means all.
    `confirmed` are the deployments whose deletion is confirmed. With `retry_failed`, what failed before is
    tried again. `applying` says that the plan is applied at once. `changed_since` is a revision of git: only
    what the changes since then can affect is planned; empty means no such limit.
    """

    paths: tuple[Path, ...] = ()
    confirmed: frozenset[str] = frozenset()
    retry_failed: bool = False
    only: frozenset[str] = frozenset()
    applying: bool = False
    changed_since: str = ""


def selected_manifests(
    workspace: Workspace, target: Target, request: PlanRequest, manifests: Loaded, reached: ReachedTarget
) -> Loaded:
    """The manifests that the plan is about; of the others only what they claim. Raises Failed for a name in
    `only` or `confirmed` that nobody has: before anything is hashed or waited for.
    """
    if not request.only and not request.confirmed:
        return manifests
    index = index_of(read_cloud(reached), workspace.settings.owner)
    claims = (*(draft.claim for draft in manifests.drafts), *manifests.others)
    owners = owners_of(claims, index, workspace.settings.safety)
    words = [(draft, words_of(draft.claim, owners)) for draft in manifests.drafts]
    orphans = owners.orphans()
    ours = (*index.ours, *orphans)
    known = {claim.name for claim in claims} | names_of(ours)
    absent = {one.claim.name for one in manifests.absent}
    in_manifests = absent.union(*(its_words for _, its_words in words))
    plannable = in_manifests if request.paths else in_manifests | words_for(orphans)
    if missing := request.only - plannable:
        if request.paths:
            raise not_in_paths(missing, in_manifests)
        raise no_such_anywhere(missing, known, target)
    if missing := request.confirmed - known - words_for(ours):
        raise no_such_anywhere(missing, known, target)
    chosen = [draft for draft, its_words in words if not request.only or request.only & its_words]
    return _only(manifests, chosen)


def affected_manifests(manifests: Loaded, affected: Affected) -> Loaded:
    """Those that the changes since a revision can affect; of the others only what they claim."""
    chosen = _only(manifests, [draft for draft in manifests.drafts if affected.has(draft.name)])
    return chosen._replace(absent=tuple(one for one in chosen.absent if affected.has(one.claim.name)))


def _only(manifests: Loaded, drafts: Sequence[SpecDraft]) -> Loaded:
    names = {draft.name for draft in drafts}
    claims = (draft.claim for draft in manifests.drafts if draft.name not in names)
    return manifests._replace(drafts=tuple(drafts), others=(*claims, *manifests.others))


def desired_of(
    workspace: Workspace, target: Target, request: PlanRequest, manifests: Loaded, say: Say
) -> Desired:
    """What these manifests ask for: hashes their model files and looks up their secrets."""
    return Desired(
        target=target.name,
        owner=workspace.settings.owner,
        specs=_with_secrets(workspace, specs_of(manifests.drafts, workspace.hashes, _hash_progress(say))),
        safety=workspace.settings.safety,
        prune=not request.paths,
        confirmed=request.confirmed,
        retry_failed=request.retry_failed,
        only=request.only,
        applying=request.applying,
        others=manifests.others,
        image_builds=workspace.settings.image_builds,
        tenancy=not isinstance(target, EmulatorTarget),
        bucket=target.artifacts,
    )


def _with_secrets(workspace: Workspace, specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """The specs with the secrets that they name. The redactor learns them at once."""
    complete = tuple(with_secrets(spec, workspace.environment) for spec in specs)
    workspace.redaction.learn(complete)
    return complete


def _hash_progress(say: Say) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if total:
            say(f"hashing model files: {100 * done // total}%")

    return progress
