"""A target: bytes in, one of the allowed outcomes out; and the two ways in which it is fuzzed.

By Hypothesis, which knows the grammar, in every run of the tests; and guided by coverage (`guided.py`), from
real examples, when `FUZZ_MINUTES` says how long.
"""

import os
import random
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from reconciler.core.model.errors import ReconcilerError
from tests.fuzz.bounds import held_to_bounds

ROOT = Path(__file__).parents[2]
TARGETS = 9
"""That share `FUZZ_MINUTES`, on two processors, each once by Hypothesis and once guided."""

LONGEST = 32_768
"""Bytes of an input that is guided by coverage."""

BATCH = 500
"""Inputs of one search of Hypothesis, which keeps what it knows of each of them in memory."""

SLOWEST = 120.0
"""Seconds that a guided run may take beyond its own time."""


@dataclass(frozen=True)
class Target:
    """`judge` gives back what came of an input, or raises what must not be. `words` are what its language is
    made of, `corpus` real examples.
    """

    judge: Callable[[bytes], object]
    corpus: Callable[[], list[bytes]]
    words: tuple[bytes, ...] = ()

    def hold(self, data: bytes) -> object:
        """What comes of this input, within its bounds."""
        return held_to_bounds(self.judge, data)


def outcome(act: Callable[[], object]) -> object:
    """A value, or one of our own errors as its kind and its words, which can be printed."""
    try:
        return act()
    except ReconcilerError as error:
        said = str(error)
        assert said.strip()
        said.encode()
        # What nobody answered is called by an id that was made for the request.
        return type(error).__name__, re.sub("[0-9A-F]{32}", "(an id)", said)


def seed() -> int:
    """The environment's, or a new one; printed where a test fails."""
    os.environ.setdefault("FUZZ_SEED", str(random.SystemRandom().randrange(1 << 30)))
    print(f"FUZZ_SEED={os.environ['FUZZ_SEED']} repeats it")
    return int(os.environ["FUZZ_SEED"])


def seconds() -> float:
    """What one target has for each of its two ways; 0 where `FUZZ_MINUTES` does not say."""
    return float(os.environ.get("FUZZ_MINUTES") or 0) * 60 * 2 / TARGETS / 2


def fuzz(target: Target, made: st.SearchStrategy[bytes], examples: int) -> None:
    """So many inputs of Hypothesis, or as many as there is time for."""
    first, until, done = seed(), time.monotonic() + seconds(), 0
    batch = BATCH if seconds() else examples
    while done == 0 or time.monotonic() < until:
        done += _some(target, made, batch, first + done)
    print(f"{done} inputs made by Hypothesis")


def _some(target: Target, made: st.SearchStrategy[bytes], number: int, start: int) -> int:
    count = 0

    @hypothesis.seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(made)
    def hold(data: bytes) -> None:
        nonlocal count
        count += 1
        target.hold(data)

    with warnings.catch_warnings():
        # Of inputs that are too long to be printed.
        warnings.simplefilter("ignore", HypothesisWarning)
        hold()
    return max(count, 1)


def guided(name: str, folder: Path) -> None:
    """Run `guided.py` on the target of this name, `module:NAME`; the test fails with all that was found."""
    if not seconds():
        pytest.skip("FUZZ_MINUTES says how long")
    pytest.importorskip("atheris", reason="coverage is measured by atheris, which is not installed")
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(int(seconds())), str(seed()), str(folder)]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder)}
    ran = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=seconds() + SLOWEST,
    )
    print(*(line for line in ran.stdout.splitlines() if line.startswith("stat::")), sep="\n")
    assert ran.returncode == 0, ran.stdout[-3000:]
    found = [path.read_text() for path in sorted(folder.glob("found-*"))]
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)
