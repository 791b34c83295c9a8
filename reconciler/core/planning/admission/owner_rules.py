"""Whether a saved plan touches only what may be touched: deployments that are ours or may be adopted, not
protected ones, with our marks, and our catalog models.
"""

from collections.abc import Collection, Iterator

from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Prune
from reconciler.core.model.target import Ownership
from reconciler.core.planning.admission.conditions import Conditions, all_writes, checked_again
from reconciler.core.planning.admission.disclosure import CHANGING, hidden
from reconciler.core.planning.ownership.adoption import adoption_note
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.refusals import UNPROTECT, owner_words, protected
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD
from reconciler.core.planning.steps import KeepModel
from reconciler.core.planning.transition.changes import PROTECT_FIELD, PRUNE_FIELD, RENAMED_FIELD


def not_allowed(item: DeploymentPlan, live: Live | None, conditions: Conditions) -> Iterator[Refusal]:
    """Why a deployment may not be touched so; `live` is None for one that is to be created."""
    if live is not None:
        yield from _whose(item, live, conditions)
        yield from _protected(item, live, conditions)
    if item.action is Action.RELEASE:
        yield from _released(item, live)
    else:
        yield from _marks(item, live, conditions)
    yield from _models(item, live, conditions)


def _whose(item: DeploymentPlan, live: Live, conditions: Conditions) -> Iterator[Refusal]:
    if live.marks.owner is None and is_adopted_by_ocid(item, live):
        return
    deletes, safety = item.action is Action.DELETE, conditions.safety
    policy = safety.prune_ownership if deletes else safety.update_ownership
    owner, key = live.marks.owner, f"safety.ownership.{'prune' if deletes else 'update'}"
    policy = Ownership.MATCH if item.action is Action.RELEASE else policy
    if not policy.allows(owner, conditions.index.owner):
        choice = f"set {key} in reconciler.yaml, if it is to be managed from here"
        yield checked_again(f"{live.ocid} {owner_words(owner)}, and {key} is {policy}", choice)
    if item.name not in _names(item, live, conditions.index.owner):
        yield checked_again(f"{live.ocid} goes by {live.name!r}, and the plan calls it {item.name!r}")


def is_adopted_by_ocid(item: DeploymentPlan, live: Live) -> bool:
    """Whether the manifest takes the deployment over by its OCID. It counts as said where the plan has the
    very sentence that tells it, since that is what whoever agreed to the plan has read.
    """
    return bool(item.manifest) and item.action in CHANGING and adoption_note(live.ocid) in item.notes


def _released(item: DeploymentPlan, live: Live | None) -> Iterator[Refusal]:
    """Only what is marked to be released loses our marks, and it loses all of them."""
    if live is None or live.marks.prune is not Prune.RELEASE:
        yield checked_again("it is not marked to be released (spec.policy.prune: release)")
    if any(write.marks != Marks() for write in all_writes(item)):
        yield checked_again("it would keep some of our marks")


def _names(item: DeploymentPlan, live: Live, owner: str) -> Collection[str]:
    """What a deployment may be called in a plan. A rename stands among the changes, save for one that has
    FAILED, which serves nobody.
    """
    if item.action in (Action.DELETE, Action.RELEASE):
        return (live.name,)
    if live.marks.owner != owner:
        return (live.display_name, *((item.name,) if is_adopted_by_ocid(item, live) else ()))
    name = live.marks.name or ""
    renamed = live.state is State.FAILED or any(
        change.field == RENAMED_FIELD and change.old == name for change in item.changes
    )
    return (name, item.name) if renamed else (name,)


def _protected(item: DeploymentPlan, live: Live, conditions: Conditions) -> Iterator[Refusal]:
    if item.action not in (Action.DELETE, Action.REPLACE):
        return
    if live.marks.protect:
        refusal = protected(live.name, f"{UNPROTECT}, apply that first, and plan again")
        yield checked_again(refusal.reason, *refusal.choices)
    waits = Prune.CONFIRM in (live.marks.prune, conditions.safety.prune)
    confirmed = {live.name, live.ocid} & set(conditions.confirmed)
    if item.action is Action.DELETE and waits and not confirmed:
        carriers = sum(other.name == live.name for other in conditions.index.alive)
        name_or_ocid = live.name if carriers < 2 else live.ocid
        yield checked_again(
            "its deletion has to be confirmed where it is done (prune: confirm)",
            f"reconcile apply --plan FILE --confirm {name_or_ocid}, if it is to go",
        )


def _marks(item: DeploymentPlan, live: Live | None, conditions: Conditions) -> Iterator[Refusal]:
    """The marks are ours, or those that the deployment carries; what protects it goes only where the plan
    says so, and a hold begins or ends only so.
    """
    old = live.marks if live else Marks(conditions.index.owner, item.name)
    may = {(conditions.index.owner, item.name), (old.owner, old.name)}
    new = {change.field: change.new for change in item.changes}
    stays = item.action in CHANGING
    for marks in (write.marks for write in all_writes(item)):
        if (marks.owner, marks.name) not in may:
            yield checked_again(f"it would be marked as {marks.name!r} of the owner {marks.owner!r}")
        if marks.hold != old.hold and (HOLD_FIELD, marks.hold_words) not in new.items():
            yield hidden(HOLD_FIELD)
        if stays and old.protect and not marks.protect and new.get(PROTECT_FIELD) is not False:
            yield hidden(PROTECT_FIELD)
        held = stays and old.prune is not Prune.AUTO and marks.prune is not old.prune
        if held and new.get(PRUNE_FIELD) != marks.prune:
            yield hidden(PRUNE_FIELD)


def _models(item: DeploymentPlan, live: Live | None, conditions: Conditions) -> Iterator[Refusal]:
    """By OCID only what the deployment runs, or what is ours: everything else is looked up by its content."""
    may = {*conditions.index.our_models_by_ocid, *((live.model_id,) if live else ())}
    for model in (write.model for write in all_writes(item)):
        if isinstance(model, KeepModel) and model.ocid not in may:
            yield checked_again(f"the catalog model {model.ocid} is neither what it runs nor ours")
