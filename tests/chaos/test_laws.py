"""Random manifests, edits, faults, kills, second runs and somebody else's edits: after each round the laws
hold, and in the end the plan is empty.

`CHAOS_SEED=n CHAOS_ROUNDS=n` tells the same stories again.
"""

import os
from random import Random

import pytest

from tests.chaos.shrink import shrunken
from tests.chaos.story import draw, told
from tests.chaos.world import play

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "4000"))
ROUNDS_OF_A_STORY = 8
PARTS = 4
"""For as many processors."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_laws_hold(part: int) -> None:
    first = int(os.environ["CHAOS_SEED"])
    stories = -(-ROUNDS // ROUNDS_OF_A_STORY)
    for seed in range(first + part, first + stories, PARTS):
        story = draw(Random(seed), ROUNDS_OF_A_STORY)
        broken, _ = play(story)
        if broken:
            pytest.fail(explained(seed, story, broken[0].law), pytrace=False)


def explained(seed: int, story, law: str) -> str:
    """The story without what it does not need, what happened in it, and how to see it again."""
    less = shrunken(story, law)
    broken, notes = play(less)
    lines = [f"{one.law}: {one.how}" for one in broken]
    again = f"CHAOS_SEED={seed} CHAOS_ROUNDS={ROUNDS_OF_A_STORY} tells it again"
    return "\n".join([*lines, "", told(less), "", *notes, "", again])
