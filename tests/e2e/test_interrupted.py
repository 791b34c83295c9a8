"""`reconcile apply` is interrupted, or killed, at every step of chains that stop their deployments.

Six deployments, each at another moment: while it is asked to stop, to change, to start, and while that is
done. Their emulator has no model servers.
"""

import json
import os
import shlex
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.disks import fill, small_disk
from tests.support.fleets import NAMES, Fleet, fleet
from tests.support.terminals import CTRL_C, CTRL_D, HIDE, terminal
from tests.support.workspace import DEADLINE_SECONDS, wait_until

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
FINISHING = "interrupted: finishing the current step; a second interruption ends at once"
ALL_ACTIVE = dict.fromkeys(NAMES, "ACTIVE")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("interrupted")) as made:
        yield made


@pytest.fixture
def ready(shared: Fleet) -> Fleet:
    """All serve, and the manifests ask for what needs a stop."""
    if shared.settled() != ALL_ACTIVE:
        shared.workspace.run("apply", "--yes")
    shared.ask_for_more()
    return shared


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_first_signal_leaves_nothing_stopped(ready: Fleet, number: signal.Signals) -> None:
    path = ready.workspace.root / "result.json"
    with path.open("w") as result, ready.held("--format", "json", stdout=result) as applying:
        applying.process.send_signal(number)
        applying.says(FINISHING)
        ready.workspace.release()
        told = applying.end(1)
    assert ready.settled() == ALL_ACTIVE
    assert "left of wait-deactivate: update model" in told
    assert "to complete it: reconcile apply\n" in told
    results = {item["name"]: item["result"] for item in json.loads(path.read_text())["deployments"]}
    assert results["wait-deactivate"] == "interrupted"
    assert set(results.values()) <= {"interrupted", "done"}


def test_what_completes_a_saved_plan_is_about_what_it_was_made_for(ready: Fleet) -> None:
    """It planned everything anew. Run as it is told, it ends well, and leaves alone what was not planned."""
    workspace, names = ready.workspace, {name for name in NAMES if name.startswith("wait-")}
    workspace.run("plan", *(word for name in names for word in ("--only", name)), "--out", "p.json")
    with ready.held("--plan", "p.json") as applying:
        applying.process.terminate()
        applying.says(FINISHING)
        workspace.release()
        told = applying.end(1)
    (command,) = (line for line in told.splitlines() if line.startswith("to complete it: "))
    plan, apply = (shlex.split(one)[1:] for one in command.removeprefix("to complete it: ").split(" && "))
    assert names >= {after for word, after in pairwise(plan) if word == "--only"} > set()
    workspace.run(*plan)
    workspace.run(*apply, "--yes")
    done = {name for name, item in workspace.plan().items() if item["action"] == "nothing"}
    assert done == names


def test_after_a_kill_the_next_apply_starts_all_again(ready: Fleet) -> None:
    with ready.held() as applying:
        applying.kill()
    assert "INACTIVE" in ready.settled().values(), "or this proves nothing"
    ready.workspace.run("apply", "--yes")
    assert ready.settled() == ALL_ACTIVE
    assert {item["action"] for item in ready.workspace.plan().values()} == {"nothing"}


def test_while_others_are_waited_for_a_signal_ends_it_and_nothing_is_sent(ready: Fleet) -> None:
    workspace = ready.workspace
    busy = ready.live()["wait-update"].id
    workspace.order("hold", "deactivate_model_deployment", deployment=busy)
    workspace.sdk().deactivate_model_deployment(busy)
    wait_until(workspace.held, "somebody's work is under way")
    before = workspace.state()
    applying = workspace.begin("apply", "--yes")
    applying.says("wait for what is under way to end")
    applying.process.terminate()
    assert "interrupted: nothing was sent" in applying.end(1)
    assert workspace.state() == before
    workspace.release()


def test_a_service_that_hangs_does_not_hold_up_a_signal(ready: Fleet) -> None:
    """It would answer after the test's patience."""
    workspace, before = ready.workspace, ready.workspace.state()
    workspace.order("slow", "list_model_deployments", seconds=600.0)
    applying = workspace.begin("apply", "--yes")
    wait_until(lambda: not workspace.pending(), "the call is under way")
    applying.process.send_signal(signal.SIGHUP)
    assert "interrupted: nothing was sent" in applying.end(1)
    assert workspace.state() == before


# -- on a terminal


def test_a_terminal_is_given_back(ready: Fleet) -> None:
    ready.hold()
    with terminal(ready.workspace, "apply", "--yes") as screen:
        ready.stands_still()
        screen.says(HIDE)
        screen.type(CTRL_C)
        screen.says(FINISHING)
        ready.workspace.release()
        told = screen.end(1)
        assert screen.tidy, repr(told[-200:])
    assert "to complete it: reconcile apply" in told


def test_a_second_signal_ends_at_once_and_gives_the_terminal_back_too(ready: Fleet) -> None:
    """Whoever started it sees the signal."""
    ready.hold()
    with terminal(ready.workspace, "apply", "--yes") as screen:
        ready.stands_still()
        screen.type(CTRL_C)
        screen.says(FINISHING)
        screen.type(CTRL_C)
        told = screen.end(-signal.SIGINT)
        assert screen.tidy, repr(told[-200:])
    assert ready.workspace.held(), "nothing was waited for"
    ready.workspace.forget_orders()


def test_a_terminal_that_goes_away_is_a_signal(ready: Fleet) -> None:
    """Its last words are for nobody; the work is brought to its end all the same."""
    ready.hold()
    with terminal(ready.workspace, "apply", "--yes") as screen:
        ready.stands_still()
        os.close(screen.keyboard)
        ready.workspace.release()
        assert screen.process.wait(DEADLINE_SECONDS) == 1
    assert ready.settled() == ALL_ACTIVE


@pytest.mark.parametrize("answer", [CTRL_C, CTRL_D, "n\n"], ids=["Ctrl-C", "Ctrl-D", "no"])
def test_at_the_question_nothing_was_sent(ready: Fleet, answer: str) -> None:
    before = ready.workspace.state()
    with terminal(ready.workspace, "apply") as screen:
        screen.says("Apply? [y/N]")
        screen.type(answer)
        told = screen.end(1)
        assert screen.tidy
    assert "nothing was sent" in told.partition("Apply?")[2]
    assert ready.workspace.state() == before


# -- outputs that are lost


def test_a_reader_who_leaves_stops_nothing(ready: Fleet) -> None:
    """At every step: whatever is told after that is lost."""
    reader, writer = os.pipe()
    with ready.held(stdout=writer) as applying:
        os.close(writer)
        os.close(reader)
        ready.workspace.release()
        told = applying.end()
    assert told == "the output cannot be written (Broken pipe): going on silently\n"
    assert ready.settled() == ALL_ACTIVE
    assert {item["action"] for item in ready.workspace.plan().values()} == {"nothing"}


def test_a_full_disk_under_the_output_stops_nothing(ready: Fleet) -> None:
    with (
        small_disk(ready.workspace.root / "small") as disk,
        (disk / "told").open("a") as output,
        ready.held(stdout=output) as applying,
    ):
        fill(disk, "told")
        ready.workspace.release()
        told = applying.end()
    assert told == "the output cannot be written (No space left on device): going on silently\n"
    assert ready.settled() == ALL_ACTIVE


def test_an_output_that_was_full_from_the_start_stops_nothing(ready: Fleet) -> None:
    with Path("/dev/full").open("w") as full:
        told = ready.workspace.begin("apply", "--yes", stdout=full).end()
    assert told == "the output cannot be written (No space left on device): going on silently\n"
    assert {item["action"] for item in ready.workspace.plan().values()} == {"nothing"}


def test_nobody_is_asked_about_a_plan_that_nobody_could_read(ready: Fleet) -> None:
    before = ready.workspace.state()
    with Path("/dev/full").open("w") as full:
        told = ready.workspace.begin("apply", stdout=full).end(1)
    assert "nobody is there to confirm: pass --yes to apply without being asked; nothing was sent" in told
    assert ready.workspace.state() == before


def test_a_plan_on_a_full_disk_is_an_error_that_names_it(ready: Fleet) -> None:
    with small_disk(ready.workspace.root / "small") as disk:
        fill(disk)
        failed = ready.workspace.run("plan", "--out", "small/plan.json", code=1)
        assert failed.err == "error: small/plan.json: not saved (No space left on device)\n"
        assert [path.name for path in disk.iterdir()] == ["filler"]
