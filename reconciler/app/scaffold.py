"""init: a repository to start from, as `templates/init` has it.

It adds and never replaces: what a user has written stays as it is.
"""

import re
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from reconciler import __version__
from reconciler.core.errors import SetupError
from reconciler.load import shipped_folder

TEMPLATE = ".j2"
IGNORE = ".gitignore"
UNPINNED = "|| 'oci-triton-reconciler"
"""What the workflows install: the version that wrote them, until somebody moves it on."""

FALLBACK_OWNER = "triton-models"
LONGEST_OWNER = 63


def scaffold(directory: Path) -> list[tuple[Path, bool]]:
    """Write a working repository into a folder, which is made when it is not there.

    Returns each file with whether it was written; one that existed was kept, save that .gitignore gets the
    lines that it lacks. Raises SetupError when something cannot be written.
    """
    source = shipped_folder("templates") / "init"
    owner = owner_of(directory.absolute().name)
    try:
        return [_place(file, directory / file.relative_to(source), owner) for file in _files(source)]
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
    present = path.read_text(encoding="utf-8")
    missing = [line for line in text.splitlines() if line not in present.splitlines()]
    if missing:
        gap = "" if present.endswith("\n") or not present else "\n"
        path.write_text(present + gap + "\n".join(missing) + "\n", encoding="utf-8")
    return bool(missing)
