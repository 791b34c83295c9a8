"""Places that belong to git or to this program. They hold credentials, so nothing in them is read as a
manifest, a model or a probe, or packed, by whatever path or link it is reached.

This module looks at paths, and opens no file.
"""

import os
import re
import unicodedata

PRIVATE_ADVICE = "Keep models, configurations and probes in folders of their own."

_NAME = re.compile(r"\.git|git~[0-9]+|\.reconciler|reconc~[0-9]+")
_IGNORABLE = "Cf"
"""A category of letters, of which ASCII has none."""
_OF_GIT = ("HEAD", "objects", "refs")
"""A folder with these is a repository for git, whatever its name (setup.c, `is_git_directory`)."""


def private_name(name: str) -> bool:
    """Whether some file system takes this for `.git` or `.reconciler`: in another case, with invisible
    letters, with letters that Windows cuts off, or by a short name of Windows.
    """
    seen = name if name.isascii() else "".join(filter(_is_seen, name))
    return bool(_NAME.fullmatch(seen.partition(":")[0].rstrip(". ").casefold()))


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) != _IGNORABLE


def private_part(path: str, root: str) -> str:
    """The first part of a path below a root that is private, in words; empty when there is none. Path and
    root are without links.
    """
    place = root.rstrip("/")
    for name in filter(None, path[len(place) :].split("/")):
        place = f"{place}/{name}"
        if private_name(name):
            return f"{name!r}"
        if git_repository(place):
            return f"{name!r}, a git repository"
    return ""


def git_repository(folder: str) -> bool:
    """Whether a folder is a repository for git."""
    return all(os.path.lexists(f"{folder}/{name}") for name in _OF_GIT)
