"""init: writes a repository to start from, made of the files in `templates/init`.

It adds files and never replaces one. It writes nothing through a symbolic link, which may lead to a place
that the user does not mean.
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
"""Where the workflows name what they install. Its version is added: the one that writes the workflows."""

FALLBACK_OWNER = "triton-models"
LONGEST_OWNER = 63


def scaffold(directory: Path) -> list[tuple[Path, bool]]:
    """Write a working repository into a folder, and create the folder if needed.

    Returns each file, and whether it was written. Existing files are kept, but .gitignore gets the lines that
    it lacks. Raises SetupError when something cannot be written; if a link is in the way, nothing is.
    """
    source = shipped_folder("templates") / "init"
    owner = owner_of(directory.absolute().name)
    files = {file: file.relative_to(source) for file in _files(source)}
    try:
        _check_links(directory, files.values())
        return [_write_from(file, directory / inside, owner) for file, inside in files.items()]
    except OSError as error:
        place = error.filename or directory
        raise SetupError(
            f"{place}: {error.strerror}: choose another folder, or move what is in the way"
        ) from error


def owner_of(name: str) -> str:
    """The owner for reconciler.yaml, made from the name of the folder."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return words[:LONGEST_OWNER].rstrip("-") or FALLBACK_OWNER


def _files(source: Path) -> list[Path]:
    return sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _check_links(directory: Path, files: Iterable[Path]) -> None:
    """Raise SetupError if a folder is a link, or the one file that may get lines. Any other file that is a
    link is kept, like every existing file.
    """
    folders = {folder for path in files for folder in path.parents[:-1]}
    for inside in sorted([*folders, Path(IGNORE)]):
        place = directory / inside
        if place.is_symlink():
            kind = "file" if inside.name == IGNORE else "folder"
            raise SetupError(
                f"{place}: it is a link to {place.readlink()}, and init writes nothing through a link: "
                f"replace it by a {kind}, or choose another folder; nothing was written"
            )
        if inside.name == IGNORE and place.exists() and not stat.S_ISREG(place.stat().st_mode):
            raise SetupError(f"{place}: it is not a file: move it away; nothing was written")


def _write_from(file: Path, place: Path, owner: str) -> tuple[Path, bool]:
    text = file.read_text(encoding="utf-8").replace(UNPINNED, f"{UNPINNED}=={__version__}")
    if file.suffix == TEMPLATE:
        # The files are YAML, not HTML: nothing is escaped.
        environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - see above
        text, place = environment.from_string(text).render(owner=owner), place.with_suffix("")
    place.parent.mkdir(parents=True, exist_ok=True)
    is_new = _write(place, text) or (place.name == IGNORE and _add_lines(place, text))
    return place, is_new


def _write(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _add_lines(path: Path, text: str) -> bool:
    """Add the lines that a file lacks. Gives False when it has all of them."""
    present = path.read_bytes()
    missing = [line for line in text.encode().splitlines() if line not in present.splitlines()]
    if missing:
        gap = b"" if present.endswith(b"\n") or not present else b"\n"
        with path.open("ab") as file:
            file.write(gap + b"\n".join(missing) + b"\n")
    return bool(missing)
