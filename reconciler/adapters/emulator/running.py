"""Finds the emulator that runs in a home: its note in HOME/emulator.json, a process that lives and holds
HOME/lock, and an endpoint that answers.
"""

import fcntl
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from reconciler.adapters.emulator.home_files import FORMAT_ERRORS, read_text
from reconciler.adapters.regular_files import open_regular

ANSWER_SECONDS = 5.0

LARGEST_PID = 1 << 22
"""The most that Linux gives (proc(5), /proc/sys/kernel/pid_max)."""

_LOCAL_ENDPOINT = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")


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
    servers: str


def status(home: Path) -> Running | None:
    """The emulator of this home, if it is running."""
    running = read_note(home)
    return running if running and alive(running.pid) and held(home) and _answers(running.endpoint) else None


def read_note(home: Path) -> Running | None:
    """What the home says of an emulator that runs, if it says anything. A checkout may contain this file. Its
    endpoint would get signed requests and its process a signal, so values that cannot be ours are refused.
    """
    try:
        note = json.loads(read_text(home / "emulator.json"))
        running = Running(
            endpoint=str(note["endpoint"]),
            pid=int(note["pid"]),
            config_file=str(note["config_file"]),
            region=str(note["region"]),
            tenancy=str(note["tenancy"]),
            user=str(note["user"]),
            compartment=str(note["compartment"]),
            version=str(note["version"]),
            readings={str(name): str(choice) for name, choice in note["readings"].items()},
            progression=str(note["progression"]),
            latency=float(note["latency"]),
            control=bool(note["control"]),
            ephemeral=bool(note["ephemeral"]),
            servers=str(note.get("servers", "local")),
        )
        inside = Path(running.config_file).resolve().is_relative_to(home.resolve())
    except FORMAT_ERRORS:
        return None
    local = _LOCAL_ENDPOINT.fullmatch(running.endpoint) is not None
    return running if inside and local and 1 < running.pid <= LARGEST_PID else None


def held(home: Path) -> bool:
    """Whether some process holds the home, as an emulator does while it runs. No file that came with a
    checkout can be held.
    """
    try:
        with open_regular(home / "lock", follow=False) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def alive(pid: int) -> bool:
    """Whether this process lives."""
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
    """Any answer that carries a request id is the service's. No operation is asked: a fault that was ordered
    would meet it.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{endpoint}/", timeout=ANSWER_SECONDS)
    except requests.RequestException:
        return False
    return "opc-request-id" in answer.headers
