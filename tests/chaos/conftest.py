"""The seed of a run of chaos: the environment's, or a new one; printed first, the same in every worker."""

import os
import random

import pytest


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("CHAOS_SEED", str(random.SystemRandom().randrange(1 << 30)))


def pytest_report_header(config: pytest.Config) -> str:
    return f"chaos: CHAOS_SEED={os.environ['CHAOS_SEED']} repeats it"
