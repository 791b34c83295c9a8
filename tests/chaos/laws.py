"""What docs/updates.md promises, judged from outside: by what was written, by whom, and what is there after.

A broken law is written down, not raised: the engine could swallow it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.core.model.errors import Exit, RolledBack
from reconciler.core.model.live import GONE, IN_FLIGHT, SERVING, Live, State
from reconciler.core.model.spec import Downtime, OnFailure, Spec, VersionChange
from reconciler.core.planning.diff.comparison import diff
from reconciler.core.planning.events import DeploymentFailed, DeploymentFinished, RollbackStarted
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.rolling_back.hold import held
from tests.chaos.cloud import BOOTSTRAP, CONTENT_OF
from tests.chaos.manifests import CONTENTS, SECRET
from tests.chaos.trail import ANSWER, PASSING, REFUSED, WORK, Trail
from tests.support.drive import OWNER

if TYPE_CHECKING:
    from tests.chaos.somebody import Edited
    from tests.chaos.world import World

BUILDS = (Action.CREATE, Action.UPDATE, Action.REPLACE)


@dataclass(frozen=True)
class Broken:
    """Which law, and how."""

    law: str
    how: str


@dataclass(frozen=True)
class Written:
    """The last write of a process to a deployment."""

    by: Trail
    at: float
    before: Live | None
    after: Live


@dataclass
class Laws:
    """`found` is what was broken. The rest is what is remembered to judge by: who began which work, who wrote
    last to which deployment, what was proved of it, which edits of somebody a later plan has overruled, and
    which specs may be remembered as failed.
    """

    world: "World"
    found: list[Broken] = field(default_factory=list)
    begun: dict[str, tuple[Trail, str]] = field(default_factory=dict)
    writers: dict[str, "Written"] = field(default_factory=dict)
    proofs: dict[str, object] = field(default_factory=dict)
    overruled: list["Edited"] = field(default_factory=list)
    rightly_failed: set[str] = field(default_factory=set)
    rightly_dead: set[str] = field(default_factory=set)
    heard: int = 0

    def broken(self, law: str, how: str) -> None:
        self.found.append(Broken(law, how))

    # -- as it happens

    def wrote(self, trail: Trail, operation: str, args: Any, result: Any, before: Live | None) -> None:
        """A process has written."""
        self._fails()
        cloud = self.world.cloud
        if operation in ("create_model", "create_model_group"):
            self._once_in_the_catalog(trail, str(args[2]))
        if operation in ("delete_model", "delete_model_group"):
            self._deletes_last(trail, cloud.models[args[0]].name or "")
            if cloud.models[args[0]].owner != OWNER:
                self.broken("not ours, not touched", f"{trail.name} deleted the catalog entry {args[0]}")
        if not hasattr(result, "work_request"):
            return
        after = cloud.deployments[result.ocid]
        name = trail.named(after)
        self.world.note(f"{trail.name} {operation} {name} {result.ocid}")
        self.begun[result.work_request] = (trail, name)
        trail.first_writes.setdefault(result.ocid, self.world.loop.time())
        if before is None:
            self._one_of_a_name(trail, after)
        else:
            self._ours(trail, operation, before)
            self._held(trail, operation, before)
            self._stands(trail, operation, after)
            self._others_stand(trail, after)
            self._serves_on(trail, operation, before, after)
        self._marked_when_done(trail, before, after)
        self.writers[result.ocid] = Written(trail, self.world.loop.time(), before, after)
        self._failure_remembered(trail, before, after)

    def proved(self, trail: Trail, live: Live) -> None:
        """The endpoint has answered a probe rightly."""
        self.proofs[live.ocid] = _served(live)

    def _fails(self) -> None:
        """Whose work has failed since the last time."""
        cloud = self.world.cloud
        for work in cloud.failures[self.heard :]:
            trail, name = self.begun.get(work, (None, ""))
            passing = cloud.reasons[work] != BOOTSTRAP
            if not passing:
                self.rightly_dead.add(cloud.works[work].deployment)
            if trail is not None:
                trail.because(name, PASSING if passing else WORK)
        self.heard = len(cloud.failures)

    def _ours(self, trail: Trail, operation: str, before: Live) -> None:
        """A copy that somebody made in the console has our marks; with nothing else of its name there, it is
        taken for ours.
        """
        made = self.world.somebody.made
        alone = not any(
            self._is_of(live, before.marks.name or "") for live in self.world.cloud.deployments.values()
        )
        if before.marks.owner == OWNER and before.ocid in made and alone:
            del made[before.ocid]
        if before.marks.owner != OWNER or before.ocid in made:
            self.broken(
                "not ours, not touched", f"{trail.name} {operation} {before.ocid} of {before.marks.owner}"
            )

    def _held(self, trail: Trail, operation: str, before: Live) -> None:
        """While its manifest asks for what was refused, nobody but a rollback writes to what is held."""
        spec, known = trail.specs.get(trail.named(before)), trail.before.get(before.ocid)
        if spec is not None and known is not None and held(spec, known.marks) and held(spec, before.marks):
            self.broken("what is held stays", f"{trail.name} {operation} {trail.named(before)}")

    def _stands(self, trail: Trail, operation: str, after: Live) -> None:
        unseeable = self._unseeable(trail, after.ocid)
        for edited in self.world.somebody.edited:
            if edited.ocid != after.ocid or edited in unseeable or edited in self.overruled:
                continue
            if edited.at <= trail.planned_at:
                self.overruled.append(edited)
                continue
            if trail.means(edited.what, after) or self._taken_back(edited):
                continue  # just what the plan is about to do: it cannot be told from another run of it
            moving = edited.what in ("stop", "start")
            undone = operation != "update_deployment" if moving else not edited.stands(after)
            if undone:
                self.broken(
                    "somebody's work is never undone",
                    f"{trail.name} {operation} {trail.named(after)} after somebody {edited.what}",
                )

    def _taken_back(self, edited: "Edited") -> bool:
        """Somebody who has stopped it and started it again has changed nothing in the end."""
        moves = ("stop", "start")
        later = (one for one in self.world.somebody.edited if one.ocid == edited.ocid and one.at > edited.at)
        return edited.what in moves and any(one.what in moves and one.what != edited.what for one in later)

    def _unseeable(self, trail: Trail, ocid: str) -> list["Edited"]:
        """Between the plan and the first write: values of variables are in no plan, and what is again
        as the plan saw it looks like it.
        """
        first, before = trail.first_writes.get(ocid, self.world.loop.time()), trail.before.get(ocid)
        edited = (one for one in self.world.somebody.edited if one.ocid == ocid)
        early = (one for one in edited if trail.planned_at < one.at <= first)
        return [one for one in early if one.what == "variable" or (before and one.stands(before))]

    def _others_stand(self, trail: Trail, after: Live) -> None:
        """The same for a process of another commit: what it changed unseen stays changed. Of a step that both
        have in common, and that has failed, the first to find out goes back.
        """
        written = self.writers.get(after.ocid)
        if written is None or written.by is trail or written.at <= trail.planned_at:
            return
        name = trail.named(after)
        theirs_is, mine_is = (
            dict(written.by.wishes).get(written.by.named(after)),
            dict(trail.wishes).get(name),
        )
        if theirs_is == mine_is or written.before is None or trail.causes.get(name):
            return
        theirs = {key: new for key, old, new in _parts(written.before, written.after) if old != new}
        undone = [key for key, _, now in _parts(after, after) if key in theirs and now != theirs[key]]
        if undone:
            how = f"{trail.name} changed {undone} of {name} after {written.by.name}, unseen"
            self.broken("somebody's work is never undone", how)

    def _serves_on(self, trail: Trail, operation: str, before: Live, after: Live) -> None:
        if before.state not in SERVING:
            return
        spec = trail.specs.get(trail.named(before))
        may_stop = spec is not None and (spec.rollout.downtime is Downtime.ALLOW or not spec.active)
        known = trail.before.get(before.ocid)
        slept = known is not None and known.state is State.INACTIVE and trail.causes.get(trail.named(before))
        if operation == "deactivate_deployment" and not may_stop and not slept:
            self.broken("no step stops what serves", f"{trail.name} stopped {trail.named(before)}")
        if operation == "delete_deployment":
            if spec is not None and not may_stop:
                self.broken("no step stops what serves", f"{trail.name} deleted {trail.named(before)}")
            self._deletes_last(trail, trail.named(before))
        if operation == "update_deployment" and before.model_id != after.model_id:
            self._structure(trail, before, after, spec)

    def _structure(self, trail: Trail, before: Live, after: Live, spec: Spec | None) -> None:
        cloud = self.world.cloud
        old, new = (CONTENTS.get(cloud.content(live.model_id)) for live in (before, after))
        additive = spec is not None and spec.rollout.versions is VersionChange.ADDITIVE
        going_back = trail.causes.get(trail.named(before)) or trail.interrupted
        if old is None or new is None or old == new or (additive and old <= new) or going_back:
            return
        self.broken("the version structure is kept", f"{trail.name} {trail.named(before)}: {old} to {new}")

    def _one_of_a_name(self, trail: Trail, new: Live) -> None:
        same = [
            live.ocid
            for live in self.world.cloud.deployments.values()
            if (live.marks.owner, live.marks.name) == (OWNER, new.marks.name)
            and live.state not in GONE
            and live.ocid not in self.world.somebody.made
        ]
        if len(same) > 1:
            self.broken("no second deployment of a name", f"{trail.name} created {new.marks.name}: {same}")

    def _once_in_the_catalog(self, trail: Trail, digest: str) -> None:
        same = [
            model.ocid
            for model in self.world.cloud.models.values()
            if (model.active or model.creating)
            and model.owner == OWNER
            and digest in (model.artifact, model.publishing)
        ]
        if len(same) > 1:
            self.broken("no second catalog entry of a content", f"{trail.name} {CONTENT_OF[digest]}: {same}")

    def _deletes_last(self, trail: Trail, name: str) -> None:
        """Deletes of orphans come after every create and update has ended well."""
        if not any(item.name == name and item.action is Action.DELETE for item in trail.items):
            return
        done = {event.deployment for event in trail.events if isinstance(event, DeploymentFinished)}
        left = [item.name for item in trail.items if item.action in BUILDS and item.name not in done]
        if left:
            self.broken("deletes come last", f"{trail.name} deleted {name} before {left} ended well")

    def _marked_when_done(self, trail: Trail, before: Live | None, after: Live) -> None:
        """What says that it was applied is true: all is as asked, and proven where that is asked for."""
        spec = trail.specs.get(trail.named(after))
        if spec is None or after.marks.applied != spec.applied_mark or after.configuration is None:
            return
        known_before = trail.before.get(after.ocid)
        marked = (live.marks.applied for live in (before, known_before) if live is not None)
        if after.marks.applied in marked:
            return
        model = self.world.cloud.models.get(after.model_id or "")
        known = replace(after.configuration, artifact=model.artifact if model else None)
        written = self.writers.get(after.ocid)
        others = written is not None and written.by is not trail and written.at > trail.planned_at
        unseeable = others or any(one.what == "variable" for one in self._unseeable(trail, after.ocid))
        wrong = [
            change.field
            for change in diff(spec.configuration, known, spec.policy.ignore)
            if not (unseeable and change.field.startswith("spec.server.env."))
        ]
        if wrong:
            self.broken("marked as applied when it is", f"{trail.name} {trail.named(after)}: not yet {wrong}")
        elif spec.rollout.probes and spec.active and self.proofs.get(after.ocid) != _served(after):
            self.broken("marked as applied when it is", f"{trail.name} {trail.named(after)}: not proven")

    def _failure_remembered(self, trail: Trail, before: Live | None, after: Live) -> None:
        mark = after.marks.failed
        seen = trail.before.get(after.ocid)
        known = [live.marks.failed for live in (before, seen) if live is not None]
        if mark is None or mark in known:
            return
        if trail.causes.get(trail.named(after), set()) & {WORK, REFUSED, ANSWER}:
            self.rightly_failed.add(mark)
        else:
            why = trail.causes.get(trail.named(after))
            self.broken(
                "not seen is not failed", f"{trail.name} marked {trail.named(after)} as failed; causes: {why}"
            )

    # -- when a process has ended

    def ended(self, trail: Trail) -> None:
        """A process has ended, by itself or not."""
        self.world.cloud.tick()
        self._fails()
        self._tells_no_secret(trail)
        self._runs_what_is_there()
        self._goes_back_for_a_cause(trail)
        if trail.error is not None:
            self.broken("a run does not die", f"{trail.name}: {trail.error!r}")
        if trail.dead or trail.error is not None:
            return
        self._every_chain_ends(trail)
        for item in trail.items:
            twins = [other for other in trail.items if other.name == item.name]
            if item.steps and len(twins) == 1:
                self._chain(trail, item) if not self._elsewhere(trail, item) else self._stale(trail, item)

    def _runs_what_is_there(self) -> None:
        cloud = self.world.cloud
        for live in cloud.deployments.values():
            model = cloud.models.get(live.model_id or "")
            if live.state not in GONE and model is not None and not model.active:
                self.broken("what runs is in the catalog", f"{live.display_name} runs {model.ocid}")

    def _tells_no_secret(self, trail: Trail) -> None:
        told = (trail.plan, *trail.events)
        errors = (event.error for event in trail.events if isinstance(event, DeploymentFailed))
        if any(SECRET in repr(one) for one in told) or any(SECRET in str(error) for error in errors):
            self.broken("a secret is never told", trail.name)

    def _goes_back_for_a_cause(self, trail: Trail) -> None:
        for event in trail.events:
            if not isinstance(event, RollbackStarted) or trail.interrupted:
                continue
            if not trail.causes.get(event.deployment):
                self.broken("not seen is not failed", f"{trail.name} went back: {event.error}")

    def _every_chain_ends(self, trail: Trail) -> None:
        for name in sorted({item.name for item in trail.items}):
            chains = [item for item in trail.items if item.name == name and item.steps]
            ends = [event for event in trail.events if _ends(event, name)]
            if len(ends) != len(chains):
                self.broken("every chain ends once", f"{trail.name} {name}: {ends}")

    def _elsewhere(self, trail: Trail, item: DeploymentPlan) -> bool:
        """Whether somebody was at the same deployment meanwhile, unseen."""
        edited = self.world.somebody.edited
        ocid = item.seen.ocid if item.seen else ""
        here = (one for one in edited if ocid == one.ocid or item.name == one.name)
        return any(one.at > trail.planned_at for one in here)

    def _stale(self, trail: Trail, item: DeploymentPlan) -> None:
        """What somebody has changed meanwhile ends as a stale plan, unless it had ended well before."""
        failed = next((event.error for event in trail.events if _fails_of(event, item.name)), None)
        other = trail.causes.get(item.name) or trail.struck(item.name) or trail.interrupted
        if failed is None or other or not self._undisturbed(trail, item):
            return
        if failed.exit_code is not Exit.STALE:
            self.broken("somebody's work makes a plan stale", f"{trail.name} {item.name}: {failed}")

    def _chain(self, trail: Trail, item: DeploymentPlan) -> None:
        failed = next((event.error for event in trail.events if _fails_of(event, item.name)), None)
        causes = trail.causes.get(item.name, set())
        if failed is None and causes & {WORK, REFUSED} and item.action is not Action.DELETE:
            self.broken("what failed is told", f"{trail.name} {item.name} ended well; causes: {causes}")
        sure = trail.alone and item.name not in trail.doubtful
        if sure and WORK in causes and failed is not None and failed.exit_code is Exit.STALE:
            self.broken("what failed is told", f"{trail.name} {item.name}: its work failed, not: {failed}")
        unexplained = failed is not None and not causes and not trail.struck(item.name)
        if unexplained and self._undisturbed(trail, item) and not self._under_way(item):
            law = "two at once end well" if not trail.alone else "without trouble all ends well"
            if trail.troubles:
                law = "one deployment's trouble is its own"
            self.broken(law, f"{trail.name} {item.name}: {type(failed).__name__}: {failed}")
        self._left_serving(trail, item)
        if (failed is not None and causes and not trail.struck(item.name)) or isinstance(failed, RolledBack):
            self._as_before(trail, item)

    def _under_way(self, item: DeploymentPlan) -> bool:
        """Whether somebody was at it when it was planned."""
        ocid, began = item.seen.ocid if item.seen else "", self.world.began
        return any(one.ocid == ocid and one.at >= began for one in self.world.somebody.edited)

    def _undisturbed(self, trail: Trail, item: DeploymentPlan) -> bool:
        """Whether nothing else explains that it did not end well."""
        if trail.interrupted or not self.world.same_commits:
            return False
        if item.action is Action.DELETE and (trail.troubles or trail.causes):
            return False
        others = [other for other in self.world.trails if other is not trail and not trail.quiet]
        return not any(
            other.causes.get(item.name) or other.struck(item.name) or other.dead or other.interrupted
            for other in others
        )

    def _left_serving(self, trail: Trail, item: DeploymentPlan) -> None:
        """Nothing is left stopped by a process that ended by itself or was asked to."""
        ocid = item.seen.ocid if item.seen else ""
        live, spec = self.world.cloud.deployments.get(ocid), trail.specs.get(item.name)
        before = trail.before.get(ocid)
        if live is None or spec is None or before is None or not spec.active or before.state not in SERVING:
            return
        mine = ocid in self.writers and self.writers[ocid].by is trail
        if live.state is State.INACTIVE and mine and not trail.struck(item.name):
            self.broken("nothing is left stopped", f"{trail.name} left {item.name} stopped")

    def _as_before(self, trail: Trail, item: DeploymentPlan) -> None:
        """After a failure that is to be undone, what serves is what was there before."""
        ocid = item.seen.ocid if item.seen else ""
        live, spec = self.world.cloud.deployments.get(ocid), trail.specs.get(item.name)
        before = trail.before.get(ocid)
        if live is None or spec is None or before is None or not trail.alone or not item.rollbacks:
            return
        if self._under_way(item):
            return
        if (
            spec.rollout.on_failure is OnFailure.STOP
            or live.state in (*GONE, State.FAILED)
            or trail.interrupted
        ):
            return
        other = [name for name, old, new in _parts(before, live) if old != new and name in REVERSIBLE]
        if live.state not in IN_FLIGHT and (live.state in SERVING) != (before.state in SERVING):
            other.append("state")
        if other:
            self.broken("a rollback leads back", f"{trail.name} {item.name}: {other} not as before")

    # -- when the world is quiet

    def quiet(self, trail: Trail, again: Plan) -> None:
        """After an apply in fine weather, with nobody else there: there is nothing left to do."""
        blocked = {item.name for item in trail.plan.blocked} if trail.plan else set()
        for item in again.deployments:
            if item.action in (Action.NOTHING, Action.PAUSED):
                self._applied(trail, item)
            elif item.action is not Action.BLOCKED:
                self.broken(
                    "apply, then plan, and the plan is empty", f"{item.name}: {item.action}: {item.reason}"
                )
            elif item.name not in blocked and not trail.causes.get(item.name) and not _held_back(item):
                self.broken("apply, then plan, and the plan is empty", f"{item.name}: {item.refusals}")
            else:
                self._rightly_blocked(item)
        self._nothing_else_is_ours(trail, again)
        self._theirs_is_theirs()

    def _applied(self, trail: Trail, item: DeploymentPlan) -> None:
        """What a plan calls done is done: there, as asked, and answering as asked."""
        spec = trail.specs.get(item.name)
        if spec is None or item.action is Action.PAUSED:
            return
        cloud = self.world.cloud
        found = [live for live in cloud.deployments.values() if self._is_of(live, item.name)]
        if not found and item.seen and item.seen.ocid in self.world.somebody.made:
            return  # a copy with our marks, of what is gone
        well = [live for live in found if live.state is not State.FAILED] or found
        if len(well) != 1:
            self.broken("what is done is done", f"{item.name} is there {len(found)} times")
            return
        (live,) = well
        if held(spec, live.marks):
            return  # it is as at another revision
        if live.state is not (State.ACTIVE if spec.active else State.INACTIVE):
            self.broken("what is done is done", f"{item.name} is {live.state}")
        elif cloud.content(live.model_id) != CONTENT_OF[spec.artifact.digest]:
            self.broken("what is done is done", f"{item.name} serves {cloud.content(live.model_id)}")

    def _is_of(self, live: Live, name: str) -> bool:
        ours = (live.marks.owner, live.marks.name) == (OWNER, name) and live.state not in GONE
        return ours and live.ocid not in self.world.somebody.made

    def _rightly_blocked(self, item: DeploymentPlan) -> None:
        """What is not tried again has failed by itself, not by the weather."""
        if not any("failed with this very spec before" in refusal.reason for refusal in item.refusals):
            return
        live = self.world.cloud.deployments.get(item.seen.ocid if item.seen else "")
        if live is None or live.marks.failed in self.rightly_failed or live.ocid in self.rightly_dead:
            return
        self.broken("no room is no reason to give up", f"{item.name}: {item.refusals[0].reason}")

    def _nothing_else_is_ours(self, trail: Trail, again: Plan) -> None:
        known = {item.name for item in again.deployments}
        known |= {spec.renamed_from for spec in trail.desired.specs}
        for live in self.world.cloud.deployments.values():
            ours = live.marks.owner == OWNER and live.state not in GONE
            if ours and trail.named(live) not in known:
                self.broken("apply, then plan, and the plan is empty", f"{live.ocid} is ours, and in no plan")

    def _theirs_is_theirs(self) -> None:
        for ocid, left in self.world.somebody.made.items():
            if self.world.cloud.deployments[ocid] != left:
                self.broken("not ours, not touched", f"{ocid} is not as somebody left it")


def _served(live: Live) -> object:
    return (live.model_id, live.configuration.container if live.configuration else None)


REVERSIBLE = ("model", "container", "instance", "scaling", "bandwidth")
"""Logs stay, because they explain a failure; names and tags ride along."""


def _parts(before: Live, after: Live) -> Iterator[tuple[str, object, object]]:
    old, new = before.configuration, after.configuration
    assert old is not None
    assert new is not None
    yield "model", before.model_id, after.model_id
    for name in (*REVERSIBLE[1:], "logs", "description", "labels"):
        yield name, getattr(old, name), getattr(new, name)


def _held_back(item: DeploymentPlan) -> bool:
    """Deletes wait for what is blocked, which is judged by itself."""
    return any("deletes come after everything else" in refusal.reason for refusal in item.refusals)


ENDINGS = ("DeploymentFinished", "DeploymentFailed", "DeploymentLeftOut")


def _ends(event: object, name: str) -> bool:
    return type(event).__name__ in ENDINGS and getattr(event, "deployment", None) == name


def _fails_of(event: object, name: str) -> bool:
    return isinstance(event, DeploymentFailed) and event.deployment == name
