"""Whether a saved plan may be applied: every rule by which the planner decides whose a deployment is, what
protects it and what its clients rely on, checked again against the settings and what is live now.

Pure. It trusts nothing that the plan says of itself (`admission.plan_shape` has looked at its form before),
and it plans nothing: a deployment's plan is admitted as it is, or it is blocked. What a manifest may allow
is taken for allowed where the plan tells it to whoever reads it. Whether what is live is still what the
plan saw is found out by the engine, right before each write.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.model.artifact import Structure
from reconciler.core.model.configuration import Configuration, Json
from reconciler.core.model.live import GONE, NOTHING_TO_LOSE, SERVING, Live, Marks, Snapshot, State
from reconciler.core.model.spec import Prune, Rollout, VersionChange
from reconciler.core.model.target import Safety
from reconciler.core.planning.admission.catalog import Held, wrong_in_catalog
from reconciler.core.planning.diff.changes import Change, diff
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.guard.version_guard import RELIES_ON, verdict
from reconciler.core.planning.guard.version_structure import other_tensors
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from reconciler.core.planning.refusals import (
    blocked,
    deletes_come_last,
    no_project,
    not_looked_at_then,
    without_secrets,
)
from reconciler.core.planning.safety_limits import over_limits
from reconciler.core.planning.secrets import not_looked_at
from reconciler.core.planning.snapshot_index import SnapshotIndex, index_of
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    KeepModel,
    ModelRef,
    PublishedModel,
    Step,
    UpdateDeployment,
)
from reconciler.core.planning.transition.changes import RENAMED_FIELD, STATE_FIELD

Shown = Callable[[Json], Json]
"""A value as a plan may show it: without the secrets that are known."""

Structures = Mapping[str, Structure | None]
"""What is served from a content: by the OCID of what runs, or by the digest or OCID of what is to run; None
where it cannot be told.
"""

CHANGING = (Action.UPDATE, Action.REPLACE)
"""Actions that leave something otherwise than it is now, which the plan has to tell."""

AGAIN = "plan again"
CHANGED = Refusal(
    "changed meanwhile: it is not what the plan saw any more; nothing more was sent or rolled back", (AGAIN,)
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The plan, in which that is blocked that may not be done; `stale` when some of that is no longer what
    the plan saw.
    """

    plan: Plan
    stale: bool = False


@dataclass(frozen=True, slots=True)
class NewContent:
    """Content that a serving deployment is to get: what it runs now (OCID), what it would run (digest, or
    OCID where the catalog does not tell the digest), and whether it is stopped for that.
    """

    served: str
    wanted: str
    stops: bool = False


def not_this_project(plan: Plan, snapshot: Snapshot) -> str:
    """Why the plan is not about the project that the target has; empty when it is."""
    made, here = plan.project, snapshot.project
    if made.name != here.name or made.ocid not in (None, here.ocid):
        return f"made for the project {made.name} ({made.ocid}), and the target has {here.name} ({here.ocid})"
    if here.ocid is None and plan.sends and plan.project_step is None and here.create:
        return f"the project {here.name} is gone since it was made"
    return ""


def new_contents(plan: Plan, snapshot: Snapshot) -> frozenset[NewContent]:
    """Every pair whose structures `admitted` has to know."""
    seen = _seen(plan, Safety(), snapshot, (), {}, {})
    return frozenset(pair for item in plan.deployments for pair in seen.contents(item))


def admitted(
    plan: Plan,
    safety: Safety,
    snapshot: Snapshot,
    confirmed: Collection[str],
    served: Structures,
    wanted: Structures,
    shown: Shown = lambda value: value,
) -> Admitted:
    """The plan as far as it may be applied, which may be refused as a whole where it passes a limit.
    `confirmed` are names and OCIDs whose deletion is confirmed now: what the file says of that is nobody's
    word. `shown` is how a plan shows what is live.
    """
    seen = replace(_seen(plan, safety, snapshot, confirmed, served, wanted), shown=shown)
    stale = {item.seen.ocid for item in plan.deployments if item.seen and item.steps and seen.stale(item)}
    found = [_without_secrets(_refused(item, seen.refusals(item))) for item in plan.deployments]
    catalog = Held(plan.owner, seen.index, frozenset(_going(found)), found)
    found = [_refused(item, _of_the_catalog(item, catalog)) for item in found]
    if held := [item.name for item in found if item.action is Action.BLOCKED and item.manifest]:
        found = [_held_back(item, held) for item in found]
    limits = over_limits(found, safety, seen.index, manifests=True)
    if snapshot.project.ocid is None and plan.sends and not snapshot.project.create:
        limits = (*limits, no_project(snapshot.project.name))
    refusals = tuple(dict.fromkeys((*plan.refusals, *limits)))
    return Admitted(replace(plan, deployments=tuple(found), refusals=refusals), bool(stale))


def _refused(item: DeploymentPlan, refusals: Iterator[Refusal]) -> DeploymentPlan:
    found = tuple(dict.fromkeys(refusals)) if item.steps else ()
    return blocked(item, *found) if found else item


def _without_secrets(item: DeploymentPlan) -> DeploymentPlan:
    """Nothing is done with a deployment whose secrets are not known, or were not when it was planned."""
    if item.action in (Action.PAUSED, Action.BLOCKED):
        return item
    if item.unset:
        return blocked(item, not_looked_at_then(item.unset))
    missing = not_looked_at(item)
    return blocked(item, without_secrets(missing)) if missing else item


def _going(planned: Collection[DeploymentPlan]) -> Iterator[str]:
    return (item.seen.ocid for item in planned if item.action is Action.DELETE and item.seen)


def _of_the_catalog(item: DeploymentPlan, catalog: Held) -> Iterator[Refusal]:
    return (_refusal(why) for why in wrong_in_catalog(item, catalog))


def _held_back(item: DeploymentPlan, held: Collection[str]) -> DeploymentPlan:
    """Deletes come last (design: law 13)."""
    if item.action is not Action.DELETE or item.seen is None:
        return item
    return blocked(item, deletes_come_last(item.seen.ocid, list(held)))


def _refusal(reason: str, *choices: str) -> Refusal:
    return Refusal(f"a saved plan is checked again: {reason}", choices or (AGAIN,))


def _seen(
    plan: Plan,
    safety: Safety,
    snapshot: Snapshot,
    confirmed: Collection[str],
    served: Structures,
    wanted: Structures,
) -> "_Seen":
    lives = {live.ocid: live for live in snapshot.deployments}
    return _Seen(
        plan.owner, safety, index_of(snapshot, plan.owner), lives, frozenset(confirmed), served, wanted
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a plan of this owner is held against."""

    owner: str
    safety: Safety
    index: SnapshotIndex
    lives: Mapping[str, Live]
    confirmed: frozenset[str]
    served: Structures
    wanted: Structures
    shown: Shown = lambda value: value

    def live(self, item: DeploymentPlan) -> Live | None:
        """The deployment of the project that it is about; it may be gone."""
        live = self.lives.get(item.seen.ocid) if item.seen else None
        return live if live and live.project_id == self.index.snapshot.project.ocid else None

    def stale(self, item: DeploymentPlan) -> bool:
        """Whether it is not what the plan saw, and for that reason nothing that the plan may change."""
        live = self.live(item)
        if item.seen is None or (live is not None and live.fingerprint == item.seen.fingerprint):
            return False
        return live is None or any(self._as_told(item, live))

    def refusals(self, item: DeploymentPlan) -> Iterator[Refusal]:
        """Why this deployment may not be touched so, as far as no other is concerned."""
        live = self.live(item)
        if live is not None and self.stale(item):
            yield CHANGED
        if live is not None:
            yield from self._whose(item, live)
            yield from self._protected(item, live)
        elif item.seen is not None:
            project = self.index.snapshot.project.name
            yield _refusal(f"{item.seen.ocid} is no deployment of the project {project}, or not any more")
            return
        yield from self._marks(item, live)
        yield from self._models(item, live)
        if live is not None and not self.stale(item):
            yield from self._as_told(item, live)

    # -- whose it is

    def _whose(self, item: DeploymentPlan, live: Live) -> Iterator[Refusal]:
        deletes = item.action is Action.DELETE
        policy = self.safety.prune_ownership if deletes else self.safety.update_ownership
        theirs, key = live.marks.owner, f"safety.ownership.{'prune' if deletes else 'update'}"
        if not policy.allows(theirs, self.owner):
            whose = f"belongs to the owner {theirs!r}" if theirs else "carries no owner's mark"
            choice = f"set {key} in reconciler.yaml, if it is to be managed from here"
            yield _refusal(f"{live.ocid} {whose}, and {key} is {policy}", choice)
        if item.name not in self._names(item, live):
            yield _refusal(f"{live.ocid} goes by {live.name!r}, and the plan calls it {item.name!r}")

    def _names(self, item: DeploymentPlan, live: Live) -> Collection[str]:
        """What it may be called in a plan; a rename is told among the changes, save of what has FAILED, which
        serves nobody.
        """
        if item.action is Action.DELETE:
            return (live.name,)
        if live.marks.owner != self.owner:
            return (live.display_name,)
        now = live.marks.name or ""
        renamed = live.state is State.FAILED or any(
            one.field == RENAMED_FIELD and one.old == now for one in item.changes
        )
        return (now, item.name) if renamed else (now,)

    def _protected(self, item: DeploymentPlan, live: Live) -> Iterator[Refusal]:
        if item.action not in (Action.DELETE, Action.REPLACE):
            return
        if live.marks.protect:
            choice = "set spec.policy.protect: false in its manifest, apply that first, and plan again"
            yield _refusal(f"{live.name} is protected from being deleted or replaced", choice)
        waits = Prune.CONFIRM in (live.marks.prune, self.safety.prune)
        if item.action is Action.DELETE and waits and self.confirmed.isdisjoint({live.name, live.ocid}):
            yield _refusal(
                "its deletion has to be confirmed where it is done (prune: confirm)",
                f"reconcile apply --plan FILE --confirm {self._word(live)}, if it is to go",
            )

    def _word(self, live: Live) -> str:
        """What means this one, and no other that goes by its name."""
        return live.name if sum(one.name == live.name for one in self.index.alive) < 2 else live.ocid

    def _marks(self, item: DeploymentPlan, live: Live | None) -> Iterator[Refusal]:
        """They are ours, or those that it carries; what protects it goes only where the plan tells that."""
        now = live.marks if live else Marks()
        may = {(self.owner, item.name), *({(now.owner, now.name)} if live else ())}
        told = {one.field: one.new for one in item.changes}
        stays = item.action in CHANGING
        for marks in (
            one.marks for one in _all(item) if isinstance(one, UpdateDeployment | CreateDeployment)
        ):
            if (marks.owner, marks.name) not in may:
                yield _refusal(f"it would be marked as {marks.name!r} of the owner {marks.owner!r}")
            if stays and now.protect and not marks.protect and told.get("spec.policy.protect") is not False:
                yield _hidden("spec.policy.protect")
            confirms = stays and now.prune is Prune.CONFIRM and marks.prune is not Prune.CONFIRM
            if confirms and told.get("spec.policy.prune") != Prune.AUTO:
                yield _hidden("spec.policy.prune")

    def _models(self, item: DeploymentPlan, live: Live | None) -> Iterator[Refusal]:
        """By OCID only what it runs, or what is ours: everything else is looked up by its content."""
        may = {live.model_id} if live else set()
        for model in _models_of(_all(item)):
            if (
                isinstance(model, KeepModel)
                and model.ocid not in may
                and model.ocid not in self.index.entries
            ):
                yield _refusal(f"the catalog model {model.ocid} is neither what it runs nor ours")

    # -- what is done is what is told

    def _as_told(self, item: DeploymentPlan, live: Live) -> Iterator[Refusal]:
        """A person who has read the plan has read all that it changes."""
        if item.action not in CHANGING or (item.action is Action.UPDATE and live.state in GONE):
            return
        if live.configuration is None:
            yield _refusal(f"it is a {live.deployment_type} deployment of a kind that cannot be compared")
            return
        changes = self._changes(item, live.configuration)
        untold = {*self._untold(item, live), *(one.field for one in changes if not self._is_told(one, item))}
        yield from map(_hidden, sorted(untold))
        yield from self._guard(item)

    def _changes(self, item: DeploymentPlan, now: Configuration) -> Iterator[Change]:
        """Every field that one of its steps, or of their rollback, leaves otherwise than it is now."""
        for step in _all(item):
            if isinstance(step, UpdateDeployment | CreateDeployment):
                yield from diff(step.configuration, now)

    def _is_told(self, change: Change, item: DeploymentPlan) -> bool:
        """Whether the plan tells this value, or tells it as what was there before: then the run has come
        further, and a rollback is to bring it back. That one holds no secret in the plan, so it is compared
        as it may be shown.
        """
        told = [one for one in item.changes if one.field == change.field]
        if any(change.new in (one.old, one.new) for one in told):
            return True
        return any(self.shown(change.new) == self.shown(one.old) for one in told)

    def _untold(self, item: DeploymentPlan, live: Live) -> Iterator[str]:
        """What else would change without a word: the content, and whether it serves."""
        told = [(one.field, value) for one in item.changes for value in (one.old, one.new)]
        for model in _models_of(_all(item)):
            if self._is_new(model, live) and not any(
                ("spec.models", one) in told for one in self._content(model)
            ):
                yield "spec.models"
        if not _state_is_told(item, live):
            yield STATE_FIELD

    # -- what clients rely on

    def contents(self, item: DeploymentPlan) -> Iterator[NewContent]:
        """What it is to get while it serves, in its steps or their rollback."""
        live = self.live(item)
        if item.action is not Action.UPDATE or live is None or live.model_id is None:
            return
        if live.configuration is None or live.state in NOTHING_TO_LOSE:
            return
        for steps in (item.steps, *(rollback.steps for rollback in item.rollbacks)):
            stop = next(
                (at for at, one in enumerate(steps) if isinstance(one, DeactivateDeployment)), len(steps)
            )
            starts = any(isinstance(one, ActivateDeployment) for one in steps)
            for at, step in enumerate(steps):
                changes = isinstance(step, UpdateDeployment) and self._is_new(step.model, live)
                if isinstance(step, UpdateDeployment) and changes and (at < stop or starts):
                    yield NewContent(live.model_id, self._content(step.model)[0], at > stop)

    def _is_new(self, model: ModelRef, live: Live) -> bool:
        runs = live.configuration.artifact if live.configuration else None
        return {live.model_id, runs}.isdisjoint(self._content(model))

    def _content(self, model: ModelRef) -> tuple[str, ...]:
        """What it stands for: its digest as far as that is known, and its OCID."""
        if isinstance(model, PublishedModel):
            return (model.digest,)
        known = self.index.entries.get(model.ocid)
        return (known.artifact, model.ocid) if known and known.artifact else (model.ocid,)

    def _guard(self, item: DeploymentPlan) -> Iterator[Refusal]:
        """The version structure is kept (design: law 4)."""
        pairs = sorted(set(self.contents(item)), key=lambda pair: (pair.wanted, pair.stops))
        if len({pair.wanted for pair in pairs}) > 1:
            yield _refusal(f"it would get {len(pairs)} contents of its models, one after the other")
            return
        for pair in pairs:
            served, wanted = self.served.get(pair.served), self.wanted.get(pair.wanted)
            if wanted is None:
                yield _refusal(f"what would be served from {pair.wanted} cannot be read")
                continue
            found = verdict(pair.served, served, wanted, _told_rollout(item, served, wanted))
            yield from (found.stop,) if found.stop and not pair.stops else ()
            yield from found.forbidden


def _hidden(field: str) -> Refusal:
    return _refusal(f"{field} would change, and the plan does not tell that")


def _state_is_told(item: DeploymentPlan, live: Live) -> bool:
    """Whether the plan says that it is stopped or started; that what is made anew is away for a while goes
    without saying.
    """
    states: list[Json] = [one.new for one in item.changes if one.field == STATE_FIELD]
    stops = any(isinstance(one, DeactivateDeployment) for one in item.steps)
    if item.action is Action.REPLACE and stops:
        return live.state not in SERVING or "inactive" in states
    if item.action is Action.REPLACE:
        return live.state is not State.INACTIVE or "active" in states
    starts = any(isinstance(one, ActivateDeployment) for one in item.steps)
    if stops and starts:
        return live.state not in SERVING or any(one.impact is Impact.STOP for one in item.changes)
    if stops:
        return "inactive" in states
    return not starts or live.state is not State.INACTIVE or "active" in states


def _told_rollout(item: DeploymentPlan, served: Structure | None, wanted: Structure) -> Rollout:
    """What the manifest has allowed, going by what the plan tells."""
    additive = any(RELIES_ON in note for note in item.notes)
    changed = other_tensors(served, wanted) if served else {}
    return Rollout(
        versions=VersionChange.ADDITIVE if additive else VersionChange.KEEP,
        tensor_changes=tuple(
            name for name, what in changed.items() if any(text.startswith(what) for text in item.dangers)
        ),
    )


def _all(item: DeploymentPlan) -> Iterator[Step]:
    """Its steps, and those of its rollback."""
    yield from item.steps
    for rollback in item.rollbacks:
        yield from rollback.steps


def _models_of(steps: Collection[Step] | Iterator[Step]) -> Iterator[ModelRef]:
    return (step.model for step in steps if isinstance(step, UpdateDeployment | CreateDeployment))
