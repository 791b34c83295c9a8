"""Which folders are homes of emulators: those with the mark, which a new or an empty folder gets.

Nothing in a folder is changed or deleted before this is known, and nothing is ever deleted in a folder that
is not a home. Older emulators made homes without a mark. Those are known by their content and by its file
modes: git could bring a folder with the same content, but never with files that are private.
"""

import os
import re
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

MARK = "emulator-home"
"""The name of the file that marks a home. Other programs may look for it; its content is for people."""

MARK_TEXT = b"The home of a local OCI emulator: what lies in here is its own, and it may delete it.\n"

FILES = frozenset(
    {
        MARK,
        "emulator.json",
        "lock",
        "options.json",
        "start.lock",
        "state.sqlite",
        "state.sqlite-journal",
        "state.sqlite-shm",
        "state.sqlite-wal",
    }
)
FOLDERS = frozenset({"artifacts", "ephemeral", "logs", "oci", "servers"})
SIGN_IN = frozenset({"config", "key.pem", "oauth.json", "registry.json", "token"})
LOCKS = frozenset({"lock", "start.lock"})
ARTIFACT = re.compile(r"[0-9a-f]{64}|incoming-.*")
UNIQUE = re.compile(r"[a-z0-9]{60}")
"""The last part of an OCID. Folders that belong to one deployment have it as their name."""

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
NAMES_SHOWN = 3


class HomeUnusable(Exception):
    """The folder cannot hold an emulator's state; the message says why and what to do."""


def claim(path: Path) -> None:
    """Make the folder a home for this user alone, unless it is one already. Raises HomeUnusable for a folder
    of somebody else, or one that holds anything else; that is left as it is. Raises OSError too.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.stat()
    if status.st_mode & stat.S_ISVTX:
        raise HomeUnusable(f"{path}: a folder that users share; choose a --home of its own")
    if status.st_uid != os.geteuid():
        raise HomeUnusable(f"{path}: the folder of another user; choose a --home of your own")
    if not is_marked(path):
        if why := _why_not(path):
            raise HomeUnusable(f"{path}: {why}. Nothing was changed: choose another --home, new or empty")
        _mark(path)
    if links := sorted(name for name in FILES | FOLDERS if (path / name).is_symlink()):
        raise HomeUnusable(
            f"{path / links[0]}: a link, and what it leads to may be somebody else's; remove it, or choose "
            "another --home"
        )


def is_marked(path: Path) -> bool:
    """Whether an emulator has made this folder its home. The mark has to be private: one that came with a git
    checkout is not.
    """
    with suppress(OSError):
        mode = (path / MARK).lstat().st_mode
        return stat.S_ISREG(mode) and stat.S_IMODE(mode) == PRIVATE
    return False


def discard(path: Path) -> None:
    """Delete a whole home, if it exists. Raises HomeUnusable when the path is something else."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir() or not (is_marked(path) or not _why_not(path)):
        raise HomeUnusable(f"{path}: in the way, and none of the emulator's own; remove it")
    shutil.rmtree(path, ignore_errors=True)


def discard_servers(servers: Path) -> None:
    """Delete what was unpacked for model servers, and nothing else that lies there."""
    for folder in servers.iterdir():
        if _is_folder(folder) and (folder.name == "run" or UNIQUE.fullmatch(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


def _mark(path: Path) -> None:
    """When two processes do this at once, both succeed."""
    with suppress(FileExistsError):
        handle = os.open(path / MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(MARK_TEXT)


def _why_not(path: Path) -> str:
    """Why a folder without the mark cannot become a home; the empty text when it can."""
    if path.resolve() in (Path("/"), Path.home().resolve()):
        return "a folder that is not for the emulator alone"
    entries = sorted(path.iterdir())
    if any(entry.name == MARK and is_marked(path) for entry in entries) or not entries:
        return ""
    strange = [entry.name for entry in entries if not _is_known(entry)]
    if not strange and (exposed := [entry.name for entry in (path, *entries) if not _is_private(entry)]):
        return (
            f"{exposed[0]} is open to others, or another user's, as what came with a checkout is, and no "
            "emulator's home"
        )
    if not strange and not any(_only_emulators_make(entry) for entry in entries):
        strange = [entry.name for entry in entries]
    if not strange:
        return ""
    more = f" and {len(strange) - NAMES_SHOWN} more" if len(strange) > NAMES_SHOWN else ""
    return f"it holds {', '.join(strange[:NAMES_SHOWN])}{more}, which no emulator has made"


# -- homes without a mark, from older emulators


def _is_known(entry: Path) -> bool:
    """Whether the entry has a name that emulators use, and only content that they put there."""
    if entry.name in FILES or entry.name == ".emulator.json.new":
        return _is_file(entry)
    if entry.name not in FOLDERS or not _is_folder(entry):
        return False
    inside = list(entry.iterdir())
    match entry.name:
        case "artifacts":
            return all(_is_file(child) and ARTIFACT.fullmatch(child.name) for child in inside)
        case "oci":
            names = SIGN_IN | {f".{name}.new" for name in SIGN_IN}
            return all(_is_file(child) and child.name in names for child in inside)
        case "servers":
            return all(
                _is_folder(child) and (child.name == "run" or UNIQUE.fullmatch(child.name))
                for child in inside
            )
        case "logs":
            return all(child.name == "emulator.log" or UNIQUE.fullmatch(child.name) for child in inside)
        case _:
            return all(_is_known(child) and _is_private(child) for child in inside)


def _is_private(entry: Path) -> bool:
    """Whether it belongs to this user and is closed to others, as everything is that an emulator makes."""
    status = entry.stat()
    mode = PRIVATE_FOLDER if stat.S_ISDIR(status.st_mode) else PRIVATE
    return status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == mode


def _only_emulators_make(entry: Path) -> bool:
    """Whether only emulators make such a file: a state file, or a lock, which is made before it."""
    if entry.name == "state.sqlite":
        return _is_state(entry)
    if entry.name in LOCKS:
        return entry.stat().st_size == 0
    return False


def _is_state(file: Path) -> bool:
    """Whether it is a database with the tables of an emulator, or without any table yet."""
    try:
        # Read only and without a lock, so that not even a journal is left beside somebody else's file. What
        # is only in a journal is not seen then.
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return False
    return not tables or {"meta", "resources"} <= tables


def _is_file(entry: Path) -> bool:
    return stat.S_ISREG(entry.lstat().st_mode)


def _is_folder(entry: Path) -> bool:
    return stat.S_ISDIR(entry.lstat().st_mode)
