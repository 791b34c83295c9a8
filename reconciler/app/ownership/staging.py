"""A folder for files on their way to their place among the manifests, where nothing looks for manifests and
git looks away. What runs that were killed have left is removed; nothing else is.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.core.model.errors import Failed
from reconciler.manifests.discovery import FOLDER
from reconciler.triton.files.confined_paths import within

_NAME = re.compile(r"\.adopt-[0-9a-f]{16}")


@contextmanager
def staged(root: Path) -> Iterator[Path]:
    """A new hidden folder among the manifests of this repository, which is gone in the end; so is the one
    that had to be made for it. As long as somebody is at work in it, it is locked.
    """
    folder = root / FOLDER
    if not within(os.path.realpath(folder), os.path.realpath(root)):
        raise Failed(f"{FOLDER} leads out of the repository by a link. Nothing was written")
    if folder.exists() and not folder.is_dir():
        raise Failed(f"{FOLDER} is no folder. Nothing was written")
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    _remove_what_is_left(folder)
    stage = folder / f".adopt-{secrets.token_hex(8)}"
    lock = _locked_folder(stage)
    try:
        (stage / ".gitignore").write_text("*\n", encoding="ascii")
        yield stage
    finally:
        os.close(lock)
        shutil.rmtree(stage, ignore_errors=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def _locked_folder(stage: Path) -> int:
    """Make it, and lock it before it has the name by which others would remove it."""
    unnamed = stage.with_name(f"{stage.name}.new")
    unnamed.mkdir()
    lock = os.open(unnamed, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    unnamed.rename(stage)
    return lock


def _remove_what_is_left(folder: Path) -> None:
    for left in folder.iterdir():
        if _NAME.fullmatch(left.name) and left.is_dir() and not left.is_symlink() and not _in_use(left):
            shutil.rmtree(left, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return True  # Whoever had it has just removed it.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
