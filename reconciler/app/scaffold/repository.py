"""init: writes a repository to start from, made of the files in `templates/init`.

It adds files and never replaces one. It writes nothing through a symbolic link, which may lead to a place
that the user does not mean.
"""

import re
import stat
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from reconciler.app.scaffold.workflow_source import WorkflowSource
from reconciler.core.model.errors import SetupError
from reconciler.shipped import shipped_folder

TEMPLATE = ".j2"
IGNORE = ".gitignore"
WORKFLOWS = ".github"
REPOSITORY, COMMIT = "OWNER/REPO/", "@COMMIT"
"""Where the workflows name the source of those that they call."""

FALLBACK_OWNER = "triton-models"
LONGEST_OWNER = 63


def scaffold(directory: Path, workflows: WorkflowSource | None = None) -> list[tuple[Path, bool]]:
    """Write a working repository into a folder, and create the folder if needed; its workflows only when it
    is known from where they call others.

    Returns each file, and whether it was written. Existing files are kept, but .gitignore gets the lines that
    it lacks. Raises SetupError when something cannot be written; if a link is in the way, nothing is.
    """
    source = shipped_folder("templates") / "init"
    owner = owner_of(directory.absolute().name)
    files = {file: file.relative_to(source) for file in _files(source)}
    if workflows is None:
        files = {file: inside for file, inside in files.items() if inside.parts[0] != WORKFLOWS}
    try:
        _check_links(directory, files.values())
        return [
            _write(directory / inside.with_suffix("" if file.suffix == TEMPLATE else file.suffix), text)
            for file, inside in files.items()
            for text in [_text(file, owner, workflows)]
        ]
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


def _text(file: Path, owner: str, workflows: WorkflowSource | None) -> str:
    text = file.read_text(encoding="utf-8")
    if file.suffix == TEMPLATE:
        # The files are YAML, not HTML: nothing is escaped.
        environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - see above
        return environment.from_string(text).render(owner=owner)
    if workflows:
        text = text.replace(REPOSITORY, f"{workflows.repository}/").replace(COMMIT, f"@{workflows.ref}")
    return text


def _write(place: Path, text: str) -> tuple[Path, bool]:
    place.parent.mkdir(parents=True, exist_ok=True)
    return place, _write_new(place, text) or (place.name == IGNORE and _add_lines(place, text))


def _write_new(path: Path, text: str) -> bool:
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
