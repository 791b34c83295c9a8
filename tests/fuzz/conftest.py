"""The seed of a run of fuzzing, and a bound on what it may take from the machine."""

import os
import random
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = 3 << 30
"""Bytes of address space above what there is: what asks for more gets a MemoryError, and fails its test."""


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("FUZZ_SEED", str(random.SystemRandom().randrange(1 << 30)))


def pytest_report_header(config: pytest.Config) -> str:
    return f"fuzz: FUZZ_SEED={os.environ['FUZZ_SEED']} repeats it"


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)
