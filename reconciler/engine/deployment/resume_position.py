"""Tells which step of its plan a live deployment has reached. It reads, and never writes."""

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import Live
from reconciler.core.planning.steps import PublishedModel
from reconciler.core.planning.transition.milestones import (
    Milestone,
    WrittenContent,
    is_as_seen,
    milestones,
    same_content,
)
from reconciler.core.planning.transition.read_back import NotAsSent, differences, foreign_tags
from reconciler.core.planning.withheld.live_values import with_live_values
from reconciler.core.planning.withheld.seen import is_what_was_seen
from reconciler.engine.deployment.execution import Execution, Moved


async def check_start(execution: Execution) -> None:
    """Before the first write, the deployment must be what the plan saw, and not yet what the plan makes of
    it. Raises Moved when it is not. The plan has seen no values of variables, which another run may have set.
    """
    progress, seen = execution.progress, execution.plan.seen
    if progress.etag or seen is None:
        return
    reading = await execution.read()
    if reading is None:
        raise Moved("it is gone")
    live, etag = reading
    if not is_what_was_seen(live, seen):
        raise Moved("it is not what the plan saw any more")
    if await position_of(execution, live) not in (None, progress.done):
        raise Moved("another run of this plan is further")
    progress.record(live, etag)


async def position_of(execution: Execution, live: Live) -> int | None:
    """The index of the last write that can have led to this, -1 for the start; None when none of the plan's
    can, because somebody else has changed it.
    """
    for milestone in reversed(milestones(execution.plan)):
        if milestone.step >= execution.progress.done and await _is_at(execution, milestone, live):
            return milestone.step
    return None


def foreign_additions(execution: Execution, live: Live, configuration: Configuration) -> list[NotAsSent]:
    """What somebody has added that the next update would take away again."""
    last = execution.progress.live or execution.progress.adopted
    tags = foreign_tags(live, last, configuration) if last is not None else ()
    return [NotAsSent(f"the defined tag {key} was added", (key,)) for key in tags]


async def _is_at(execution: Execution, milestone: Milestone, live: Live) -> bool:
    progress, seen = execution.progress, execution.plan.seen
    if milestone.step == progress.done and progress.live is not None:
        return live.state is progress.live.state and same_content(progress.live, live)
    if milestone.desired is None:
        untouched = progress.before is None or same_content(progress.before, live)
        return bool(seen and untouched and is_as_seen(live, seen, milestone.state))
    if live.state is not milestone.state or live.marks != milestone.desired.marks:
        return False
    # A run that begins anew does not know what was live before: that is compared with nothing then.
    configuration = with_live_values(milestone.desired, progress.before or live)
    if foreign_additions(execution, live, configuration) or differences(
        live, configuration, live.model_id or ""
    ):
        return False
    return await _runs(execution, milestone.desired, live)


async def _runs(execution: Execution, content: WrittenContent, live: Live) -> bool:
    if not isinstance(content.model, PublishedModel):
        return live.model_id == content.model.ocid
    model = live.model_id or ""
    return await execution.catalog.content(execution.call, model) == content.model.digest
