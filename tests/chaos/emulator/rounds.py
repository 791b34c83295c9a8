"""What a round on the emulator does, drawn from a seed before anything happens."""

from dataclasses import dataclass
from random import Random

NAMES = ("a", "b", "c")
KILL, TERMINATE, INTERRUPT = 9, 15, 2


@dataclass(frozen=True)
class Manifest:
    """`version` other than "1" is another version structure, which only downtime allows; `previous` is what
    it was called before, if it was.
    """

    factor: int = 1
    version: str = "1"
    description: str = "0"
    level: str = "0"
    instances: int = 1
    log: int = 0
    previous: str = ""


@dataclass(frozen=True)
class Started:
    """`reconcile apply`: `after` seconds, and a signal `until` seconds later, 0 for none."""

    after: float
    signal: int = 0
    until: float = 0.0


@dataclass(frozen=True)
class Ordered:
    """A fault that the emulator is told to have."""

    fault: str
    operation: str
    times: int


@dataclass(frozen=True)
class Foreign:
    """Somebody else does `what` to the deployment of this name."""

    after: float
    what: str
    name: str


@dataclass(frozen=True)
class Round:
    """`seconds` is how long work takes."""

    manifests: tuple[tuple[str, Manifest], ...]
    seconds: float
    started: tuple[Started, ...]
    ordered: tuple[Ordered, ...] = ()
    foreign: tuple[Foreign, ...] = ()


WRITES = "*_model_deployment"
FAULTS = (
    Ordered("capacity", "*", 1),
    Ordered("bootstrap", "*", 1),
    Ordered("too-many-requests", "*", 2),
    Ordered("unavailable", "*", 2),
    Ordered("internal-error", WRITES, 1),
    Ordered("reset-before", "*", 1),
    Ordered("reset-after", WRITES, 1),
    Ordered("reset-after", "create_*", 1),
    Ordered("conflict", WRITES, 1),
)


RENAMED = 0.4
"""How often what is left out goes on under another name."""


def draw(random: Random) -> Round:
    names = random.sample(NAMES, random.choice([1, 2, 2, 3, 3]))
    left = sorted(set(NAMES) - set(names)) if random.random() < RENAMED else []
    manifests = tuple(
        (name, _manifest(random, left.pop() if left else "")) for name in random.sample(names, len(names))
    )
    signal = random.choice([0, 0, KILL, KILL, KILL, TERMINATE, INTERRUPT])
    started = [Started(0.0, signal, random.uniform(0.05, 1.5))]
    if random.random() < 0.4:
        started.append(Started(random.uniform(0.0, 0.8)))
    ordered = tuple(random.sample(FAULTS, random.choice([0, 0, 1, 1, 2])))
    foreign = tuple(_foreign(random) for _ in range(random.choice([0, 0, 1])))
    return Round(manifests, random.choice([0.0, 0.2, 0.6]), tuple(started), ordered, foreign)


def _manifest(random: Random, previous: str) -> Manifest:
    return Manifest(
        random.randint(1, 3),
        random.choice(["1", "1", "1", "2"]),
        random.choice("01"),
        random.choice("01"),
        random.randint(1, 2),
        random.randint(0, 1),
        previous,
    )


def _foreign(random: Random) -> Foreign:
    what = random.choice(["describe", "describe", "stop", "delete", "theirs"])
    return Foreign(random.uniform(0.05, 1.5), what, random.choice(NAMES))
