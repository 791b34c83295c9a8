"""The ways of one deployment from what is live to what a manifest asks for, through the lifecycle states
(docs/service.md §2.1), with the way back.

Pure. Which fields may change together is in `core.fields` and `core.batches`, what clients rely on in
`core.guard`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.core.artifact import Structure
from reconciler.core.batches import Batch, batches, temporary
from reconciler.core.changes import (
    STATE_FIELD,
    answers_as_wanted,
    carried_by_one,
    differs,
    groups,
    numbered,
    why_changed,
    with_impact,
)
from reconciler.core.fields import Change, Group, Impact, diff, fill, ignored, only
from reconciler.core.guard import Verdict, verdict
from reconciler.core.live import GONE, IN_FLIGHT, Live, Marks, Snapshot, State
from reconciler.core.plan import (
    Action,
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeploymentPlan,
    KeepModel,
    ModelRef,
    ProbeDeployment,
    PublishedModel,
    PublishGroup,
    PublishModel,
    Refusal,
    Settle,
    Step,
    Undo,
    UpdateDeployment,
    WaitFor,
    token_of,
)
from reconciler.core.refusals import blocked, protected, replacement, tried_before
from reconciler.core.spec import Downtime, GroupUpdate, OnFailure, Revision, Spec
from reconciler.core.target import Reading
from reconciler.core.values import Access, Configuration, Json

NOTHING_TO_LOSE = GONE | {State.INACTIVE, State.FAILED}
"""States in which nobody is served, nor soon will be: no version structure to keep."""

STATE_POINTER = "/spec/state"
STOP_SOURCE = (
    "docs/service.md §3.8: another version structure fails requests while the instances are replaced"
)
REPLACE_SOURCE = "docs/service.md §1.6, §3.1 A: no update changes the type, or leads out of custom networking"
STATE_SOURCE = "docs/service.md §2.1: activate and deactivate are operations of their own"
MARKS_SOURCE = "our marks: what was applied last, and what was said of deleting, is kept on the deployment"
STOP_LENGTH = (
    "expect it to be away as long as a stop and a start take: people report 10 to 20 minutes on the service"
)
REVERSIBLE = frozenset({Group.BANDWIDTH, Group.SCALING, Group.CONTAINER, Group.CORE, Group.MODELS})
"""What is undone after a failure. Logs stay, because they explain it; networking has no way back
(docs/service.md §3.1 A).
"""


@dataclass(frozen=True, slots=True)
class Path:
    """The ways of one spec; `plain` is the deployment plan to fill in."""

    spec: Spec
    owner: str
    target: str
    revision: Revision | None
    reading: Reading
    retry_failed: bool
    snapshot: Snapshot
    plain: DeploymentPlan

    # -- what it is made of

    @property
    def _published(self) -> PublishedModel:
        return PublishedModel(self.spec.artifact.digest)

    def _marks(self, live: Live | None) -> Marks:
        """Protection stays when its line is removed from the manifest, and so does the wish to be asked."""
        policy, now = self.spec.policy, live.marks if live else Marks()
        return Marks(
            owner=self.owner,
            name=self.spec.name,
            applied=self.spec.applied_mark,
            revision=self.revision.commit if self.revision else None,
            protect=now.protect if policy.protect is None else policy.protect,
            prune=policy.prune or now.prune,
        )

    def _publish(self) -> tuple[Step, ...]:
        """Whatever of the models is not in the catalog yet."""
        if not self.spec.members:
            return self._publish_model(self.spec.artifact.digest)
        if self._in_catalog(self.spec.artifact.digest):
            return ()
        digests = sorted({member.artifact.digest for member in self.spec.members})
        models = [step for digest in digests for step in self._publish_model(digest)]
        return (*models, self._publish_group())

    def _publish_model(self, digest: str) -> tuple[Step, ...]:
        if self._in_catalog(digest):
            return ()
        artifacts = (self.spec.artifact, *(member.artifact for member in self.spec.members))
        artifact = next(found for found in artifacts if found.digest == digest)
        token = self._token("model", digest)
        return (PublishModel(artifact, self.spec.name, self.owner, self.revision, token),)

    def _publish_group(self) -> PublishGroup:
        members = tuple((member.key, member.artifact.digest) for member in self.spec.members)
        digest = self.spec.artifact.digest
        return PublishGroup(digest, members, self.spec.name, self.owner, self._token("group", digest))

    def _token(self, kind: str, digest: str) -> str:
        """Another one when an entry of this content has been there and is gone."""
        dead = sorted(
            model.ocid
            for model in self.snapshot.models
            if not model.active and not model.creating and digest in (model.artifact, model.publishing)
        )
        return token_of(kind, self.owner, self.snapshot.project.ocid, digest, dead)

    def _in_catalog(self, digest: str) -> bool:
        return any(
            model.owner == self.owner and model.active and model.artifact == digest
            for model in self.snapshot.models
        )

    def _probes(self) -> tuple[Step, ...]:
        probes = self.spec.rollout.probes
        return (ProbeDeployment(probes),) if probes else ()

    # -- it does not exist, or has to be made anew

    def create(self) -> DeploymentPlan:
        """It does not exist yet."""
        steps = (*self._publish(), *self._creation(None))
        return replace(self.plain, action=Action.CREATE, reason="it does not exist yet", steps=steps)

    def _creation(self, live: Live | None) -> tuple[Step, ...]:
        before = sorted(
            found.ocid for found in self.snapshot.deployments if found.marks.name == self.spec.name
        )
        configuration, marks = self.spec.configuration, self._marks(live)
        project = self.snapshot.project.ocid
        token = token_of("deployment", self.target, project, configuration, marks, before)
        create = CreateDeployment(configuration, self._published, marks, token)
        stop: tuple[Step, ...] = ()
        if not (self._wants_active(live) if live else self.spec.active):
            stop = (DeactivateDeployment(""), WaitFor(State.INACTIVE))
        return (create, WaitFor(State.ACTIVE), *self._probes(), *stop)

    def _replace(self, plan: DeploymentPlan, live: Live, reason: str) -> DeploymentPlan:
        plan = replace(plan, action=Action.REPLACE, reason=reason)
        if live.marks.protect and self.spec.policy.protect is not False:
            return blocked(plan, protected(self.spec.name))
        removal = (DeleteDeployment(live.ocid), WaitFor(State.DELETED))
        return replace(plan, steps=(*_settle(live), *self._publish(), *removal, *self._creation(live)))

    def _replace_failed(self, live: Live) -> DeploymentPlan:
        tried = self.spec.applied_mark == live.marks.applied or self._tried(live)
        if tried and not self.retry_failed:
            details = live.details or "no details given"
            return blocked(
                replace(self.plain, reason=f"it is FAILED: {details}"), tried_before(self.spec.name)
            )
        reason = f"it is FAILED, and only delete leads out of that: {live.details or 'no details given'}"
        return self._replace(self.plain, live, reason)

    # -- it exists

    def change(self, live: Live, served: Structure | None) -> DeploymentPlan:
        """It exists; `served` is the structure of what it runs, None when it is not known or not needed."""
        if live.state is State.FAILED:
            return self._paused(live, ()) or self._replace_failed(live)
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
        return self._paused(live, changes) or self._change(live, now, changes, served)

    def _paused(self, live: Live, changes: tuple[Change, ...]) -> DeploymentPlan | None:
        if not self.spec.policy.paused:
            return None
        reason = "paused by spec.policy.paused" + (f": {differs(changes)}" if changes else "")
        return replace(self.plain, action=Action.PAUSED, reason=reason, changes=changes)

    def _change(
        self, live: Live, now: Configuration, changes: tuple[Change, ...], served: Structure | None
    ) -> DeploymentPlan:
        plan = replace(self.plain, action=Action.UPDATE, reason=why_changed(live, changes), changes=changes)
        plan = replace(plan, notes=_in_flight_note(live))
        if self._tried(live) and not self.retry_failed:
            return blocked(plan, tried_before(self.spec.name))
        if not changes and live.state in IN_FLIGHT:
            reason = f"it is {live.state} now, as the manifest says; the end of that is waited for"
            return replace(self.plain, action=Action.WAIT, reason=reason, steps=(WaitFor(State.ACTIVE),))
        if not changes and live.state is not State.NEEDS_ATTENTION:
            return self.plain
        if anew := self._needs_new_one(now):
            return self._anew(plan, live, anew)
        if not self._wants_active(live):
            return self._to_inactive(plan, live, now)
        if live.state is State.INACTIVE:
            return self._from_inactive(plan, live, now)
        return self._serving(plan, live, now, served)

    def _tried(self, live: Live) -> bool:
        return live.marks.failed == self.spec.failed_mark

    def _wants_active(self, live: Live) -> bool:
        if ignored(STATE_POINTER, self.spec.policy.ignore) and live.state is not State.FAILED:
            return live.state is not State.INACTIVE
        return self.spec.active

    def _mark_change(self, live: Live) -> tuple[Change, ...]:
        found: list[tuple[str, Json, Json]] = []
        wanted, now = self._marks(live), live.marks
        if (wanted.owner, wanted.name) != (now.owner, now.name):
            found.append(("owner", now.owner, wanted.owner))
        if wanted.applied != now.applied or self._tried(live):
            found.append(("lastApplied", now.applied, wanted.applied))
        if wanted.protect != now.protect:
            found.append(("spec.policy.protect", now.protect, wanted.protect))
        if wanted.prune != now.prune:
            found.append(("spec.policy.prune", now.prune, wanted.prune))
        return tuple(
            Change(name, old, new, Group.METADATA, Impact.METADATA, MARKS_SOURCE) for name, old, new in found
        )

    def _state_change(self, live: Live) -> tuple[Change, ...]:
        inactive = live.state is State.INACTIVE
        if self._wants_active(live) == (not inactive):
            return ()
        old, new = ("inactive", "active") if inactive else ("active", "inactive")
        impact = Impact.ZERO_DOWNTIME if inactive else Impact.STOP
        return (Change(STATE_FIELD, old, new, Group.STATE, impact, STATE_SOURCE),)

    # -- what no update can do

    def _needs_new_one(self, now: Configuration) -> str:
        wanted = fill(self.spec.configuration, now, self.spec.policy.ignore)
        if wanted.kind is not now.kind:
            return f"it is a {now.kind} deployment and should be a {wanted.kind} one"
        if now.network.access is Access.CUSTOM and wanted.network.access is not Access.CUSTOM:
            return "its networking is custom and should be the service's own again"
        return ""

    def _anew(self, plan: DeploymentPlan, live: Live, why: str) -> DeploymentPlan:
        needed = {change.field for change in plan.changes if change.group in (Group.KIND, Group.NETWORK)}
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
        steps = (*self._publish_if_new(now), *stop, *self._update_inactive(plan, live, now))
        return replace(plan, steps=steps, notes=notes)

    def _from_inactive(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """Everything at once, then start (docs/service.md §3.1 A: all options can be changed at once while
        inactive).
        """
        plan = carried_by_one(plan)
        update = self._update_inactive(plan, live, now)
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE))
        steps = (*self._publish_if_new(now), *update, *start, *self._probes())
        back = self._back_inactive(live, now, plan.changes, then_start=False)
        return replace(plan, steps=steps, undo=self._undo(steps, [back] if update else []))

    def _update_inactive(self, plan: DeploymentPlan, live: Live, now: Configuration) -> tuple[Step, ...]:
        changed = groups(plan.changes)
        if not changed:
            return ()
        wanted = fill(self.spec.configuration, now, self.spec.policy.ignore)
        whole = only(set(changed), wanted, now)
        model = self._model(live, wanted.artifact)
        update = UpdateDeployment(live.ocid, changed, whole, model, self._marks(live))
        return (update, WaitFor(State.INACTIVE))

    def _with_stop(
        self, plan: DeploymentPlan, live: Live, now: Configuration, why: Refusal
    ) -> DeploymentPlan:
        plan = carried_by_one(plan)
        update = self._update_inactive(plan, live, now)
        stop = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE))
        steps = (*_settle(live), *self._publish_if_new(now), *stop, *update, *start, *self._probes())
        note = f"it stops serving, as rollout.downtime allows, because {why.reason}; {STOP_LENGTH}"
        back = self._back_inactive(live, now, plan.changes, then_start=True)
        return replace(plan, steps=steps, notes=(*plan.notes, note), undo=self._undo(steps, [back]))

    # -- while it serves

    def _serving(
        self, plan: DeploymentPlan, live: Live, now: Configuration, served: Structure | None
    ) -> DeploymentPlan:
        found = self._verdict(live, now, served)
        plan = replace(plan, notes=(*plan.notes, *found.notes), dangers=found.dangers)
        if found.stop is not None:
            plan = replace(
                plan,
                changes=with_impact(plan.changes, Impact.STOP, {"spec.models"}, STOP_SOURCE),
            )
        refused = found.stop if self.spec.rollout.downtime is Downtime.NEVER else None
        refusals = (*((refused,) if refused else ()), *found.forbidden)
        if refusals:
            return blocked(plan, *refusals)
        if found.stop is not None:
            return self._with_stop(plan, live, now, found.stop)
        return self._rolling(plan, live, now)

    def _verdict(self, live: Live, now: Configuration, served: Structure | None) -> Verdict:
        wanted = fill(self.spec.configuration, now, self.spec.policy.ignore)
        if now.artifact == wanted.artifact or live.model_id is None:
            return Verdict()
        return verdict(live.model_id, served, self.spec.artifact.structure, self.spec.rollout)

    def _rolling(self, plan: DeploymentPlan, live: Live, now: Configuration) -> DeploymentPlan:
        """One update for each batch, each followed by a wait, and the probes from where the container and the
        models are those that the probes are about.
        """
        wanted = fill(self.spec.configuration, now, self.spec.policy.ignore)
        cut = batches(plan.changes, wanted, now, self.reading) or ((Group.METADATA,),)
        steps: list[Step] = [*_settle(live), *self._publish_if_new(now)]
        backs: list[tuple[Step, ...]] = []
        done: set[Group] = set()
        for batch in cut:
            backs.append(self._back(live, now, wanted, batch, frozenset(done)))
            done.update(batch)
            steps.append(self._update(live, now, wanted, batch, frozenset(done), last=batch is cut[-1]))
            steps.append(WaitFor(State.ACTIVE))
            if answers_as_wanted(plan.changes, done):
                steps += self._probes()
        changes = numbered(plan.changes, cut, self.reading)
        return replace(plan, changes=changes, steps=tuple(steps), undo=self._undo(steps, backs))

    def _update(
        self,
        live: Live,
        now: Configuration,
        wanted: Configuration,
        batch: Batch,
        done: frozenset[Group],
        last: bool,
    ) -> UpdateDeployment:
        after = only(done, wanted, now)
        in_place = Group.MODELS in batch and self.spec.rollout.group_update is GroupUpdate.LIVE
        return UpdateDeployment(
            ocid=live.ocid,
            groups=batch,
            configuration=after,
            model=self._model(live, after.artifact),
            marks=self._marks(live) if last else live.marks,
            temporary=temporary(batch, after, in_place),
            in_place=in_place,
        )

    def _model(self, live: Live, artifact: str | None) -> ModelRef:
        keep = live.configuration is not None and live.configuration.artifact == artifact and live.model_id
        return KeepModel(live.model_id) if keep and live.model_id else self._published

    def _publish_if_new(self, now: Configuration) -> tuple[Step, ...]:
        wanted = fill(self.spec.configuration, now, self.spec.policy.ignore)
        return () if now.artifact == wanted.artifact else self._publish()

    # -- the way back

    def _undo(self, steps: Iterable[Step], backs: list[tuple[Step, ...]]) -> tuple[Undo, ...]:
        """Each way back, bound to the place of its update."""
        if self.spec.rollout.on_failure is OnFailure.STOP:
            return ()
        places = [at for at, step in enumerate(steps) if isinstance(step, UpdateDeployment)]
        return tuple(Undo(at, back) for at, back in zip(places, backs, strict=True) if back)

    def _failed_marks(self, live: Live) -> Marks:
        return replace(live.marks, failed=self.spec.failed_mark)

    def _back(
        self, live: Live, now: Configuration, wanted: Configuration, batch: Batch, before: frozenset[Group]
    ) -> tuple[Step, ...]:
        if not REVERSIBLE & set(batch):
            return ()
        was = only(before, wanted, now)
        in_place = Group.MODELS in batch and self.spec.rollout.group_update is GroupUpdate.LIVE
        groups = tuple(sorted({*batch, Group.METADATA}))
        update = UpdateDeployment(
            live.ocid,
            groups,
            was,
            self._model(live, was.artifact),
            self._failed_marks(live),
            temporary(batch, was, in_place),
            in_place,
        )
        return (update, WaitFor(State.ACTIVE))

    def _back_inactive(
        self, live: Live, now: Configuration, changes: tuple[Change, ...], then_start: bool
    ) -> tuple[Step, ...]:
        was = replace(now, container=replace(now.container, environment=None))
        undone = tuple(sorted({*groups(changes), Group.METADATA} - {Group.LOGS, Group.NETWORK}))
        keep = KeepModel(live.model_id) if live.model_id else self._published
        update = UpdateDeployment(live.ocid, undone, was, keep, self._failed_marks(live))
        stop = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE)) if then_start else ()
        return (*stop, update, WaitFor(State.INACTIVE), *start)


def _settle(live: Live) -> tuple[Step, ...]:
    return (Settle(live.ocid),) if live.state in IN_FLIGHT else ()


def _in_flight_note(live: Live) -> tuple[str, ...]:
    return (f"it is {live.state} now; apply waits for that to end first",) if live.state in IN_FLIGHT else ()
