"""What a lie may cost: some memory, some time, no disk. Each in a process of its own, with the real bounds of
what may be read.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import (
    JSON,
    LIST,
    MEGABYTE,
    Behaviour,
    World,
    bomb,
    chunked,
    head,
    pages,
    pours,
    raw,
    says,
)

PROGRAM = """
import pathlib, sys
from reconciler.app.live import reading_live
from reconciler.cli.main import main
reading_live.PLAN_OUTAGE_SECONDS = 0.0
try:
    main()
finally:
    pathlib.Path("status.txt").write_text(pathlib.Path("/proc/self/status").read_text())
"""

MEGABYTES = 200
"""What a lie may cost besides what the truth does."""

ITEMS = {**JSON, "transfer-encoding": "chunked"}


@dataclass(frozen=True)
class Ended:
    code: int
    megabytes: float
    err: str


def measured(root: Path, *arguments: str) -> Ended:
    """A verb in a process of its own; its peak memory, which is its own and not that of who began it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    peak = re.search(r"VmHWM:\s*(\d+) kB", (root / "status.txt").read_text())
    assert peak is not None
    return Ended(done.returncode, int(peak[1]) / 1024, done.stderr)


def full_page(number: int) -> list[dict[str, Any]]:
    """A hundred deployments, each with as long a description as no service allows."""
    items = ({"id": f"ocid1.d{number}.{one}", "lifecycleState": "ACTIVE"} for one in range(100))
    return [{**item, "description": "x" * 100_000} for item in items]


ESSENTIAL = b'{"id":"a","lifecycleState":"ACTIVE"}'

LIES: dict[str, tuple[Behaviour, str]] = {
    "5 GB in chunks": (pours(head(200, ITEMS), chunked(b" " * MEGABYTE)), "larger than 16 MiB"),
    "5 GB to the end": (pours(head(200, JSON), b" " * MEGABYTE), "larger than 16 MiB"),
    "5 GB packed": (bomb, "larger than 16 MiB"),
    "an error of 5 GB": (pours(head(500, ITEMS), chunked(b"e" * MEGABYTE)), ": 500: eee"),
    "a redirect of 5 GB": (
        pours(head(307, {**ITEMS, "location": "/"}), chunked(b"e" * MEGABYTE)),
        "a redirect to /",
    ),
    "a header of 5 GB": (pours(b"HTTP/1.1 200 OK\r\nx: ", b"x" * MEGABYTE), "no answer"),
    "a chunk's size of 5 GB": (pours(head(200, ITEMS), b"0" * MEGABYTE), "."),
    "16 MB of small lists": (says(b"[" + b"[]," * (5 * MEGABYTE) + b"[]]"), "has more than 300000 values"),
    "16 MB of deployments": (
        says(b"[" + b",".join([ESSENTIAL] * 100_000) + b"]"),
        "has 100000 entries, more than 1000",
    ),
    "many objects": (says(b"[" + b'{"a":{}},' * 299_000 + b"{}]"), "has 299001 entries"),
    "16 MB of one text": (
        says('["\U0001f600' + "a" * 15 * MEGABYTE + '"]'),
        "is a text, not an object",
    ),
    "large pages without end": (pages(str, full_page), "the list has more than 128 MiB"),
    "levels": (raw(head(200, JSON) + b"[" * (8 * MEGABYTE)), "nested too deeply"),
}


@pytest.fixture(scope="module")
def usual(applied: Any) -> float:
    """Megabytes that a plan takes when it is told the truth."""
    ended = measured(applied.workspace.root, "plan")
    assert ended.code == 0, ended.err
    return ended.megabytes


SOME = ("5 GB packed", "16 MB of deployments", "large pages without end")
"""One of each kind: `make endure` has all."""


@pytest.mark.parametrize("case", LIES if os.environ.get("HOSTILE") == "all" else SOME)
def test_no_lie_fills_the_memory(world: World, usual: float, case: str) -> None:
    behave, says = LIES[case]
    world.service.lie(LIST, behave)
    ended = measured(world.workspace.root, "plan")
    assert ended.code == 1, ended.err
    assert "Traceback" not in ended.err
    assert re.search(says, ended.err)
    assert ended.megabytes - usual < MEGABYTES
