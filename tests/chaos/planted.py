"""Faults that could creep into the planner or the engine, one for each law that they break: to see that the
laws would be caught being broken.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from reconciler.core.model.target import Ownership
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.transition import marks, plan_transition, publications, replacement, rollbacks
from reconciler.core.planning.transition.batches import Batch
from reconciler.engine.run import Run
from reconciler.engine.watch import ReachedState, Watch, WorkFailed
from tests.chaos.cloud import ChaosCloud

Plant = Callable[[pytest.MonkeyPatch], None]


def no_if_match(patch: pytest.MonkeyPatch) -> None:
    """The service guards nothing: whatever is there is written over."""
    guard = ChaosCloud._guard

    def unguarded(self: ChaosCloud, ocid: str, etag: str, *rest: Any) -> Any:
        return guard(self, ocid, self.etags.get(ocid, etag), *rest)

    patch.setattr(ChaosCloud, "_guard", unguarded)


def random_retry_token(patch: pytest.MonkeyPatch) -> None:
    """No two runs ask for the same thing by the same token."""
    numbers = count()
    for module in (publications, replacement):
        patch.setattr(module, "token_of", lambda *parts: f"token{next(numbers)}")


def marks_first(patch: pytest.MonkeyPatch) -> None:
    """The mark *last applied* rides with the first update, and does not wait for probes."""
    batches = plan_transition.batches

    def first(*given: Any, **options: Any) -> tuple[Batch, ...]:
        found = batches(*given, **options)
        bare = (tuple(group for group in batch if group is not OptionGroup.METADATA) for batch in found)
        rest = [batch for batch in bare if batch]
        return ((*rest[0], OptionGroup.METADATA), *rest[1:]) if rest else found

    patch.setattr(plan_transition, "batches", first)
    patch.setattr(plan_transition, "marks_before_proof", marks.desired_marks)


def no_ownership_check(patch: pytest.MonkeyPatch) -> None:
    """Everything is taken for ours."""
    patch.setattr(Ownership, "allows", lambda self, theirs, ours: True)


def wait_ignores_failed(patch: pytest.MonkeyPatch) -> None:
    """A work request that has FAILED is one that is over."""
    ended = Watch._ended

    async def over(self: Watch, *given: Any) -> Any:
        found = await ended(self, *given)
        return ReachedState() if isinstance(found, WorkFailed) else found

    patch.setattr(Watch, "_ended", over)


def outage_is_failure(patch: pytest.MonkeyPatch) -> None:
    """Who cannot look says that it failed."""

    def failed(self: Watch, waits: Any, error: Exception) -> float:
        for wait in waits:
            wait.end(WorkFailed(None))
        return 1.0

    patch.setattr(Watch, "_outage", failed)


def rollback_forgets_a_group(patch: pytest.MonkeyPatch) -> None:
    """The container stays as the failed update made it."""
    patch.setattr(rollbacks, "REVERSIBLE", rollbacks.REVERSIBLE - {OptionGroup.CONTAINER})


def deletes_first(patch: pytest.MonkeyPatch) -> None:
    """What no manifest names goes before anything else has been done."""
    everything = Run._all

    async def first(self: Run, plan: Any, parts: Any) -> None:
        going = [item for item in plan.deployments if item.action == "delete"]
        for item in going:
            await self._one(item, parts)
        rest = tuple(item for item in plan.deployments if item not in going)
        await everything(self, replace(plan, deployments=rest), parts)

    patch.setattr(Run, "_all", first)


def hold_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What a rollback has put on a deployment means nothing to the next apply."""
    patch.setattr(plan_transition, "held", lambda spec, marks: None)


PLANTED: dict[Plant, tuple[str, ...]] = {
    no_if_match: ("somebody's work is never undone",),
    random_retry_token: ("no second deployment of a name", "no second catalog entry of a content"),
    marks_first: ("marked as applied when it is",),
    no_ownership_check: ("not ours, not touched",),
    wait_ignores_failed: ("what failed is told", "a rollback leads back"),
    outage_is_failure: ("not seen is not failed",),
    rollback_forgets_a_group: ("a rollback leads back",),
    deletes_first: ("deletes come last",),
    hold_is_forgotten: ("what is held stays",),
}
"""The laws by which each is found."""
