"""Shapes, and the limits that stand in the way of a rolling update. Pure.

Which limit a shape counts towards is told by nobody but for a few (docs/service.md §10): names are made from
the shape's, and count only where the service has such a limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    wrong,
)
from reconciler.core.model.views.checkup import not_seen as unseen
from reconciler.core.planning.doctor.words import (
    AGAIN,
    answer_words,
    is_refusal,
    statement,
    unanswered,
)

DEPLOYMENTS = "model-deploy-count"
"""The limit of model deployments, by the words of LimitExceeded (docs/service.md §5.5)."""

_GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a deployment needs beside what runs: its instances, all of them, since an update may start them
    all before it ends the old ones. `new`: it is not there yet.
    """

    name: str
    instance: Instance
    instances: int
    new: bool


def shapes(wanted: Sequence[Wanted], offered: Mapping[str, OfferedShape] | ReconcilerError) -> list[Check]:
    """Whether the service offers the shapes here."""
    if isinstance(offered, ReconcilerError):
        return [unanswered(Topic.SHAPES, "the shapes could not be listed", offered)]
    if wanted and not offered:
        return [unseen(Topic.SHAPES, "the service lists no shapes here at all", AGAIN)]
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
        names.setdefault(one.instance.shape, []).append(one.name)
    return names


def limit_names(shape: str) -> tuple[str, ...]:
    """The limits that a shape may count towards, such as ds-gpu-a10-count for VM.GPU.A10.2."""
    family = "-".join(shape.lower().split(".")[1:-1])
    if family.startswith(_GPU):
        return (f"ds-{family}-count",)
    return (f"ds-{family}-core-count", f"ds-{family}-memory-count")


def needs_of(wanted: Iterable[Wanted], offered: Mapping[str, OfferedShape]) -> dict[str, float]:
    """How much of each limit is needed when all of these roll at once."""
    needs: dict[str, float] = {}
    for one in wanted:
        for name, amount in _needs(one, offered).items():
            needs[name] = needs.get(name, 0) + amount
    return needs


def _needs(one: Wanted, offered: Mapping[str, OfferedShape]) -> dict[str, float]:
    size = offered.get(one.instance.shape, OfferedShape())
    last = one.instance.shape.rpartition(".")[2]
    needs: dict[str, float] = {DEPLOYMENTS: 1} if one.new else {}
    for name in limit_names(one.instance.shape):
        if name.endswith("-core-count"):
            each = one.instance.ocpus or size.cores
        elif name.endswith("-memory-count"):
            each = one.instance.memory_gbs or 0.0
        else:
            each = float(last) if last.isdigit() else 1.0
        needs[name] = each * one.instances
    return {name: amount for name, amount in needs.items() if amount}


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
        unseen(
            Topic.LIMITS,
            f"no limit of the service is known for {shape}",
            "Look at it in the console: Limits, Quotas and Usage, service Data Science.",
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
        f"{name} {_number(needs[name])} of {_left(left)}" for name, left in _told(found, needs)
    )
    return [fine(Topic.LIMITS, f"{enough}: {details}" if details else "no manifest needs any")]


def _told(found: ServiceLimits, needs: Mapping[str, float]) -> list[tuple[str, LimitLeft]]:
    return [
        (name, left)
        for name, left in sorted(found.left.items())
        if name in needs and isinstance(left, LimitLeft)
    ]


def _limit(name: str, need: float, left: LimitLeft | ReconcilerError, compartment: str) -> Check | None:
    """What is wrong with one limit; None when it is wide enough."""
    if isinstance(left, ReconcilerError):
        return _unknown(left, compartment, name)
    if left.available is None:
        return unseen(Topic.LIMITS, f"{name}: the service does not say how much is left")
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
        return unseen(Topic.LIMITS, f"{subject}: {answer_words(error)}", allowed)
    return unanswered(Topic.LIMITS, subject, error)


def _left(left: LimitLeft) -> str:
    return "?" if left.available is None else _number(left.available)


def _number(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
