"""What a run will create, for how long, and what it may cost: said before anything is created."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datascience_emulator.verify.experiment import Deployment, Experiment, Need
from datascience_emulator.verify.lab import MEMORY_GB, OCPUS, Place
from datascience_emulator.verify.marker import PREFIX, TAG

START_MINUTES = 20
"""Roughly, of the shared deployment. A start of 14 minutes is on record; no document says how long one takes.
"""
ROLLING = 2
"""While an update is rolled out, as many instances run beside the old ones. Whether they are billed is not
documented (docs/capacity.md); here they count.
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`deployments`: how many, at most one at a time. `minutes`: roughly, of all together."""

    deployments: int
    minutes: int
    ocpu_hours: float
    gb_hours: float


def estimate(experiments: Sequence[Experiment]) -> Estimate:
    """Each of the two kinds of deployment is created once."""
    kinds = {kind: [one.minutes for one in experiments if one.deployment is kind] for kind in Deployment}
    shared, failing = kinds[Deployment.SHARED], max(kinds[Deployment.NO_IMAGE], default=0)
    start = START_MINUTES if shared else 0
    hours = (failing + start + ROLLING * sum(shared)) / 60
    return Estimate(
        deployments=bool(shared) + bool(failing),
        minutes=failing + start + sum(shared),
        ocpu_hours=round(OCPUS * hours, 1),
        gb_hours=round(MEMORY_GB * hours, 1),
    )


def why_not(experiment: Experiment, place: Place) -> str | None:
    """What is missing to ask it; None when nothing is."""
    there = {
        None: True,
        Need.IMAGE: place.image is not None,
        Need.OTHER_COMPARTMENT: place.other_compartment is not None,
        Need.LARGE: place.large,
    }
    return None if there[experiment.need] else _WHAT[experiment.need]


_WHAT = {
    None: "nothing",
    Need.IMAGE: "--image: an image of Triton in the tenancy's registry",
    Need.OTHER_COMPARTMENT: "--other-compartment: one where version sets may be created, too",
    Need.LARGE: "--large: an upload of 6 GB",
}


def needed(experiment: Experiment) -> str:
    return _WHAT[experiment.need]


def foretold(asked: Sequence[Experiment], place: Place, where: str, price: float | None) -> Iterator[str]:
    """`where`: the place in words. `price`: of an OCPU hour, with its memory. Lines of text."""
    yield f"This asks {len(asked)} questions, {where}:"
    for one in asked:
        yield f"  {one.name}: {one.does}"
    yield f"All that it creates has the free-form tag {TAG} and a name that begins with"
    yield f"{PREFIX}, and is removed at the end."
    total = estimate(asked)
    if not total.deployments:
        yield "No model deployment is created: it costs nothing but some storage for minutes."
        return
    yield (
        f"Model deployments that it creates: {total.deployments}, each with one instance of {place.shape}, "
        f"{OCPUS} OCPU and {MEMORY_GB} GB (while an update is rolled out, two), and a load balancer."
    )
    hours = f"{total.ocpu_hours:g} OCPU hours and {total.gb_hours:g} GB hours of memory"
    money = "" if price is None else f", about {total.ocpu_hours * price:.2f} at {price:g} for an OCPU hour"
    yield f"In a tenancy they run for about {total.minutes} minutes in all: {hours}{money}."
