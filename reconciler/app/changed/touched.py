"""Which paths the changes touch: the path itself, what is below it, a folder that it is in, and everything
that a link on the way leads to. It looks at links of the work tree, and reads no file.

Paths are text: they may not exist now.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_LINKS = 40
"""Links on the way to one file: no system follows more."""


class Touched:
    """`changed` are paths from `root`; `links` are links below it that git knows, which may be in a folder
    that is asked for.
    """

    def __init__(self, root: Path, changed: Iterable[str], links: Iterable[str]) -> None:
        self._root = os.path.realpath(root)
        self._changed = frozenset(changed)
        self._around = frozenset(folder for path in self._changed for folder in _around(path))
        self._links = sorted(links)
        self._is_link: dict[str, bool] = {}

    def touches(self, path: str) -> bool:
        """Whether a change may have changed what is at this path, from the root."""
        return any(self._meets(place) for place in self.places(path))

    def linked(self, path: str) -> bool:
        """Whether there is a link on the way to this path, or below it."""
        return [*self.places(path)] != [os.path.normpath(path)]

    def places(self, path: str) -> Iterator[str]:
        """Where the path leads: the links on the way, what is at its end, and the same for links below."""
        pending, seen = [os.path.normpath(path)], set[str]()
        while pending:
            for place in self._way(pending.pop()):
                if place not in seen:
                    seen.add(place)
                    yield place
                    below = "" if place == "." else f"{place}/"
                    pending += [link for link in self._links if link.startswith(below)] if self._links else []

    def _way(self, path: str) -> Iterator[str]:
        at, left, links = "", path.split("/"), 0
        while left:
            part = left.pop(0)
            at = os.path.normpath(f"{at}/{part}" if at else part)
            if self._link(at) and links < MOST_LINKS:
                yield at
                end = os.path.join(self._root, os.path.dirname(at), os.readlink(f"{self._root}/{at}"))
                inside = os.path.relpath(os.path.normpath(end), self._root)
                at, left, links = "", [*inside.split("/"), *left], links + 1
        yield at

    def _link(self, path: str) -> bool:
        if path not in self._is_link:
            self._is_link[path] = os.path.islink(f"{self._root}/{path}")
        return self._is_link[path]

    def _meets(self, place: str) -> bool:
        if place == ".":
            return bool(self._changed)
        return place in self._around or place in self._changed or not self._changed.isdisjoint(_around(place))


def _around(path: str) -> Iterator[str]:
    """The folders that a path is in, without the root."""
    while path := path.rpartition("/")[0]:
        yield path
