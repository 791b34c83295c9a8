"""The emulator as a process: found, started and stopped, never imported."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from reconciler.adapters.emulator.environment import environment
from reconciler.adapters.emulator.home import claim, one_at_a_time
from reconciler.adapters.emulator.home_files import LARGEST_READ, make_folder, open_to_append
from reconciler.adapters.emulator.options import USUAL, Options, kept
from reconciler.adapters.emulator.running import Running, alive, status
from reconciler.adapters.regular_files import open_regular
from reconciler.core.model.errors import SetupError, quoting

NEEDED = ("cryptography", "httpx", "starlette", "uvicorn")
"""What the control plane cannot do without, of the extra `emulator`."""

START_SECONDS = 60.0
STOP_SECONDS = 60.0
"""Stopping takes its model servers down first."""

POLL_SECONDS = 0.05
LOG_LINES = 15

Tell = Callable[[str], None]
"""Gets a line of text for the user about what goes on."""


def ensure(home: Path, tell: Tell) -> Running:
    """The running emulator of this home, started if need be, with the options of its last start."""
    return status(home) or _find_or_start(home, tell, None)[0]


def start(home: Path, tell: Tell, options: Options = USUAL) -> Running:
    """Start it, or use the one that runs already. What `options` leaves open is as usual, however it was
    started before.

    Raises SetupError when it cannot be started: a package is missing, the folder cannot be a home, one runs
    already with other options, or it died; then with the end of its log.
    """
    running, ran_before = _find_or_start(home, tell, options)
    if ran_before and (clashes := options.clashes(running)):
        raise SetupError(
            f"the emulator of {home} runs already, and not with {', '.join(clashes)}: stop it first, with "
            f"`reconcile emulator stop --home {home}`, or leave that out"
        )
    return running


def stop(home: Path) -> bool:
    """Stop it and wait for its end; False when it was not running. Raises SetupError when it will not end."""
    running = status(home)
    if running is None:
        return False
    _terminate(running.pid)
    deadline = time.monotonic() + STOP_SECONDS
    while alive(running.pid):
        if time.monotonic() > deadline:
            raise SetupError(
                f"the emulator (pid {running.pid}) was told to stop and still runs after "
                f"{STOP_SECONDS:.0f} s; see {_log(home)}"
            )
        time.sleep(POLL_SECONDS)
    return True


def _terminate(pid: int) -> None:
    """Ask it to end, unless it has ended by itself meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _find_or_start(home: Path, tell: Tell, options: Options | None) -> tuple[Running, bool]:
    """The one that runs, and whether it did so before. When two processes try at once, one of them starts it.
    Without options it is started as it was last.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise SetupError(
            f"the local emulator needs {', '.join(missing)}: "
            'pip install "oci-triton-reconciler[emulator]"; or name another target'
        )
    claim(home)
    with one_at_a_time(home):
        running = status(home)
        if running is not None:
            return running, True
        again = kept(home) if options is None else options
        if options is None and again.ephemeral:
            tell(f"the local emulator in {home} was ephemeral, and is gone with its state: a new one begins")
        return _start(home, tell, again), False


def _start(home: Path, tell: Tell, options: Options) -> Running:
    tell(f"starting the local emulator in {home}")
    log_size = size_of_log(home)
    pid = _spawn(home, options)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = status(home)
        if running is not None and running.pid == pid:
            tell(f"the emulator answers at {running.endpoint}")
            return running
        if not alive(pid):
            raise with_end_of_log("the local emulator did not start", home, log_size)
        time.sleep(POLL_SECONDS)
    _terminate(pid)
    raise with_end_of_log(f"the local emulator did not answer within {START_SECONDS:.0f} s", home, log_size)


def _spawn(home: Path, options: Options) -> int:
    """Its own session, so that a Ctrl-C for us does not end it; no pipe that would break when we end."""
    log = _log(home)
    make_folder(log.parent)
    # -P keeps a folder named `reconciler` in the user's working directory out of the way.
    serve = ["-P", "-m", "datascience_emulator", "serve", "--home", str(home)]
    with open_to_append(log) as output:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, *serve, *options.arguments()],
            environment(),
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            ],
        )


def _log(home: Path) -> Path:
    return home / "logs" / "emulator.log"


def size_of_log(home: Path) -> int:
    """Bytes of the log; 0 when there is none."""
    with suppress(OSError):
        return _log(home).lstat().st_size
    return 0


def with_end_of_log(what: str, home: Path, begin: int) -> SetupError:
    """The error, with the last lines that the log got since it had `begin` bytes. A single line stands for
    itself.
    """
    log = _log(home)
    try:
        with open_regular(log, follow=False) as file:
            file.seek(max(begin, file.seek(0, os.SEEK_END) - LARGEST_READ))
            text = file.read(LARGEST_READ).decode(errors="replace").rstrip("\n")
        lines = text.split("\n")[-LOG_LINES:] if text else []
    except OSError:
        lines = []
    if len(lines) == 1:
        line = lines[0].removeprefix("error: ")
        return quoting(SetupError(f"{what}: {line}"), line)
    return quoting(SetupError("\n    ".join([f"{what}: the end of {log}:", *lines])), *lines)
