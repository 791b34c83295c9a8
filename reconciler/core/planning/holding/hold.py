"""Whether a deployment is held, and what is said of that.

A hold is put on a deployment by the same update as any other mark (`transition.marks`).
"""

from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Hold, Spec

SHOWN = 12
"""Characters of a commit, in words for people."""


def held(spec: Spec, marks: Marks) -> Hold | None:
    """The hold that keeps this spec from being applied; None where nothing does. It ends when the manifest,
    its files or its probes are others than those that were refused.
    """
    if spec.hold is not None or marks.hold is None:
        return None
    return marks.hold if marks.hold.refused == spec.refused_mark else None


def hold_words(hold: Hold) -> str:
    """That something is held, and at which revision."""
    return f"held at revision {hold.revision[:SHOWN]} by a rollback"


def why_held(hold: Hold, live: Live) -> str:
    """Why a deployment stays as it is, and how that ends."""
    if not live.marks.applied:
        left = f"that rollback did not end: reconcile rollback {live.name} --to {hold.revision} --now"
    else:
        left = f"it ends with another manifest, or with reconcile rollback --resume {live.name}"
    state = "" if live.state is State.ACTIVE else f"; it is {live.state}"
    return f"{hold_words(hold)}: what its manifest asks for was refused{state}; {left}"
