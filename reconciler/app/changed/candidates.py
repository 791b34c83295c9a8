"""Which manifests come into question: those that have changed, and those that name a file or use a value that
has. It decides by paths, and reads of manifests no more than whether there is a template in them.

Paths are text: they may not exist now.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.adapters.git.changes import Was
from reconciler.app.changed.past_tree import PastTree
from reconciler.app.changed.touched import Touched
from reconciler.manifests.discovery import FOLDER, YAML_ENDINGS
from reconciler.manifests.loading import Loaded
from reconciler.manifests.overlays.overlays import Overlaid
from reconciler.manifests.yaml.tree import scalars

_TEMPLATE = re.compile(rb"\{[{%]|\\[xu]0*7b", re.IGNORECASE)
"""The beginning of a template, or a letter of it as YAML may write it in quotes."""

_LONGEST_PATH = 4096


class Reread(NamedTuple):
    """Whether all manifests have to be read once more, or those with a template."""

    all: bool = False
    templated: bool = False


def scopes(paths: Sequence[Path], root: Path) -> tuple[str, ...]:
    """Where manifests may be, from the root: a manifest in these paths may have been among all others."""
    return (FOLDER, *(os.path.relpath(path.absolute(), root) for path in paths))


def unchanged_in_question(loaded: Loaded, touched: Touched, root: Path, reread: Reread) -> set[str]:
    """The files of manifests that have not changed themselves, and all the same may ask for something else
    now.
    """
    named: dict[str, set[str]] = {}
    for draft in loaded.drafts:
        named.setdefault(draft.where.path, set()).update(draft.named)
    return {file for file, paths in named.items() if _in_question(file, paths, touched, root, reread)}


def _in_question(file: str, named: Iterable[str], touched: Touched, root: Path, reread: Reread) -> bool:
    if touched.touches(file):
        return False
    if reread.all or (reread.templated and _TEMPLATE.search((root / file).read_bytes())):
        return True
    return any(touched.touches(path.removeprefix(f"{root}/")) for path in named)


def changed_manifests(changed: Mapping[str, Was], touched: Touched, places: Iterable[str]) -> Iterator[str]:
    """What has to be brought of these places for all manifests that have changed to be there: their files, or
    the whole place where links lead to some.
    """
    for place in places:
        near = {path: was for path, was in changed.items() if _one_in_the_other(path, place)}
        if touched.linked(place) or Was.LINK in near.values():
            yield place
        else:
            yield from (path for path in near if path == place or path.lower().endswith(YAML_ENDINGS))


def bring_named(tree: PastTree, manifests: Iterable[Overlaid]) -> None:
    """Bring every file and folder that a manifest may name: what a text in it leads to from its folder."""
    named = set()
    for manifest in manifests:
        folder = os.path.dirname(manifest.document.path)
        for scalar in scalars(manifest.document.root):
            text = scalar.value
            if isinstance(text, str) and len(text) <= _LONGEST_PATH and not os.path.isabs(text):
                named.add(os.path.normpath(os.path.join(folder, text)))
    tree.bring(named)


def _one_in_the_other(path: str, place: str) -> bool:
    return place == "." or path == place or path.startswith(f"{place}/") or place.startswith(f"{path}/")


def in_submodule(named: Iterable[str], root: Path, unknown: Iterable[str]) -> str:
    """A submodule that one of these absolute paths is in, or which is in one of them; empty: none."""
    inside = [path.removeprefix(f"{root}/") for path in named]
    return next((one for one in unknown for path in inside if _one_in_the_other(one, path)), "")
