"""The marks that a transition puts on a deployment: whose it is, what was applied last, and what failed.

They are free-form tags, of which a resource has only so many (docs/service.md §8).
"""

from dataclasses import replace

from reconciler.core.model.live import MARKS_ON_A_DEPLOYMENT, TAGS_OF_A_RESOURCE, Marks, join_tags
from reconciler.core.planning.plan import Refusal
from reconciler.core.planning.transition.transition import Transition


def desired_marks(transition: Transition) -> Marks:
    """The marks in the end. Protection stays when its line is removed from the manifest, and so does the wish
    to be asked before a deletion.
    """
    spec, revision, live = transition.spec, transition.desired.revision, transition.live.marks
    return Marks(
        owner=transition.desired.owner,
        name=spec.name,
        applied=spec.applied_mark,
        revision=revision.commit if revision else None,
        protect=live.protect if spec.policy.protect is None else spec.policy.protect,
        prune=spec.policy.prune or live.prune,
    )


def marks_before_proof(transition: Transition) -> Marks:
    """The marks of an update that its probes have not proven yet: nothing counts as applied before that."""
    if not transition.spec.rollout.probes:
        return desired_marks(transition)
    return replace(transition.live.marks, applied=None)


def marks_after_failure(transition: Transition) -> Marks:
    """The marks at the end of a rollback: the spec is remembered as failed. Where the tags of others leave no
    room for that it is not, because the rollback must not fail of it.
    """
    live = transition.live
    labels = live.configuration.labels if live.configuration else ()
    marks = replace(live.marks, failed=transition.spec.failed_mark)
    return marks if len(join_tags(labels, marks)) <= TAGS_OF_A_RESOURCE else live.marks


def too_many_tags(transition: Transition) -> Refusal | None:
    """Why the deployment cannot carry our marks, if it cannot. Live labels that are ignored count as well."""
    marks = replace(desired_marks(transition), failed=transition.spec.failed_mark)
    count = len(join_tags(transition.after.labels, marks))
    if count <= TAGS_OF_A_RESOURCE:
        return None
    most = TAGS_OF_A_RESOURCE - MARKS_ON_A_DEPLOYMENT
    return Refusal(
        f"it would have {count} free-form tags with our marks, {TAGS_OF_A_RESOURCE} at most",
        (f"leave it no more than {most} labels, ignored ones included",),
    )
