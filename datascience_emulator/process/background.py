"""The emulator as a process in the background: started, found again and stopped.

It runs when its process holds the lock of its home and answers at the endpoint in its emulator.json. It gets
a session of its own, so that it outlives the command that started it, and writes HOME/logs/emulator.log.
"""

import fcntl
import http.client
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from datascience_emulator.home.claim import is_marked
from datascience_emulator.home.home import Home
from datascience_emulator.process.emulator_json import Running, read_emulator_json

START_SECONDS = 60.0
STOP_SECONDS = 60.0
"""Its model servers are stopped first."""
ANSWER_SECONDS = 5.0
POLL_SECONDS = 0.05
LOG_LINES = 15
_PASSED_ON = frozenset(
    {
        "CUDA_DEVICE_ORDER",
        "CUDA_VISIBLE_DEVICES",
        "DOCKER_CERT_PATH",
        "DOCKER_CONFIG",
        "DOCKER_CONTEXT",
        "DOCKER_HOST",
        "DOCKER_TLS_VERIFY",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "NVIDIA_VISIBLE_DEVICES",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "XDG_RUNTIME_DIR",
    }
)
"""The variables that the emulator gets, beside LC_* and PYTHONPATH. It runs the code of models, which must
not find the tokens and passwords of whoever started it.
"""


class NotStarted(Exception):
    """The emulator did not start; the message has its last words."""


class NotStopped(Exception):
    """The emulator was told to stop and still runs."""


def find(home: Home) -> Running | None:
    """The emulator that runs in this home."""
    running = read_emulator_json(home)
    if running is None or not is_marked(home.path) or _ended(running.pid):
        return None
    return running if home.is_locked() and _answers(running.endpoint) else None


def start(home: Home, arguments: Sequence[str]) -> tuple[Running, bool]:
    """Start the emulator with these options of `serve`, unless one runs already: the second value says so.
    Of several processes that try at once, one starts it. Raises HomeUnusable and NotStarted.
    """
    home.claim()
    with home.open_for_owner("start.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = find(home)
        return (running, True) if running is not None else (_start(home, arguments), False)


def stop(home: Home) -> bool:
    """Stop it and wait for its end; False when it was not running. Raises NotStopped."""
    running = find(home)
    if running is None:
        return False
    _terminate(running.pid)
    deadline = time.monotonic() + STOP_SECONDS
    while not _ended(running.pid):
        if time.monotonic() > deadline:
            raise NotStopped(
                f"the emulator (pid {running.pid}) was told to stop and still runs after "
                f"{STOP_SECONDS:.0f} s; see {home.logs / 'emulator.log'}"
            )
        time.sleep(POLL_SECONDS)
    return True


def _start(home: Home, arguments: Sequence[str]) -> Running:
    with home.open_for_owner("logs/emulator.log") as log:
        size = log.seek(0, os.SEEK_END)
        pid = _spawn(home, arguments, log.fileno())
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = find(home)
        if running is not None and running.pid == pid:
            return running
        if _ended(pid):
            raise NotStarted(f"the emulator did not start: {_last_words(home, size)}")
        time.sleep(POLL_SECONDS)
    _terminate(pid)
    raise NotStarted(f"the emulator did not answer within {START_SECONDS:.0f} s: {_last_words(home, size)}")


def _spawn(home: Home, arguments: Sequence[str], log: int) -> int:
    # -P: a folder named `datascience_emulator` in the working directory is not this package.
    serve = [sys.executable, "-P", "-m", "datascience_emulator", "serve", "--home", str(home.path)]
    own = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name[:3] == "LC_"}
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))
    return os.posix_spawn(
        sys.executable,
        [*serve, *arguments],
        {**own, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        setsid=True,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        ],
    )


def _terminate(pid: int) -> None:
    """Ask it to end, unless it has ended by itself meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _ended(pid: int) -> bool:
    # A child of this process has to be waited for, or it never disappears.
    with suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether it has ended and is not waited for (proc(5)): process 1 of some containers waits for nobody."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _answers(endpoint: str) -> bool:
    """Any answer with a request id is the emulator's. No operation is called: it might be one that a fault is
    ordered for.
    """
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().headers["opc-request-id"] is not None
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_words(home: Home, size: int) -> str:
    """What it wrote since its log had `size` bytes: one line as it is, of more the last ones."""
    log = home.logs / "emulator.log"
    with log.open("rb") as file:
        file.seek(size)
        lines = file.read().decode(errors="replace").splitlines()
    if len(lines) == 1:
        return lines[0].removeprefix("error: ")
    return "\n    ".join([f"the end of {log}:", *lines[-LOG_LINES:]])
