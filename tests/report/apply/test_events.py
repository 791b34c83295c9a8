"""The lines, the screen and the final document of an apply."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from reconciler.core.model.errors import Interrupted, ProbesFailed, StepFailed, Trouble
from reconciler.core.model.live import Project, State
from reconciler.core.planning.events import (
    DeploymentFailed,
    Event,
    RollbackStarted,
    StepFinished,
    StepProgress,
    StepStarted,
)
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment, Step, WaitFor
from reconciler.report.apply.events import (
    apply_document,
    event_line,
    left_lines,
    left_over,
    left_to_do,
)
from reconciler.report.apply.terminal_progress import LiveProgress
from reconciler.report.errors import error_part
from reconciler.report.plan.steps import step_words
from tests.support.drive import apply_on, desired, plan_on, spec
from tests.support.memory import MemoryCloud


def run(cloud: MemoryCloud, *wanted):
    plan = plan_on(cloud, desired(*wanted))
    return plan, apply_on(cloud, plan)


@pytest.fixture
def world():
    """One that is created, one that fails, one that is not ours, in a project that has to be made."""
    bad = spec("bad", "bad weights")
    cloud = MemoryCloud(Project("ml", None, create=True), bad_artifacts={bad.artifact.digest})
    return run(cloud, spec("good"), bad)


def test_lines(world, golden) -> None:
    """How often progress is seen, how long it takes and which OCID comes first depends on threads: none of it
    is compared.
    """
    _, events = world
    assert all(event_line(event).isprintable() for event in events)
    lines = [
        re.sub(r"(ocid1\.[a-z]+\.|after )\d+", r"\1N", event_line(event))
        for event in events
        if not isinstance(event, StepProgress)
    ]
    for name in ("project", "good", "bad"):
        golden("\n".join(line for line in lines if line.startswith(name)) + "\n", f"events-{name}.txt")


def test_every_event_is_one_line() -> None:
    trouble = Trouble("ocid1.work.1", ("bootstrapping failed\x1b[2J",), ("line 1", "line 2"))
    line = event_line(DeploymentFailed("vision", StepFailed("vision: it became FAILED", trouble), 75))
    assert line == (
        "vision  failed after 1 min 15 s: vision: it became FAILED; error: bootstrapping failed\\x1b[2J; "
        "log: line 1; log: line 2; work request: ocid1.work.1"
    )


def test_a_long_error_is_cut_in_the_middle() -> None:
    """The end of an error says what was done about it, so both ends are kept."""
    error = StepFailed("vision: it failed\n" + "I1122 a line of Triton's log\n" * 100 + "rolled back")
    line = event_line(DeploymentFailed("vision", error, 1.0))
    assert len(line) < 1000
    assert line.startswith("vision  failed after 1 s: vision: it failed; ")
    assert line.endswith("; rolled back")


def test_progress_and_end_of_a_step() -> None:
    assert event_line(StepProgress("vision", "CREATING", 40.0)) == "vision  40%  CREATING"
    assert event_line(StepProgress("vision", "CREATING")) == "vision  CREATING"
    assert event_line(StepStarted("vision", WaitFor(State.ACTIVE), 3, 3)) == "vision  3/3  wait for ACTIVE"
    done = StepFinished("vision", WaitFor(State.ACTIVE), "ocid1")
    assert event_line(done) == "vision  wait for ACTIVE  done (ocid1)"


BACK = RollbackStarted("vision", ProbesFailed("vision: probes failed\n    error: y[0]: expected 1, got 2"))


def test_a_rollback_is_told_with_its_reason() -> None:
    assert event_line(BACK) == "vision  rollback: vision: probes failed; error: y[0]: expected 1, got 2"


def test_a_rollback_is_shown_on_the_screen(made) -> None:
    plan = made("new_content")
    (item,) = (item for item in plan.deployments if item.steps)
    text = shown(plan, [StepStarted("vision", item.steps[1], 2, 4), BACK])
    assert "rollback" in text
    assert "vision: probes failed" in text
    assert "expected 1" not in text
    text = shown(plan, [BACK, StepStarted("vision", item.rollbacks[0].steps[0], 1, 2)])
    assert "rollback 1/2 update model and instances, name and tags" in text


def test_documents_say_what_happened(world) -> None:
    _, events = world
    failed = next(event for event in events if isinstance(event, DeploymentFailed))
    document = error_part(failed.error)
    assert document["kind"] == "StepFailed"
    assert (document["exitCode"], document["meaning"]) == (1, "failed")
    assert "bootstrapping" in document["message"]


def results(document: dict) -> dict[str, str]:
    return {item["name"]: item["result"] for item in document["deployments"]}


def test_the_final_document(world, validate) -> None:
    plan, events = world
    document = apply_document(plan, events)
    validate(document, "apply.v1.json")
    assert document["plan"] == plan.digest
    assert results(document) == {"bad": "failed", "good": "done"}


def test_an_interrupted_run_without_an_end(world, validate) -> None:
    plan, events = world
    begun = next(index for index, event in enumerate(events) if event.deployment == "good")
    heard = [event for event in events[: begun + 1] if event.deployment in {"", "good"}]
    document = apply_document(plan, heard)
    validate(document, "apply.v1.json")
    assert results(document) == {"bad": "not begun", "good": "interrupted"}


@pytest.fixture
def interrupted(made):
    """A stop, an update and a start, of which the first was begun when a signal came; another one had not
    begun, a third had failed.
    """
    plan = made("downtime_allowed")
    (item,) = (item for item in plan.deployments if item.steps)
    others = [replace(item, name=name) for name in ("waiting", "wrong")]
    plan = replace(plan, deployments=(item, *others))
    numbers = [number for number, step in enumerate(item.steps) if isinstance(step, AROUND)]
    stop, start = (both(item.name, item.steps[number], number + 1) for number in numbers)
    events = [
        *stop,
        *start,
        DeploymentFailed(item.name, Interrupted(f"{item.name}: interrupted"), 3.0),
        DeploymentFailed("waiting", Interrupted("waiting: interrupted"), 3.0),
        *both("wrong", item.steps[0], 1),
        DeploymentFailed("wrong", StepFailed("wrong: it failed"), 3.0),
    ]
    return plan, of(item, events)


def of(item: DeploymentPlan, events: list[Event]) -> list[Event]:
    """As a run tells of what the plan saw."""
    return [replace(event, ocid=item.seen.ocid) for event in events]


AROUND = DeactivateDeployment | ActivateDeployment


def both(name: str, step: Step, number: int) -> list[Event]:
    """As a run tells of a step: the paths of files are not those of the plan."""
    here = replace(step, ocid="elsewhere") if isinstance(step, AROUND) else step
    return [StepStarted(name, here, number, 6), StepFinished(name, here)]


def test_interrupted_failed_and_not_begun_are_different_results(interrupted, validate) -> None:
    plan, events = interrupted
    document = apply_document(plan, events)
    validate(document, "apply.v1.json")
    assert results(document) == {"vision": "interrupted", "waiting": "not begun", "wrong": "failed"}
    assert event_line(events[-4]) == "waiting  interrupted after 3 s: waiting: interrupted"


def test_what_is_left_is_told(interrupted) -> None:
    plan, events = interrupted
    (left, not_begun) = left_lines(plan, events)
    assert left.startswith("left of vision: publish model, update model and instances")
    assert "activate" not in left
    assert not_begun == "not begun: waiting"
    assert [item.name for item in left_over(plan, events)] == ["vision", "waiting", "wrong"]


def test_only_a_wait_may_be_left(interrupted) -> None:
    plan, events = interrupted
    (item, *_) = plan.deployments
    most = [event for number, step in enumerate(item.steps[:-1], 1) for event in both("vision", step, number)]
    (left, *_) = left_lines(plan, [*of(item, most), events[4]])
    assert left == "left of vision: " + step_words(item.steps[-1])
    (to_do, *_) = left_to_do(plan, [*of(item, most), events[4]])
    assert to_do == replace(item, steps=item.steps[-1:])


def test_steps_that_were_rolled_back_are_left_to_do(interrupted) -> None:
    plan, events = interrupted
    back = of(plan.deployments[0], [RollbackStarted("vision", StepFailed("it failed"))])
    (left, *_) = left_lines(plan, [*events[:2], *back, *events[2:]])
    assert "deactivate" in left
    assert "activate," in left.replace("deactivate", "")


def test_nothing_is_left_of_a_run_that_was_not_interrupted(world) -> None:
    assert left_over(*world) == ()
    assert list(left_lines(*world)) == []


def test_every_kind_of_plan_can_be_reported(case, validate) -> None:
    document = apply_document(case.plan, [])
    validate(document, "apply.v1.json")
    results = {item["action"]: item["result"] for item in document["deployments"]}
    assert results.get("nothing", "nothing") == "nothing"
    assert results.get("blocked", "blocked") == "blocked"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def shown(plan, events, height: int = 40) -> str:
    """What is on the terminal in the end, as text."""
    console = Console(file=io.StringIO(), force_terminal=False, width=200, height=height)
    progress = LiveProgress(plan, Clock(), console)
    progress.start()
    for event in events:
        progress.tell(event)
    progress.stop()
    return console.file.getvalue()


def test_the_final_lines_stay_on_the_screen(world) -> None:
    lines = {line.split()[0]: line for line in shown(*world).splitlines() if line.strip()}
    assert set(lines) == {"project", "good", "bad"}
    assert "done" in lines["good"]
    assert "failed: 3/4 wait for ACTIVE" in lines["bad"]
    assert "the service could not finish it" in lines["bad"]


def test_all_rows_are_left_even_on_a_small_screen(many) -> None:
    plan = many(10)
    text = shown(plan, [], height=8)
    assert all(item.name in text for item in plan.deployments)


def test_a_small_screen_shows_running_deployments_first(many) -> None:
    plan = many(10)
    console = Console(file=io.StringIO(), force_terminal=True, width=120, height=8)
    last = plan.deployments[-1]
    progress = LiveProgress(plan, Clock(), console)
    progress.start()
    progress.tell(StepStarted(last.name, last.steps[0], 1, 3))
    text = io.StringIO()
    Console(file=text, width=120).print(progress.table())
    progress.stop()
    lines = text.getvalue().splitlines()
    assert lines[0].split()[:2] == [last.name, "1/3"]
    assert lines[-1].strip() == "and 15 more"


def test_a_blocked_deployment_stays_blocked(made) -> None:
    plan = made("blocked_foreign")
    cloud = MemoryCloud()
    text = shown(plan, apply_on(cloud, plan))
    assert "blocked" in text
    assert "done" not in text
