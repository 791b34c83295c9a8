"""What may be done to the models of a deployment that serves: its clients must keep the versions that they
call and the tensors that they send (design: law 4).

What differs is said by `guard.structure_changes`; here is what the manifest allows of it.
"""

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
    stop = _structure_refusal(served, desired, rollout)
    gained = new_versions(served, desired)
    notes = [f"additive: {'; '.join(gained)}. {RELIES_ON}"] if gained and stop is None else []
    if unknown := unknown_tensors(served, desired):
        notes.append(f"the tensors of {', '.join(unknown)} are not declared in config.pbtxt: not compared")
    changed = changed_tensors(served, desired)
    allowed = rollout.tensor_changes
    return GuardVerdict(
        stop=stop,
        forbidden=tuple(_tensor_refusal(name, what) for name, what in changed.items() if name not in allowed),
        notes=tuple(notes),
        dangers=tuple(
            f"{what}, as rollout.tensorChanges allows" for name, what in changed.items() if name in allowed
        ),
    )


def _structure_refusal(served: Structure, desired: Structure, rollout: Rollout) -> Refusal | None:
    lost, gained = lost_versions(served, desired), new_versions(served, desired)
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
RELIES_ON = (
    "Clients that name a version are served by it throughout; those that name none get the newest one as "
    "soon as their request meets a new instance; the new ones answer everywhere when all are replaced"
)
