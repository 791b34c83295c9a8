"""The local cloud as a process: found, started and stopped, never imported.

It writes HOME/emulator.json once it accepts connections. It runs when that is there, its process lives, it
holds HOME/lock and its endpoint answers. Which folders may be a home is the emulator's to say: it marks them
with a file, HOME/emulator-home, before anything else is put there. How it was started last is in
HOME/options.json, or while it is ephemeral in HOME/ephemeral/options.json.
"""

import fcntl
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import requests

from reconciler.adapters.git import tracked
from reconciler.core.errors import SetupError, quoting

NEEDED = ("cryptography", "httpx", "starlette", "uvicorn")
"""What the control plane cannot do without, of the extra `emulator`."""

START_SECONDS = 60.0
STOP_SECONDS = 60.0
"""Stopping takes its model servers down first."""

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
LOG_LINES = 15

MARK, KEPT, EPHEMERAL = "emulator-home", "options.json", "ephemeral"

NO_LINKS = ("lock", "start.lock", "logs", "logs/emulator.log")
"""What is made or opened in a home before the emulator itself looks at it."""

PRIVATE = 0o600
LARGEST_READ = 64 << 10
"""Bytes: what an emulator tells of itself is less than one KiB."""

PASSED_ON = frozenset(
    {
        "CUDA_DEVICE_ORDER",
        "CUDA_VISIBLE_DEVICES",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "NVIDIA_VISIBLE_DEVICES",
        "PATH",
        "PYTHONPATH",
        "TMPDIR",
        "TZ",
        "USER",
    }
)
"""What the emulator gets of our environment, and all that starts with LC_. It runs the code of models, which
must not find there what was given to us alone, such as a token of the CI.
"""

Tell = Callable[[str], None]
"""Gets a line of text for the user about what goes on."""


@dataclass(frozen=True, slots=True)
class Running:
    """What the emulator.json of an emulator says that answers at `endpoint`. `config_file` is an OCI config
    whose key it knows.
    """

    endpoint: str
    pid: int
    config_file: str
    region: str
    tenancy: str
    user: str
    compartment: str
    version: str
    readings: Mapping[str, str]
    progression: str
    latency: float
    control: bool
    ephemeral: bool


@dataclass(frozen=True, slots=True)
class Options:
    """What to start it with; the emulator itself judges the values.

    `port`: of 127.0.0.1; else the one used last, or a free one. `readings`: NAME=CHOICE, its answers to
    what no source says. `progression`: how long asynchronous work takes. `latency`: seconds that every
    answer is late. `faults`: those that are ordered from the start. `control`: it has the control API.
    `ephemeral`: it begins anew, and keeps nothing at the end.
    """

    port: int | None = None
    readings: tuple[str, ...] = ()
    progression: str | None = None
    latency: float | None = None
    faults: tuple[str, ...] = ()
    control: bool = False
    ephemeral: bool = False

    def arguments(self) -> list[str]:
        return [
            *(("--port", str(self.port)) if self.port is not None else ()),
            *(word for one in self.readings for word in ("--reading", one)),
            *(("--progression", self.progression) if self.progression is not None else ()),
            *(("--latency", str(self.latency)) if self.latency is not None else ()),
            *(word for one in self.faults for word in ("--fault", one)),
            *(["--control"] if self.control else []),
            *(["--ephemeral"] if self.ephemeral else []),
        ]

    def clashes(self, running: Running) -> list[str]:
        """The options that an emulator which runs already does not fit, each with how it runs. Faults are for
        the start alone: which are left of those that it was started with, nobody knows.
        """
        read = {name.replace("_", "-"): choice for name, choice in running.readings.items()}
        port = urlsplit(running.endpoint).port
        found = [_clash("--port", self.port, port)]
        for one in self.readings:
            name = one.partition("=")[0]
            found.append(_clash("--reading", one, f"{name}={read.get(name)}"))
        found += [
            _clash("--progression", self.progression, running.progression),
            _clash("--latency", self.latency, running.latency),
            *(f"--fault {one} (a fault is ordered at the start)" for one in self.faults),
            "--control (it has no control API)" if self.control and not running.control else None,
            "--ephemeral (it keeps its state)" if self.ephemeral and not running.ephemeral else None,
        ]
        return [one for one in found if one is not None]


def _clash(option: str, asked: str | float | None, runs: str | float | None) -> str | None:
    return f"{option} {asked} (it has {runs})" if asked not in (None, runs) else None


USUAL = Options()


def status(home: Path) -> Running | None:
    """The emulator of this home, if it is running."""
    note = _note(home)
    return note if note and _alive(note.pid) and _held(home) and _answers(note.endpoint) else None


def ensure(home: Path, tell: Tell) -> Running:
    """The running emulator of this home, started if need be: as it was started last."""
    return status(home) or _found_or_started(home, tell, None)[0]


def start(home: Path, tell: Tell, options: Options = USUAL) -> Running:
    """Start it, or use the one that runs already. What `options` leaves open is as usual, however it was
    started before.

    Raises SetupError when it cannot be started: a package is missing, the folder is none for a home, one runs
    already with other options, or it died; then with the end of its log.
    """
    running, found = _found_or_started(home, tell, options)
    if found and (clashes := options.clashes(running)):
        raise SetupError(
            f"the emulator of {home} runs already, and not with {', '.join(clashes)}: stop it first, with "
            f"`reconcile emulator stop --home {home}`, or leave that out"
        )
    return running


def _found_or_started(home: Path, tell: Tell, options: Options | None) -> tuple[Running, bool]:
    """The one that runs, and whether it did so before. Of two that try at once, one starts it. Without
    options it is started as it was last.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise SetupError(
            f"the local emulator needs {', '.join(missing)}: "
            'pip install "oci-triton-reconciler[emulator]"; or name another target'
        )
    _refuse_what_came_with_a_checkout(home)
    _refuse_links(home)
    _claim(home)
    with _one_at_a_time(home):
        running = status(home)
        if running is not None:
            return running, True
        again = kept(home) if options is None else options
        if options is None and again.ephemeral:
            tell(f"the local emulator in {home} was ephemeral, and is gone with its state: a new one begins")
        return _start(home, tell, again), False


def kept(home: Path) -> Options:
    """How it was started last; as usual where nothing is known of that. One that was ephemeral and stopped is
    not remembered.
    """
    for file in (home / EPHEMERAL / KEPT, home / KEPT):
        try:
            found = json.loads(_read(file))
            return Options(
                port=None if found["port"] is None else int(found["port"]),
                readings=tuple(f"{name}={choice}" for name, choice in found["readings"].items()),
                progression=str(found["progression"]),
                latency=float(found["latency"]),
                control=found["control"] is True,
                ephemeral=found["ephemeral"] is True,
            )
        except _NO_NOTE:
            continue
    return USUAL


def _refuse_what_came_with_a_checkout(home: Path) -> None:
    """The deployments of a state are brought up, and the code of their models runs."""
    if came := tracked(home):
        raise SetupError(
            f"{home}: it came with the repository: its state is not this machine's. Remove it from git: "
            f"git rm -r --cached {shlex.quote(str(came))}; and delete it"
        )


def _refuse_links(home: Path) -> None:
    for link in (home / name for name in NO_LINKS):
        if link.is_symlink():
            raise SetupError(
                f"{link}: a link, and what it leads to may be somebody else's; remove it, or set another "
                "home for the target"
            )


def _claim(home: Path) -> None:
    """Before anything is put there. Raises SetupError, in the emulator's words, when the folder may be no
    home of one.
    """
    _make(home)
    with suppress(OSError):
        found = (home / MARK).lstat().st_mode
        if stat.S_ISREG(found) and stat.S_IMODE(found) == PRIVATE:
            return
    claim = [sys.executable, "-P", "-m", "reconciler.emulator", "claim", "--home", str(home)]
    done = subprocess.run(
        claim, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"it ended with {done.returncode}"
        raise SetupError(f"the local emulator cannot have its home there: {last.removeprefix('error: ')}")


def stop(home: Path) -> bool:
    """Stop it and wait for its end; False when it was not running. Raises SetupError when it will not end."""
    running = status(home)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(running.pid):
        if time.monotonic() > deadline:
            raise SetupError(
                f"the emulator (pid {running.pid}) was told to stop and still runs after "
                f"{STOP_SECONDS:.0f} s; see {_log(home)}"
            )
        time.sleep(POLL_SECONDS)
    return True


def _start(home: Path, tell: Tell, options: Options) -> Running:
    tell(f"starting the local emulator in {home}")
    said = _size(_log(home))
    pid = _spawn(home, options)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = status(home)
        if running is not None and running.pid == pid:
            tell(f"the emulator answers at {running.endpoint}")
            return running
        if not _alive(pid):
            raise _with_tail("the local emulator did not start", home, said)
        time.sleep(POLL_SECONDS)
    os.kill(pid, signal.SIGTERM)
    raise _with_tail(f"the local emulator did not answer within {START_SECONDS:.0f} s", home, said)


def _spawn(home: Path, options: Options) -> int:
    """Its own session, so that a Ctrl-C for us does not end it; no pipe that would break when we end."""
    log = _log(home)
    _make(log.parent)
    # -P keeps a folder named `reconciler` in the user's working directory out of the way.
    serve = ["-P", "-m", "reconciler.emulator", "serve", "--home", str(home)]
    command = [sys.executable, *serve, *options.arguments()]
    with _open(log) as output:
        return os.posix_spawn(
            sys.executable,
            command,
            _environment(),
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            ],
        )


def _environment() -> dict[str, str]:
    """What the emulator's process gets of ours; this package comes first in what it imports."""
    own = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("LC_")}
    paths = (str(Path(__file__).parents[2]), own.get("PYTHONPATH"))
    return {**own, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    with _open(home / "start.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    """For the owner alone, from the start: the emulator keeps the environment variables of deployments."""
    with _usable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _open(file: Path) -> IO[str]:
    with _usable(file):
        # O_NONBLOCK: a named pipe that nobody reads is refused, not waited for.
        how = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.fdopen(os.open(file, how, PRIVATE), "a")


def _found(file: Path) -> IO[bytes]:
    """A regular file, opened to be read. Raises OSError for anything else, such as a link or a device."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{file}: no regular file")
    return os.fdopen(handle, "rb")


def _read(file: Path) -> str:
    """Raises OSError, and ValueError for what is no text, or too large for what an emulator writes."""
    with _found(file) as source:
        content = source.read(LARGEST_READ + 1)
    if len(content) > LARGEST_READ:
        raise ValueError(f"{file}: larger than {LARGEST_READ} bytes")
    return content.decode()


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"{path}: the local emulator cannot keep its state there ({error.strerror}). Remove what is in "
            "the way, make the folder writable, or set another home for the target"
        ) from error


def _note(home: Path) -> Running | None:
    """What the home says of an emulator that runs; None for what no emulator of this machine has written. The
    file may have come with a checkout: what it names is asked with a key, and ended by its number.
    """
    try:
        note = json.loads(_read(home / "emulator.json"))
        running = Running(
            str(note["endpoint"]),
            int(note["pid"]),
            str(note["config_file"]),
            str(note["region"]),
            str(note["tenancy"]),
            str(note["user"]),
            str(note["compartment"]),
            str(note["version"]),
            {str(name): str(choice) for name, choice in note["readings"].items()},
            str(note["progression"]),
            float(note["latency"]),
            bool(note["control"]),
            bool(note["ephemeral"]),
        )
        its = Path(running.config_file).resolve().is_relative_to(home.resolve())
    except _NO_NOTE:
        return None
    here = _HERE.fullmatch(running.endpoint) is not None
    return running if its and here and 1 < running.pid <= LARGEST_PID else None


_NO_NOTE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a file raises that no emulator has written."""

_HERE = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")

LARGEST_PID = 1 << 22
"""The most that Linux gives (proc(5), /proc/sys/kernel/pid_max)."""


def _held(home: Path) -> bool:
    """Whether somebody holds the home, as an emulator does while it runs. No file that came with a checkout
    can be held.
    """
    try:
        with _found(home / "lock") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _alive(pid: int) -> bool:
    try:
        # One that we started ourselves stays a zombie until it is waited for.
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _ended(pid)


def _ended(pid: int) -> bool:
    """Whether it is a zombie (proc(5)): process 1 of some containers waits for nobody."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _answers(endpoint: str) -> bool:
    """Any answer that carries a request id is the service's. No operation is asked: what was ordered to fail
    would meet it.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{endpoint}/", timeout=ANSWER_SECONDS)
    except requests.RequestException:
        return False
    return "opc-request-id" in answer.headers


def _log(home: Path) -> Path:
    return home / "logs" / "emulator.log"


def _size(log: Path) -> int:
    with suppress(OSError):
        return log.lstat().st_size
    return 0


def _with_tail(what: str, home: Path, said: int) -> SetupError:
    """The error with the last of what it said since the log had `said` bytes; a single line stands for
    itself.
    """
    log = _log(home)
    try:
        with _found(log) as file:
            file.seek(max(said, file.seek(0, os.SEEK_END) - LARGEST_READ))
            text = file.read(LARGEST_READ).decode(errors="replace").rstrip("\n")
        lines = text.split("\n")[-LOG_LINES:] if text else []
    except OSError:
        lines = []
    one = len(lines) == 1
    told = lines[0].removeprefix("error: ") if one else "\n    ".join([f"the end of {log}:", *lines])
    return quoting(SetupError(f"{what}: {told}"), *([told] if one else lines))
