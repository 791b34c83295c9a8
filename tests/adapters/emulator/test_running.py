"""An emulator that runs is found by its note, and no other note is believed."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from reconciler.adapters.emulator import process, running
from reconciler.adapters.emulator.options import Options
from reconciler.adapters.emulator.running import status


def quiet(_: str) -> None:
    pass


def test_a_note_left_by_a_killed_one_is_not_believed(tmp_path: Path) -> None:
    running = process.ensure(tmp_path, quiet)
    note = (tmp_path / "emulator.json").read_text()
    process.stop(tmp_path)
    (tmp_path / "emulator.json").write_text(note)
    assert status(tmp_path) is None
    again = process.ensure(tmp_path, quiet)
    try:
        assert again.pid != running.pid
        assert again.compartment == running.compartment
    finally:
        process.stop(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x"}'])
def test_a_note_that_is_no_note_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "emulator.json").write_text(text)
    assert status(tmp_path) is None


NOTE = {
    "endpoint": "http://127.0.0.1:1", "pid": os.getpid(), "config_file": "HOME/oci/config", "region": "r",
    "tenancy": "t", "user": "u", "compartment": "c", "version": "1", "readings": {},
    "progression": "immediate",
    "latency": 0, "control": False, "ephemeral": False, "servers": "local",
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"endpoint": "https://example.com"},
        {"endpoint": "http://127.0.0.1:80@example.com"},
        {"endpoint": "http://127.0.0.1.example.com:80"},
        {"endpoint": "http://127.0.0.1:80/../x"},
        {"endpoint": "file:///etc/passwd"},
        {"config_file": "/root/.oci/config"},
        {"config_file": "HOME/../../.oci/config"},
        {"config_file": "~/.oci/config"},
        {"pid": -1},
        {"pid": 0},
        {"pid": 1},
        {"pid": 10**30},
        {"pid": float("inf")},
        {"latency": "1e999"},
    ],
)
def test_a_note_that_came_with_a_checkout_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    """It could send what is signed with a key of ours to anybody, and have any process ended."""
    asked = []

    def answers(endpoint: str) -> bool:
        asked.append(endpoint)
        return True

    monkeypatch.setattr(running, "_answers", answers)
    text = json.dumps({**NOTE, **changes}).replace("HOME", str(tmp_path))
    (tmp_path / "emulator.json").write_text(text)
    (tmp_path / "lock").touch()
    assert status(tmp_path) is None, "nobody holds the home"
    assert asked == []
    with (tmp_path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = status(tmp_path)
    good = not changes or "latency" in changes
    assert (found is not None, bool(asked)) == (good, good)


def test_one_that_refuses_everything_is_found_all_the_same(tmp_path: Path) -> None:
    running = process.start(tmp_path, quiet, Options(faults=("reset-before,times=0",)))
    try:
        assert status(tmp_path) == running
    finally:
        assert process.stop(tmp_path)
