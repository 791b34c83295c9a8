"""Whether the live values that a saved plan does not hold are such as the planner leaves out: a field that
keeps its live value hides nothing else, and is none that the plan tells to change.
"""

from collections import Counter
from collections.abc import Iterator

from reconciler.core.model.configuration import Json, to_json
from reconciler.core.planning.admission.conditions import all_writes
from reconciler.core.planning.diff.fields import row_at
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import CreateDeployment, UpdateDeployment


def wrong_live_values(item: DeploymentPlan) -> Iterator[str]:
    """What no plan of the planner has of them, each in words."""
    withheld = dict(item.seen.withheld) if item.seen else {}
    for path in withheld:
        if row_at(path) is None:
            yield f"seen: {path!r} is no field of which a live value is left out"
    for write in all_writes(item):
        yield from _wrong_in(write, withheld)
    yield from _told_and_kept(item)


def _wrong_in(write: UpdateDeployment | CreateDeployment, withheld: dict[str, Json]) -> Iterator[str]:
    for path, times in Counter(write.from_live).items():
        row = row_at(path)
        if times > 1 or row is None or path not in withheld:
            yield f"{path!r} is to keep a live value that the plan does not leave out"
        elif to_json(row.read(write.configuration)) != withheld[path]:
            yield f"{path} is to keep its live value, and another one stands in its place"


def _told_and_kept(item: DeploymentPlan) -> Iterator[str]:
    """In the end nothing keeps its live value that the plan tells to change."""
    writes = [step for step in item.steps if isinstance(step, UpdateDeployment | CreateDeployment)]
    told = {change.field for change in item.changes if change.update}
    for path in writes[-1].from_live if writes else ():
        if path in told:
            yield f"{path} is told to change, and keeps its live value"
