"""Whether a deployment is held, and what is said of that.

A hold is put on a deployment by an update that changes more, as any other mark (`transition.marks`).
"""

from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Hold, Spec

HOLD_FIELD = "hold"
"""What a plan calls it among the changes."""


def held(spec: Spec, marks: Marks) -> Hold | None:
    """The hold that keeps this spec from being applied; None where nothing does. It ends when the manifest,
    its files or its probes are others than those that were refused.
    """
    if spec.hold is not None or marks.hold is None:
        return None
    return marks.hold if marks.hold.refused == spec.refused_mark else None


def why_held(hold: Hold, live: Live) -> str:
    """Why a deployment stays as it is, and how that ends."""
    if not live.marks.applied:
        left = f"that rollback did not end: reconcile rollback {live.name} --to {hold.revision} --now"
    else:
        left = f"it ends with another manifest, or with reconcile rollback --resume {live.name}"
    state = "" if live.state is State.ACTIVE else f"; it is {live.state}"
    return f"{hold.standing}: what its manifest asks for was refused{state}; {left}"
