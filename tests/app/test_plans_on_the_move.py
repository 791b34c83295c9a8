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
from reconciler.core.plan import Plan
from reconciler.core.probes import File
from reconciler.core.spec import Policy
from reconciler.core.target import EmulatorTarget, Settings
from reconciler.core.values import Secret


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


def test_secrets_are_looked_up_again_or_it_is_refused(tmp_path: Path) -> None:
    save(REVIEWS["new_deployment"](), tmp_path / "plan.json")
    for environment in ({}, {"HF_TOKEN": ""}):
        with pytest.raises(Refused, match=r"plan\.json: it needs HF_TOKEN, which is not set here"):
            load(*workspace(tmp_path, **environment), tmp_path / "plan.json")


def test_a_plan_that_was_made_without_a_secret_is_refused(tmp_path: Path) -> None:
    plan = REVIEWS["new_content"]()
    first, *others = plan.deployments
    first = dataclasses.replace(first, unset=("HF_TOKEN",))
    plan = dataclasses.replace(plan, deployments=(first, *others))
    save(plan, tmp_path / "plan.json")
    with pytest.raises(Refused, match="made where HF_TOKEN was not set"):
        load(*workspace(tmp_path, HF_TOKEN="a secret"), tmp_path / "plan.json")


def hiding(plan: Plan, name: str) -> Plan:
    """The plan with another secret in place of each."""

    def changed(value: object) -> object:
        if isinstance(value, Secret):
            return Secret.of(name)
        if isinstance(value, tuple):
            return tuple(map(changed, value))
        if dataclasses.is_dataclass(value):
            names = (field.name for field in dataclasses.fields(value))
            return dataclasses.replace(value, **{name: changed(getattr(value, name)) for name in names})
        return value

    return changed(plan)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "OCI_CLIENT_SECRET", "NOT_LISTED"])
def test_a_saved_plan_takes_no_secret_that_a_manifest_could_not(tmp_path: Path, name: str) -> None:
    """Its digest proves nothing: whoever edits it makes a new one."""
    plan = REVIEWS["new_deployment"]()
    path = tmp_path / "plan.json"
    hostile = hiding(plan, name)
    save(hostile, path)
    there, target = workspace(tmp_path, **{name: "a-secret-of-the-runner"})
    settings = dataclasses.replace(there.settings, secrets=frozenset({"HF_TOKEN"}))
    with pytest.raises(Refused, match=f"the plan takes a variable from 'env.{name}'"):
        load(dataclasses.replace(there, settings=settings), target, path)


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
