"""Places that are git's or this program's own: nothing in them is read as a manifest, a model or a probe, and
nothing is packed, by whatever path or link. They hold credentials.

Says what a path is; it opens nothing.
"""

import os
import re
import unicodedata

ADVICE = "Keep models, configurations and probes in folders of their own."

_NAME = re.compile(r"\.git|git~[0-9]+|\.reconciler|reconc~[0-9]+")
_IGNORABLE = "Cf"
_OF_GIT = ("HEAD", "objects", "refs")
"""What git takes a folder by for a repository (setup.c, `is_git_directory`), whatever the folder's name."""


def private_name(name: str) -> bool:
    """Whether a file system somewhere takes this for `.git` or `.reconciler`: by another case, with letters
    that are not seen or that Windows cuts off, or by its short names.
    """
    seen = "".join(letter for letter in name if unicodedata.category(letter) != _IGNORABLE)
    return bool(_NAME.fullmatch(seen.partition(":")[0].rstrip(". ").casefold()))


def private_part(path: str, root: str) -> str:
    """The first part of a path below a root that is private, in words; empty when there is none. Both without
    links.
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
    """Whether git would find its own files in a folder."""
    return all(os.path.lexists(f"{folder}/{name}") for name in _OF_GIT)
