"""Refusals that several parts of planning share, and how a deployment's plan becomes blocked.

Each refusal names the way to allow what it forbids.
"""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.model.live import Live
from reconciler.core.model.timestamps import at_and_why, timestamp_words
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal

DESTROY_ONE = "reconcile destroy OCID, for each that is to go"


def blocked(item: DeploymentPlan, *refusals: Refusal) -> DeploymentPlan:
    """The plan of a deployment that a rule refuses to touch: it says why, and does nothing."""
    return replace(item, action=Action.BLOCKED, steps=(), rollbacks=(), refusals=(*item.refusals, *refusals))


def without_secrets(item: DeploymentPlan, unset: Sequence[str]) -> DeploymentPlan:
    """The plan of a deployment that is left alone because its secrets are not known here."""
    names = ", ".join(unset)
    refusal = Refusal(
        f"its manifest takes secrets from the environment that are not set here, or empty: {names}",
        (f"set {names} where this runs", "give it a default: {{ env.NAME | default('…') }}"),
    )
    return blocked(replace(item, reason="its secrets are not known here"), refusal)


def without_secrets_before(item: DeploymentPlan) -> DeploymentPlan:
    """The same for a saved plan that was made without them, so that not all was compared."""
    names, verb = ", ".join(item.unset), "was" if len(item.unset) == 1 else "were"
    what = "it" if len(item.unset) == 1 else "them"
    refusal = Refusal(
        f"{names} {verb} not set where the plan was made, so what comes from {what} was not looked at",
        (f"set {names}, and plan again",),
    )
    return blocked(replace(item, reason="its secrets were not known"), refusal)


def owner_words(owner: str | None) -> str:
    """Whose something is that is not ours, to come after its name."""
    return f"belongs to the owner {owner!r}" if owner else "carries no owner's mark"


def marked_otherwise(live: Live, choice: str) -> Refusal:
    """Why a deployment of ours is not meant by the display name that somebody gave it; `choice` begins a way
    that takes its name.
    """
    reason = f"{live.ocid} has this display name, and is marked as {live.marks.name!r}"
    return Refusal(reason, (f"{choice} {live.marks.name or live.ocid}, if that one is meant",))


def protected(name: str, choice: str) -> Refusal:
    """Why a protected deployment is not deleted or made anew, and the choice that there is."""
    return Refusal(f"{name} is protected from being deleted or replaced", (choice,))


UNPROTECT = "set spec.policy.protect: false in its manifest"
UNPROTECT_FIRST = f"{UNPROTECT}, and apply that first; one that is gone has to come back"
BRING_MANIFEST_BACK = "bring its manifest back, with spec.policy.protect: false, and apply that first"


def tried_before(name: str, at: str = "", why: str = "") -> Refusal:
    """Why a spec that failed is not tried again; `at` (RFC 3339) and `why` as they are remembered."""
    return Refusal(
        f"{name} failed with this very spec before{',' if at else ''}{at_and_why(at, why)}",
        (
            "change the manifest or its models",
            "reconcile apply --retry-failed, if what made it fail is mended",
        ),
    )


def several(name: str, carriers: Sequence[Live], choice: str = DESTROY_ONE) -> Refusal:
    """Why none of several deployments with one name is touched; each is listed with what distinguishes it."""
    each = "; ".join(f"{live.ocid} ({_distinguished(live)})" for live in carriers)
    return Refusal(f"{len(carriers)} deployments go by {name!r}: {each}", (choice,))


def _distinguished(live: Live) -> str:
    created = f"created {timestamp_words(live.created)}" if live.created else "creation time unknown"
    return f"{live.state}, {created}, {live.endpoint or 'no endpoint'}"


def replacement(what: str) -> Refusal:
    """Why something that no update can change is not changed."""
    return Refusal(
        f"{what}: no update can do that, it takes a new deployment with another OCID and endpoint",
        ("take the change back", "set spec.rollout.downtime: allow: it is deleted and created anew"),
    )


def unconfirmed(name_or_ocid: str) -> Refusal:
    """Why a deployment that no manifest names is not deleted unless its name or OCID is given."""
    return Refusal(
        "its deletion has to be confirmed (prune: confirm)",
        (f"reconcile apply --confirm {name_or_ocid}, if it is to go", "restore its manifest"),
    )


def deletes_come_last(name_or_ocid: str, held: Sequence[str]) -> Refusal:
    """Why a deployment that no manifest names stays while others, which manifests name, are blocked."""
    verb = "is" if len(held) == 1 else "are"
    more = len(held) - NAMES_SHOWN
    names = ", ".join(held[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return Refusal(
        f"deletes come after everything else has ended well, and {names} {verb} blocked",
        (f"mend what blocks {names}", f"reconcile destroy {name_or_ocid}, if it is to go all the same"),
    )


def no_project(name: str) -> Refusal:
    """Why nothing is done in a project that does not exist."""
    return Refusal(
        f"there is no project named {name!r} in the target's compartment",
        ("create it", "set createProject: true in the target", "name another project in the target"),
    )


NOT_PINNED = "its image is not pinned, and safety.images in reconciler.yaml asks for that"
NAMES_SHOWN = 10
