"""What a reviewer meets on a pull request: each with the plan, and with what its branch changes, both made
from specs, as values.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.live import Marks
from reconciler.core.model.spec import Downtime, Policy, Spec
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.branch import (
    BranchChanges,
    FileChange,
    Touch,
    WrittenManifest,
    manifest_changes,
    settings_changes,
)
from reconciler.report.comment.plan import PlanComment
from tests.support.reviews import BEFORE, CONTAINER, OWNER, PROBED, TWO, World, models, spec

HEAD, BASE, NEWER = "5" * 40, "b" * 40, "e" * 40
MADE = "2026-11-28T22:40:00Z"
RUN = "https://github.com/acme/models/actions/runs/123"
WEIGHTS = FileChange("manifests/vision/densenet_onnx/1/model", Touch.CHANGED)
FILES = {"vision": (WEIGHTS.path, "manifests/vision/resnet/1/model")}


def branch(
    base: tuple[Spec, ...] = (),
    now: tuple[Spec, ...] = (),
    touched: tuple[FileChange, ...] = (),
    **more: Any,
) -> BranchChanges:
    """What differs between the specs of both sides."""
    sides = [[WrittenManifest(one, FILES.get(one.name, ())) for one in side] for side in (base, now)]
    files = {file.path: file for file in touched}
    return BranchChanges(BASE, manifest_changes(sides[0], sides[1], files, ()), **more)


def told(plan: Plan, changes: BranchChanges | str, **more: Any) -> PlanComment:
    return PlanComment(plan, changes, HEAD, MADE, run_url=RUN, **more)


JUNE = models("trained in June")
STOPPING = replace(PROBED, downtime=Downtime.ALLOW)


def model_update() -> PlanComment:
    now = spec(artifact=JUNE)
    plan = World().of(spec()).of(spec("other")).plan(now, spec("other"))
    return told(plan, branch((spec(), spec("other")), (now, spec("other")), (WEIGHTS,)))


def new_deployment() -> PlanComment:
    new = spec("search", scaling=FixedScaling(1))
    return told(World().of(spec()).plan(spec(), new), branch((spec(),), (spec(), new)))


def a_stop() -> PlanComment:
    now = spec(artifact=models("trained in June", TWO), rollout=STOPPING)
    return told(World().of(spec()).plan(now), branch((spec(),), (now,), (WEIGHTS,)))


def a_replacement() -> PlanComment:
    group = spec(rollout=STOPPING)
    kind = type(group.configuration.kind).MODEL_GROUP
    before = replace(group, configuration=replace(group.configuration, kind=kind))
    return told(World().of(before).plan(group), branch((before,), (group,)))


def an_orphan() -> PlanComment:
    plan = World().of(spec()).of(spec("old")).plan(spec())
    return told(plan, branch((spec(), spec("old")), (spec(),)))


def blocked_by_the_version_guard() -> PlanComment:
    now = spec(artifact=models("trained in June", TWO))
    return told(World().of(spec()).plan(now), branch((spec(),), (now,), (WEIGHTS,)))


def drift_beside_the_branch() -> PlanComment:
    """Somebody has scaled vision, and changed a variable of other, in the console."""
    now = spec(description="trained anew")
    world = World().of(spec()).of(spec("other"))
    (live, was), (other, its) = world.deployments
    scaled = replace(live, configuration=replace(live.configuration, scaling=FixedScaling(5)))
    workers = (*CONTAINER.environment[:2], ("WORKERS", "8"))
    container = replace(other.configuration.container, environment=tuple((k, str(v)) for k, v in workers))
    touched = replace(other, configuration=replace(other.configuration, container=container))
    world = replace(world, deployments=((scaled, was), (touched, its)))
    return told(world.plan(now, spec("other")), branch((spec(), spec("other")), (now, spec("other"))))


def settings_and_workflows() -> PlanComment:
    settings = settings_changes(
        {"owner": OWNER, "safety": {"maxDeletes": 1}, "secrets": ["HF_TOKEN"]},
        {"owner": OWNER, "safety": {"maxDeletes": 9}, "secrets": ["HF_TOKEN", "AWS_SECRET"]},
    )
    workflows = (
        FileChange(".github/workflows/apply.yml", Touch.CHANGED),
        FileChange(".github/workflows/plan.yaml", Touch.RENAMED, ".github/workflows/plan.yml"),
    )
    before, now = spec(policy=Policy(protect=True)), spec(policy=Policy(protect=False), rollout=STOPPING)
    marks = Marks(OWNER, "vision", before.applied_mark, BEFORE, protect=True)
    plan = World().of(before, marks=marks).plan(now)
    return told(plan, branch((before,), (now,), settings=settings, workflows=workflows))


def out_of_date() -> PlanComment:
    return replace(model_update(), newer=NEWER)


def nothing_to_do() -> PlanComment:
    return told(
        World().of(spec()).of(spec("other")).plan(spec(), spec("other")), branch((spec(),), (spec(),))
    )


def what_apply_leaves() -> PlanComment:
    """The branch asks for what is live already, for what is ignored, and for what is paused."""
    scaled, ignoring = spec(scaling=FixedScaling(3)), Policy(ignore=("/spec/scaling",))
    ignored = spec("ignored", policy=ignoring, scaling=FixedScaling(3))
    paused = spec("paused", policy=Policy(paused=True), scaling=FixedScaling(3))
    world = World().of(scaled, marks=Marks(OWNER, "vision", spec().applied_mark, BEFORE))
    world = world.of(spec("ignored")).of(spec("paused"))
    base = (spec(), spec("ignored", policy=ignoring), spec("paused"))
    return told(world.plan(scaled, ignored, paused), branch(base, (scaled, ignored, paused)))


def base_unknown() -> PlanComment:
    why = "revision HEAD^1 is not in this clone, which is shallow: git fetch --unshallow brings it"
    return replace(model_update(), branch=why)


def whole_plan_refused() -> PlanComment:
    plan = World().of(spec()).of(spec("old")).of(spec("older")).plan(spec())
    return told(plan, branch((spec(), spec("old"), spec("older")), (spec(),)))


PULL_REQUESTS: Mapping[str, Callable[[], PlanComment]] = {
    made.__name__: made
    for made in (
        model_update,
        new_deployment,
        a_stop,
        a_replacement,
        an_orphan,
        blocked_by_the_version_guard,
        drift_beside_the_branch,
        settings_and_workflows,
        out_of_date,
        nothing_to_do,
        what_apply_leaves,
        base_unknown,
        whole_plan_refused,
    )
}
