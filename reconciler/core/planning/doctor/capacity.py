"""Shapes, and the limits that stand in the way of a rolling update. Pure.

Which limit a shape counts towards is told by nobody but for a few (docs/service.md §10): names are made from
the shape's, and count only where the service has such a limit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.core.model.configuration import Instance
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.text import counted, joined, nearest
from reconciler.core.model.views.checkup import (
    Check,
    LimitLeft,
    OfferedShape,
    ServiceLimits,
    Topic,
    fine,
    not_seen,
    wrong,
)
from reconciler.core.planning.capacity.compute_shapes import size_of
from reconciler.core.planning.capacity.headroom import Headroom
from reconciler.core.planning.doctor.words import (
    AGAIN,
    answer_words,
    is_refusal,
    statement,
    unanswered,
)

DEPLOYMENTS = "model-deploy-count"
"""The limit of model deployments, by the words of LimitExceeded (docs/service.md §5.5)."""

CORES, MEMORY, GPUS = "-core-count", "-memory-count", "-count"
"""How the names of limits end, by what they count."""

LOOK = "Look at it in the console: Limits, Quotas and Usage, service Data Science."


@dataclass(frozen=True, slots=True)
class Wanted:
    """The compute shape that a deployment is to run on, and what it may need beside what runs. `new`: it is
    not there yet.
    """

    name: str
    shape: str
    headroom: Headroom
    new: bool


def shapes(wanted: Sequence[Wanted], offered: Mapping[str, OfferedShape] | ReconcilerError) -> list[Check]:
    """Whether the service offers the shapes here."""
    if isinstance(offered, ReconcilerError):
        return [unanswered(Topic.SHAPES, "the shapes could not be listed", offered)]
    if wanted and not offered:
        return [not_seen(Topic.SHAPES, "the service lists no shapes here at all", AGAIN)]
    checks = []
    for shape, names in _names_by_shape(wanted).items():
        if shape not in offered:
            what = f"{shape} is not offered here, and {joined(names, ', ')} asks for it"
            advice = nearest(shape, offered) or f"Offered are: {joined(sorted(offered), ', ')}."
            checks.append(wrong(Topic.SHAPES, what, advice))
    if checks:
        return checks
    named = joined(sorted(_names_by_shape(wanted)), ", ")
    return [fine(Topic.SHAPES, f"offered here: {named}" if named else "no manifest asks for one")]


def _names_by_shape(wanted: Iterable[Wanted]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in wanted:
        names.setdefault(one.shape, []).append(one.name)
    return names


def limit_names(shape: str) -> tuple[str, ...]:
    """The limits that a shape may count towards, such as ds-gpu-a10-count for VM.GPU.A10.2."""
    family = "ds-" + "-".join(shape.lower().split(".")[1:-1])
    if family.startswith("ds-gpu"):
        return (family + GPUS,)
    return (family + CORES, family + MEMORY)


def needs_of(wanted: Iterable[Wanted], offered: Mapping[str, OfferedShape]) -> dict[str, float | None]:
    """How much of each limit is needed when all of these roll at once; None where nobody says how much of it
    an instance takes.
    """
    needs: dict[str, float | None] = {}
    for name, amount in (pair for one in wanted for pair in _needs(one, offered)):
        so_far = needs.get(name, 0.0)
        needs[name] = None if so_far is None or amount is None else so_far + amount
    return needs


def _needs(one: Wanted, offered: Mapping[str, OfferedShape]) -> Iterator[tuple[str, float | None]]:
    if one.new:
        yield DEPLOYMENTS, 1.0
    named = (name for instance in one.headroom.instances for name in limit_names(instance.shape))
    for name in dict.fromkeys(named):
        yield name, one.headroom.needed(partial(_takes, name, offered))


def _takes(name: str, offered: Mapping[str, OfferedShape], instance: Instance) -> float | None:
    """How much of a limit an instance takes; None where nobody says."""
    if name not in limit_names(instance.shape):
        return 0.0
    size, there = size_of(instance), offered.get(instance.shape, OfferedShape())
    if name.endswith(CORES):
        return size.ocpus or there.cores or None
    return (size.memory_gbs or there.memory_gbs or None) if name.endswith(MEMORY) else size.gpus


def limits(
    wanted: Sequence[Wanted],
    offered: Mapping[str, OfferedShape],
    found: ServiceLimits | ReconcilerError,
    compartment: str,
) -> list[Check]:
    """Whether what is left is enough for all of these to roll at once."""
    if isinstance(found, ReconcilerError):
        return [_unknown(found, compartment)]
    needs = needs_of(wanted, offered)
    unknown = [
        not_seen(
            Topic.LIMITS,
            f"no limit of the service is known for {shape}",
            LOOK,
        )
        for shape in sorted(_names_by_shape(wanted))
        if (shape in offered or not offered) and not found.names & set(limit_names(shape))
    ]
    known = [
        _limit(name, needs[name], left, compartment)
        for name, left in sorted(found.left.items())
        if name in needs
    ]
    checks = [check for check in known if check is not None]
    if checks or unknown:
        return [*checks, *unknown]
    enough = f"enough is left for {counted(len(wanted), 'deployment')} to roll at once"
    details = ", ".join(
        f"{name} {_number(need)} of {_left(left)}" for name, need, left in _told(found, needs)
    )
    return [fine(Topic.LIMITS, f"{enough}: {details}" if details else "no manifest needs any")]


def _told(found: ServiceLimits, needs: Mapping[str, float | None]) -> Iterator[tuple[str, float, LimitLeft]]:
    for name, left in sorted(found.left.items()):
        need = needs.get(name)
        if need is not None and isinstance(left, LimitLeft):
            yield name, need, left


def _limit(
    name: str, need: float | None, left: LimitLeft | ReconcilerError, compartment: str
) -> Check | None:
    """What is wrong with one limit; None when it is wide enough."""
    if isinstance(left, ReconcilerError):
        return _unknown(left, compartment, name)
    if left.available is None:
        return not_seen(Topic.LIMITS, f"{name}: the service does not say how much is left")
    if need is None:
        return not_seen(Topic.LIMITS, f"{name}: nobody says how much of it an instance takes", LOOK)
    if need <= left.available:
        return None
    used = "" if left.used is None else f", {_number(left.used)} are used"
    what = f"{name}: {_number(need)} are needed when all roll at once, and {_left(left)} are left{used}"
    more = "Ask for more in the console: Limits, Quotas and Usage."
    return wrong(Topic.LIMITS, what, f"{more} Or apply one after another, with --only NAME; or take less.")


def _unknown(
    error: ReconcilerError, compartment: str, subject: str = "the limits could not be read"
) -> Check:
    if is_refusal(error):
        allowed = statement("read", "resource-availability", compartment)
        return not_seen(Topic.LIMITS, f"{subject}: {answer_words(error)}", allowed)
    return unanswered(Topic.LIMITS, subject, error)


def _left(left: LimitLeft) -> str:
    return "?" if left.available is None else _number(left.available)


def _number(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
