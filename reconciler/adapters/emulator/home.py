"""The folder where the emulator keeps its state: which folders may be one, and that one process starts it.

The emulator says which folder may be a home, and marks it with the file HOME/emulator-home before it puts
anything else there.
"""

import fcntl
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.adapters.emulator.environment import environment
from reconciler.adapters.emulator.home_files import PRIVATE, make_folder, open_to_append
from reconciler.adapters.git.repository import tracked
from reconciler.core.model.errors import SetupError

MARK = "emulator-home"

NO_LINKS = ("lock", "start.lock", "logs", "logs/emulator.log")
"""What is made or opened in a home before the emulator itself looks at it."""


def claim(home: Path) -> None:
    """Make the folder a home. Raises SetupError when it may not be one; in the emulator's words, when it is
    the emulator that says no.
    """
    _refuse_checkout(home)
    _refuse_links(home)
    make_folder(home)
    with suppress(OSError):
        mode = (home / MARK).lstat().st_mode
        if stat.S_ISREG(mode) and stat.S_IMODE(mode) == PRIVATE:
            return
    command = [sys.executable, "-P", "-m", "datascience_emulator", "claim", "--home", str(home)]
    done = subprocess.run(
        command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"it ended with {done.returncode}"
        raise SetupError(f"the local emulator cannot have its home there: {last.removeprefix('error: ')}")


def _refuse_checkout(home: Path) -> None:
    """A state that came with a checkout is not used: its deployments are brought up, and the code of their
    models runs.
    """
    if file := tracked(home):
        raise SetupError(
            f"{home}: it came with the repository: its state is not this machine's. Remove it from git: "
            f"git rm -r --cached {shlex.quote(str(file))}; and delete it"
        )


def _refuse_links(home: Path) -> None:
    for path in (home / name for name in NO_LINKS):
        if path.is_symlink():
            raise SetupError(
                f"{path}: a link, and what it leads to may be somebody else's; remove it, or set another "
                "home for the target"
            )


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Of several processes that start the emulator of this home, one at a time gets in here."""
    with open_to_append(home / "start.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
