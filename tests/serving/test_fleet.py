"""Fleets roll without a failed request, and keep what serves when the new revision does not come up."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator.serving import Fleet, NotServing, Reply, ServerFailed
from tests.serving.conftest import (
    Loop,
    headers,
    mark_body,
    mark_repository,
    outputs,
    processes_with,
    revision,
    wait_until,
    write,
)


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
    assert "INVALID_PROTOBUF" in failure.value.reason
    assert str(tmp_path) not in failure.value.reason
    assert "failed to load all models" in failure.value.log_tail
    assert fleet.serving
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 1
    loop.run(fleet.stop())
    assert not fleet.serving
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
    with pytest.raises(ServerFailed, match=r"GET /nowhere did not answer 200 within 0\.02 minutes"):
        loop.run(fleet.roll(late, print))
    assert not fleet.serving


def test_a_command_that_is_not_triton_starts_nothing(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    with pytest.raises(ServerFailed, match="only runs tritonserver"):
        loop.run(fleet.roll(revision(tmp_path, command=("gunicorn", "app")), print))
    assert not fleet.serving


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
    assert not fleet.serving


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
    assert processes_with(str(tmp_path)) == {}


def test_a_server_that_dies_is_no_longer_asked(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(revision(mark_repository(tmp_path / "m", 1), instances=2), print))
    servers = [pid for pid, command in processes_with(str(tmp_path)).items() if is_triton(command)]
    assert len(servers) == 2
    os.kill(servers[0], signal.SIGKILL)
    wait_until(lambda: len(processes_with(str(tmp_path))) == 3)  # a keeper, a server, a stub
    replies = [loop.run(fleet.predict(headers("mark"), mark_body())) for _ in range(5)]
    assert [mark(reply) for reply in replies] == [1] * 5
    os.kill(servers[1], signal.SIGKILL)
    wait_until(lambda: not fleet.serving)
    with pytest.raises(NotServing):
        loop.run(fleet.predict(headers("mark"), mark_body()))


def is_triton(command: str) -> bool:
    return Path(command.split()[0]).name == "tritonserver"
