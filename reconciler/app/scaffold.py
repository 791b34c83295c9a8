"""init: a repository to start from, as `templates/init` has it.

It adds and never replaces: what a user has written stays as it is. And it writes nothing through a link:
who has put one there may mean a place that is not the user's to fill.
"""

import re
import stat
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from reconciler import __version__
from reconciler.core.model.errors import SetupError
from reconciler.shipped import shipped_folder

TEMPLATE = ".j2"
IGNORE = ".gitignore"
UNPINNED = "|| 'oci-triton-reconciler"
"""What the workflows install: the version that wrote them, until somebody moves it on."""

FALLBACK_OWNER = "triton-models"
LONGEST_OWNER = 63


def scaffold(directory: Path) -> list[tuple[Path, bool]]:
    """Write a working repository into a folder, which is made when it is not there.

    Returns each file with whether it was written; one that existed was kept, save that .gitignore gets the
    lines that it lacks. Raises SetupError when something cannot be written; nothing is, when a link is in the
    way.
    """
    source = shipped_folder("templates") / "init"
    owner = owner_of(directory.absolute().name)
    files = {file: file.relative_to(source) for file in _files(source)}
    try:
        _check_links(directory, files.values())
        return [_place(file, directory / inside, owner) for file, inside in files.items()]
    except OSError as error:
        place = error.filename or directory
        raise SetupError(
            f"{place}: {error.strerror}: choose another folder, or move what is in the way"
        ) from error


def owner_of(name: str) -> str:
    """An owner's mark made of a folder's name."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return words[:LONGEST_OWNER].rstrip("-") or FALLBACK_OWNER


def _files(source: Path) -> list[Path]:
    return sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _check_links(directory: Path, wanted: Iterable[Path]) -> None:
    """Raise SetupError where something would be written through a link: to a folder, or to the one file that
    gets lines. Any other file that is a link is kept, as all are.
    """
    folders = {folder for path in wanted for folder in path.parents[:-1]}
    for inside in sorted([*folders, Path(IGNORE)]):
        place = directory / inside
        if place.is_symlink():
            kind = "file" if inside.name == IGNORE else "folder"
            raise SetupError(
                f"{place}: a link to {place.readlink()}, through which nothing is written: put a {kind} in "
                "its place, or choose another folder; nothing was written"
            )
        if inside.name == IGNORE and place.exists() and not stat.S_ISREG(place.stat().st_mode):
            raise SetupError(f"{place}: no file: move it away; nothing was written")


def _place(file: Path, wanted: Path, owner: str) -> tuple[Path, bool]:
    text = file.read_text(encoding="utf-8").replace(UNPINNED, f"{UNPINNED}=={__version__}")
    if file.suffix == TEMPLATE:
        # YAML, not HTML: nothing is to be escaped.
        fill = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - see above
        text, wanted = fill.from_string(text).render(owner=owner), wanted.with_suffix("")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    new = _write(wanted, text) or (wanted.name == IGNORE and _add_lines(wanted, text))
    return wanted, new


def _write(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _add_lines(path: Path, text: str) -> bool:
    """Add the lines that a file lacks; False when it has them all."""
    present = path.read_bytes()
    missing = [line for line in text.encode().splitlines() if line not in present.splitlines()]
    if missing:
        gap = b"" if present.endswith(b"\n") or not present else b"\n"
        with path.open("ab") as file:
            file.write(gap + b"\n".join(missing) + b"\n")
    return bool(missing)
