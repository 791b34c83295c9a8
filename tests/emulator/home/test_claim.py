"""A home is a folder that the emulator has made, or found empty. Any other folder is left as it is."""

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datascience_emulator.app.create_app import create_app
from datascience_emulator.app.settings import Settings
from datascience_emulator.home.claim import MARK, HomeUnusable, claim, discard, is_marked
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.process.serve import serve
from tests.support.emulator import Emulator, FakeServing

Tree = dict[str, tuple[int, bytes]]


def tree(folder: Path) -> Tree:
    """Everything in a folder, and itself: modes and contents."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() and not path.is_symlink() else b"",
        )
        for path in (folder, *folder.rglob("*"))
    }


def repository(path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", path], check=True)


def files(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("years of work")


def names_like_ours(path: Path) -> None:
    """Folders of such names are everywhere."""
    for name in ("logs", "artifacts", "servers"):
        (path / name).mkdir(parents=True)


def ours_and_another(path: Path) -> None:
    Emulator(path, Immediate(), FakeServing()).close()
    (path / MARK).unlink()
    (path / "thesis.txt").write_text("years of work")


def anothers_artifacts(path: Path) -> None:
    (path / "artifacts").mkdir(parents=True)
    (path / "artifacts" / "release.zip").write_text("years of work")
    (path / "lock").touch()


def anothers_logs(path: Path) -> None:
    (path / "logs").mkdir(parents=True)
    (path / "logs" / "access.log").write_text("years of work")
    (path / "lock").touch()


def anothers_state(path: Path) -> None:
    path.mkdir()
    with sqlite3.connect(path / "state.sqlite") as base:
        base.execute("CREATE TABLE years_of_work (page TEXT)")
    base.close()


def no_database(path: Path) -> None:
    path.mkdir()
    (path / "state.sqlite").write_text("years of work")


def anothers_keys(path: Path) -> None:
    (path / "oci").mkdir(parents=True)
    (path / "oci" / "id_rsa").write_text("a key")
    (path / "lock").touch()


def linked_state(path: Path) -> None:
    path.mkdir()
    (path.parent / "elsewhere").write_text("")
    (path / "state.sqlite").symlink_to(path.parent / "elsewhere")


def linked_folder(path: Path) -> None:
    path.mkdir()
    (path.parent / "mine").mkdir()
    (path / "lock").touch()
    (path / "artifacts").symlink_to(path.parent / "mine")


def a_lock_of_another(path: Path) -> None:
    path.mkdir()
    (path / "lock").write_text("1234")


def a_folder_for_a_mark(path: Path) -> None:
    (path / MARK).mkdir(parents=True)


def a_link_for_a_mark(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("years of work")
    (path / MARK).symlink_to(path / "thesis.txt")


STRANGE: dict[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (
        repository,
        files,
        names_like_ours,
        ours_and_another,
        anothers_artifacts,
        anothers_logs,
        anothers_state,
        no_database,
        anothers_keys,
        linked_state,
        linked_folder,
        a_lock_of_another,
        a_folder_for_a_mark,
        a_link_for_a_mark,
    )
}


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What a process does to its own is not ours."""
    before = os.umask(0o022)
    yield
    os.umask(before)


WAYS: dict[str, Callable[[Path], object]] = {
    "claim": claim,
    "lock": lambda path: Home(path).lock(),
    "prepare": lambda path: Home(path).prepare(),
    "app": lambda path: create_app(Settings(path)),
    "process": lambda path: serve(Settings(path), None),
    "ephemeral": lambda path: serve(Settings(path, ephemeral=True), None),
}


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_that_holds_anything_else_is_left_as_it_is(
    tmp_path: Path, strange: str, linked: bool
) -> None:
    real = tmp_path / "folder"
    STRANGE[strange](real)
    path = tmp_path / "link" if linked else real
    if linked:
        path.symlink_to(real)
    real.chmod(0o755)
    before = tree(tmp_path)
    for name, way in WAYS.items():
        with pytest.raises(HomeUnusable, match=r"choose another --home") as refused:
            way(path)
        assert str(refused.value).startswith(f"{path}"), name
        assert tree(tmp_path) == before, name


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    for name in "abcde":
        (tmp_path / name).touch()
    with pytest.raises(HomeUnusable, match=r"it holds a, b, c and 2 more, which no emulator has made"):
        claim(tmp_path)


def test_the_users_own_folder_and_the_root_are_no_homes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even an empty one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (tmp_path, Path("/")):
        mode = path.stat().st_mode
        with pytest.raises(HomeUnusable, match="not for the emulator alone"):
            claim(path)
        assert path.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    for marked in (False, True):
        if marked:
            (tmp_path / MARK).touch()
        with pytest.raises(HomeUnusable, match="of another user"):
            claim(tmp_path)


def test_a_new_folder_an_empty_one_and_a_home_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "new" / "home", tmp_path / "empty"):
        for _ in range(2):
            claim(path)
            assert is_marked(path)
            assert stat.S_IMODE((path / MARK).stat().st_mode) == 0o600
        (path / "somebody's").write_text("is left")
        claim(path)
        assert {one.name for one in path.iterdir()} == {MARK, "somebody's"}


def test_two_that_claim_at_once_are_both_right(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            list(pool.map(claim, [tmp_path / str(number)] * 8))


# -- homes of before there was a mark


def private(file: Path, text: str = "") -> None:
    file.write_text(text)
    file.chmod(0o600)


def left_by_an_emulator(path: Path) -> None:
    emulator = Emulator(path, Immediate(), FakeServing())
    emulator.deploy("one")
    emulator.close()


def killed(path: Path) -> None:
    """All that is written while it runs, journals included."""
    emulator = Emulator(path, Immediate(), FakeServing())
    emulator.deploy("one")
    shutil.copytree(path, path.with_name("copy"))
    emulator.close()
    shutil.rmtree(path)
    path.with_name("copy").rename(path)
    private(path / "emulator.json", "{}")
    private(path / "start.lock")
    private(path / "logs" / "emulator.log", "what it said")


def died_at_once(path: Path) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(0o700)
    (path / "logs").mkdir(mode=0o700)
    private(path / "logs" / "emulator.log", "error: what it said")
    private(path / "start.lock")
    private(path / "lock")


def ephemeral_and_killed(path: Path) -> None:
    left_by_an_emulator(path / "ephemeral")
    (path / "ephemeral" / MARK).unlink()
    died_at_once(path)


@pytest.mark.parametrize("before", [left_by_an_emulator, killed, died_at_once, ephemeral_and_killed])
def test_a_home_without_a_mark_is_known_and_marked(tmp_path: Path, before: Callable[[Path], None]) -> None:
    home = tmp_path / "home"
    before(home)
    (home / MARK).unlink(missing_ok=True)
    content = tree(home)
    claim(home)
    assert is_marked(home)
    after = tree(home)
    assert {name: after[name] for name in content if name != "."} == {
        name: content[name] for name in content if name != "."
    }
    discard(home / "ephemeral")
    assert not (home / "ephemeral").exists()


@pytest.mark.parametrize("before", [left_by_an_emulator, killed, died_at_once, ephemeral_and_killed])
@pytest.mark.parametrize("marked", [False, True])
def test_a_whole_home_that_came_with_a_checkout_is_none(
    tmp_path: Path, before: Callable[[Path], None], marked: bool
) -> None:
    origin = tmp_path / "origin"
    repository(origin)
    home = origin / ".reconciler" / "emulator"
    home.parent.mkdir()
    before(home)
    if not marked:
        (home / MARK).unlink(missing_ok=True)
    git = ["git", "-C", origin, "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "add", "-f", ".reconciler"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one"], check=True)
    subprocess.run(["git", "clone", "--quiet", origin, tmp_path / "clone"], check=True)
    came = tmp_path / "clone" / ".reconciler" / "emulator"
    content = tree(came)
    for mode in (0o755, 0o700):
        came.chmod(mode)
        for name, way in WAYS.items():
            with pytest.raises(
                HomeUnusable, match=r"as what came with a checkout is|holds ephemeral, which no emulator"
            ):
                way(came)
            assert {**tree(came), ".": content["."]} == content, name
    with pytest.raises(HomeUnusable, match="in the way"):
        discard(came)


def every_path(home: Path) -> list[str]:
    return [".", *(path.name for path in home.iterdir() if path.name != MARK)]


def test_a_home_without_a_mark_of_which_anything_is_open_is_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    left_by_an_emulator(home)
    (home / MARK).unlink()
    for name in every_path(home):
        mode = (home / name).stat().st_mode
        (home / name).chmod(mode | 0o040)
        with pytest.raises(HomeUnusable, match="open to others"):
            claim(home)
        (home / name).chmod(mode)
    claim(home)


# -- what it deletes


def test_only_what_is_its_own_is_deleted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    left_by_an_emulator(home)
    theirs = [
        home / "thesis.txt",
        home / "servers" / "thesis" / "chapter",
        home / "servers" / "thesis.txt",
        home / "artifacts" / "thesis.zip",
        home / "artifacts" / "incoming-years" / "work",
        home / "oci" / "id_rsa",
        home / "logs" / "thesis.log",
    ]
    for file in theirs:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("years of work")
        file.chmod(0o644)
    Emulator(home, Immediate(), FakeServing()).close()
    for file in theirs:
        assert file.read_text() == "years of work"
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["artifacts", "servers", "logs", "oci", "ephemeral", "state.sqlite", "lock"])
def test_nothing_is_written_behind_a_link(tmp_path: Path, name: str) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    claim(home)
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("years of work")
    (home / name).symlink_to(elsewhere)
    before = tree(tmp_path)
    for way in WAYS.values():
        with pytest.raises(HomeUnusable, match=f"{home / name}: a link"):
            way(home)
        assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_called_ephemeral_and_is_not_ours(tmp_path: Path, kind: str) -> None:
    claim(tmp_path)
    if kind == "file":
        (tmp_path / "ephemeral").write_text("years of work")
    else:
        (tmp_path / "ephemeral").mkdir()
        (tmp_path / "ephemeral" / "thesis.txt").write_text("years of work")
    before = tree(tmp_path / "ephemeral")
    for ephemeral in (False, True):
        with pytest.raises(
            HomeUnusable, match="ephemeral: in the way, and none of the emulator's own; remove it"
        ):
            serve(Settings(tmp_path, ephemeral=ephemeral), None)
    assert tree(tmp_path / "ephemeral") == before
