"""Which manifests come into question: those that have changed, and those that name a file or use a value that
has. It decides by paths, and reads of manifests no more than whether there is a template in them.

Paths are text: they may not exist now.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from reconciler.adapters.git.changes import Was
from reconciler.app.changed.past_tree import PastTree
from reconciler.app.changed.touched import Touched
from reconciler.core.model.target import Target
from reconciler.manifests.discovery import FOLDER, YAML_ENDINGS
from reconciler.manifests.loading import Loaded, manifests_for
from reconciler.manifests.overlays.overlays import Overlaid
from reconciler.manifests.yaml.tree import scalars
from reconciler.triton.external_files import external_locations, stays_inside

_TEMPLATE = re.compile(rb"\{[{%]|\\[xu]0*7b", re.IGNORECASE)
"""The beginning of a template, or a letter of it as YAML may write it in quotes."""

_LONGEST_PATH = 4096


def scopes(paths: Sequence[Path], root: Path) -> tuple[str, ...]:
    """Where manifests may be, from the root: a manifest in these paths may have been among all others."""
    return (FOLDER, *(os.path.relpath(path.absolute(), root) for path in paths))


def unchanged_in_question(loaded: Loaded, touched: Touched, root: Path) -> set[str]:
    """The files of manifests that have not changed, and that name something that has."""
    unchanged = _named_by_unchanged(loaded, touched)
    return {
        file
        for file, named in unchanged.items()
        if any(touched.touches(path.removeprefix(f"{root}/")) for path in named)
    }


def other_by_values(loaded: Loaded, touched: Touched, root: Path, now: Target, then: Target) -> set[str]:
    """The files of manifests that have not changed, and that say something else because of the values."""
    files = [root / file for file in sorted(_named_by_unchanged(loaded, touched))]
    templated = [file for file in files if _TEMPLATE.search(file.read_bytes())]
    if not templated or now.values == then.values:
        return set()
    told_now = manifests_for(root, now.values, now.name, templated)
    told_then = manifests_for(root, then.values, then.name, templated)
    pairs = zip(told_now, told_then, strict=True)
    return {after.document.path for after, before in pairs if after[:4] != before[:4]}


def all_unchanged(loaded: Loaded, touched: Touched) -> set[str]:
    """The files of all manifests that have not changed."""
    return set(_named_by_unchanged(loaded, touched))


def _named_by_unchanged(loaded: Loaded, touched: Touched) -> dict[str, set[str]]:
    """What they name, by the files of manifests that have not changed."""
    named: dict[str, set[str]] = {}
    for draft in loaded.drafts:
        named.setdefault(draft.where.path, set()).update(draft.named)
    return {file: paths for file, paths in named.items() if not touched.touches(file)}


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
    """Bring every file and folder that a manifest may name: what a text in it leads to from its folder, and
    the files that come along with one.
    """
    named = set()
    for manifest in manifests:
        folder = os.path.dirname(manifest.document.path)
        for scalar in scalars(manifest.document.root):
            text = scalar.value
            if isinstance(text, str) and len(text) <= _LONGEST_PATH and not os.path.isabs(text):
                named.add(os.path.normpath(os.path.join(folder, text)))
    tree.bring(named)
    tree.bring(
        os.path.join(os.path.dirname(path), location)
        for path in named
        for location in external_locations(tree.root / path)
        if stays_inside(location)
    )


def _one_in_the_other(path: str, place: str) -> bool:
    return place == "." or path == place or path.startswith(f"{place}/") or place.startswith(f"{path}/")


def in_submodule(named: Iterable[str], root: Path, unknown: Iterable[str]) -> str:
    """A submodule that one of these absolute paths is in, or which is in one of them; empty: none."""
    inside = [path.removeprefix(f"{root}/") for path in named]
    return next((one for one in unknown for path in inside if _one_in_the_other(one, path)), "")
