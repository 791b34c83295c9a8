"""What the process of the emulator gets of our environment."""

from pathlib import Path

import pytest

from reconciler.adapters.emulator import process


def quiet(_: str) -> None:
    pass


def test_it_gets_nothing_that_was_given_to_us_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What says which GPU a number means goes with the numbers."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    for name in ("CANARY_TOKEN", "GITHUB_TOKEN", "OCI_CLI_KEY_CONTENT", "HTTPS_PROXY", "LANGUAGE_MODEL_KEY"):
        monkeypatch.setenv(name, "hunter2")
    running = process.ensure(tmp_path, quiet)
    try:
        given = Path(f"/proc/{running.pid}/environ").read_bytes()
    finally:
        process.stop(tmp_path)
    assert b"hunter2" not in given
    assert b"PATH=" in given
    assert {b"CUDA_VISIBLE_DEVICES=1", b"CUDA_DEVICE_ORDER=PCI_BUS_ID"} <= {*given.split(b"\0")}
