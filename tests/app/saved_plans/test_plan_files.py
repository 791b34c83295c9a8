"""The file of a saved plan: which files are read, and which are never overwritten."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.app.saved_plans import plan_files
from reconciler.app.saved_plans.plan_files import check_place, read, write
from reconciler.app.saved_plans.save_and_load import save
from reconciler.core.model.errors import Failed, Refused
from tests.support.disks import fill, small_disk
from tests.support.reviews import REVIEWS

PLAN = REVIEWS["new_content"]()
OURS = '{\n  "apiVersion": "reconciler.oci/plan.v1",\n  "digest": "0"\n}\n'


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- reading

HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "Expecting value"),
    "no object": (b"[]", "it holds no object"),
    "nested deeply": (b"[" * 200_000 + b"]" * 200_000, "recursion|Stack overflow"),
    "nested in objects": (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "recursion|Stack overflow"),
    "nested too deeply for us": (b'{"a":' * 70 + b"1" + b"}" * 70, "nested too deeply"),
    "a key that is there twice": (b'{"a": {"owner": 1, "owner": 2}}', "it has owner twice in one object"),
    "NaN": (b'{"a": NaN}', "it has NaN for a number"),
    "infinity": (b'{"a": -Infinity}', "it has -Infinity for a number"),
    "a number that is too large": (b'{"a": 1e999}', "it has 1e999 for a number"),
    "a number that is too long": (b'{"a": ' + b"9" * 10_000 + b"}", "integer string conversion"),
    "bytes that are no text": (b'{"a": "\xff"}', "utf-8"),
    "half a character": (b'{"a": "\\ud800"}', "surrogates not allowed"),
    "half a character as a key": (b'{"\\ud800": 1}', "surrogates not allowed"),
    "a byte order mark": (b'\xef\xbb\xbf{"a": 1}', "BOM"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "utf-8"),
    "half of a plan": (OURS.encode()[:40], "Unterminated|Expecting"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_a_plan_gets_a_message_of_one_line(tmp_path: Path, name: str) -> None:
    content, told = HOSTILE[name]
    (tmp_path / "p.json").write_bytes(content)
    with pytest.raises(Failed, match=rf"p\.json: not a saved plan \(.*({told})") as failed:
        read(tmp_path / "p.json")
    assert len(str(failed.value)) < 500


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: dict[str, Callable[[Path], None]] = {
    "a folder": Path.mkdir,
    "a pipe": pipe,
    "a socket": listening,
    "a device": device,
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_regular_file_is_read(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "p")
    with pytest.raises(Failed, match=f"not a saved plan .it is {kind}"):
        read(tmp_path / "p")


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "p").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Failed, match="larger than 256,000,000 bytes"):
        read(tmp_path / "p")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="No such file"):
        read(tmp_path / "p")


# -- writing


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_regular_file_is_written(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "p")
    before = as_it_is(tmp_path / "p")
    for act in (lambda: check_place(tmp_path / "p"), lambda: write(tmp_path / "p", OURS)):
        with pytest.raises(Refused, match=rf"it is {kind}. Nothing was written: .*--format json"):
            act()
    assert as_it_is(tmp_path / "p") == before
    assert names(tmp_path) == {"p"}


def as_it_is(path: Path) -> tuple[int, ...]:
    """All but when it was looked at, which may be a second later."""
    found = path.lstat()
    return (found.st_mode, found.st_ino, found.st_dev, found.st_nlink, found.st_size, found.st_mtime_ns)


def test_a_plan_is_not_saved_to_standard_output() -> None:
    with pytest.raises(Refused, match="Nothing was written"):
        check_place(Path("/dev/stdout"))


FOREIGN = {
    "a manifest": "apiVersion: reconciler.oci/v1\nkind: ModelDeployment\n",
    "a key": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "another JSON": '{"apiVersion": "reconciler.oci/v1"}',
    "what apply printed": '{"apiVersion": "reconciler.oci/apply.v1"}',
    "a plan in a text": f"see below\n{OURS}",
    "spaces": "  \n",
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("linked", [False, True])
def test_a_file_that_is_not_a_plan_is_never_overwritten(tmp_path: Path, name: str, linked: bool) -> None:
    file = tmp_path / "file"
    file.write_text(FOREIGN[name])
    place = tmp_path / "link" if linked else file
    if linked:
        place.symlink_to(file)
    before = names(tmp_path)
    for act in (lambda: check_place(place), lambda: save(PLAN, place)):
        with pytest.raises(Refused, match=r"what is there is no saved plan\. Nothing was written"):
            act()
    assert file.read_text() == FOREIGN[name]
    assert names(tmp_path) == before


@pytest.mark.parametrize("before", [None, "", OURS, OURS.replace("plan.v1", "plan.v9").replace("\n", " ")])
def test_a_new_file_an_empty_one_and_a_plan_become_the_plan(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "p.json"
    if before is not None:
        file.write_text(before)
    save(PLAN, file)
    assert json.loads(file.read_text())["digest"] == PLAN.digest
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(tmp_path) == {"p.json"}


def test_a_plan_behind_a_link_is_replaced_there(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text(OURS)
    link.symlink_to(real)
    save(PLAN, link)
    assert link.is_symlink()
    assert json.loads(real.read_text())["digest"] == PLAN.digest
    assert names(tmp_path) == {"link.json", "real.json"}


def test_a_link_to_nothing_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match=r"it is a link to .*elsewhere, which is not there"):
        save(PLAN, tmp_path / "link")
    assert names(tmp_path) == {"link"}


@pytest.mark.parametrize("stdout", ["pipe", "file"])
def test_the_way_to_print_a_plan_is_told_for_dev_stdout(tmp_path: Path, stdout: str) -> None:
    """A link of the system's that leads to what no folder holds; nobody is to remove it."""
    code = (
        "import sys; from pathlib import Path\n"
        "from reconciler.app.saved_plans.plan_files import check_place\n"
        "try: check_place(Path('/dev/stdout'))\n"
        "except Exception as error: print(error, file=sys.stderr)"
    )
    unnamed = (tmp_path / "gone").open("w")
    (tmp_path / "gone").unlink()
    with unnamed:
        to = subprocess.PIPE if stdout == "pipe" else unnamed
        ran = subprocess.run([sys.executable, "-c", code], stdout=to, stderr=subprocess.PIPE, text=True)
    assert "choose a file; to print the plan there is --format json" in ran.stderr
    assert "remove" not in ran.stderr


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("missing/p.json", "missing is no folder"),
        ("file/p.json", "file"),
        (".git/p.json", r"inside of '\.git'"),
        (".git/hooks/pre-commit", r"inside of '\.git'"),
        ("sub/../.git/p.json", r"inside of '\.git'"),
        (".GIT/p.json", r"inside of '\.GIT'"),
        ("GIT~1/p.json", "inside of 'GIT~1'"),
        (".g\u200cit/p.json", r"inside of '\.g\\u200cit'"),
        (".git./p.json", r"inside of '\.git\.'"),
        (".reconciler/emulator/p.json", r"inside of '\.reconciler'"),
        (".Reconciler/p.json", r"inside of '\.Reconciler'"),
        ("to_git/p.json", r"inside of '\.git'"),
        ("bare.git/p.json", r"inside of 'bare\.git', a git repository"),
        ("bare.git/hooks/post-receive", r"inside of 'bare\.git', a git repository"),
        ("loop", "link"),
        ("x" * 300, "File name too long"),
    ],
)
def test_places_where_no_plan_can_be_saved(tmp_path: Path, place: str, told: str) -> None:
    private = (".git/hooks", ".GIT", "GIT~1", ".g\u200cit", ".git.", ".reconciler/emulator", ".Reconciler")
    for folder in ("sub", "bare.git/hooks", "bare.git/objects", "bare.git/refs", *private):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "bare.git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "to_git").symlink_to(tmp_path / ".git")
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = sorted(tmp_path.rglob("*"))
    for act in (lambda: check_place(tmp_path / place), lambda: save(PLAN, tmp_path / place)):
        with pytest.raises((Refused, Failed), match=told):
            act()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("place", [".github/p.json", "plans/p.json", "p.git"])
def test_a_place_with_a_similar_name_is_allowed(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    save(PLAN, tmp_path / place)
    assert (tmp_path / place).is_file()


def test_a_work_tree_in_the_folder_of_its_repository(tmp_path: Path) -> None:
    for folder in ("objects", "refs", "main"):
        (tmp_path / folder).mkdir()
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "main/.git").write_text(f"gitdir: {tmp_path}/worktrees/main\n")
    save(PLAN, tmp_path / "main/p.json")
    assert (tmp_path / "main/p.json").is_file()


def test_an_empty_path() -> None:
    with pytest.raises(Refused, match="it is a folder"):
        check_place(Path())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes wherever it likes")
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(Failed, match="cannot be written to"):
        check_place(tmp_path / "closed" / "p.json")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
def test_a_folder_of_the_system_that_not_even_root_can_write_to() -> None:
    with pytest.raises((Refused, Failed), match=r"/proc/p\.json: "):
        write(Path("/proc/p.json"), OURS)


def test_a_full_disk_keeps_the_former_plan(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "p.json").write_text(OURS)
        fill(disk)
        with pytest.raises(Failed, match=r"p\.json: not saved \(No space left on device\)"):
            save(PLAN, disk / "p.json")
        assert (disk / "p.json").read_text() == OURS
        assert names(disk) == {"p.json", "filler"}


def test_a_plan_that_could_not_be_read_again_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_files, "LARGEST", 1000)
    with pytest.raises(Refused, match=r"1,000 at most: plan fewer"):
        save(PLAN, tmp_path / "p.json")
    assert names(tmp_path) == set()


def test_two_plans_saved_at_once_leave_one_whole_plan(tmp_path: Path) -> None:
    plans = [REVIEWS[name]() for name in ("new_content", "all_groups", "renamed", "networking")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda plan: save(plan, tmp_path / "p.json"), plans * 10))
    assert json.loads((tmp_path / "p.json").read_text())["digest"] in {plan.digest for plan in plans}
    assert names(tmp_path) == {"p.json"}


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "p.json"
    sync = os.fsync

    def somebody(handle: int) -> None:
        sync(handle)
        file.write_text("mine")

    monkeypatch.setattr(os, "fsync", somebody)
    with pytest.raises(Refused, match="what is there is no saved plan"):
        write(file, OURS)
    assert file.read_text() == "mine"
    assert names(tmp_path) == {"p.json"}


STOPPED = """
import os, signal, sys
from pathlib import Path
from reconciler.app.saved_plans import plan_files
sync = os.fsync
def signalled(handle):
    os.kill(os.getpid(), int(sys.argv[2]))
    sync(handle)
os.fsync = signalled
plan_files.write(Path(sys.argv[1]), '{"apiVersion": "reconciler.oci/plan.v1"}')
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_the_write_leaves_a_whole_file(tmp_path: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", STOPPED, str(tmp_path / "p.json"), str(int(number))]
    done = subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False)
    assert done.returncode != 0, "the signal is heard"
    assert names(tmp_path) == {"p.json"}
    assert plan_files.read(tmp_path / "p.json")
