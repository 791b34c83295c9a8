"""A home is closed to other users, and the emulator explains why a folder cannot be one."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oci
import pytest

from datascience_emulator.api.keys import new_key
from datascience_emulator.app.create_app import create_app
from datascience_emulator.app.settings import Settings
from datascience_emulator.home.claim import MARK, HomeUnusable, claim
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.store.store import StoreError
from tests.support.emulator import Emulator, FakeServing, sdk


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def reachable(home: Path) -> list[str]:
    """What others could list or read: all of it lies below one closed folder, and is closed itself."""
    folders = [home, *(home / name for name in ("artifacts", "logs", "oci", "servers"))]
    paths = [*folders, *home.glob("state.sqlite*"), *home.glob("artifacts/*"), *home.glob("oci/*")]
    return [str(path) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.mark.usefixtures("open_umask")
def test_a_new_home_is_closed_whatever_the_umask(emulator: Emulator) -> None:
    emulator.deploy(variables={"TOKEN": "hunter2"})
    assert list(emulator.home.glob("state.sqlite-wal"))
    assert reachable(emulator.home) == []


@pytest.mark.usefixtures("open_umask")
def test_a_home_that_was_open_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Emulator(home, Immediate(), FakeServing()).close()
    for path in [home, *home.rglob("*")]:
        if path.name != MARK:
            path.chmod(0o777 if path.is_dir() else 0o666)
    again = Emulator(home, Immediate(), FakeServing())
    try:
        assert reachable(home) == []
    finally:
        again.close()


@pytest.mark.parametrize("name", ["home", "home/artifacts", "home/logs", "home/servers"])
def test_a_file_in_the_way(tmp_path: Path, name: str) -> None:
    if name != "home":
        claim(tmp_path / "home")
    (tmp_path / name).write_text("in the way")
    with pytest.raises(HomeUnusable, match=f"{tmp_path / name}: .*choose another --home"):
        Home(tmp_path / "home").prepare()


def test_a_folder_that_users_share_is_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(HomeUnusable, match="users share"):
        Home(shared).prepare()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_a_state_that_is_none(tmp_path: Path) -> None:
    claim(tmp_path)
    (tmp_path / "state.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="not usable as the emulator's state"):
        create_app(Settings(tmp_path))


def test_a_key_that_is_none(tmp_path: Path) -> None:
    claim(tmp_path)
    (tmp_path / "oci").mkdir()
    (tmp_path / "oci" / "key.pem").write_text("no key")
    with pytest.raises(HomeUnusable, match="not an RSA key; remove it"):
        create_app(Settings(tmp_path))


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    command = [sys.executable, "-m", "datascience_emulator", "serve", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path / 'home'}: ")
    assert done.stderr.count("\n") == 1


def break_check(serving: FakeServing) -> None:
    def check() -> None:
        raise AttributeError("something nobody thought of")

    serving.check = check  # type: ignore[method-assign]


def lose_models(home: Path) -> None:
    with sqlite3.connect(home / "state.sqlite") as db:
        db.execute("DELETE FROM resources WHERE kind = 'model'")
    db.close()


@pytest.mark.parametrize("how", ["serving", "store"])
def test_a_restore_that_breaks_is_told(start: Callable[..., Emulator], until: Any, how: str) -> None:
    first = start()
    deployment = first.deploy("one")
    first.close()
    serving = FakeServing()
    if how == "serving":
        break_check(serving)
    else:
        lose_models(first.home)
    second = start(serving=serving)

    def found() -> Any:
        return second.client.get_model_deployment(deployment).data

    until(lambda: found().lifecycle_state == "NEEDS_ATTENTION")
    assert "The emulator failed: " in found().lifecycle_details
    assert second.predict(deployment).status_code == 503


def test_a_key_that_was_replaced_signs_in_no_more(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = Emulator(home, Immediate(), FakeServing())
    old = {**first.config, "key_file": str(tmp_path / "old.pem")}
    Path(old["key_file"]).write_bytes((home / "oci/key.pem").read_bytes())
    first.close()
    (home / "oci/key.pem").unlink()
    again = Emulator(home, Immediate(), FakeServing(), new_key=new_key)
    try:
        assert again.client.list_projects(again.compartment).status == 200
        with pytest.raises(oci.exceptions.ServiceError) as refused:
            sdk(old, again.endpoint).list_projects(again.compartment)
        assert refused.value.status == 401
    finally:
        again.close()
