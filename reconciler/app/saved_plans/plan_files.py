"""The file of a saved plan: read whole or refused, written whole or not at all, and never over anything else.

What the file says is `saved_plans.saved`'s.
"""

import json
import math
import os
import re
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from reconciler.core.model.errors import Failed, Refused
from reconciler.triton.files.private_places import git_repository, private_name

LARGEST = 256 * 1000 * 1000
"""Bytes of a saved plan: some ten thousand deployments that all change."""

DEEPEST = 64
"""Levels of a saved plan; the deepest of its own are some 15."""

OURS = re.compile(rb'\s*\{\s*"apiVersion"\s*:\s*"reconciler\.oci/plan\.v[0-9]+"')
"""How a saved plan begins, whatever its version."""

ANOTHER_FILE = "choose a file; to print the plan there is --format json"
HEAD = 1024
SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


# -- reading


def read(path: Path) -> dict[str, Any]:
    """The object that the file holds. Raises Failed for what is no file, too large, or no JSON that every
    reader reads alike.
    """
    try:
        document = json.loads(
            _bytes(path).decode(),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
        )
        _check_depth(document)
        # A lone surrogate is text that nothing can be made of.
        json.dumps(document, ensure_ascii=False).encode()
    except OSError as error:
        raise _no_plan(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _no_plan(path, str(error)) from error
    if not isinstance(document, dict):
        raise _no_plan(path, "it holds no object")
    return document


def _bytes(path: Path) -> bytes:
    """Looked at before it is opened: opening a pipe waits, and opening a device may do something."""
    if kind := _other_kind(path.stat().st_mode):
        raise _no_plan(path, f"it is {kind}")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if kind := _other_kind(status.st_mode):
            raise _no_plan(path, f"it is {kind}")
        # As much room is made at once as may be read.
        content = file.read(min(status.st_size, LARGEST) + 1)
    if len(content) > status.st_size and status.st_size <= LARGEST:
        raise _no_plan(path, "it is still being written")
    if len(content) > LARGEST:
        raise _no_plan(path, f"it is larger than {LARGEST:,} bytes")
    return content


def _check_depth(document: object) -> None:
    """What is nested too deeply for whoever shows it is no plan of ours."""
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice in one object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _no_plan(path: Path, why: str) -> Failed:
    return Failed(f"{path}: not a saved plan ({why}). Make one with: reconcile plan --out FILE")


# -- writing


def check_place(path: Path) -> Path:
    """Where a plan is saved: the file itself, behind a link too. Raises Refused for what is neither new, nor
    empty, nor a saved plan, Failed where nothing can be made. Changes nothing.
    """
    place = Path(os.path.realpath(path))
    # pathlib's own raises for a name that is too long, which is no reason to end without a word.
    if os.path.islink(path) and not os.path.lexists(place):  # noqa: PTH114 - as said above
        if os.path.exists(path):  # noqa: PTH110 - as above; /dev/stdout leads to what has no name
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
    """What holds it and is git's or this program's own, in words; empty when nothing does. A work tree may
    lie in the folder of its repository.
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
    """Whole or not at all, for nobody but this user. Raises Refused as `check_place` does, and Failed when
    the disk does not take it.
    """
    content = text.encode()
    if len(content) > LARGEST:
        raise Refused(
            f"{path}: not saved: the plan has {len(content):,} bytes, {LARGEST:,} at most: plan fewer "
            "deployments at a time, with PATH or --only NAME"
        )
    place = check_place(path)
    try:
        with _undisturbed():
            _replace(path, place, content)
    except OSError as error:
        raise Failed(f"{path}: not saved ({error.strerror})") from error


def _replace(path: Path, place: Path, content: bytes) -> None:
    # A new file with a name that nobody can guess, which the system makes for this user alone.
    handle, name = tempfile.mkstemp(prefix=".reconciler-plan-", suffix=".partial", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        check_place(path)  # what is there may have become something else meanwhile
        Path(name).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What asks the process to end is heard afterwards: a file takes no time that anybody would notice."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _other_kind(mode: int) -> str:
    """What it is, if it is no file; else empty."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in KINDS if is_kind(mode)), "no file")


def _refused(path: Path, why: str, advice: str) -> Refused:
    return Refused(_not_here(path, why, advice))


def _not_here(path: Path, why: str, advice: str) -> str:
    return f"{path}: the plan cannot be saved here: {why}. Nothing was written: {advice}"
