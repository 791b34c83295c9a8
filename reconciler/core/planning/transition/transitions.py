"""The ways of one deployment from what is live to what a manifest asks for, through the lifecycle states
(docs/service.md §2.1), with the rollback.

Pure. Which fields may change together is in `diff.fields` and `transition.batches`, what clients rely on in
`guard.version_guard`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.core.model.artifact import Structure
from reconciler.core.model.configuration import Configuration, Json, NetworkAccess
from reconciler.core.model.live import (
    GONE,
    IN_FLIGHT,
    Live,
    Marks,
    State,
)
from reconciler.core.model.spec import Downtime, Spec
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.diff.changes import Change, diff
from reconciler.core.planning.diff.merge import with_groups
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.guard.version_guard import GuardVerdict, verdict
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal, token_of
from reconciler.core.planning.refusals import blocked, protected_from_replacement, replacement, tried_before
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.transition.batches import batches
from reconciler.core.planning.transition.changes import (
    FAILED_FIELD,
    MARKS,
    RENAMED_FIELD,
    STATE_FIELD,
    answers_as_wanted,
    carried_by_one,
    differs,
    groups,
    not_metadata,
    numbered,
    unproven,
    why_changed,
    with_impact,
)
from reconciler.core.planning.transition.ingredients import Ingredients

NOTHING_TO_LOSE = GONE | {State.INACTIVE, State.FAILED}
"""States in which nobody is served, nor soon will be: no version structure to keep."""

STOP_SOURCE = (
    "docs/service.md §3.8: another version structure fails requests while the instances are replaced"
)
REPLACE_SOURCE = "docs/service.md §1.6, §3.1 A: no update changes the type, or leads out of custom networking"
STATE_SOURCE = "docs/service.md §2.1: activate and deactivate are operations of their own"
MARKS_SOURCE = "our marks: what was applied last, and what was said of deleting, is kept on the deployment"
FORGOTTEN = "it is as the manifest says: what failed before is forgotten"
STOP_LENGTH = (
    "expect it to be away as long as a stop and a start take: people report 10 to 20 minutes on the service"
)


@dataclass(frozen=True, slots=True)
class Path(Ingredients):
    """The ways of one spec."""

    # -- it does not exist, or has to be made anew

    def create(self) -> DeploymentPlan:
        """It does not exist yet."""
        if self.spec.policy.paused:
            reason = "paused by spec.policy.paused: it does not exist yet"
            return replace(self.plain, action=Action.PAUSED, reason=reason)
        steps = (*self.publish(), *self._creation(None))
        return replace(self.plain, action=Action.CREATE, reason="it does not exist yet", steps=steps)

    def _creation(self, live: Live | None) -> tuple[Step, ...]:
        """With probes the mark *last applied* comes after them: a run that is killed before is then seen."""
        before = sorted(self.index.marked.get(self.spec.name, ()))
        configuration, marks = self._created(live), self.marks(live)
        first = replace(marks, applied=None) if self.spec.rollout.probes else marks
        project = self.index.snapshot.project.ocid
        # Of whatever commit: of two that create it at the same moment, the service refuses the second.
        token = token_of("deployment", self.target, project, self.owner, self.spec.name, before)
        create = CreateDeployment(configuration, self.published, first, token)
        proof: tuple[Step, ...] = ()
        if self.spec.rollout.probes:
            mark = UpdateDeployment("", (OptionGroup.METADATA,), configuration, self.published, marks)
            proof = (*self.probes(), mark, WaitFor(State.ACTIVE))
        stop: tuple[Step, ...] = ()
        if not (self.wants_active(live) if live else self.spec.active):
            stop = (DeactivateDeployment(""), WaitFor(State.INACTIVE))
        return (create, WaitFor(State.ACTIVE), *proof, *stop)

    def _created(self, live: Live | None) -> Configuration:
        """What takes the place of another keeps what the manifest leaves open, or ignores."""
        asked = self.spec.configuration
        if live is None or live.configuration is None:
            return asked
        return replace(self.wanted(live.configuration), artifact=asked.artifact, kind=asked.kind)

    def _replace(self, plan: DeploymentPlan, live: Live, reason: str) -> DeploymentPlan:
        changes = with_impact(plan.changes, Impact.REPLACE, not_metadata(plan.changes))
        plan = replace(plan, action=Action.REPLACE, reason=reason, changes=changes)
        if self.marks(live).protect:
            return blocked(plan, protected_from_replacement(self.spec.name))
        removal = (DeleteDeployment(live.ocid), WaitFor(State.DELETED))
        return replace(plan, steps=(*_settle(live), *self.publish(), *removal, *self._creation(live)))

    def _replace_failed(self, live: Live, changes: tuple[Change, ...]) -> DeploymentPlan:
        told = tuple(dict.fromkeys(text for text in (live.details, *live.errors) if text))
        details = "; ".join(told) or "no details given"
        plan = replace(self.plain, reason=f"it is FAILED: {details}", changes=changes)
        passes = any(passes_by_itself(text) for text in told)
        if has_failed_as_desired(self.spec, live) and not passes and not self.retry_failed:
            return blocked(plan, self._tried_before(live))
        return self._replace(plan, live, f"it is FAILED, and only delete leads out of that: {details}")

    def _tried_before(self, live: Live) -> Refusal:
        """With when and why, if it is this spec that is remembered."""
        remembered = live.marks if self.tried(live) else Marks()
        return tried_before(self.spec.name, remembered.failed_at, remembered.failed_why)

    # -- it exists

    def change(self, live: Live, served: Structure | None) -> DeploymentPlan:
        """It exists; `served` is the structure of what it runs, None when it is not known or not needed."""
        if live.configuration is None:
            kind = Refusal(
                f"it is a {live.deployment_type} deployment of a kind that cannot be compared",
                (f"reconcile destroy {self.spec.name}, then apply",),
            )
            return blocked(self.plain, kind)
        now = live.configuration
        changes = (
            *diff(self.spec.configuration, now, self.spec.policy.ignore),
            *self._mark_change(live),
            *self._state_change(live),
        )
        if paused := self._paused(changes):
            return paused
        if live.state is State.FAILED:
            told = [one for one in changes if one.field not in MARKS]
            return self._replace_failed(live, tuple(told))
        return self._change(live, now, changes, served)

    def _paused(self, changes: tuple[Change, ...]) -> DeploymentPlan | None:
        if not self.spec.policy.paused:
            return None
        reason = "paused by spec.policy.paused" + (f": {differs(changes)}" if changes else "")
        return replace(self.plain, action=Action.PAUSED, reason=reason, changes=changes)

    def _change(
        self, live: Live, now: Configuration, changes: tuple[Change, ...], served: Structure | None
    ) -> DeploymentPlan:
        plan = replace(self.plain, action=Action.UPDATE, reason=why_changed(live, changes), changes=changes)
        plan = replace(plan, notes=(*_in_flight_note(live), *self.members_note(live, now)))
        stops = not self.wants_active(live) and live.state is not State.INACTIVE
        if self.tried(live) and not self.retry_failed and not stops:
            return blocked(plan, self._tried_before(live))
        if not changes and live.state in IN_FLIGHT:
            reason = f"it is {live.state} now, as the manifest says; the end of that is waited for"
            return replace(self.plain, action=Action.WAIT, reason=reason, steps=(WaitFor(State.ACTIVE),))
        if not changes and live.state is not State.NEEDS_ATTENTION:
            return self.plain
        if tags := self.too_many_tags(live, now):
            return blocked(plan, tags)
        if self._only_forgets(live, changes):
            return self._forget(plan, live, now)
        if anew := self._needs_new_one(now):
            return self._anew(plan, live, anew)
        if not self.wants_active(live):
            return self._to_inactive(plan, live, now)
        if live.state is State.INACTIVE:
            return self._from_inactive(plan, live, now)
        return self._serving(plan, live, now, served)

    def _only_forgets(self, live: Live, changes: tuple[Change, ...]) -> bool:
        """Whether all is as it should be and rests there, but for the memory of another spec's failure."""
        resting = live.state in {State.ACTIVE, State.INACTIVE} | IN_FLIGHT
        alone = [change.field for change in changes] == [FAILED_FIELD]
        return alone and resting and not self.tried(live)

    def _forget(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """What is live was applied, and proven then: tags alone change, and no probe is sent."""
        plan = replace(carried_by_one(plan), reason=FORGOTTEN)
        if live.state is State.INACTIVE:
            return replace(plan, steps=self._update_inactive(plan, live, now, self.marks(live)))
        return replace(plan, steps=(*_settle(live), *self.marking(live, now, set())))

    def _mark_change(self, live: Live) -> tuple[Change, ...]:
        found: list[tuple[str, Json, Json]] = []
        wanted, now = self.marks(live), live.marks
        if wanted.owner != now.owner:
            found.append(("owner", now.owner, wanted.owner))
        elif wanted.name != now.name:
            found.append((RENAMED_FIELD, now.name, wanted.name))
        if wanted.applied != now.applied:
            found.append(("lastApplied", now.applied, wanted.applied))
        if now.failed is not None:
            found.append((FAILED_FIELD, now.failed, None))
        if wanted.protect != now.protect:
            found.append(("spec.policy.protect", now.protect, wanted.protect))
        if wanted.prune != now.prune:
            found.append(("spec.policy.prune", now.prune, wanted.prune))
        return tuple(
            Change(name, old, new, OptionGroup.METADATA, Impact.METADATA, MARKS_SOURCE)
            for name, old, new in found
        )

    def _state_change(self, live: Live) -> tuple[Change, ...]:
        inactive = live.state is State.INACTIVE
        if self.wants_active(live) == (not inactive):
            return ()
        old, new = ("inactive", "active") if inactive else ("active", "inactive")
        impact = Impact.ZERO_DOWNTIME if inactive else Impact.STOP
        return (Change(STATE_FIELD, old, new, OptionGroup.STATE, impact, STATE_SOURCE),)

    # -- what no update can do

    def _needs_new_one(self, now: Configuration) -> str:
        wanted = self.wanted(now)
        if wanted.kind is not now.kind:
            return f"it is a {now.kind} deployment and should be a {wanted.kind} one"
        if now.network.access is NetworkAccess.CUSTOM and wanted.network.access is not NetworkAccess.CUSTOM:
            return "its networking is custom and should be the service's own again"
        return ""

    def _anew(self, plan: DeploymentPlan, live: Live, why: str) -> DeploymentPlan:
        needed = {
            change.field for change in plan.changes if change.group in (OptionGroup.KIND, OptionGroup.NETWORK)
        }
        plan = replace(plan, changes=with_impact(plan.changes, Impact.REPLACE, needed, REPLACE_SOURCE))
        nobody = live.state is State.INACTIVE
        if self.spec.rollout.downtime is Downtime.NEVER and not nobody:
            return blocked(plan, replacement(why))
        note = f"it is deleted and created anew, because {why}; its OCID and endpoint change; {STOP_LENGTH}"
        return self._replace(replace(plan, notes=(*plan.notes, note)), live, why)

    # -- while nobody is served

    def _to_inactive(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """Stop first, as asked for, then everything in one update."""
        plan = carried_by_one(plan)
        stop: tuple[Step, ...] = ()
        notes = plan.notes
        if live.state is not State.INACTIVE:
            stop = (*_settle(live), DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
            notes = (*notes, "it stops serving, as spec.state: inactive asks for")
        steps = (
            *self.publish_if_new(now),
            *stop,
            *self._update_inactive(plan, live, now, self.marks(live)),
        )
        return replace(plan, steps=steps, notes=notes)

    def _from_inactive(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """Everything at once, then start (docs/service.md §3.1 A: all options can be changed at once while
        inactive).
        """
        plan = carried_by_one(plan)
        update = self._update_inactive(plan, live, now, self.marks_before_proof(live))
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE))
        steps = (*self.publish_if_new(now), *update, *start, *self.proof(plan, live, now))
        back = self.back_inactive(live, now, plan.changes, then_start=False)
        return replace(
            plan, steps=steps, rollbacks=self.rollbacks(_places(steps, UpdateDeployment)[:1], [back])
        )

    def _update_inactive(
        self, plan: DeploymentPlan, live: Live, now: Configuration, marks: Marks
    ) -> tuple[Step, ...]:
        changed = groups(plan.changes)
        if not changed:
            return ()
        wanted = self.wanted(now)
        whole = with_groups(set(changed), wanted, now)
        model = self.model(live, wanted.artifact)
        return (UpdateDeployment(live.ocid, changed, whole, model, marks), WaitFor(State.INACTIVE))

    def _with_stop(
        self, plan: DeploymentPlan, live: Live, now: Configuration, why: Refusal
    ) -> DeploymentPlan:
        """The rollback begins with the stop: whatever fails after it, it is to serve again."""
        plan = carried_by_one(plan)
        update = self._update_inactive(plan, live, now, self.marks_before_proof(live))
        stop = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE))
        before = (*_settle(live), *self.publish_if_new(now))
        steps = (*before, *stop, *update, *start, *self.proof(plan, live, now))
        note = f"it stops serving, as rollout.downtime allows, because {why.reason}; {STOP_LENGTH}"
        back = self.back_inactive(live, now, plan.changes, then_start=True)
        rollbacks = self.rollbacks(_places(steps, DeactivateDeployment), [back])
        return replace(plan, steps=steps, notes=(*plan.notes, note), rollbacks=rollbacks)

    # -- while it serves

    def _serving(
        self, plan: DeploymentPlan, live: Live, now: Configuration, served: Structure | None
    ) -> DeploymentPlan:
        found = self._verdict(live, now, served)
        plan = replace(plan, notes=(*plan.notes, *found.notes), dangers=found.dangers)
        if found.stop is not None:
            plan = replace(
                plan,
                changes=with_impact(plan.changes, Impact.STOP, not_metadata(plan.changes), STOP_SOURCE),
            )
        refused = found.stop if self.spec.rollout.downtime is Downtime.NEVER else None
        refusals = (*((refused,) if refused else ()), *found.forbidden)
        if refusals:
            return blocked(plan, *refusals)
        if found.stop is not None:
            return self._with_stop(plan, live, now, found.stop)
        return self._rolling(plan, live, now)

    def _verdict(self, live: Live, now: Configuration, served: Structure | None) -> GuardVerdict:
        if now.artifact == self.wanted(now).artifact or live.model_id is None:
            return GuardVerdict()
        return verdict(live.model_id, served, self.spec.artifact.structure, self.spec.rollout)

    def _rolling(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """One update for each batch, each followed by a wait, and the probes from where the container and the
        models are those that the probes are about. With probes the marks come last of all.
        """
        wanted = self.wanted(now)
        cut = batches(plan.changes, wanted, now, self.reading) or ((OptionGroup.METADATA,),)
        probes = self.probes()
        ahead = unproven(cut, live.marks.applied == self.spec.applied_mark) if probes else cut
        steps: list[Step] = [*_settle(live), *self.publish_if_new(now), *(() if ahead else probes)]
        backs: list[tuple[Step, ...]] = []
        done: set[OptionGroup] = set()
        marks = live.marks
        for batch in ahead:
            first = not any(backs)
            backs.append(self.back(live, now, wanted, batch, frozenset(done), first))
            done.update(batch)
            marks = self.marks_before_proof(live) if OptionGroup.METADATA in batch else marks
            steps.append(self.update(live, now, wanted, batch, frozenset(done), marks))
            steps.append(WaitFor(State.ACTIVE))
            if answers_as_wanted(plan.changes, done):
                steps += probes
        rollbacks = self.rollbacks(_places(steps, UpdateDeployment), backs)
        if probes:
            steps += self.marking(live, now, done)
            cut = (*ahead, (OptionGroup.METADATA,))
        return replace(
            plan, changes=numbered(plan.changes, cut, self.reading), steps=tuple(steps), rollbacks=rollbacks
        )


def has_failed_as_desired(spec: Spec, live: Live) -> bool:
    """Whether it FAILED with the very spec that is asked for now."""
    if live.state is not State.FAILED or live.configuration is None:
        return False
    changes = diff(spec.configuration, live.configuration, spec.policy.ignore)
    return not not_metadata(changes) or live.marks.failed == spec.failed_mark


def _places(steps: Iterable[Step], kind: type[UpdateDeployment | DeactivateDeployment]) -> list[int]:
    return [at for at, step in enumerate(steps) if isinstance(step, kind)]


def _settle(live: Live) -> tuple[Step, ...]:
    return (Settle(live.ocid),) if live.state in IN_FLIGHT else ()


def _in_flight_note(live: Live) -> tuple[str, ...]:
    return (f"it is {live.state} now; apply waits for that to end first",) if live.state in IN_FLIGHT else ()
