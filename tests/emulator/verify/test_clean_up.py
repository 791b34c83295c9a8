"""Whatever happens to a run, all that it created goes, and nothing else does."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.verify.clean_up import find, remove
from datascience_emulator.verify.marker import PREFIX, TAG
from datascience_emulator.verify.run import left_behind
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import NotTold, Told
from tests.support.emulator import Emulator
from tests.support.verifying import asked, marked, place_of, service_of
from tests.support.waiting import wait_for

PROGRAM = Path(__file__).with_name("killed_program.py")
STEP = 7
"""By how many requests the next run lives longer."""
ONLY = ("--only=version-set-names", "--only=second-artifact", "--only=activating")
"""Together they create something of each kind."""


def arguments(emulator: Emulator) -> list[str]:
    here = {"config-file": emulator.config_file, "endpoint": emulator.endpoint}
    named = {"target": "DEFAULT", "compartment": emulator.compartment, **here}
    return ["verify", "--yes", "--format=json", *(f"--{name}={value}" for name, value in named.items())]


def test_killed_anywhere_the_next_run_removes_what_is_left(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud(progression=Immediate())
    emulator.project()
    other = f"--other-compartment={emulator.other_compartment()}"
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), str(STEP), *arguments(emulator), other, *ONLY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    killed = re.search(r"killed (\d+) times\n\Z", ran.stdout)
    assert killed is not None
    assert int(killed[1]) >= 6
    assert "An earlier run has left this behind" in ran.stderr
    assert marked(emulator) == []
    assert len(emulator.client.list_projects(emulator.compartment, lifecycle_state="ACTIVE").data) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_it_cleans_up(cloud: Callable[..., Emulator], number: signal.Signals) -> None:
    emulator = cloud()
    command = [sys.executable, "-m", "datascience_emulator", *arguments(emulator)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: marked(emulator))
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert '"complete": false' in output
    assert marked(emulator) == []


def test_its_terminal_is_closed_and_it_cleans_up(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()
    command = [sys.executable, "-m", "datascience_emulator", *arguments(emulator)]
    here, there = os.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=there) as process:
        os.close(there)
        wait_for(lambda: marked(emulator))
        os.close(here)
        process.send_signal(signal.SIGHUP)
        process.wait(timeout=60)
    assert marked(emulator) == []


@pytest.mark.usefixtures("hurried")
def test_an_answer_that_is_lost_leaves_nothing(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()
    emulator.orders.add(Order(Fault.RESET_AFTER, operation="create_model", times=0))
    ended = asked(emulator, "metadata-keys", "second-artifact")
    assert all(isinstance(one, NotTold) for one in ended.outcomes.values())
    assert (ended.left, marked(emulator)) == ((), [])


@pytest.mark.usefixtures("hurried")
def test_a_busy_cloud_is_asked_again(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()
    for fault in (Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE):
        emulator.orders.add(Order(fault, operation="*model*", times=2))
    ended = asked(emulator, "metadata-keys", "after-delete")
    assert all(isinstance(one, Told) for one in ended.outcomes.values())


def test_nothing_without_the_whole_marker_is_removed(cloud: Callable[..., Emulator]) -> None:
    """A name alone, a tag alone, and the tag of another run than the name says."""
    emulator = cloud()
    halves: list[dict[str, Any]] = [
        {"display_name": f"{PREFIX}1-model"},
        {"display_name": "mine", "freeform_tags": {TAG: "1"}},
        {"display_name": f"{PREFIX}1-model", "freeform_tags": {TAG: "2"}},
        {"display_name": f"{PREFIX}-model", "freeform_tags": {TAG: ""}},
    ]
    project = emulator.project()
    kept = [emulator.model(project, **half) for half in halves]
    whole = emulator.model(project, display_name=f"{PREFIX}1-model", freeform_tags={TAG: "1"})
    found = left_behind(service_of(emulator), place_of(emulator))
    assert [one.ocid for one in found] == [whole]
    assert remove(service_of(emulator), Stop(), found, lambda _: None) == []
    states = [emulator.client.get_model(model).data.lifecycle_state for model in (*kept, whole)]
    assert states == ["ACTIVE"] * len(kept) + ["DELETED"]


def test_what_has_lost_its_marker_meanwhile_stays(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()
    model = emulator.model(emulator.project(), display_name=f"{PREFIX}1-model", freeform_tags={TAG: "1"})
    service = service_of(emulator)
    found = find(service, [emulator.compartment])
    emulator.client.update_model(model, m.UpdateModelDetails(display_name="mine now"))
    left = remove(service, Stop(), found, lambda _: None)
    assert [one.why for one in left] == ["it does not carry the marker any more"]
    assert emulator.client.get_model(model).data.lifecycle_state == "ACTIVE"
