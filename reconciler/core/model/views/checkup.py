"""What `doctor` finds: checks with verdicts, and the facts that they are made from. Values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.model.errors import ReconcilerError


class Verdict(StrEnum):
    """What there is to say of a thing. Not seen is not wrong: nobody could look."""

    FINE = "fine"
    WRONG = "wrong"
    NOT_SEEN = "not seen"


class Topic(StrEnum):
    """What is looked at, in the order in which it is told."""

    SIGN_IN = "sign-in"
    CLOCK = "clock"
    COMPARTMENT = "compartment"
    PROJECT = "project"
    BUCKET = "bucket"
    POLICIES = "policies"
    MANIFESTS = "manifests"
    VARIABLES = "variables"
    SHAPES = "shapes"
    LIMITS = "limits"
    IMAGES = "images"
    LOGS = "logs"
    NETWORK = "network"


OFFLINE = frozenset({Topic.MANIFESTS, Topic.VARIABLES, Topic.IMAGES})
"""What can be looked at without a sign-in; images of OCI's own registry need one all the same."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: in one line what there is to say of it, and what to do, in one or more
    lines; empty where nothing is to be done.
    """

    topic: Topic
    verdict: Verdict
    what: str
    advice: tuple[str, ...] = ()


def fine(topic: Topic, what: str) -> Check:
    """A check of what is as it should be."""
    return Check(topic, Verdict.FINE, what)


def wrong(topic: Topic, what: str, *advice: str) -> Check:
    """A check of what has to be mended."""
    return Check(topic, Verdict.WRONG, what, advice)


def not_seen(topic: Topic, what: str, *advice: str) -> Check:
    """A check of what could not be looked at."""
    return Check(topic, Verdict.NOT_SEEN, what, advice)


@dataclass(frozen=True, slots=True)
class Checkup:
    """All checks of one target, in the order of their topics."""

    target: str
    checks: tuple[Check, ...]

    def number_of(self, verdict: Verdict) -> int:
        """How many checks ended so."""
        return sum(check.verdict is verdict for check in self.checks)


# -- facts


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The answer to the first signed call. `skew` are the seconds that the service's clock is ahead of this
    machine's; None where the answer did not say. `refusal` is the error that it was, if it was one.
    """

    skew: float | None = None
    refusal: ReconcilerError | None = None


@dataclass(frozen=True, slots=True)
class CompartmentState:
    """A compartment as Identity knows it; `state` is a word of the service."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class OfferedShape:
    """A compute shape that the service offers; of a flexible one, the largest size."""

    cores: float = 0.0
    memory_gbs: float = 0.0


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """How much is left of a service limit, and how much is used; None where the service does not say."""

    available: float | None
    used: float | None = None


@dataclass(frozen=True, slots=True)
class LogState:
    """A log as Logging knows it; `state` and `kind` are words of the service."""

    state: str
    kind: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PrivateEndpointState:
    """A private endpoint of Data Science; `state` and `serves` are words of the service."""

    state: str
    serves: str


@dataclass(frozen=True, slots=True)
class Route:
    """Whether HTTP gets from here to an address; `why` says why not."""

    address: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What is known of the limits: all their names, and what is left of those that were asked for, or the
    error.
    """

    names: frozenset[str]
    left: Mapping[str, LimitLeft | ReconcilerError] = field(default_factory=dict)


Fact: TypeAlias = FirstAnswer | CompartmentState | LogState | PrivateEndpointState | Route
"""What holds words of others."""


def redacted_fact(
    fact: Fact, text: Callable[[str], str], error: Callable[[ReconcilerError], ReconcilerError]
) -> Fact:
    """The fact, with the words of others in it as `text` has them, and errors as `error` has them."""
    match fact:
        case FirstAnswer(refusal=refusal):
            return replace(fact, refusal=refusal and error(refusal))
        case CompartmentState():
            return replace(fact, name=text(fact.name), state=text(fact.state))
        case LogState():
            return replace(fact, state=text(fact.state), kind=text(fact.kind))
        case PrivateEndpointState():
            return replace(fact, state=text(fact.state), serves=text(fact.serves))
        case Route():
            return replace(fact, address=text(fact.address), why=text(fact.why))
