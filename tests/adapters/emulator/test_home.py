"""Which folders may be a home of the emulator, and what is said of others."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.options import Options
from reconciler.core.model.errors import SetupError


def quiet(_: str) -> None:
    pass


def test_its_home_is_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    before = os.umask(0)
    try:
        process.ensure(home, quiet)
        found = [path for path in [home, *home.rglob("*")] if stat.S_IMODE(path.stat().st_mode) & 0o077]
    finally:
        os.umask(before)
        process.stop(home)
    assert found == []


@pytest.mark.parametrize("name", [".reconciler", ".reconciler/emulator", ".reconciler/emulator/logs"])
def test_a_file_where_the_home_should_be(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("logs"):
        mark(tmp_path / ".reconciler" / "emulator")
    (tmp_path / name).write_text("in the way")
    with pytest.raises(SetupError, match="Remove what is in the way"):
        process.ensure(tmp_path / ".reconciler" / "emulator", quiet)


@pytest.mark.parametrize("name", ["start.lock", "logs/emulator.log"])
def test_a_folder_where_a_file_should_be(tmp_path: Path, name: str) -> None:
    mark(tmp_path)
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(SetupError, match=f"{name}: the local emulator cannot keep its state there"):
        process.ensure(tmp_path, quiet)


def test_a_home_that_cannot_be_written() -> None:
    # Not even root can make a folder here.
    with pytest.raises(SetupError, match="/proc/emulator: the local emulator cannot keep its state there"):
        process.ensure(Path("/proc/emulator"), quiet)


def mark(home: Path) -> None:
    """As an emulator does that has made it."""
    (home / "emulator-home").touch(mode=0o600)


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
        lambda: process.ensure(home, quiet),
        lambda: process.start(home, quiet),
        lambda: process.start(home, quiet, Options(ephemeral=True)),
    ):
        with pytest.raises(SetupError, match=r"it holds thesis\.txt, which no emulator has made"):
            act()
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    after = folder.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_a_home_of_before_there_was_a_mark_goes_on(tmp_path: Path) -> None:
    first = process.ensure(tmp_path, quiet)
    process.stop(tmp_path)
    for name in ("emulator-home", "options.json"):
        (tmp_path / name).unlink()
    try:
        assert process.ensure(tmp_path, quiet).compartment == first.compartment
        assert (tmp_path / "emulator-home").is_file()
    finally:
        process.stop(tmp_path)


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
        process.ensure(home, quiet)
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
        process.ensure(home, quiet)
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("link", [".reconciler", ".reconciler/emulator"])
def test_a_home_to_which_a_link_of_the_repository_leads_is_not_made(tmp_path: Path, link: str) -> None:
    root = tmp_path / "repository"
    (root / link).parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (root / link).symlink_to(tmp_path / "elsewhere")
    checked_out(root, link)
    with pytest.raises(SetupError, match=f"came with the repository.* {root / link}; and"):
        process.ensure(root / ".reconciler" / "emulator", quiet)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_home_in_a_repository_that_has_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler" / "emulator.txt").touch()
    checked_out(tmp_path, ".")
    home = tmp_path / ".reconciler" / "emulator"
    process.ensure(home, quiet)
    process.stop(home)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    process.ensure(home, quiet)
    assert process.stop(home), "git is not needed for it"
