"""Whether a plan is what was reviewed: every promise of it has to stand in one of the plans that were.

Equal or less is fine. What is more, or other, is told with what was reviewed in its place. It guards against
accidents: whoever can write the reviewed plans can write into them what they like.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.model.configuration import Json, Secret
from reconciler.core.planning.diff.fields import DIGEST, VARIABLES
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.promises import (
    CREATING,
    Promise,
    PromiseKind,
    images_made,
    left_by,
    promises_of,
)
from reconciler.core.planning.steps import CreateDeployment, UpdateDeployment

TARGET, OWNER, PROJECT, READABLE = "target", "owner", "project", "readable"


@dataclass(frozen=True, slots=True)
class ReviewedPlan:
    """A plan that was reviewed, by the name of its file; or why it cannot be read."""

    name: str
    plan: Plan | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class SeenInReview:
    """What one reviewed plan has where another has what it has not: what it promises at that place, or what
    it does to the deployment as a whole. With `refused` nothing of it was to be sent; `unread` says why it
    is not known.
    """

    name: str
    promises: tuple[Promise, ...] = ()
    action: Action | None = None
    refused: bool = False
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """What a plan does and nobody has reviewed; `seen` is what was reviewed in its place, by plan."""

    promise: Promise
    seen: tuple[SeenInReview, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan beside those that were reviewed. It is covered when nothing of it is more, or other."""

    reviewed: tuple[ReviewedPlan, ...]
    unreviewed: tuple[Unreviewed, ...]

    @property
    def covered(self) -> bool:
        """Whether everything that the plan does was reviewed."""
        return not self.unreviewed


def compare_with_reviewed(plan: Plan, reviewed: Sequence[ReviewedPlan]) -> Comparison:
    """The plan beside all that were reviewed, taken together. A reviewed plan that cannot be read, or is for
    another target, owner or project, covers nothing, and nothing is covered beside it: something is wrong.
    """
    others = [other for one in reviewed for other in _of_another(plan, one)]
    known = [(one.name, one.plan) for one in reviewed if one.plan is not None]
    unreviewed = [*others, *_project_step(plan, known), *_of_deployments(plan, known)]
    return Comparison(tuple(reviewed), tuple(unreviewed))


# -- whole plans


def _of_another(plan: Plan, reviewed: ReviewedPlan) -> Iterator[Unreviewed]:
    if reviewed.plan is None:
        seen = (SeenInReview(reviewed.name, unread=reviewed.unread),)
        yield Unreviewed(Promise(PromiseKind.PLAN, "", READABLE), seen)
        return
    then, now = _about(reviewed.plan), _about(plan)
    if None in (reviewed.plan.project.ocid, plan.project.ocid):
        # What did not exist, or does not, has no OCID to compare.
        then, now = then | {PROJECT: reviewed.plan.project.name}, now | {PROJECT: plan.project.name}
    for what, value in now.items():
        if then[what] != value:
            was = Promise(PromiseKind.PLAN, "", what, new=then[what])
            yield Unreviewed(
                Promise(PromiseKind.PLAN, "", what, new=value), (SeenInReview(reviewed.name, (was,)),)
            )


def _about(plan: Plan) -> dict[str, Json]:
    project = plan.project
    named = project.name if project.ocid is None else f"{project.name} ({project.ocid})"
    return {TARGET: plan.target, OWNER: plan.owner, PROJECT: named}


def _project_step(plan: Plan, reviewed: Sequence[tuple[str, Plan]]) -> Iterator[Unreviewed]:
    step = plan.project_step
    if step is None or any(one.project_step and not one.refusals for _, one in reviewed):
        return
    seen = tuple(SeenInReview(name, refused=bool(one.refusals)) for name, one in reviewed)
    yield Unreviewed(Promise(PromiseKind.PROJECT, "", step.name), seen)


# -- deployments


@dataclass(frozen=True, slots=True)
class _ReviewedItem:
    """One deployment in one reviewed plan, and what that promises, by place."""

    plan: str
    item: DeploymentPlan
    refused: bool
    promises: Mapping[tuple[PromiseKind, str], list[Promise]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, plan: Plan, item: DeploymentPlan) -> "_ReviewedItem":
        """A plan that was refused as a whole promises nothing."""
        promises: defaultdict[tuple[PromiseKind, str], list[Promise]] = defaultdict(list)
        for promise in () if plan.refusals else (*promises_of(item), *left_by(item)):
            promises[promise.place].append(promise)
        return cls(name, item, bool(plan.refusals), promises)

    def at(self, place: tuple[PromiseKind, str]) -> Sequence[Promise]:
        """What it promises there. A setting that a new deployment is created without has no value."""
        found = self.promises.get(place, ())
        if not found and place[0] is PromiseKind.SETTING and self.item.action in CREATING and self.promises:
            return (Promise(place[0], self.item.name, place[1]),)
        return found

    def covers(self, promise: Promise, item: DeploymentPlan) -> bool:
        """Whether this promise of `item` was reviewed here."""
        if promise.kind is PromiseKind.DEPLOYMENT:
            return self._covers_whole(promise, item)
        return any(_is_at_most(promise, seen) for seen in self.at(promise.place)) or (
            self._left_open(promise, item)
        )

    def _covers_whole(self, promise: Promise, item: DeploymentPlan) -> bool:
        """A run that stopped after it had created a deployment may leave its marks to do, and what changes
        by secrets alone could not be planned where they were not set.
        """
        if any(_is_at_most(promise, seen) for seen in self.at(promise.place)):
            return True
        if item.action is not Action.UPDATE:
            return False
        if self.item.ocid == item.ocid:
            return bool(self._not_looked_at())
        return self.item.action in CREATING and bool(self.promises)

    def _not_looked_at(self) -> Sequence[str]:
        """The variables of the environment of which the reviewer was told that they were not looked at."""
        left_alone = self.refused or self.item.action in (Action.BLOCKED, Action.PAUSED)
        return () if left_alone else self.item.unset

    def _left_open(self, promise: Promise, item: DeploymentPlan) -> bool:
        """Whether a reviewer was told that this value would be known only later: a secret that was not set,
        or the digest of an image that was to be made first. What is made anew keeps what its manifest leaves
        open; when it is gone already, that is left open.
        """
        if promise.impact in (Impact.STOP, Impact.REPLACE) or self.refused:
            return False
        if promise.kind is PromiseKind.SETTING and promise.new is None:
            return item.action is Action.CREATE and self.item.action is Action.REPLACE
        if promise.kind in VALUES and promise.what == DIGEST:
            return bool(images_made(self.item) & _images_at_the_end(item))
        if promise.kind is PromiseKind.FIELD and promise.what.startswith(VARIABLES):
            return _secret_name(promise.new) in self._not_looked_at()
        return False


VALUES = (PromiseKind.FIELD, PromiseKind.SETTING)


def _images_at_the_end(item: DeploymentPlan) -> frozenset[str]:
    """The image that the deployment has when the plan is done; none where nothing is written."""
    writes = [step for step in item.steps if isinstance(step, CreateDeployment | UpdateDeployment)]
    return frozenset(write.configuration.container.image for write in writes[-1:])


def _secret_name(value: Json) -> str:
    """The variable of the environment that the new value of a change is taken from; empty if none is."""
    match value:
        case {"secret": str(reference)}:
            return Secret(reference).name
        case _:
            return ""


HARMLESS_FIRST = (None, Impact.METADATA, Impact.ZERO_DOWNTIME, Impact.STOP, Impact.REPLACE)


def _is_at_most(promise: Promise, seen: Promise) -> bool:
    """Whether it is the same, and clients notice no more of it."""
    same = (promise.what, promise.old, promise.new) == (seen.what, seen.old, seen.new)
    return same and HARMLESS_FIRST.index(promise.impact) <= HARMLESS_FIRST.index(seen.impact)


def _of_deployments(plan: Plan, reviewed: Sequence[tuple[str, Plan]]) -> Iterator[Unreviewed]:
    """Deployments that lose something come first."""
    by_name: defaultdict[str, list[_ReviewedItem]] = defaultdict(list)
    for name, one in reviewed:
        for item in one.deployments:
            by_name[item.name].append(_ReviewedItem.of(name, one, item))
    found = [list(_of_one(item, by_name[item.name])) for item in plan.deployments]
    yield from (each for one in sorted(filter(None, found), key=_risk) for each in one)


def _of_one(item: DeploymentPlan, reviewed: Sequence[_ReviewedItem]) -> Iterator[Unreviewed]:
    promises = sorted(_with_settings_left_out(item, reviewed), key=lambda one: KINDS.index(one.kind))
    unreviewed = [one for one in promises if not any(seen.covers(one, item) for seen in reviewed)]
    whole = any(one.kind is PromiseKind.DEPLOYMENT for one in unreviewed)
    for promise in unreviewed:
        if not (whole and promise.kind is PromiseKind.SETTING):
            yield Unreviewed(promise, tuple(_seen(promise, reviewed)))


KINDS = tuple(PromiseKind)


def _with_settings_left_out(item: DeploymentPlan, reviewed: Iterable[_ReviewedItem]) -> Iterator[Promise]:
    """What the plan promises for a deployment; also that it is created without what it had in review."""
    promises = list(promises_of(item))
    yield from promises
    if any(one.kind is PromiseKind.SETTING for one in promises):
        there = {one.place for one in promises}
        left_out = {place: None for seen in reviewed for place in seen.promises if place not in there}
        for kind, what in left_out:
            if kind is PromiseKind.SETTING:
                yield Promise(kind, item.name, what)


def _seen(promise: Promise, reviewed: Iterable[_ReviewedItem]) -> Iterator[SeenInReview]:
    for one in reviewed:
        yield SeenInReview(one.plan, tuple(one.at(promise.place)), one.item.action, one.refused)


def _risk(unreviewed: Sequence[Unreviewed]) -> bool:
    """False, which sorts first, for a deployment that goes, or stops."""
    for one in unreviewed:
        promise = one.promise
        if promise.kind is PromiseKind.STOP or promise.impact in (Impact.STOP, Impact.REPLACE):
            return False
        if promise.new in (Action.DELETE, Action.REPLACE) and promise.kind is PromiseKind.DEPLOYMENT:
            return False
    return True
