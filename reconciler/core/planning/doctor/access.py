"""Sign-in, clock, compartment, project and policies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.core.model.errors import (
    SIGN_IN_AGAIN,
    NotAllowed,
    ReconcilerError,
    SetupError,
)
from reconciler.core.model.live import Project
from reconciler.core.model.text import counted
from reconciler.core.model.views.checkup import (
    Check,
    CompartmentState,
    FirstAnswer,
    Topic,
    fine,
    not_seen,
    wrong,
)
from reconciler.core.planning.doctor.words import (
    AGAIN,
    GROUP,
    advice_in,
    answer_words,
    first_words,
    is_refusal,
    statement,
    unanswered,
)

MOST_SKEW = 300.0
"""Seconds that the clocks of a signed request may differ (docs/service.md §5.4)."""

LITTLE_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class Read:
    """A call of the service that a plan makes, and what allows it and the writes that follow from it.
    `needed`: whether a plan fails without it.
    """

    operation: str
    verb: str
    resources: str
    needed: bool = True


READS = (
    Read("list_projects", "manage", "data-science-projects"),
    Read("list_model_deployments", "manage", "data-science-model-deployments"),
    Read("list_models", "manage", "data-science-models"),
    Read("list_work_requests", "use", "data-science-work-requests"),
    Read("list_model_groups", "manage", "data-science-family", needed=False),
)
"""What a plan asks of Data Science (docs/service.md §4.5 has the policies). A plan does without model groups
where it may not see them.
"""


def sign_in_failed(error: ReconcilerError) -> Check:
    """There is nothing to sign requests with."""
    return wrong(Topic.SIGN_IN, first_words(error), *advice_in(error))


def sign_in(answer: FirstAnswer, how: str) -> Check:
    """Whether the service accepts who we are; `how` is the way of signing in, in words."""
    refusal = answer.refusal
    if refusal is None or is_refusal(refusal):
        return fine(Topic.SIGN_IN, f"the service accepts {how}")
    if isinstance(refusal, NotAllowed):
        return wrong(Topic.SIGN_IN, f"the service refuses {how}: {answer_words(refusal)}", *_again(answer))
    if isinstance(refusal, SetupError):
        return sign_in_failed(refusal)
    return unanswered(Topic.SIGN_IN, "the service did not say whether it accepts us", refusal)


def _again(answer: FirstAnswer) -> tuple[str, ...]:
    if answer.skew is not None and abs(answer.skew) > MOST_SKEW:
        return ("Set this machine's clock first; then the key may turn out to be right.",)
    return (SIGN_IN_AGAIN,)


def clock(answer: FirstAnswer) -> Check:
    """Whether this machine's clock fits the service's."""
    if answer.skew is None:
        return not_seen(Topic.CLOCK, "no answer of the service told its time", AGAIN)
    off = abs(answer.skew)
    behind = "behind" if answer.skew > 0 else "ahead of"
    if off > MOST_SKEW:
        what = f"this machine's clock is {_duration(off)} {behind} the service's"
        advice = f"Set it, best by NTP: a signature may be {MOST_SKEW / 60:.0f} minutes old."
        return wrong(Topic.CLOCK, what, advice)
    if off > LITTLE_SKEW:
        return fine(Topic.CLOCK, f"{_duration(off)} {behind} the service's; 5 minutes are allowed")
    return fine(Topic.CLOCK, "within a minute of the service's")


def _duration(seconds: float) -> str:
    return counted(round(seconds / 60), "minute")


def compartment(
    seen: CompartmentState | ReconcilerError, ocid: str, reads: Mapping[str, ReconcilerError | None]
) -> Check:
    """Whether the compartment is there; `reads` are the calls in it, with their errors."""
    match seen:
        case CompartmentState(name=name, state="ACTIVE"):
            return fine(Topic.COMPARTMENT, f"{name} is ACTIVE")
        case CompartmentState(name=name, state=state):
            advice = "Set the target's compartment to one that is ACTIVE."
            return wrong(Topic.COMPARTMENT, f"{name} is {state}", advice)
    if not is_refusal(seen):
        return unanswered(Topic.COMPARTMENT, ocid, seen)
    if any(error is None for error in reads.values()):
        what = f"{ocid} is there, and may not be looked at: {answer_words(seen)}"
        return not_seen(
            Topic.COMPARTMENT, what, statement("inspect", "compartments", ""), "Nothing needs it."
        )
    what = f"{ocid}: nothing in it may be seen, or there is none: {answer_words(seen)}"
    allowed = (statement(read.verb, read.resources, ocid) for read in READS if read.needed)
    check = "Check the target's compartment and region. If they are right, whoever signs in needs:"
    return wrong(Topic.COMPARTMENT, what, check, *allowed, GROUP)


def project(seen: Project | ReconcilerError, listed: ReconcilerError | None) -> Check:
    """Whether the project of the target is there, or may be made; `listed` is why projects cannot be listed,
    if so.
    """
    match seen:
        case Project(name=name, ocid=str()):
            return fine(Topic.PROJECT, f"{name} is there")
        case Project(name=name, create=True):
            return fine(Topic.PROJECT, f"{name} is not there yet: apply creates it")
        case Project(name=name):
            advice = "Create it, set the target's project to one that exists, or createProject: true."
            return wrong(Topic.PROJECT, f"there is no project named {name}", advice)
    if isinstance(seen, SetupError):
        return wrong(Topic.PROJECT, first_words(seen), *advice_in(seen))
    if listed is not None or not is_refusal(seen):
        return unanswered(Topic.PROJECT, "it could not be read", seen)
    advice = "Check the target's project; or allow whoever signs in to see it."
    return wrong(Topic.PROJECT, f"the project is not there: {answer_words(seen)}", advice)


def bucket(name: str, seen: str | ReconcilerError) -> Check:
    """Whether the bucket for large content is there; `seen` is its namespace."""
    match seen:
        case str():
            return fine(Topic.BUCKET, f"{name} is there")
        case SetupError():
            what, _, advice = first_words(seen).partition(": ")
            return wrong(Topic.BUCKET, what, f"{advice[:1].upper()}{advice[1:]}.")
    return unanswered(Topic.BUCKET, f"whether {name} is there", seen)


def policies(reads: Mapping[str, ReconcilerError | None], ocid: str, groups_wanted: bool) -> list[Check]:
    """Which reads of a plan are refused; `groups_wanted`: whether a manifest deploys a model group."""
    checks = [
        _refused_or_unseen(read, error, ocid, groups_wanted)
        for read in READS
        if (error := reads[read.operation]) is not None
    ]
    if checks:
        *others, last = checks
        return [*others, replace(last, advice=(*last.advice, GROUP))]
    allowed = f"all {len(READS)} reads of a plan are allowed; what may be written is seen by apply alone"
    return [fine(Topic.POLICIES, allowed)]


def _refused_or_unseen(read: Read, error: ReconcilerError, ocid: str, groups_wanted: bool) -> Check:
    if not is_refusal(error):
        return unanswered(Topic.POLICIES, read.operation, error)
    what = f"{read.operation} is refused: {answer_words(error)}"
    allowed = statement(read.verb, read.resources, ocid)
    if read.needed or groups_wanted:
        return wrong(Topic.POLICIES, what, allowed)
    return not_seen(Topic.POLICIES, f"no manifest has a model group, and {what}", allowed)
