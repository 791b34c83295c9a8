"""Plans between this machine's files and every checkout's, and on disk."""

import dataclasses
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.reaching import workspace_of
from support.reviews import CONTAINER, REVIEWS, World, spec

from reconciler.app.moving import absolute, relative
from reconciler.app.saved import load, save
from reconciler.app.workspace import Workspace
from reconciler.core.artifact import LocalFile
from reconciler.core.errors import Refused
from reconciler.core.probes import File
from reconciler.core.spec import Policy
from reconciler.core.target import EmulatorTarget, Settings


def files(value: object) -> Iterator[str]:
    """Every file that a value names, wherever in it."""
    if isinstance(value, LocalFile | File):
        yield value.path
    elif isinstance(value, tuple):
        for item in value:
            yield from files(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from files(getattr(value, field.name))


@pytest.mark.parametrize("name", REVIEWS)
def test_every_file_moves_and_comes_back(name: str) -> None:
    plan = REVIEWS[name]()
    moved = absolute(plan, Path("/somewhere"))
    assert sorted(files(moved)) == sorted(f"/somewhere/{path}" for path in files(plan))
    assert relative(moved, Path("/somewhere")) == plan


def test_files_of_a_rollback_move_too() -> None:
    plan = REVIEWS["new_content"]()
    (item,) = (item for item in plan.deployments if item.steps)
    back = (dataclasses.replace(item.undo[0], steps=item.steps),)
    plan = dataclasses.replace(plan, deployments=(dataclasses.replace(item, undo=back),))
    assert sorted(files(absolute(plan, Path("/a")))) == sorted(f"/a/{path}" for path in files(plan))


def workspace(root: Path, **environment: str) -> tuple[Workspace, EmulatorTarget]:
    target = EmulatorTarget("prod", str(root), "ml-serving")
    return workspace_of(root, Settings("acme-vision", {"prod": target}), **environment), target


@pytest.mark.parametrize("name", REVIEWS)
def test_what_is_saved_is_what_is_read(tmp_path: Path, name: str) -> None:
    plan = REVIEWS[name]()
    save(plan, tmp_path / "plan.json")
    assert load(*workspace(tmp_path, HF_TOKEN="a secret"), tmp_path / "plan.json") == plan
    assert "a secret" not in (tmp_path / "plan.json").read_text()


def test_a_variable_that_is_kept_as_it_is_cannot_be_saved(tmp_path: Path) -> None:
    asked = spec(
        policy=Policy(ignore=("/spec/server/env/HF_TOKEN",)),
        container=dataclasses.replace(CONTAINER, image="another:1"),
    )
    plan = World().of(spec()).plan(asked)
    with pytest.raises(Refused, match=r"spec\.policy\.ignore keeps a variable.*apply without --plan"):
        save(plan, tmp_path / "plan.json")
    assert list(tmp_path.iterdir()) == []


def test_a_plan_is_saved_behind_a_link_and_a_pipe_stays_one(tmp_path: Path) -> None:
    """As root, replacing a device by a file would break the machine."""
    made = REVIEWS["new_content"]()
    real, link, pipe = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "pipe"
    real.write_text("old")
    link.symlink_to(real)
    save(made, link)
    assert link.is_symlink()
    assert json.loads(real.read_text())["digest"] == made.digest
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    save(made, pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.read(reader, 1 << 20).startswith(b"{")
    os.close(reader)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "pipe", "real.json"]
