"""What the guard of the version structure decides for one update of a serving deployment.

Pure. `guard.version_structure` says what differs; here is what the manifest allows of it.
"""

from dataclasses import dataclass

from reconciler.core.model.artifact import Structure
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.guard import version_structure as versions
from reconciler.core.planning.plan import Refusal


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """`stop`: it cannot be done while it serves. `forbidden`: it must be allowed by name, stopped or not.
    `notes` say what it relies on, `dangers` what was allowed.
    """

    stop: Refusal | None = None
    forbidden: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()


def verdict(model_id: str, served: Structure | None, wanted: Structure, rollout: Rollout) -> GuardVerdict:
    """What may be done with another content of the models."""
    if served is None:
        reason = f"the live artifact ({model_id}) cannot be read, so it is unknown what clients pin"
        return GuardVerdict(stop=Refusal(reason, (ALLOW,)))
    stop = _structure_refusal(served, wanted, rollout)
    gained = versions.gained(served, wanted)
    notes = [f"additive: {'; '.join(gained)}. {RELIES_ON}"] if gained and stop is None else []
    if unknown := versions.unknown_tensors(served, wanted):
        notes.append(f"the tensors of {', '.join(unknown)} are not declared in config.pbtxt: not compared")
    changed = versions.other_tensors(served, wanted)
    allowed = rollout.tensor_changes
    return GuardVerdict(
        stop=stop,
        forbidden=tuple(_tensor_refusal(name, what) for name, what in changed.items() if name not in allowed),
        notes=tuple(notes),
        dangers=tuple(
            f"{what}, as rollout.tensorChanges allows" for name, what in changed.items() if name in allowed
        ),
    )


def _structure_refusal(served: Structure, wanted: Structure, rollout: Rollout) -> Refusal | None:
    lost, gained = versions.lost(served, wanted), versions.gained(served, wanted)
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
