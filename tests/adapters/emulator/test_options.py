"""What an emulator is started with, and what it was started with last."""

import os
import signal
import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.options import Options, kept
from reconciler.adapters.emulator.running import Running, alive
from reconciler.core.model.errors import SetupError
from tests.support.waiting import wait_for


def quiet(_: str) -> None:
    pass


RUNNING = Running(
    "http://127.0.0.1:80",
    1,
    "config",
    "r",
    "t",
    "u",
    "c",
    "1",
    {"list_filters": "one"},
    "reads:3",
    0.5,
    True,
    True,
    "docker",
)


@pytest.mark.parametrize(
    ("options", "clashes"),
    [
        (Options(), []),
        (Options(80, ("list-filters=one",), "reads:3", 0.5, (), True, True), []),
        (Options(port=81), ["--port 81 (it has 80)"]),
        (
            Options(readings=("list-filters=many", "list-filters=one")),
            ["--reading list-filters=many (it has list-filters=one)"],
        ),
        (Options(progression="immediate"), ["--progression immediate (it has reads:3)"]),
        (Options(servers="docker"), []),
        (Options(servers="local"), ["--servers local (it has docker)"]),
        (Options(latency=0.0), ["--latency 0.0 (it has 0.5)"]),
        (Options(faults=("capacity",)), ["--fault capacity (a fault is ordered at the start)"]),
        (
            Options(port=80, progression="reads:4", latency=0.5, faults=("slow",), control=True),
            ["--progression reads:4 (it has reads:3)", "--fault slow (a fault is ordered at the start)"],
        ),
    ],
)
def test_only_what_does_not_fit_one_that_runs_is_named(options: Options, clashes: list[str]) -> None:
    assert options.clashes(RUNNING) == clashes


def test_without_control_or_state_of_its_own_it_does_not_fit() -> None:
    usual = replace(RUNNING, control=False, ephemeral=False)
    asked = Options(control=True, ephemeral=True)
    assert asked.clashes(usual) == ["--control (it has no control API)", "--ephemeral (it keeps its state)"]


def test_a_second_start_on_another_port_is_refused(tmp_path: Path) -> None:
    running = process.ensure(tmp_path, quiet)
    port = urlsplit(running.endpoint).port
    assert port is not None
    try:
        with pytest.raises(SetupError, match=rf"not with --port {port - 1} \(it has {port}\): stop it first"):
            process.start(tmp_path, quiet, Options(port=port - 1))
        assert process.start(tmp_path, quiet, Options(port=port)) == running
    finally:
        process.stop(tmp_path)


OTHERWISE = Options(
    readings=("list-filters=one", "omitted=kept"),
    progression="reads:2",
    latency=0.01,
    control=True,
    servers="docker",
)


def how(running: Running) -> tuple[object, ...]:
    return (
        running.readings,
        running.progression,
        running.latency,
        running.control,
        running.ephemeral,
        running.servers,
    )


def die(running: Running) -> None:
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: not alive(running.pid))


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_whoever_needs_it_starts_it_as_it_was_last(tmp_path: Path, end: str) -> None:
    port = free_port()
    first = process.start(tmp_path, quiet, replace(OTHERWISE, port=port, faults=("slow,times=0,seconds=0",)))
    try:
        die(first) if end == "killed" else process.stop(tmp_path)
        again = process.ensure(tmp_path, quiet)
        assert how(again) == how(first)
        assert again.endpoint == first.endpoint == f"http://127.0.0.1:{port}"
        assert requests.get(f"{again.endpoint}/emulator/orders", timeout=10).json()["orders"] == []
        assert kept(tmp_path) == replace(OTHERWISE, port=port)
    finally:
        process.stop(tmp_path)


def test_a_start_says_how_it_is_from_now_on(tmp_path: Path) -> None:
    process.start(tmp_path, quiet, OTHERWISE)
    process.stop(tmp_path)
    usual = process.start(tmp_path, quiet, Options(latency=0.02))
    try:
        assert how(usual)[1:] == ("immediate", 0.02, False, False, "local")
        die(usual)
        assert how(process.ensure(tmp_path, quiet)) == how(usual)
    finally:
        process.stop(tmp_path)


def test_one_that_was_ephemeral_begins_anew_and_is_forgotten_when_stopped(tmp_path: Path) -> None:
    told: list[str] = []
    process.start(tmp_path, quiet, Options(latency=0.01))
    process.stop(tmp_path)
    first = process.start(tmp_path, quiet, Options(progression="reads:2", ephemeral=True))
    try:
        die(first)
        again = process.ensure(tmp_path, told.append)
        assert how(again) == how(first)
        assert again.tenancy != first.tenancy
        assert "was ephemeral, and is gone with its state: a new one begins" in told[0]
        process.stop(tmp_path)
        kept = process.ensure(tmp_path, quiet)
        assert how(kept)[1:] == ("immediate", 0.01, False, False, "local")
    finally:
        process.stop(tmp_path)


def test_one_that_could_not_start_changes_nothing_of_that(tmp_path: Path) -> None:
    process.start(tmp_path, quiet, OTHERWISE)
    process.stop(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match="is in use"):
            process.start(tmp_path, quiet, Options(port=taken.getsockname()[1]))
    assert kept(tmp_path) == OTHERWISE


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"port": "x"}', '{"port": null, "readings": []}', "[" * 50_000, '{"port": Infinity}',
    ],
)  # fmt: skip
def test_options_that_are_none_count_as_usual(tmp_path: Path, text: str) -> None:
    (tmp_path / "options.json").write_text(text)
    assert kept(tmp_path) == Options()


def test_one_that_runs_otherwise_is_used_by_whoever_needs_it(tmp_path: Path) -> None:
    running = process.start(tmp_path, quiet, OTHERWISE)
    try:
        (tmp_path / "options.json").unlink()
        assert process.ensure(tmp_path, quiet) == running
    finally:
        process.stop(tmp_path)
