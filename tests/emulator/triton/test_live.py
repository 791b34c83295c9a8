"""A fleet changes its models in place: no process is replaced, and no request fails."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.triton import Fleet, Reply, Revision, ServerFailed
from tests.support.serving import Loop, headers, mark_body, outputs, revision, servers_in
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write
from tests.support.waiting import wait_for


def repository(folder: Path, **marks: int) -> Path:
    """A Python model for each name, which answers its mark."""
    for name, mark in marks.items():
        write(folder / name / "config.pbtxt", MARK_CONFIG)
        write(folder / name / "1" / "model.py", MARK_MODEL.replace("{mark}", str(mark)))
    return folder


def live(folder: Path, **changes: Any) -> Revision:
    return revision(folder, live=True, **changes)


async def under_load(fleet: Fleet, models: Sequence[str], work: Any) -> dict[str, list[Reply]]:
    """The replies of three clients for each of `models`, from before `work` to after it."""
    over = asyncio.Event()
    replies: dict[str, list[Reply]] = {model: [] for model in models}

    async def client(model: str) -> None:
        while not over.is_set():
            replies[model].append(await fleet.predict(headers(model), mark_body()))

    clients = [asyncio.create_task(client(model)) for model in models for _ in range(3)]
    try:
        while not all(replies.values()):
            await asyncio.sleep(0.01)
        await work
        for model in models:
            await fleet.predict(headers(model), mark_body())
    finally:
        over.set()
        await asyncio.gather(*clients)
    return replies


def mark(reply: Reply) -> int:
    return int(outputs(reply)["MARK"]["data"][0])


def ask(loop: Loop, fleet: Fleet, model: str) -> Reply:
    return loop.run(fleet.predict(headers(model), mark_body()))


def test_members_are_replaced_added_and_removed_in_place_and_nothing_fails(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", keep=1, swap=1, gone=1), instances=2), print))
    before = servers_in(tmp_path)
    assert len(before) == 2
    new = live(repository(tmp_path / "b", keep=1, swap=2, added=5), instances=2)
    events: list[str] = []

    work = fleet.live(new, ["swap", "added"], ["gone"], events.append)
    replies = loop.run(under_load(fleet, ("keep", "swap"), work))

    assert {reply.status for some in replies.values() for reply in some} == {200}
    assert {mark(reply) for reply in replies["keep"]} == {1}
    assert {mark(reply) for reply in replies["swap"]} == {1, 2}
    assert min(len(some) for some in replies.values()) > 20
    assert servers_in(tmp_path) == before
    assert events == [
        "server 1 serves the new models; loaded swap, added, unloaded gone",
        "server 2 serves the new models; loaded swap, added, unloaded gone",
    ]
    assert {mark(reply) for reply in loop.run(at_once(fleet, 8))} == {2}
    assert mark(ask(loop, fleet, "added")) == 5
    assert b"Request for unknown model: 'gone'" in ask(loop, fleet, "gone").body
    assert fleet.instances == 2


def test_a_member_that_does_not_load_leaves_everything_as_it_was(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", swap=1, gone=1), instances=2), print))
    new = repository(tmp_path / "b", swap=2, broken=3)
    write(new / "broken" / "1" / "model.py", "import nowhere\n")
    failures: list[ServerFailed] = []

    async def work() -> None:
        try:
            await fleet.live(live(new, instances=2), ["swap", "broken"], ["gone"], print)
        except ServerFailed as error:
            failures.append(error)

    replies = loop.run(under_load(fleet, ("swap", "gone"), work()))

    assert "the model 'broken' is not loaded: " in failures[0].reason
    assert "No module named 'nowhere'" in failures[0].reason
    assert str(tmp_path) not in failures[0].reason
    assert {reply.status for some in replies.values() for reply in some} == {200}
    assert {mark(reply) for reply in loop.run(at_once(fleet, 8))} == {1}
    assert b"Request for unknown model: 'broken'" in ask(loop, fleet, "broken").body
    assert fleet.instances


def test_a_server_that_dies_afterwards_comes_back_with_the_new_models(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", swap=1)), print))
    loop.run(fleet.live(live(repository(tmp_path / "b", swap=2)), ["swap"], [], print))
    (server,) = servers_in(tmp_path)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: not fleet.instances)
    assert fleet.instances == 0
    wait_for(lambda: fleet.instances)
    assert mark(ask(loop, fleet, "swap")) == 2


def test_a_server_that_is_dead_takes_nothing_and_comes_back_as_it_was(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", swap=1), instances=2), print))
    before = servers_in(tmp_path)
    os.kill(before[1], signal.SIGKILL)
    wait_for(lambda: fleet.instances == 1)
    new = live(repository(tmp_path / "b", swap=2), instances=2)
    with pytest.raises(ServerFailed, match="a server has died and is being replaced"):
        loop.run(fleet.live(new, ["swap"], [], print))
    wait_for(lambda: fleet.instances == 2)
    assert before[0] in servers_in(tmp_path)
    assert {mark(reply) for reply in loop.run(at_once(fleet, 8))} == {1}
    loop.run(fleet.live(new, ["swap"], [], print))
    assert {mark(reply) for reply in loop.run(at_once(fleet, 8))} == {2}


async def at_once(fleet: Fleet, number: int) -> list[Reply]:
    """So many requests at once that every server gets some."""
    return await asyncio.gather(*(fleet.predict(headers("swap"), mark_body()) for _ in range(number)))


@pytest.mark.parametrize("mode", ["none", "poll"])
def test_another_control_mode_is_said(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path, mode: str
) -> None:
    command = (
        "tritonserver",
        "--model-repository=/opt/ds/model/deployed_model",
        f"--model-control-mode={mode}",
    )
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", swap=1), cmd=command), print))
    with pytest.raises(ServerFailed) as failure:
        loop.run(fleet.live(live(repository(tmp_path / "b", swap=2), cmd=command), ["swap"], [], print))
    assert failure.value.reason == (
        "an update of type LIVE needs Triton's model control mode explicit: leave --model-control-mode out "
        "of the command, or set it to explicit; or update with ZDT"
    )
    assert mark(ask(loop, fleet, "swap")) == 1


def test_a_control_mode_of_the_command_is_kept(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    command = (
        "tritonserver",
        "--model-repository=/opt/ds/model/deployed_model",
        *("--model-control-mode", "explicit", "--load-model=one"),
    )
    fleet = new_fleet()
    loop.run(fleet.roll(live(repository(tmp_path / "a", one=1, other=2), cmd=command), print))
    assert mark(ask(loop, fleet, "one")) == 1
    assert ask(loop, fleet, "other").status == 404
    loop.run(fleet.live(live(repository(tmp_path / "b", one=3), cmd=command), ["one"], ["other"], print))
    assert mark(ask(loop, fleet, "one")) == 3
