"""Which names and paths every machine can take: zip programs, file systems and terminals."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.repository_layout import LayoutFile

LONGEST_NAME = 255
"""Bytes of UTF-8: the limit of a name on Linux file systems."""

LONGEST_PATH = 1024
"""Bytes of UTF-8. Linux takes 4096; that leaves room for the folder where the service unpacks the artifact.
"""

MODEL_NAME = "[A-Za-z0-9_][A-Za-z0-9._-]*"
LONGEST_MODEL_NAME = 128
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of characters that a terminal does not show."""


def good_model_name(name: str) -> bool:
    """Whether a name can be a folder, a header of a request and a part of a URL everywhere."""
    return len(name) <= LONGEST_MODEL_NAME and bool(re.fullmatch(MODEL_NAME, name))


def bad_paths(files: Iterable[LayoutFile], where: Location) -> Iterator[Finding]:
    """Paths that a zip, a file system or a terminal cannot take, and paths that differ only by case."""
    seen: dict[str, str] = {}
    for file in files:
        place = Location(file.source.path) if isinstance(file.source, LocalFile) else where
        wrong = bad_path(file.path) or _clash(file.path, seen)
        if wrong:
            yield Finding(place, wrong, "Rename it.")


def bad_path(path: str) -> str:
    """Why no machine, or not every one, can take this path in a model repository; empty where all can."""
    printable = path.encode(errors="backslashreplace").decode()
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return f"{printable!r}: the name is not UTF-8"
    if not {".", ".."}.isdisjoint(path.split("/")) or path.startswith("/"):
        return f"{path!r}: leaves the model repository"
    if "\\" in path or (not path.isprintable() and any(map(_is_unseen, path))):
        return f"{path!r}: control characters and backslashes cannot be in a name"
    if size > LONGEST_PATH or max(len(part.encode()) for part in path.split("/")) > LONGEST_NAME:
        return f"{path[:60]}…: longer than {LONGEST_NAME} bytes a name or {LONGEST_PATH} bytes a path"
    return ""


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN


def one_name(path: str) -> str:
    """The same for all paths that are one where neither case nor the way to write a letter counts."""
    return unicodedata.normalize("NFC", path).casefold()


def _clash(path: str, seen: dict[str, str]) -> str:
    """Says with which path this one cannot be together. Every folder on the way is compared."""
    parts = path.rstrip("/").split("/")
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        other = seen.setdefault(one_name(part), part)
        if other != part:
            return f"{part!r} and {other!r} are one name where case does not count"
    return ""
