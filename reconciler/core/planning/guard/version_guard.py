"""What may be done to the models of a deployment that serves, and to the command that serves them: its
clients must keep the versions that they call and the contract of each (docs/updates.md, The version
structure).

What differs is said by `guard.structure_changes`; here is what the manifest allows of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.model.served.structure import Served, Servings, Structure, WillNotServe
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.model.text import joined
from reconciler.core.planning.guard.structure_changes import contract_changes, lost_versions, new_versions
from reconciler.core.planning.plan import Refusal


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """`stop` says why it cannot be done while the deployment serves, `forbidden` what has to be allowed by
    name, or mended, whether it is stopped or not; `notes` say what the update relies on, `dangers` what was
    allowed or is not known. `models_first`: the models have to be updated before the container.
    """

    stop: Refusal | None = None
    forbidden: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()
    models_first: bool = False

    @property
    def passes(self) -> bool:
        """Whether it can be done while the deployment serves."""
        return self.stop is None and not self.forbidden


def guard_update(
    model_id: str, servings: Servings, rollout: Rollout, *, apart: bool, can_join: bool = True
) -> GuardVerdict:
    """What may be done when another content or another command is to serve. `apart`: the container and the
    models change in two updates; `can_join`: with another setting they would change in one.
    """
    verdict = guard_versions(model_id, servings.now, servings.desired, rollout)
    if not apart or not verdict.passes:
        return verdict
    passing, hindrances = [], {}
    ways = ((servings.container_first, "container first"), (servings.models_first, "models first"))
    for models_first, (between, way) in enumerate(ways):
        hindrance, dangers = _on_the_way(model_id, servings, between, rollout)
        if hindrance:
            hindrances[way] = hindrance
        else:
            told = tuple(dict.fromkeys((*verdict.dangers, *dangers)))
            passing.append(replace(verdict, dangers=told, models_first=bool(models_first)))
    if passing:
        return min(passing, key=lambda found: len(found.dangers))
    choices = (IN_TWO, TOGETHER, ALLOW) if can_join else (IN_TWO, ALLOW)
    return replace(verdict, stop=Refusal(_no_order(hindrances), choices))


def _no_order(hindrances: Mapping[str, str]) -> str:
    """Why neither order keeps everyone served, by the order. What hinders both is said once."""
    same = len({*hindrances.values()}) == 1
    why = [hindrance if same else f"{way}: {hindrance}" for way, hindrance in hindrances.items()]
    return "no order of the two updates keeps everyone served: " + "; ".join(dict.fromkeys(why))


def guard_versions(
    model_id: str, served: Served | None, desired: Served | None, rollout: Rollout
) -> GuardVerdict:
    """What may be done when the server is to serve `desired` instead of what is `served` now."""
    if not isinstance(served, Structure):
        why = served.why if served else f"the live artifact ({model_id}) cannot be read"
        return GuardVerdict(stop=Refusal(f"{why}, so it is unknown what clients pin", (ALLOW,)))
    if not isinstance(desired, Structure):
        why = desired.why if desired else "the content that it keeps cannot be read"
        return GuardVerdict(forbidden=(Refusal(f"it would not serve: {why}", (MEND,)),))
    gained, changes = new_versions(served, desired), contract_changes(served, desired)
    stop = _structure_refusal(lost_versions(served, desired), gained, rollout)
    notes = [additive_note(gained)] if gained and stop is None else []
    notes += [f"wider for clients: {what}" for what in changes.widenings]
    allowed = rollout.tensor_changes
    dangers = [tensor_danger(what) for name, what in changes.breaks.items() if name in allowed]
    dangers += [f"may break clients: {what}" for what in changes.unknown]
    dangers += [RESTRICTED] if desired.restricted - served.restricted else []
    dangers += [ASSUMED] if served.assumed or desired.assumed else []
    return GuardVerdict(
        stop=stop,
        forbidden=tuple(
            _tensor_refusal(name, what) for name, what in changes.breaks.items() if name not in allowed
        ),
        notes=tuple(notes),
        dangers=tuple(dangers),
    )


def _on_the_way(
    model_id: str, servings: Servings, between: Served | None, rollout: Rollout
) -> tuple[str, tuple[str, ...]]:
    """Why the deployment cannot serve `between` for a while, empty when it can; and the dangers of that."""
    if isinstance(between, WillNotServe):
        return f"it would not serve: {between.why}", ()
    dangers: tuple[str, ...] = ()
    for before, after in ((servings.now, between), (between, servings.desired)):
        verdict = guard_versions(model_id, before, after, rollout)
        for refusal in filter(None, (verdict.stop, *verdict.forbidden)):
            return refusal.reason, ()
        dangers += verdict.dangers
    return "", dangers


def additive_note(gained: Sequence[str]) -> str:
    """The sentence of a plan that adds these versions while the deployment serves. A saved plan may do that
    only where it has this very sentence (`admission.new_content`), so another wording refuses older plans.
    """
    return (
        f"additive: {joined(gained, '; ')}. Clients that name a version are served by it throughout; those "
        "that name none get the newest one as soon as their request meets a new instance; the new ones "
        "answer everywhere when all are replaced"
    )


def tensor_danger(what: str) -> str:
    """The sentence of a plan that changes these tensors, with leave; a saved plan needs it likewise."""
    return f"{what}, as rollout.tensorChanges allows"


def _structure_refusal(lost: Sequence[str], gained: Sequence[str], rollout: Rollout) -> Refusal | None:
    additive = rollout.versions is VersionChange.ADDITIVE
    if not lost and (additive or not gained):
        return None
    choices = ["go on serving what is served now: the same model names, version numbers and --load-model"]
    if not lost:
        choices.append(
            "set spec.rollout.versions: additive: the new ones are added beside those that are served"
        )
    elif gained:
        choices.append(
            "go on serving the old version too (version_policy in the model's configuration) "
            "with spec.rollout.versions: additive"
        )
    reason = "the version structure would change while it serves: " + joined((*lost, *gained), "; ")
    return Refusal(reason, (*choices, ALLOW))


def _tensor_refusal(name: str, what: str) -> Refusal:
    return Refusal(
        f"clients of {what}: the version number stays, and what it takes or gives does not",
        (
            "publish it under a new version number",
            f"set spec.rollout.tensorChanges: [{name}], if its clients can take both",
        ),
    )


ASSUMED = (
    "the start command does not plainly run tritonserver, so what it serves is not known: it is compared as "
    "if it served every model"
)
RESTRICTED = (
    "may break clients: --http-restricted-api changes in the start command, and the server refuses whoever "
    "does not send the header that it names"
)
IN_TWO = "make two changes of it, each of which the server can serve"
TOGETHER = (
    "set safety.updateGroups: documented in reconciler.yaml: container and models then change in one update "
    "(docs/service.md §3.2)"
)
MEND = "mend the start command or the models"
ALLOW = "set spec.rollout.downtime: allow: it is stopped, updated and started again"
