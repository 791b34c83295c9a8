"""The proof of a transition: the probes, and the mark that says that they were answered as expected."""

from collections.abc import Iterable, Set

from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import ProbeDeployment, Step
from reconciler.core.planning.transition.batches import Batch
from reconciler.core.planning.transition.changes import groups_at_once
from reconciler.core.planning.transition.transition import Transition
from reconciler.core.planning.transition.updates import update_marks


def probe(transition: Transition) -> tuple[Step, ...]:
    """The step that asks the live endpoint, if the spec has probes."""
    probes = transition.spec.rollout.probes
    return (ProbeDeployment(probes),) if probes else ()


def prove(transition: Transition) -> tuple[Step, ...]:
    """The probes after an update of everything at once, and the marks after them."""
    probes, groups = probe(transition), groups_at_once(transition.plan.changes)
    return (*probes, *update_marks(transition, set(groups))) if probes and groups else probes


def can_be_probed(changes: Iterable[Change], changed: Set[OptionGroup]) -> bool:
    """Whether the container and the models, which probes are about, are as desired already."""
    return all(
        change.option_group in changed
        for change in changes
        if change.option_group is OptionGroup.CONTAINER or change.field == "spec.models"
    )


def without_marks(batches: tuple[Batch, ...], marked: bool) -> tuple[Batch, ...]:
    """The batches without metadata: the marks say that all is applied, so they come after the probes. If the
    mark is set already (`marked`), the first batch removes it.
    """
    rest = (tuple(group for group in batch if group is not OptionGroup.METADATA) for batch in batches)
    kept = tuple(batch for batch in rest if batch)
    return ((*kept[0], OptionGroup.METADATA), *kept[1:]) if marked and kept else kept
