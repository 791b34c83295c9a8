"""Leaves out of a story whatever it does not need to break the same law."""

from collections.abc import Iterator
from dataclasses import replace

from tests.chaos.story import Round, Story
from tests.chaos.world import play

MOST_PLAYS = 400


def shrunken(story: Story, law: str) -> Story:
    """A shorter story that breaks this law too."""
    plays = 0
    smaller = True
    while smaller and plays < MOST_PLAYS:
        smaller = False
        for candidate in _smaller(story):
            plays += 1
            if any(broken.law == law for broken in play(candidate)[0]):
                story, smaller = candidate, True
                break
            if plays >= MOST_PLAYS:
                break
    return story


def _smaller(story: Story) -> Iterator[Story]:
    """Larger cuts first."""
    for at in reversed(range(len(story))):
        yield story[:at] + story[at + 1 :]
    for at, one in enumerate(story):
        for less in _less(one):
            yield (*story[:at], less, *story[at + 1 :])


def _less(one: Round) -> Iterator[Round]:
    if len(one.processes) > 1:
        for at in range(len(one.processes)):
            yield replace(one, processes=one.processes[:at] + one.processes[at + 1 :])
    for at in range(len(one.actions)):
        yield replace(one, actions=one.actions[:at] + one.actions[at + 1 :])
    for at in range(len(one.edits)):
        yield replace(one, edits=one.edits[:at] + one.edits[at + 1 :])
    for at, process in enumerate(one.processes):
        for edit in range(len(process.edits)):
            less = replace(process, edits=process.edits[:edit] + process.edits[edit + 1 :])
            yield replace(one, processes=(*one.processes[:at], less, *one.processes[at + 1 :]))
