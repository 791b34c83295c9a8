"""Each planted fault breaks its law within the same stories that hold without it."""

from functools import lru_cache
from random import Random

import pytest

from tests.chaos.planted import PLANTED, Plant
from tests.chaos.story import draw
from tests.chaos.world import play

STORIES = 60
ROUNDS_OF_A_STORY = 8


def broken_by(seed: int) -> set[str]:
    return {broken.law for broken in play(draw(Random(seed), ROUNDS_OF_A_STORY))[0]}


@lru_cache(maxsize=STORIES)
def clean(seed: int) -> bool:
    return not broken_by(seed)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(STORIES):
        assert clean(seed), f"story {seed} breaks a law without any planted fault"
        with monkeypatch.context() as patch:
            plant(patch)
            found = broken_by(seed)
        if found & set(PLANTED[plant]):
            return
    pytest.fail(f"not found in {STORIES} stories")
