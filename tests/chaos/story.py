"""A story: what people, machines and the weather do, as values that were drawn from a seed before anything
happened. So a story can be told again, and told with something left out.

Numbers choose among what is there when the time comes; nothing here knows what that will be.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias

from tests.chaos.manifests import FIELDS, Edit

A, B = 0, 1
"""The processes of a round."""


@dataclass(frozen=True)
class Process:
    """`reconcile apply` begins after `delay` seconds, from a commit that is newer by `edits`; `again`: with
    --retry-failed. With `back`, it is `reconcile rollback --now` to what the round before ended with.
    """

    delay: float
    edits: tuple[Edit, ...] = ()
    again: bool = False
    back: bool = False


# -- the weather


@dataclass(frozen=True)
class Burst:
    """From its `nth` call on, `calls` calls of a process in a row are not answered well: `busy` (429),
    `before` (503, nothing done), `after` (done, but the answer is lost).
    """

    process: int
    nth: int
    calls: int
    kind: str


@dataclass(frozen=True)
class Outage:
    """For so long nobody gets another answer than this status."""

    at: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Refusal:
    """The `nth` write of a process to a deployment is refused for good with this code."""

    process: int
    nth: int
    code: str


@dataclass(frozen=True)
class Failure:
    """The work of the `nth` write of a process to a deployment fails: `bootstrap` or `capacity`."""

    process: int
    nth: int
    kind: str


@dataclass(frozen=True)
class Kill:
    """A process dies at its `nth` call, before it was heard or after."""

    process: int
    nth: int
    heard: bool


@dataclass(frozen=True)
class Interrupt:
    """A process is asked to stop."""

    process: int
    at: float


@dataclass(frozen=True)
class Bug:
    """A process has a bug that only the deployment of one name meets, from its `nth` call about it on."""

    process: int
    name: int
    nth: int


@dataclass(frozen=True)
class Deaf:
    """For so long no endpoint answers: `status` 503, or 0 for no answer at all."""

    at: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Foreign:
    """Somebody else does `what` in the console, to what the number chooses."""

    at: float
    what: str
    which: int


@dataclass(frozen=True)
class Race:
    """Somebody else does `what` right before the `nth` write of a process, to what it is about to write."""

    process: int
    nth: int
    what: str


@dataclass(frozen=True)
class CleanUp:
    """`reconcile gc`. The round is some days later than the last one, so there is something to clean up."""

    at: float


Action: TypeAlias = (
    Burst | Outage | Refusal | Failure | Kill | Interrupt | Bug | Deaf | Foreign | Race | CleanUp
)

KINDS = (
    *("burst",) * 2,
    *("outage",) * 2,
    *("refusal",) * 2,
    *("failure",) * 3,
    *("kill",) * 3,
    *("interrupt",) * 2,
    "bug",
    "deaf",
    *("foreign",) * 3,
    *("race",) * 3,
)
"""As often as that."""

EDITS_OF_OURS = ("description", "label", "model", "variable", "scale", "stop", "start", "delete")
FOREIGN = (*EDITS_OF_OURS, "copy", "squat", "squat", "settle-down", "tidy")


@dataclass(frozen=True)
class Round:
    """The edits that were merged, the processes, and what happens meanwhile; `seed` is for what nobody
    chooses: how long calls and work take.
    """

    seed: int
    edits: tuple[Edit, ...]
    processes: tuple[Process, ...]
    actions: tuple[Action, ...] = ()


Story: TypeAlias = tuple[Round, ...]


def draw(random: Random, rounds: int) -> Story:
    """A story of so many rounds."""
    first = Round(
        random.randrange(1 << 30), tuple(_add(random) for _ in range(random.randint(2, 4))), (Process(0.0),)
    )
    return (first, *(_round(random) for _ in range(rounds - 1)))


def _add(random: Random) -> Edit:
    return Edit("add", random.randrange(100), random.randrange(100))


def _edit(random: Random) -> Edit:
    what = random.choice([*FIELDS * 2, "add", "remove", "rename"])
    return Edit(what, random.randrange(100), random.randrange(1000))


def _round(random: Random) -> Round:
    edits = tuple(_edit(random) for _ in range(random.choice([0, 1, 2, 3, 4, 5])))
    again = random.random() < 0.3
    processes = [Process(0.0, (), again)]
    if random.random() < 0.4:
        newer = tuple(_edit(random) for _ in range(random.choice([0, 0, 0, 1, 2])))
        processes.append(Process(random.choice([0.0, 0.0, 0.1, 0.1, 1.0, 5.0, 15.0]), newer, again))
    actions = tuple(_action(random, len(processes)) for _ in range(random.choice([0, 1, 1, 1, 2, 2, 3])))
    seed = random.randrange(1 << 30)
    processes[0] = replace(processes[0], back=seed % GONE_BACK_EVERY == 0)
    cleaned = (CleanUp(seed % 97 / 10),) if seed % CLEANED_EVERY == 0 else ()
    return Round(seed, edits, tuple(processes), (*actions, *cleaned))


GONE_BACK_EVERY = 7
"""One round of so many begins with a rollback."""

CLEANED_EVERY = 4
"""One round of so many has somebody who cleans up."""


def _action(random: Random, processes: int) -> Action:
    process, call = random.randrange(processes), random.randint(1, random.choice([10, 30, 80]))
    at = random.uniform(0.0, random.choice([3.0, 10.0, 30.0]))
    write = random.choice([1, 1, 1, 2, 2, 3, 4, 6])
    match random.choice(KINDS):
        case "burst":
            kind = random.choice(["busy", "before", "after", "after"])
            return Burst(process, call, random.choice([1, 1, 2, 3]), kind)
        case "outage":
            return Outage(
                at, random.choice([3.0, 20.0, 90.0, 400.0, 2000.0]), random.choice([503, 503, 0, 401, 403])
            )
        case "refusal":
            code = random.choice(["InvalidParameter", "LimitExceeded", "QuotaExceeded"])
            return Refusal(process, write, code)
        case "failure":
            return Failure(process, write, random.choice(["bootstrap", "capacity"]))
        case "kill":
            return Kill(process, call, random.random() < 0.5)
        case "interrupt":
            return Interrupt(process, at)
        case "bug":
            return Bug(process, random.randrange(100), random.randint(1, 6))
        case "deaf":
            return Deaf(at, random.choice([1.0, 10.0, 100.0]), random.choice([503, 0]))
        case "foreign":
            return Foreign(at, random.choice(FOREIGN), random.randrange(100))
        case _:
            return Race(process, write, random.choice(EDITS_OF_OURS[:7]))


def told(story: Story) -> str:
    """For people, and for `eval`."""
    lines = []
    for number, one in enumerate(story, start=1):
        lines.append(f"round {number} (seed {one.seed})")
        lines += [f"    merged  {edit}" for edit in one.edits]
        lines += [f"    starts  {process}" for process in one.processes]
        lines += [f"    happens {action}" for action in one.actions]
    return "\n".join(lines)
