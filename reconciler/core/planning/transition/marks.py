"""The marks that a transition puts on a deployment: whose it is, what was applied last, and what failed.

They are free-form tags, of which a resource has only so many (docs/service.md §8).
"""

import json
from dataclasses import replace

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import (
    LONGEST_TAG,
    MARKS_ON_A_DEPLOYMENT,
    MOST_TAG_BYTES,
    TAGS_OF_A_RESOURCE,
    Marks,
    join_tags,
)
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
        hold=spec.hold,
    )


def marks_before_proof(transition: Transition) -> Marks:
    """The marks of an update that its probes have not proven yet: nothing counts as applied before that."""
    return marks_on_the_way(transition) if transition.spec.rollout.probes else desired_marks(transition)


def marks_on_the_way(transition: Transition) -> Marks:
    """The marks before all is done: nothing counts as applied. A hold begins with the first update, so that
    a run that is killed leaves the deployment held; one that ends lasts to the end.
    """
    live = transition.live.marks
    return replace(live, applied=None, hold=transition.spec.hold or live.hold)


def begins_hold(transition: Transition) -> bool:
    """Whether this transition is what puts a hold on the deployment, or another one than it has."""
    return transition.spec.hold not in (None, transition.live.marks.hold)


def marks_after_failure(transition: Transition) -> Marks:
    """The marks at the end of a rollback: the spec is remembered as failed. Where the tags of others leave no
    room for that it is not, because the rollback must not fail of it.
    """
    marks = replace(transition.live.marks, failed=transition.spec.failed_mark)
    # When it failed and why is added by then.
    longest = replace(marks, failed_why="x" * LONGEST_TAG)
    return marks if _have_room(longest, transition.before) else transition.live.marks


def _have_room(marks: Marks, configuration: Configuration) -> bool:
    """Whether one resource can carry these marks beside the tags of a configuration."""
    tags = join_tags(configuration.labels, marks)
    defined: dict[str, dict[str, str]] = {}
    for name, value in configuration.defined_tags:
        namespace, _, key = name.partition(".")
        defined.setdefault(namespace, {})[key] = value
    size = len(json.dumps([dict(tags), defined], ensure_ascii=False).encode())
    return len(tags) <= TAGS_OF_A_RESOURCE and size <= MOST_TAG_BYTES


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
