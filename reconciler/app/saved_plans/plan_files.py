"""The file of a saved plan. It is read completely or refused; it is written completely or not at all, and
never over a file of another kind.

It knows nothing of what a plan says: that is in `save_and_load.py`.
"""

import json
import os
import re
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reconciler.app.interrupting import SIGNALS
from reconciler.core.model.errors import Failed, Refused
from reconciler.core.strict_json import AmbiguousJson, strict_json
from reconciler.triton.files.private_places import git_repository, private_name

LARGEST = 256 * 1000 * 1000
"""The most bytes of a saved plan: enough for ten thousand deployments that all change."""

DEEPEST = 64
"""The most levels of a saved plan; real plans have about 15."""

OURS = re.compile(rb'\s*\{\s*"apiVersion"\s*:\s*"reconciler\.oci/plan\.v[0-9]+"')
"""The beginning of every saved plan, whatever its version."""

ANOTHER_FILE = "choose a file; to print the plan there is --format json"
HEAD = 1024
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


# -- reading


def read(path: Path) -> dict[str, Any]:
    """The JSON object in the file. Raises Failed for anything that is not a file, for one that is too large,
    and for JSON that programs read in different ways.
    """
    try:
        document = strict_json(_bytes(path).decode())
        _check_depth(document)
        # Text with half of a surrogate pair cannot be encoded.
        json.dumps(document, ensure_ascii=False).encode()
    except OSError as error:
        raise _no_plan(path, error.strerror or str(error)) from error
    except AmbiguousJson as error:
        raise _no_plan(path, f"it has {error}") from error
    except (ValueError, RecursionError) as error:
        raise _no_plan(path, str(error)) from error
    if not isinstance(document, dict):
        raise _no_plan(path, "it holds no object")
    return document


def _bytes(path: Path) -> bytes:
    """The content of the file. Its kind is checked before it is opened: to open a pipe waits for a writer,
    and to open a device may have effects.
    """
    if kind := _other_kind(path.stat().st_mode):
        raise _no_plan(path, f"it is {kind}")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if kind := _other_kind(status.st_mode):
            raise _no_plan(path, f"it is {kind}")
        # Python allocates at once as much memory as is asked for.
        content = file.read(min(status.st_size, LARGEST) + 1)
    if len(content) > status.st_size and status.st_size <= LARGEST:
        raise _no_plan(path, "it is still being written")
    if len(content) > LARGEST:
        raise _no_plan(path, f"it is larger than {LARGEST:,} bytes")
    return content


def _check_depth(document: object) -> None:
    """Raise ValueError for what is nested too deeply."""
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]


def _no_plan(path: Path, why: str) -> Failed:
    return Failed(f"{path}: not a saved plan ({why}). Make one with: reconcile plan --out FILE")


# -- writing


def check_place(path: Path) -> Path:
    """The file where a plan will be saved; links are followed. Raises Refused for a file that is neither new,
    nor empty, nor a saved plan, and Failed where no file can be made. Changes nothing.
    """
    place = Path(os.path.realpath(path))
    # Functions of pathlib raise for a name that is too long; these do not.
    if os.path.islink(path) and not os.path.lexists(place):  # noqa: PTH114 - see above
        if os.path.exists(path):  # noqa: PTH110 - see above; /dev/stdout leads to a file without a name
            raise _refused(path, "what it leads to has no name in a folder", ANOTHER_FILE)
        raise _refused(path, f"it is a link to {place}, which is not there", "remove the link")
    if inside := _private(place):
        raise _refused(path, f"it is inside of {inside}", "choose another place")
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "choose another place") from error
    if mode is not None:
        _check_existing(path, place, mode)
    if not place.parent.is_dir():
        raise Failed(_not_here(path, f"{place.parent} is no folder", "make it, or choose another place"))
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise Failed(_not_here(path, f"{place.parent} cannot be written to", "choose another place"))
    return place


def _private(place: Path) -> str:
    """The folder around this place that belongs to git or to this program; empty if there is none. A work
    tree inside of a git folder is allowed.
    """
    for part in place.parts:
        if private_name(part):
            return f"{part!r}"
    for folder in place.parents:
        if os.path.lexists(folder / ".git"):
            return ""
        if git_repository(str(folder)):
            return f"{folder.name!r}, a git repository"
    return ""


def _check_existing(path: Path, place: Path, mode: int) -> None:
    if kind := _other_kind(mode):
        raise _refused(path, f"it is {kind}", ANOTHER_FILE)
    try:
        with place.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "choose another place") from error
    if head and not OURS.match(head):
        raise _refused(path, "what is there is no saved plan", "choose another place, or remove it")


def write(path: Path, text: str) -> None:
    """Write the file completely or not at all; only this user may read it. Raises Refused like `check_place`,
    and Failed when it cannot be written.
    """
    content = text.encode()
    if len(content) > LARGEST:
        raise Refused(
            f"{path}: not saved: the plan has {len(content):,} bytes, {LARGEST:,} at most: plan fewer "
            "deployments at a time, with PATH or --only NAME"
        )
    place = check_place(path)
    try:
        with _signals_delayed():
            _replace(path, place, content)
    except OSError as error:
        raise Failed(f"{path}: not saved ({error.strerror})") from error


def _replace(path: Path, place: Path, content: bytes) -> None:
    # A new file with a name that nobody can guess; only this user may read it.
    handle, name = tempfile.mkstemp(prefix=".reconciler-plan-", suffix=".partial", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        check_place(path)  # meanwhile another file may have appeared there
        Path(name).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


@contextmanager
def _signals_delayed() -> Iterator[None]:
    """Delay signals that ask the process to end until the file is written, which takes a moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _other_kind(mode: int) -> str:
    """What it is, unless it is a regular file: then empty."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in KINDS if is_kind(mode)), "no file")


def _refused(path: Path, why: str, advice: str) -> Refused:
    return Refused(_not_here(path, why, advice))


def _not_here(path: Path, why: str, advice: str) -> str:
    return f"{path}: the plan cannot be saved here: {why}. Nothing was written: {advice}"
