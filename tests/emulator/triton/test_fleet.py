"""Fleets roll without a failed request, and keep the old servers when new ones do not start."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.triton import Fleet, NotServing, Reply, ServerFailed, new_fleet
from datascience_emulator.triton.server import timeout_minutes
from tests.support.serving import (
    Loop,
    headers,
    left_of,
    mark_body,
    name_in,
    outputs,
    processes_in,
    revision,
    servers_in,
)
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, mark_repository, write
from tests.support.waiting import wait_for


def mark(reply: Reply) -> int:
    return int(outputs(reply)["MARK"]["data"][0])


async def clients(fleet: Fleet, number: int, over: asyncio.Event) -> list[Reply]:
    """Requests without a pause from `number` clients until `over`."""

    async def client() -> list[Reply]:
        replies = []
        while not over.is_set():
            replies.append(await fleet.predict(headers("mark"), mark_body()))
        return replies

    return [
        reply for replies in await asyncio.gather(*(client() for _ in range(number))) for reply in replies
    ]


async def under_load(fleet: Fleet, work: Callable[[], Any]) -> list[Reply]:
    over = asyncio.Event()
    load = asyncio.create_task(clients(fleet, 8, over))
    try:
        await work()
        await fleet.predict(headers("mark"), mark_body())
    finally:
        over.set()
    return await load


@pytest.mark.shows("zero-downtime")
def test_nothing_fails_while_two_servers_are_replaced_by_two(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    first = revision(mark_repository(tmp_path / "first", 1), instances=2)
    second = revision(mark_repository(tmp_path / "second", 2), instances=2)
    loop.run(fleet.roll(first, lambda event: None))
    events: list[str] = []

    replies = loop.run(under_load(fleet, lambda: fleet.roll(second, events.append)))

    assert {reply.status for reply in replies} == {200}
    marks = [mark(reply) for reply in replies]
    assert set(marks) == {1, 2}
    assert len(replies) > 50
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 2
    assert [event for event in events if "took over" in event] == [
        "server 1 took over; the one before it is drained",
        "server 2 took over; the one before it is drained",
    ]


def test_a_broken_model_is_named_and_the_old_revision_serves_on(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "good", 1)), print))
    write(tmp_path / "bad" / "broken" / "1" / "model.onnx", "this is not a graph")

    with pytest.raises(ServerFailed) as failure:
        loop.run(fleet.roll(revision(tmp_path / "bad"), print))

    assert "model 'broken' version 1: " in failure.value.reason
    assert "onnx runtime error 7: Load model from " in failure.value.reason
    assert str(tmp_path) not in failure.value.reason
    assert "failed to load all models" in failure.value.log_tail
    assert fleet.instances
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 1
    loop.run(fleet.stop())
    assert not fleet.instances
    with pytest.raises(NotServing):
        loop.run(fleet.predict(headers("mark"), mark_body()))


def test_the_deployments_environment_reaches_the_model_and_fixes_the_endpoint(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    environment = {
        "MARK": "42",
        "MODEL_DEPLOY_PREDICT_ENDPOINT": "/v2/models/mark/infer",
        "MODEL_DEPLOY_HEALTH_ENDPOINT": "/v2/health/live",
    }
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 1), environment=environment), print))
    assert mark(loop.run(fleet.predict({}, mark_body()))) == 42


def test_not_ready_in_time_is_a_failure(loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path) -> None:
    environment = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.02", "MODEL_DEPLOY_HEALTH_ENDPOINT": "/nowhere"}
    late = revision(mark_repository(tmp_path / "m", 1), environment=environment)
    fleet = new_fleet()
    with pytest.raises(ServerFailed, match=r"^Workflow timed out\. Maximum runtime was: 0\.02 minutes\. .+"):
        loop.run(fleet.roll(late, print))
    assert not fleet.instances


def test_a_model_that_never_stops_loading_is_named(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    folder = mark_repository(tmp_path / "m", 1)
    blocks = "\n    def initialize(self, args):\n        time.sleep(3600)\n"
    write(folder / "slow" / "config.pbtxt", MARK_CONFIG)
    write(folder / "slow" / "1" / "model.py", MARK_MODEL.replace("{mark}", "2") + blocks)
    fleet = new_fleet()
    starting = revision(folder, environment={"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.04"})
    with pytest.raises(ServerFailed, match=r"still loading: .*model 'slow' version 1"):
        loop.run(fleet.roll(starting, print))
    assert processes_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("30", 30), ("0.5", 0.5), ("240", 240), *((one, 10) for one in ("nan", "inf", "-5", "0", "241", "abc"))],
)
def test_what_is_no_number_of_minutes_does_not_count(text: str, minutes: float) -> None:
    assert timeout_minutes({"DEPLOYMENT_TIMEOUT_IN_MINUTES": text}) == minutes


def test_a_command_that_is_not_triton_starts_nothing(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    with pytest.raises(ServerFailed, match="only runs tritonserver"):
        loop.run(fleet.roll(revision(tmp_path, cmd=("gunicorn", "app")), print))
    assert not fleet.instances


def test_stopping_ends_a_roll_that_is_under_way(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    starting = revision(mark_repository(tmp_path / "m", 1))

    async def stop_at_once() -> None:
        begun = asyncio.Event()
        roll = asyncio.create_task(fleet.roll(starting, lambda event: begun.set()))
        await begun.wait()
        await fleet.stop()
        with pytest.raises(ServerFailed, match="stopped before it was ready"):
            await roll

    loop.run(stop_at_once())
    assert not fleet.instances


def test_a_cancelled_roll_leaves_nothing_behind(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    starting = revision(mark_repository(tmp_path / "m", 1))

    async def cancel_at_once() -> None:
        begun = asyncio.Event()
        roll = asyncio.create_task(new_fleet().roll(starting, lambda event: begun.set()))
        await begun.wait()
        roll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await roll

    loop.run(cancel_at_once())
    assert processes_in(tmp_path) == {}


def test_a_server_that_dies_is_replaced_and_meanwhile_the_others_answer(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 1), instances=2), print))
    first, second = servers_in(tmp_path)
    os.kill(first, signal.SIGKILL)
    replies = [loop.run(fleet.predict(headers("mark"), mark_body())) for _ in range(5)]
    wait_for(lambda: len(servers_in(tmp_path)) == 2 and first not in servers_in(tmp_path))
    # One of these may have been on its way to the server that died.
    assert sum(reply.status == 200 for reply in replies) >= 4
    assert "a server died: tritonserver ended with status 137" in caplog.text
    assert "another is started in 0.5 s" in caplog.text
    wait_for(lambda: "in place of the one that died is ready" in caplog.text)

    os.kill(second, signal.SIGKILL)
    wait_for(lambda: second not in servers_in(tmp_path))
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 1
    assert list(tmp_path.glob("logs-0/triton-1-?.previous.log")), "why it died can be read"


def test_a_server_that_cannot_come_back_is_tried_again_and_meanwhile_nothing_serves(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = new_fleet()
    model = mark_repository(tmp_path / "m", 1) / "mark" / "1" / "model.py"
    loop.run(fleet.roll(revision(tmp_path / "m"), print))
    good = model.read_text()
    model.write_text("import nowhere\n")
    os.kill(servers_in(tmp_path)[0], signal.SIGKILL)
    wait_for(lambda: "No module named 'nowhere'" in caplog.text)
    assert not fleet.instances
    with pytest.raises(NotServing):
        loop.run(fleet.predict(headers("mark"), mark_body()))
    model.write_text(good)
    wait_for(lambda: fleet.instances)
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 1
    assert "another is started in 1 s" in caplog.text, "the pauses grow"


@pytest.mark.parametrize("starting", [False, True])
def test_a_stopped_fleet_starts_nothing_in_place_of_the_dead(
    loop: Loop,
    new_fleet: Callable[[], Fleet],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    starting: bool,
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 1)), print))
    (server,) = servers_in(tmp_path)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: "another is started" in caplog.text)
    wait_for(lambda: not starting or servers_in(tmp_path))
    loop.run(fleet.stop())
    assert processes_in(tmp_path) == {}
    assert not fleet.instances


def test_characters_of_the_shell_in_a_path_are_no_matter(loop: Loop, work_dir: Path, tmp_path: Path) -> None:
    home = tmp_path / "it's a $(home) & more"
    fleet = new_fleet("spaced", home / "run", home / "logs")
    environment = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.5"}
    try:
        loop.run(fleet.roll(revision(mark_repository(home / "m", 3), environment=environment), print))
        assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 3
        name = name_in(" ".join(processes_in(tmp_path).values()))
        assert left_of(name)
    finally:
        loop.run(fleet.stop())
    assert left_of(name) == []


def test_a_temporary_folder_that_a_shell_would_take_apart(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaced = tmp_path / "t m p"
    spaced.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spaced))
    fleet = new_fleet()
    environment = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.5"}
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 3), environment=environment), print))
    assert fleet.instances


def test_a_stub_that_cannot_be_started_fails_at_once(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    folder = mark_repository(tmp_path / "m", 1)
    write(folder / "two words" / "config.pbtxt", MARK_CONFIG)
    write(folder / "two words" / "1" / "model.py", MARK_MODEL.replace("{mark}", "2"))
    began = time.monotonic()
    with pytest.raises(ServerFailed, match="a stub of Triton's Python backend ended before") as failure:
        loop.run(new_fleet().roll(revision(folder), print))
    assert time.monotonic() - began < 20
    assert "loading: two words:1" in failure.value.log_tail


def test_a_model_is_finalized_before_its_server_is_stopped(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    model = mark_repository(tmp_path / "m", 1) / "mark" / "1" / "model.py"
    done = tmp_path / "finalized"
    model.write_text(
        f"{model.read_text()}\n    def finalize(self):\n        open({str(done)!r}, 'x').close()\n"
    )
    fleet = new_fleet()
    loop.run(fleet.roll(revision(tmp_path / "m"), print))
    loop.run(fleet.stop())
    assert done.exists()
    assert processes_in(tmp_path) == {}
