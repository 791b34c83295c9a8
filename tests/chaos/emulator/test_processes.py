"""Real processes, killed at any moment, two at a time, with faults and other people in between: nothing is
there twice, and once it is quiet one apply makes the plan empty.

`CHAOS_SEED=n CHAOS_PROCESSES=rounds` draws the same rounds again; when they strike is up to the machine.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.chaos.emulator.rounds import draw
from tests.chaos.emulator.world import world

ROUNDS = int(os.environ.get("CHAOS_PROCESSES", "4"))
PARTS = 2
"""For as many processors, on an emulator each."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_plan_becomes_empty_whatever_died(part: int, tmp_path: Path) -> None:
    first = int(os.environ["CHAOS_SEED"])
    with world(tmp_path / "repository") as here:
        for seed in range(first + part, first + ROUNDS, PARTS):
            one = draw(Random(seed))
            broken = here.play(one)
            assert not broken, "\n".join([f"CHAOS_SEED={seed} CHAOS_PROCESSES=1", str(one), *broken])
