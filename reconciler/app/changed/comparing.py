"""Whether two manifests, of two times, ask for the same: their drafts are compared field by field, and the
files that they name by their content. Where something stands, in which file or folder, is no difference.

Files are read only where nothing else tells: not those that have not changed, nor those of another size.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from reconciler.app.changed.past_tree import PastTree
from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Location
from reconciler.core.model.proof.probes import File, Probe
from reconciler.manifests.spec_draft import SpecDraft
from reconciler.triton.files.hashing import hashes_of
from reconciler.triton.repository_layout import Layout, LayoutFile

NOWHERE = Location("")
NO_LAYOUT = Layout((), ())


class Pair(NamedTuple):
    """A manifest now and at the commit."""

    now: SpecDraft
    then: SpecDraft


class _Content(NamedTuple):
    """Two files that are to have the same content: now by its path, then by the path or by its digest."""

    now: str
    then: str
    sha256: str = ""


def different(pairs: Sequence[Pair], tree: PastTree, cache: Path) -> set[str]:
    """The names of those that do not ask for the same."""
    open_questions: dict[str, list[_Content]] = {}
    result = set()
    for pair in pairs:
        questions = _questions(pair, tree)
        if questions is None:
            result.add(pair.now.name)
        elif questions:
            open_questions[pair.now.name] = questions
    return result | set(_answered(open_questions, cache, os.path.realpath(tree.root)))


def _answered(questions: Mapping[str, Sequence[_Content]], cache: Path, past: str) -> Iterator[str]:
    """The names with a file of another content."""
    contents = [content for of_name in questions.values() for content in of_name]
    paths = {path for content in contents for path in (content.now, content.then) if path}
    passing = {path for path in paths if path.startswith(f"{past}/")}
    hashed = {**hashes_of(paths - passing, cache), **hashes_of(passing, None)}
    for name, of_name in questions.items():
        for content in of_name:
            then = content.sha256 or hashed[content.then][0]
            if hashed[content.now][0] != then:
                yield name
                break


def _questions(pair: Pair, tree: PastTree) -> list[_Content] | None:
    """The files that have to be read to tell; None where the two differ whatever is in them."""
    if _without_places(pair.now) != _without_places(pair.then):
        return None
    now, then = _by_path(pair.now.layout), _by_path(pair.then.layout)
    if now.keys() != then.keys():
        return None
    questions = []
    for path, file in now.items():
        before = then[path]
        if not (isinstance(file.source, LocalFile) and isinstance(before.source, LocalFile)):
            if file != before:
                return None
            continue
        if file.size != before.size:
            return None
        question = _question(os.path.realpath(file.source.path), os.path.realpath(before.source.path), tree)
        if question.now != question.then:
            questions.append(question)
    return questions


def _question(now: str, then: str, tree: PastTree) -> _Content:
    pointer = tree.pointer_of(then)
    return _Content(now, "", pointer.sha256) if pointer else _Content(now, tree.place_of(then))


def _by_path(layout: Layout) -> dict[str, LayoutFile]:
    return {file.path: file for file in layout.files}


def _without_places(draft: SpecDraft) -> SpecDraft:
    """The draft without what tells where it stands, and without what follows from the rest: what is made of
    the files, and what is dangerous about it.
    """
    probes = tuple(_without_paths(probe) for probe in draft.rollout.probes)
    rollout = replace(draft.rollout, probes=probes)
    return replace(draft, where=NOWHERE, layout=NO_LAYOUT, rollout=rollout, dangers=())


def _without_paths(probe: Probe) -> Probe:
    expect = probe.expect and File("", probe.expect.sha256)
    return replace(probe, input=File("", probe.input.sha256), expect=expect)
