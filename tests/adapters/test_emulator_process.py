"""The emulator as a process: started once however many ask, found again, stopped; what is said when not."""

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from support.waiting import wait_for

from reconciler.adapters import emulator
from reconciler.adapters.connect import connect
from reconciler.adapters.emulator import Options, Running
from reconciler.core.errors import SetupError
from reconciler.core.target import EmulatorTarget

ENSURE = """
import sys
from pathlib import Path
from reconciler.adapters import emulator
print(emulator.ensure(Path(sys.argv[1]), lambda _: None).pid)
"""


def quiet(_: str) -> None:
    pass


def mark(home: Path) -> None:
    """As an emulator does that has made it."""
    (home / "emulator-home").touch(mode=0o600)


def test_start_find_again_and_stop(tmp_path: Path) -> None:
    told: list[str] = []
    assert emulator.status(tmp_path) is None
    running = emulator.ensure(tmp_path, told.append)
    try:
        assert told
        assert emulator.status(tmp_path) == running
        assert emulator.ensure(tmp_path, told.append).pid == running.pid
        assert emulator.start(tmp_path, told.append).pid == running.pid
        assert os.getsid(running.pid) == running.pid, "a session of its own: our Ctrl-C is not its"
        assert (tmp_path / "logs" / "emulator.log").read_text()
    finally:
        assert emulator.stop(tmp_path)
    assert emulator.status(tmp_path) is None
    assert not emulator.stop(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


ADOPTS = """
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
subprocess.run(sys.argv[1:], check=True)
sys.stdin.read()
"""


def test_it_has_ended_though_process_1_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container without an init. The stand-in for process 1 adopts whoever has lost its parent."""
    monkeypatch.setattr(emulator, "STOP_SECONDS", 20.0)
    command = [sys.executable, "-c", ADOPTS, sys.executable, "-c", ENSURE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        assert emulator.stop(tmp_path)
        os.kill(pid, 0)  # what is left of it is there
        assert emulator.status(tmp_path) is None
        process.communicate()


def test_two_processes_that_start_it_at_once_get_the_same_one(tmp_path: Path) -> None:
    def other_process(_: int) -> int:
        command = [sys.executable, "-c", ENSURE, str(tmp_path)]
        root = str(Path(__file__).parents[2])
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
        )
        return int(done.stdout)

    try:
        with ThreadPoolExecutor(3) as pool:
            pids = set(pool.map(other_process, range(3)))
    finally:
        assert emulator.stop(tmp_path)
    assert len(pids) == 1


def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    target = EmulatorTarget("local", str(tmp_path), "serving")
    try:
        project = connect(target, quiet).cloud.ensure_project("serving", "t")
        emulator.stop(tmp_path)
        assert connect(target, quiet).cloud.snapshot().project.ocid == project
    finally:
        emulator.stop(tmp_path)


def test_a_start_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"port {port} .* is in use"):
            emulator.start(tmp_path, quiet, Options(port=port))
    assert emulator.status(tmp_path) is None


def test_a_note_left_by_a_killed_one_is_not_believed(tmp_path: Path) -> None:
    running = emulator.ensure(tmp_path, quiet)
    note = (tmp_path / "emulator.json").read_text()
    emulator.stop(tmp_path)
    (tmp_path / "emulator.json").write_text(note)
    assert emulator.status(tmp_path) is None
    again = emulator.ensure(tmp_path, quiet)
    try:
        assert again.pid != running.pid
        assert again.compartment == running.compartment
    finally:
        emulator.stop(tmp_path)


def test_its_home_is_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    before = os.umask(0)
    try:
        emulator.ensure(home, quiet)
        found = [path for path in [home, *home.rglob("*")] if stat.S_IMODE(path.stat().st_mode) & 0o077]
    finally:
        os.umask(before)
        emulator.stop(home)
    assert found == []


@pytest.mark.parametrize("name", [".reconciler", ".reconciler/emulator", ".reconciler/emulator/logs"])
def test_a_file_where_the_home_should_be(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("logs"):
        mark(tmp_path / ".reconciler" / "emulator")
    (tmp_path / name).write_text("in the way")
    with pytest.raises(SetupError, match="Remove what is in the way"):
        emulator.ensure(tmp_path / ".reconciler" / "emulator", quiet)


@pytest.mark.parametrize("name", ["start.lock", "logs/emulator.log"])
def test_a_folder_where_a_file_should_be(tmp_path: Path, name: str) -> None:
    mark(tmp_path)
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(SetupError, match=f"{name}: the local emulator cannot keep its state there"):
        emulator.ensure(tmp_path, quiet)


def test_a_home_that_cannot_be_written() -> None:
    # Not even root can make a folder here.
    with pytest.raises(SetupError, match="/proc/emulator: the local emulator cannot keep its state there"):
        emulator.ensure(Path("/proc/emulator"), quiet)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x"}'])
def test_a_note_that_is_no_note_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "emulator.json").write_text(text)
    assert emulator.status(tmp_path) is None


NOTE = {
    "endpoint": "http://127.0.0.1:1", "pid": os.getpid(), "config_file": "HOME/oci/config", "region": "r",
    "tenancy": "t", "user": "u", "compartment": "c", "version": "1", "readings": {},
    "progression": "immediate",
    "latency": 0, "control": False, "ephemeral": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"endpoint": "https://example.com"},
        {"endpoint": "http://127.0.0.1:80@example.com"},
        {"endpoint": "http://127.0.0.1.example.com:80"},
        {"endpoint": "http://127.0.0.1:80/../x"},
        {"endpoint": "file:///etc/passwd"},
        {"config_file": "/root/.oci/config"},
        {"config_file": "HOME/../../.oci/config"},
        {"config_file": "~/.oci/config"},
        {"pid": -1},
        {"pid": 0},
        {"pid": 1},
        {"pid": 10**30},
        {"pid": float("inf")},
        {"latency": "1e999"},
    ],
)
def test_a_note_that_came_with_a_checkout_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    """It could send what is signed with a key of ours to anybody, and have any process ended."""
    asked = []

    def answers(endpoint: str) -> bool:
        asked.append(endpoint)
        return True

    monkeypatch.setattr(emulator, "_answers", answers)
    text = json.dumps({**NOTE, **changes}).replace("HOME", str(tmp_path))
    (tmp_path / "emulator.json").write_text(text)
    (tmp_path / "lock").touch()
    assert emulator.status(tmp_path) is None, "nobody holds the home"
    assert asked == []
    with (tmp_path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = emulator.status(tmp_path)
    good = not changes or "latency" in changes
    assert (found is not None, bool(asked)) == (good, good)


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "NEEDED", ("uvicorn", "surely_not_installed"))
    with pytest.raises(
        SetupError, match=r'surely_not_installed: pip install "oci-triton-reconciler\[emulator\]"'
    ):
        emulator.ensure(tmp_path, quiet)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            Options(readings=("list-filters=none",)),
            "reading list-filters: must be one of many, one, is 'none'",
        ),
        (Options(progression="never"), "argument --progression: progression 'never': use 'immediate'"),
        (Options(faults=("fire",)), "argument --fault: fault 'fire': fault: must be one of capacity"),
        (Options(latency=1e9), "argument --latency: '1000000000.0' is no number of seconds; 0 to 3600"),
    ],
)
def test_what_it_does_not_take_is_told_in_its_own_words(
    tmp_path: Path, options: Options, message: str
) -> None:
    mark(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/emulator.log").write_text("what an earlier one said\n")
    with pytest.raises(SetupError, match=f"^the local emulator did not start: {message}") as refused:
        emulator.start(tmp_path, quiet, options)
    assert "earlier" not in str(refused.value)


RUNNING = Running(
    "http://127.0.0.1:80",
    1,
    "config",
    "r",
    "t",
    "u",
    "c",
    "1",
    {"list_filters": "one"},
    "reads:3",
    0.5,
    True,
    True,
)


@pytest.mark.parametrize(
    ("options", "clashes"),
    [
        (Options(), []),
        (Options(80, ("list-filters=one",), "reads:3", 0.5, (), True, True), []),
        (Options(port=81), ["--port 81 (it has 80)"]),
        (
            Options(readings=("list-filters=many", "list-filters=one")),
            ["--reading list-filters=many (it has list-filters=one)"],
        ),
        (Options(progression="immediate"), ["--progression immediate (it has reads:3)"]),
        (Options(latency=0.0), ["--latency 0.0 (it has 0.5)"]),
        (Options(faults=("capacity",)), ["--fault capacity (a fault is ordered at the start)"]),
        (
            Options(port=80, progression="reads:4", latency=0.5, faults=("slow",), control=True),
            ["--progression reads:4 (it has reads:3)", "--fault slow (a fault is ordered at the start)"],
        ),
    ],
)
def test_only_what_does_not_fit_one_that_runs_is_named(options: Options, clashes: list[str]) -> None:
    assert options.clashes(RUNNING) == clashes


def test_without_control_or_state_of_its_own_it_does_not_fit() -> None:
    usual = replace(RUNNING, control=False, ephemeral=False)
    asked = Options(control=True, ephemeral=True)
    assert asked.clashes(usual) == ["--control (it has no control API)", "--ephemeral (it keeps its state)"]


def test_a_second_start_on_another_port_is_refused(tmp_path: Path) -> None:
    running = emulator.ensure(tmp_path, quiet)
    port = urlsplit(running.endpoint).port
    assert port is not None
    try:
        with pytest.raises(SetupError, match=rf"not with --port {port - 1} \(it has {port}\): stop it first"):
            emulator.start(tmp_path, quiet, Options(port=port - 1))
        assert emulator.start(tmp_path, quiet, Options(port=port)) == running
    finally:
        emulator.stop(tmp_path)


def test_one_that_refuses_everything_is_found_all_the_same(tmp_path: Path) -> None:
    running = emulator.start(tmp_path, quiet, Options(faults=("reset-before,times=0",)))
    try:
        assert emulator.status(tmp_path) == running
    finally:
        assert emulator.stop(tmp_path)


# -- the folder


@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_that_holds_anything_else_is_left_as_it_is(tmp_path: Path, linked: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("years of work")
    home = tmp_path / "link" if linked else folder
    if linked:
        home.symlink_to(folder)
    before = folder.stat()
    for act in (
        lambda: emulator.ensure(home, quiet),
        lambda: emulator.start(home, quiet),
        lambda: emulator.start(home, quiet, Options(ephemeral=True)),
    ):
        with pytest.raises(SetupError, match=r"it holds thesis\.txt, which no emulator has made"):
            act()
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    after = folder.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_a_home_of_before_there_was_a_mark_goes_on(tmp_path: Path) -> None:
    first = emulator.ensure(tmp_path, quiet)
    emulator.stop(tmp_path)
    for name in ("emulator-home", "options.json"):
        (tmp_path / name).unlink()
    try:
        assert emulator.ensure(tmp_path, quiet).compartment == first.compartment
        assert (tmp_path / "emulator-home").is_file()
    finally:
        emulator.stop(tmp_path)


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("there", ["file", "folder", "nothing"])
@pytest.mark.parametrize("name", ["start.lock", "lock", "logs", "logs/emulator.log"])
def test_nothing_is_made_or_written_behind_a_link(
    tmp_path: Path, name: str, there: str, marked: bool
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / name).parent.mkdir(parents=True)
    if marked:
        mark(home)
    if there == "file":
        elsewhere.write_text("years of work")
    elif there == "folder":
        elsewhere.mkdir()
    (home / name).symlink_to("../" * len(Path(name).parts) + "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SetupError, match=f"{name}: a link, and what it leads to may be somebody else's"):
        emulator.ensure(home, quiet)
    assert sorted(tmp_path.rglob("*")) == before
    assert there != "file" or elsewhere.read_text() == "years of work"


def checked_out(root: Path, *paths: str) -> None:
    """All of it, as what a pull request brings."""
    git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "-f", *paths], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one"], check=True)


@pytest.mark.parametrize("what", ["emulator-home", "state.sqlite", "artifacts/one"])
def test_a_home_that_came_with_the_repository_is_not_started(tmp_path: Path, what: str) -> None:
    """Even one that is private and marked: with a umask of 077 git makes what is private, and a home of this
    machine may have got more by a checkout.
    """
    home = tmp_path / ".reconciler" / "emulator"
    home.mkdir(parents=True, mode=0o700)
    mark(home)
    (home / what).parent.mkdir(exist_ok=True)
    (home / what).touch(mode=0o600)
    checked_out(tmp_path, str(home / what))
    before = sorted(home.rglob("*"))
    with pytest.raises(SetupError, match=f"came with the repository: .*git rm -r --cached {home}"):
        emulator.ensure(home, quiet)
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("link", [".reconciler", ".reconciler/emulator"])
def test_a_home_to_which_a_link_of_the_repository_leads_is_not_made(tmp_path: Path, link: str) -> None:
    root = tmp_path / "repository"
    (root / link).parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (root / link).symlink_to(tmp_path / "elsewhere")
    checked_out(root, link)
    with pytest.raises(SetupError, match=f"came with the repository.* {root / link}; and"):
        emulator.ensure(root / ".reconciler" / "emulator", quiet)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_home_in_a_repository_that_has_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler" / "emulator.txt").touch()
    checked_out(tmp_path, ".")
    home = tmp_path / ".reconciler" / "emulator"
    emulator.ensure(home, quiet)
    emulator.stop(home)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    emulator.ensure(home, quiet)
    assert emulator.stop(home), "git is not needed for it"


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def large(file: Path) -> None:
    file.write_text(json.dumps(NOTE).replace("HOME", str(file.parent)) + " " * (64 << 10))


def linked(file: Path) -> None:
    real = file.with_name("real")
    real.write_text(json.dumps({**NOTE, "port": None}).replace("HOME", str(file.parent)))
    file.symlink_to(real)


def unread(file: Path) -> None:
    """Whoever opens it waits until somebody writes."""
    os.mkfifo(file)


READ = """
import resource, sys
from pathlib import Path
from reconciler.adapters import emulator
emulator._answers = lambda _: True
size = 1 << 30
resource.setrlimit(resource.RLIMIT_AS, (size, size))
home = Path(sys.argv[1])
assert emulator._note(home) is None
assert emulator.status(home) is None
assert emulator.kept(home) == emulator.USUAL
assert not emulator._held(home)
emulator._with_tail("it died", home, emulator._size(home / "logs/emulator.log"))
"""


@pytest.mark.parametrize("kind", [endless, large, linked, unread], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "name", ["emulator.json", "options.json", "ephemeral/options.json", "lock", "logs/emulator.log"]
)
def test_only_what_is_a_small_file_of_its_own_is_read(tmp_path: Path, kind: object, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    kind(tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", READ, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_end_of_a_large_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs" / "emulator.log").open("w") as log:
        log.truncate(8 << 30)
        log.seek(0, os.SEEK_END)
        log.write("\nwhat it said\n")
    assert str(emulator._with_tail("it died", tmp_path, 0)).endswith("what it said")


# -- how it was started


OTHERWISE = Options(
    readings=("list-filters=one", "omitted=kept"), progression="reads:2", latency=0.01, control=True
)


def how(running: Running) -> tuple[object, ...]:
    return running.readings, running.progression, running.latency, running.control, running.ephemeral


def die(running: Running) -> None:
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: not emulator._alive(running.pid))


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_whoever_needs_it_starts_it_as_it_was_last(tmp_path: Path, end: str) -> None:
    port = free_port()
    first = emulator.start(tmp_path, quiet, replace(OTHERWISE, port=port, faults=("slow,times=0,seconds=0",)))
    try:
        die(first) if end == "killed" else emulator.stop(tmp_path)
        again = emulator.ensure(tmp_path, quiet)
        assert how(again) == how(first)
        assert again.endpoint == first.endpoint == f"http://127.0.0.1:{port}"
        assert requests.get(f"{again.endpoint}/emulator/orders", timeout=10).json()["orders"] == []
        assert emulator.kept(tmp_path) == replace(OTHERWISE, port=port)
    finally:
        emulator.stop(tmp_path)


def test_a_start_says_how_it_is_from_now_on(tmp_path: Path) -> None:
    emulator.start(tmp_path, quiet, OTHERWISE)
    emulator.stop(tmp_path)
    usual = emulator.start(tmp_path, quiet, Options(latency=0.02))
    try:
        assert how(usual)[1:] == ("immediate", 0.02, False, False)
        die(usual)
        assert how(emulator.ensure(tmp_path, quiet)) == how(usual)
    finally:
        emulator.stop(tmp_path)


def test_one_that_was_ephemeral_begins_anew_and_is_forgotten_when_stopped(tmp_path: Path) -> None:
    told: list[str] = []
    emulator.start(tmp_path, quiet, Options(latency=0.01))
    emulator.stop(tmp_path)
    first = emulator.start(tmp_path, quiet, Options(progression="reads:2", ephemeral=True))
    try:
        die(first)
        again = emulator.ensure(tmp_path, told.append)
        assert how(again) == how(first)
        assert again.tenancy != first.tenancy
        assert "was ephemeral, and is gone with its state: a new one begins" in told[0]
        emulator.stop(tmp_path)
        kept = emulator.ensure(tmp_path, quiet)
        assert how(kept)[1:] == ("immediate", 0.01, False, False)
    finally:
        emulator.stop(tmp_path)


def test_one_that_could_not_start_changes_nothing_of_that(tmp_path: Path) -> None:
    emulator.start(tmp_path, quiet, OTHERWISE)
    emulator.stop(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match="is in use"):
            emulator.start(tmp_path, quiet, Options(port=taken.getsockname()[1]))
    assert emulator.kept(tmp_path) == OTHERWISE


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"port": "x"}', '{"port": null, "readings": []}', "[" * 50_000, '{"port": Infinity}',
    ],
)  # fmt: skip
def test_options_that_are_none_count_as_usual(tmp_path: Path, text: str) -> None:
    (tmp_path / "options.json").write_text(text)
    assert emulator.kept(tmp_path) == Options()


def test_one_that_runs_otherwise_is_used_by_whoever_needs_it(tmp_path: Path) -> None:
    running = emulator.start(tmp_path, quiet, OTHERWISE)
    try:
        (tmp_path / "options.json").unlink()
        assert emulator.ensure(tmp_path, quiet) == running
    finally:
        emulator.stop(tmp_path)


# -- what it gets


def test_it_gets_nothing_that_was_given_to_us_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What says which GPU a number means goes with the numbers."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    for name in ("CANARY_TOKEN", "GITHUB_TOKEN", "OCI_CLI_KEY_CONTENT", "HTTPS_PROXY", "LANGUAGE_MODEL_KEY"):
        monkeypatch.setenv(name, "hunter2")
    running = emulator.ensure(tmp_path, quiet)
    try:
        given = Path(f"/proc/{running.pid}/environ").read_bytes()
    finally:
        emulator.stop(tmp_path)
    assert b"hunter2" not in given
    assert b"PATH=" in given
    assert {b"CUDA_VISIBLE_DEVICES=1", b"CUDA_DEVICE_ORDER=PCI_BUS_ID"} <= {*given.split(b"\0")}
