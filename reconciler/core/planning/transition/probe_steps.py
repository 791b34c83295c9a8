"""The proof of a transition: that the server has every version, the probes, and the mark that says that they
were answered as expected.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from reconciler.core.model.proof.presence import why_not_asked
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.fields import MODELS_FIELD
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CheckPresence,
    CreateDeployment,
    ProbeDeployment,
    Step,
    UpdateDeployment,
)
from reconciler.core.planning.transition.batches import Batch
from reconciler.core.planning.transition.changes import groups_at_once
from reconciler.core.planning.transition.transition import Transition
from reconciler.core.planning.transition.updates import update_marks

SERVED_BY = frozenset({OptionGroup.CONTAINER, OptionGroup.CORE, OptionGroup.MODELS})
"""Option groups whose update starts servers with another container, other models, or on another machine."""


def presence(transition: Transition) -> tuple[Step, ...]:
    """The step that asks for every version that should be served, where that is known and can be asked."""
    versions = tuple(sorted(transition.spec.served.versions))
    return (CheckPresence(versions),) if versions and not _why_not_asked(transition) else ()


def _why_not_asked(transition: Transition) -> str:
    """Why nobody can ask for the versions; empty where that can be done."""
    desired, after = transition.spec.configuration, transition.after
    if transition.spec.by_ocid:
        return "the manifest names a catalog model by its OCID, and not what that holds"
    if transition.spec.served.assumed:
        return "the start command does not plainly run tritonserver, so it is not known which they are"
    if (after.container.words, after.artifact) != (desired.container.words, desired.artifact):
        return "spec.policy.ignore leaves the models or the start command as they are"
    return why_not_asked(after.container)


def probe(transition: Transition) -> tuple[Step, ...]:
    """The step that asks the live endpoint, if the spec has probes."""
    probes = transition.spec.rollout.probes
    return (ProbeDeployment(probes),) if probes else ()


def proof(transition: Transition) -> tuple[Step, ...]:
    """All that is asked of the live endpoint."""
    return (*presence(transition), *probe(transition))


def proof_and_marks(transition: Transition) -> tuple[Step, ...]:
    """The proof of an update of everything at once, and with probes the marks after it."""
    groups = groups_at_once(transition.plan.changes)
    marks = update_marks(transition, set(groups)) if probe(transition) and groups else ()
    return (*proof(transition), *marks)


def proof_of_batch(transition: Transition, batch: Batch, changed: Set[OptionGroup]) -> tuple[Step, ...]:
    """The proof of one update while the deployment serves, after which the `changed` groups are as desired.
    The versions are asked for after what can change them, and where this very spec has failed before.
    """
    if not can_be_probed(transition.plan.changes, changed):
        return ()
    ask = bool(SERVED_BY & set(batch)) or transition.failed_before
    return proof(transition) if ask else probe(transition)


def told_what_is_not_asked(transition: Transition, plan: DeploymentPlan) -> DeploymentPlan:
    """The plan, with a note where its steps make a server serve that cannot be asked what it has."""
    why = _why_not_asked(transition)
    if not why or not transition.ends_active or not any(map(_makes_serve, plan.steps)):
        return plan
    return replace(plan, notes=(*plan.notes, f"whether every version is served is not checked: {why}"))


def _makes_serve(step: Step) -> bool:
    if isinstance(step, UpdateDeployment):
        return bool(SERVED_BY & set(step.option_groups))
    return isinstance(step, CreateDeployment | ActivateDeployment)


def can_be_probed(changes: Iterable[Change], changed: Set[OptionGroup]) -> bool:
    """Whether the container and the models, which probes are about, are as desired already."""
    return all(
        change.option_group in changed
        for change in changes
        if change.option_group is OptionGroup.CONTAINER or change.field == MODELS_FIELD
    )


def without_marks(batches: tuple[Batch, ...]) -> tuple[Batch, ...]:
    """The batches without metadata: the marks say that all is applied, so they come after the probes."""
    rest = (tuple(group for group in batch if group is not OptionGroup.METADATA) for batch in batches)
    return tuple(batch for batch in rest if batch)


def with_marks_first(batches: tuple[Batch, ...]) -> tuple[Batch, ...]:
    """The batches, of which the first writes marks: it begins a hold, or takes away what says that all is
    applied.
    """
    if not batches or OptionGroup.METADATA in batches[0]:
        return batches
    return ((*batches[0], OptionGroup.METADATA), *batches[1:])
