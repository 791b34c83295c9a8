"""From what is asked for and what is live to a plan.

Pure: the same values give the same plan. Every rule of the service that shapes a plan is in `core.fields`;
here are the paths through the lifecycle states (docs/service.md §2.1) and the order of steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.core import versions
from reconciler.core.artifact import Versions
from reconciler.core.fields import Change, Group, Impact, diff, fill, only
from reconciler.core.live import GONE, IN_FLIGHT, Live, Marks, Snapshot, State
from reconciler.core.plan import (
    Action,
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeploymentPlan,
    EnsureProject,
    KeepModel,
    ModelRef,
    Plan,
    PublishedModel,
    PublishModel,
    Refusal,
    Seen,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
    token_of,
)
from reconciler.core.removal import plan_removal
from reconciler.core.spec import Downtime, Revision, Spec
from reconciler.core.target import Safety
from reconciler.core.values import Configuration, digest_of

LiveVersions = Mapping[str, Versions | None]
"""Version structure by catalog model OCID; None where the artifact could not be read."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What is asked for. `prune`: the specs are all there are, so what is ours and not among them goes."""

    target: str
    owner: str
    specs: tuple[Spec, ...]
    revision: Revision | None = None
    safety: Safety = field(default_factory=Safety)
    prune: bool = False


NOTHING_TO_LOSE = GONE | {State.INACTIVE, State.FAILED}
"""States in which nobody is served, nor soon will be: no version structure to keep."""


def make_plan(desired: Desired, snapshot: Snapshot, live_versions: LiveVersions) -> Plan:
    """The plan that makes live what is desired. `live_versions` holds at least what `versions_needed` asked
    for.
    """
    planned = [_plan_one(spec, desired, snapshot, live_versions) for spec in desired.specs]
    if desired.prune:
        planned += _prune(desired, snapshot)
    plan = Plan(
        target=desired.target,
        owner=desired.owner,
        project=snapshot.project,
        revision=desired.revision,
        deployments=tuple(sorted(planned, key=lambda item: item.name)),
    )
    return _with_project(plan)


def versions_needed(desired: Desired, snapshot: Snapshot) -> tuple[str, ...]:
    """OCIDs of the catalog models whose version structure must be known before this can be planned."""
    needed = set()
    for spec in desired.specs:
        live = _find(spec.name, desired.owner, snapshot)
        if (
            live is None
            or live.configuration is None
            or live.model_id is None
            or live.state in NOTHING_TO_LOSE
        ):
            continue
        if live.configuration.artifact != spec.configuration.artifact:
            needed.add(live.model_id)
    return tuple(sorted(needed))


def _prune(desired: Desired, snapshot: Snapshot) -> list[DeploymentPlan]:
    names = {spec.name for spec in desired.specs}
    orphans = tuple(live for live in snapshot.ours(desired.owner) if live.marks.name not in names)
    wanted = {spec.artifact.digest for spec in desired.specs}
    removal = plan_removal(orphans, desired.owner, snapshot, "no manifest names it any more", wanted)
    refusal = _prune_refusal(desired, len(orphans))
    if refusal is not None and orphans:
        return [_blocked(item, refusal) for item in removal]
    return list(removal)


def _prune_refusal(desired: Desired, orphans: int) -> Refusal | None:
    if not desired.specs:
        return Refusal(
            "no manifest was found at all, which is taken for a mistake rather than for a wish to delete",
            ("restore the manifests", "reconcile destroy NAME, for each that is to go"),
        )
    if orphans <= desired.safety.max_deletes:
        return None
    return Refusal(
        f"{orphans} deployments are in no manifest; "
        f"at most {desired.safety.max_deletes} may be deleted at once",
        (
            f"set safety.maxDeletes: {orphans} in reconciler.yaml if they are to go",
            "restore their manifests if they are to stay",
        ),
    )


def _with_project(plan: Plan) -> Plan:
    if plan.project.ocid is not None or plan.empty:
        return plan
    if plan.project.create:
        return replace(
            plan,
            project_step=EnsureProject(plan.project.name, token_of("project", plan.owner, plan.project.name)),
        )
    refusal = Refusal(
        f"there is no project named {plan.project.name!r} in the target's compartment",
        ("create it", "set createProject: true in the target", "name another project in the target"),
    )
    return replace(plan, deployments=tuple(_blocked(item, refusal) for item in plan.deployments))


def _blocked(item: DeploymentPlan, refusal: Refusal) -> DeploymentPlan:
    return replace(item, action=Action.BLOCKED, steps=(), refusals=(*item.refusals, refusal))


def _find(name: str, owner: str, snapshot: Snapshot) -> Live | None:
    return next((live for live in snapshot.ours(owner) if live.marks.name == name), None)


def _plan_one(
    spec: Spec, desired: Desired, snapshot: Snapshot, live_versions: LiveVersions
) -> DeploymentPlan:
    plain = DeploymentPlan(spec.name, Action.NOTHING, "as it should be", manifest=spec.where.path)
    live = _find(spec.name, desired.owner, snapshot)
    refusal = _identity_refusal(spec, desired.owner, snapshot)
    if refusal is not None:
        return _blocked(replace(plain, reason="not ours to touch"), refusal)
    path = _Path(spec, desired, snapshot, plain)
    if live is None:
        return path.create()
    seen = replace(plain, seen=Seen(live.ocid, live.fingerprint))
    path = replace(path, plain=seen)
    if live.state is State.FAILED:
        return path.replace_failed(live)
    if live.configuration is None:
        kind = Refusal(
            f"it is a {live.deployment_type} deployment, and the type of a deployment cannot be changed",
            (f"reconcile destroy {spec.name}, then apply",),
        )
        return _blocked(seen, kind)
    return path.change(live, live.configuration, live_versions)


def _identity_refusal(spec: Spec, owner: str, snapshot: Snapshot) -> Refusal | None:
    ours = [live for live in snapshot.ours(owner) if live.marks.name == spec.name]
    if len(ours) > 1:
        ocids = ", ".join(live.ocid for live in ours)
        return Refusal(
            f"{len(ours)} deployments carry the marks of {spec.name!r}: {ocids}",
            ("delete all but one of them",),
        )
    foreign = [live for live in snapshot.alive() if live.display_name == spec.name and live not in ours]
    if ours or not foreign:
        return None
    who = foreign[0].marks.owner
    whose = f"belongs to the owner {who!r}" if who else "carries no owner's mark"
    return Refusal(
        f"a deployment with this name exists already ({foreign[0].ocid}) and {whose}",
        ("choose another metadata.name", "delete it", "give it our marks, if it is to be managed from here"),
    )


@dataclass(frozen=True, slots=True)
class _Path:
    """The ways of one spec through the lifecycle; `plain` is the deployment plan to fill in."""

    spec: Spec
    desired: Desired
    snapshot: Snapshot
    plain: DeploymentPlan

    @property
    def marks(self) -> Marks:
        revision = self.desired.revision.commit if self.desired.revision else None
        return Marks(self.desired.owner, self.spec.name, applied_mark(self.spec), revision)

    @property
    def published(self) -> PublishedModel:
        return PublishedModel(self.spec.artifact.digest)

    def publish(self) -> tuple[Step, ...]:
        digest = self.spec.artifact.digest
        ours = [m for m in self.snapshot.models if m.owner == self.desired.owner and m.active]
        if any(model.artifact == digest for model in ours):
            return ()
        dead = sorted(
            m.ocid for m in self.snapshot.models if not m.active and digest in (m.artifact, m.publishing)
        )
        token = token_of("model", self.desired.owner, self.snapshot.project.ocid, digest, dead)
        return (
            PublishModel(
                self.spec.artifact, self.spec.name, self.desired.owner, self.desired.revision, token
            ),
        )

    def create_steps(self) -> tuple[Step, ...]:
        before = sorted(live.ocid for live in self.snapshot.deployments if live.marks.name == self.spec.name)
        configuration, marks = self.spec.configuration, self.marks
        token = token_of(
            "deployment", self.desired.target, self.snapshot.project.ocid, configuration, marks, before
        )
        create = CreateDeployment(configuration, self.published, marks, token)
        return (*self.publish(), create, WaitFor(State.ACTIVE))

    def create(self) -> DeploymentPlan:
        return replace(
            self.plain, action=Action.CREATE, reason="it does not exist yet", steps=self.create_steps()
        )

    def replace_failed(self, live: Live) -> DeploymentPlan:
        reason = f"it is FAILED, and only delete leads out of that: {live.details or 'no details given'}"
        removal = (DeleteDeployment(live.ocid), WaitFor(State.DELETED))
        steps = (*self.publish(), *removal, *self.create_steps()[len(self.publish()) :])
        return replace(self.plain, action=Action.REPLACE, reason=reason, steps=steps)

    def change(self, live: Live, now: Configuration, live_versions: LiveVersions) -> DeploymentPlan:
        changes = (*diff(self.spec.configuration, now), *self._mark_change(live))
        activate = live.state is State.INACTIVE
        attention = live.state is State.NEEDS_ATTENTION
        if not changes and live.state in IN_FLIGHT:
            reason = f"it is {live.state} now, as the manifest says; the end of that is waited for"
            return replace(self.plain, action=Action.WAIT, reason=reason, steps=(WaitFor(State.ACTIVE),))
        if not changes and not activate and not attention:
            return self.plain
        plan = replace(self.plain, action=Action.UPDATE, reason=_reason(live, changes), changes=changes)
        plan = replace(plan, notes=_in_flight_note(live))
        if activate:
            return replace(plan, steps=self._while_inactive(live, now, changes))
        refusal = self._version_refusal(live, now, live_versions)
        if refusal is None:
            return replace(plan, steps=self._while_serving(live, now, changes))
        if self.spec.downtime is Downtime.NEVER:
            return _blocked(plan, refusal)
        return self._with_stop(plan, live, now, refusal)

    def _mark_change(self, live: Live) -> tuple[Change, ...]:
        wanted = applied_mark(self.spec)
        if live.marks.applied == wanted:
            return ()
        source = "design, law 7: what was applied last is marked on the deployment"
        return (Change("lastApplied", live.marks.applied, wanted, Group.METADATA, Impact.METADATA, source),)

    def _model(self, live: Live, artifact: str | None) -> ModelRef:
        keep = live.configuration is not None and live.configuration.artifact == artifact and live.model_id
        return KeepModel(live.model_id) if keep and live.model_id else self.published

    def _publish_if_new(self, now: Configuration) -> tuple[Step, ...]:
        return () if now.artifact == self.spec.artifact.digest else self.publish()

    def _while_serving(self, live: Live, now: Configuration, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """One update for each group, metadata riding along with the last, so that an interrupted chain is
        seen.
        """
        wanted = fill(self.spec.configuration, now)
        groups = sorted({change.group for change in changes} - {Group.METADATA})
        batches: list[tuple[Group, ...]] = [(group,) for group in groups[:-1]]
        batches.append((*groups[-1:], Group.METADATA))
        steps: list[Step] = [*_settle(live), *self._publish_if_new(now)]
        done: set[Group] = set()
        for batch in batches:
            done.update(batch)
            last = batch is batches[-1]
            configuration = only(done, wanted, now)
            marks = self.marks if last else live.marks
            model = self._model(live, configuration.artifact)
            steps.append(UpdateDeployment(live.ocid, batch, configuration, model, marks))
            steps.append(WaitFor(State.ACTIVE))
        return tuple(steps)

    def _while_inactive(
        self, live: Live, now: Configuration, changes: tuple[Change, ...]
    ) -> tuple[Step, ...]:
        """Everything at once, then start (docs/service.md §3.1 A: all options can be changed at once while
        inactive).
        """
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE))
        if not changes:
            return start
        wanted = fill(self.spec.configuration, now)
        groups = tuple(sorted({change.group for change in changes} | {Group.METADATA}))
        update = UpdateDeployment(live.ocid, groups, wanted, self._model(live, wanted.artifact), self.marks)
        return (*self._publish_if_new(now), update, WaitFor(State.INACTIVE), *start)

    def _with_stop(
        self, plan: DeploymentPlan, live: Live, now: Configuration, why: Refusal
    ) -> DeploymentPlan:
        changes = tuple(
            replace(change, impact=Impact.STOP) if change.field == "spec.models" else change
            for change in plan.changes
        )
        stop = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
        publish = self._publish_if_new(now)
        steps = (*_settle(live), *publish, *stop, *self._while_inactive(live, now, changes)[len(publish) :])
        note = f"it stops serving, as rollout.downtime allows, because {why.reason}; {STOP_LENGTH}"
        return replace(plan, changes=changes, steps=steps, notes=(*plan.notes, note))

    def _version_refusal(self, live: Live, now: Configuration, live_versions: LiveVersions) -> Refusal | None:
        if now.artifact == self.spec.artifact.digest or live.model_id is None:
            return None
        served = live_versions.get(live.model_id)
        if served is None:
            reason = f"the live artifact ({live.model_id}) cannot be read, so it is unknown what clients pin"
            return Refusal(reason, (ALLOW,))
        lines = versions.differences(served, self.spec.artifact.versions)
        if not lines:
            return None
        return Refusal(
            "the version structure would change while it serves: " + "; ".join(lines),
            ("keep the model's name and version number and replace the content", ALLOW),
        )


ALLOW = "set rollout.downtime: allow in the manifest: it is stopped, updated and started again"
STOP_LENGTH = (
    "expect it to be away as long as a stop and a start take: people report 10 to 20 minutes on the service"
)


def applied_mark(spec: Spec) -> str:
    """The digest of what a manifest asks for; it is kept on the deployment as the mark *last applied*."""
    return digest_of(spec.configuration)


def _settle(live: Live) -> tuple[Step, ...]:
    return (Settle(live.ocid),) if live.state in IN_FLIGHT else ()


def _in_flight_note(live: Live) -> tuple[str, ...]:
    return (f"it is {live.state} now; apply waits for that to end first",) if live.state in IN_FLIGHT else ()


def _reason(live: Live, changes: tuple[Change, ...]) -> str:
    match live.state:
        case State.INACTIVE:
            return "it is inactive" + (f", and {_differs(changes)}" if changes else "")
        case State.NEEDS_ATTENTION:
            return f"it needs attention: {live.details or 'no details given'}"
        case _:
            return _differs(changes)


def _differs(changes: tuple[Change, ...]) -> str:
    fields = [change.field for change in changes if change.field != "lastApplied"]
    if not fields:
        return "it is as the manifest says, but was last applied from another one"
    return f"{len(fields)} field{'s' * (len(fields) > 1)} differ{'s' * (len(fields) == 1)} from the manifest"
