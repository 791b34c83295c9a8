"""Disks that are full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

SIZE = 64 * 1024


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of 64 KB at this place. Skips the test where no file system can be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={SIZE}"]
    mounted = subprocess.run(["mount", *options, "none", place], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        # What still has a file of it open keeps it until then.
        subprocess.run(["umount", "--lazy", place], check=True)


def full_device() -> IO[str]:
    """A file that takes nothing. Skips the test where the system has none, as macOS."""
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no /dev/full")
    return device.open("w")


def fill(disk: Path, name: str = "filler") -> None:
    """Leave no room for another byte, by what is appended to this file of it."""
    with (disk / name).open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
