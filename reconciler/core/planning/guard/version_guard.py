"""What may be done to the models of a deployment that serves: its clients must keep the versions that they
call and the tensors that they send (docs/updates.md, The version structure).

What differs is said by `guard.structure_changes`; here is what the manifest allows of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.model.artifact import Structure
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.guard.structure_changes import (
    changed_tensors,
    lost_versions,
    new_versions,
    unknown_tensors,
)
from reconciler.core.planning.plan import Refusal


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """`stop` says why it cannot be done while the deployment serves, `forbidden` what has to be allowed by
    name whether it is stopped or not; `notes` say what the update relies on, `dangers` what was allowed.
    """

    stop: Refusal | None = None
    forbidden: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()


def guard_versions(
    model_id: str, served: Structure | None, desired: Structure, rollout: Rollout
) -> GuardVerdict:
    """What may be done when the models get other content than is served now."""
    if served is None:
        reason = f"the live artifact ({model_id}) cannot be read, so it is unknown what clients pin"
        return GuardVerdict(stop=Refusal(reason, (ALLOW,)))
    gained = new_versions(served, desired)
    stop = _structure_refusal(lost_versions(served, desired), gained, rollout)
    notes = [additive_note(gained)] if gained and stop is None else []
    if unknown := unknown_tensors(served, desired):
        notes.append(f"the tensors of {', '.join(unknown)} are not declared in config.pbtxt: not compared")
    changed = changed_tensors(served, desired)
    allowed = rollout.tensor_changes
    return GuardVerdict(
        stop=stop,
        forbidden=tuple(_tensor_refusal(name, what) for name, what in changed.items() if name not in allowed),
        notes=tuple(notes),
        dangers=tuple(tensor_danger(what) for name, what in changed.items() if name in allowed),
    )


def additive_note(gained: Sequence[str]) -> str:
    """The sentence of a plan that adds these versions while the deployment serves. A saved plan may do that
    only where it has this very sentence (`admission.new_content`), so another wording refuses older plans.
    """
    return (
        f"additive: {'; '.join(gained)}. Clients that name a version are served by it throughout; those that "
        "name none get the newest one as soon as their request meets a new instance; the new ones answer "
        "everywhere when all are replaced"
    )


def tensor_danger(what: str) -> str:
    """The sentence of a plan that changes these tensors, with leave; a saved plan needs it likewise."""
    return f"{what}, as rollout.tensorChanges allows"


def _structure_refusal(lost: Sequence[str], gained: Sequence[str], rollout: Rollout) -> Refusal | None:
    additive = rollout.versions is VersionChange.ADDITIVE
    if not lost and (additive or not gained):
        return None
    choices = ["keep the model's name and version number and replace the content"]
    if not lost:
        choices.append(
            "set spec.rollout.versions: additive: the new ones are added beside those that are served"
        )
    elif gained:
        choices.append(
            "go on serving the old version too (version_policy in the model's configuration) "
            "with spec.rollout.versions: additive"
        )
    reason = "the version structure would change while it serves: " + "; ".join((*lost, *gained))
    return Refusal(reason, (*choices, ALLOW))


def _tensor_refusal(name: str, what: str) -> Refusal:
    return Refusal(
        f"clients of {what}: the version number stays, and what it takes or gives does not",
        (
            "publish it under a new version number",
            f"set spec.rollout.tensorChanges: [{name}], if its clients can take both",
        ),
    )


ALLOW = "set spec.rollout.downtime: allow: it is stopped, updated and started again"
