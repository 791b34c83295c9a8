"""The wheel in an environment of its own: what a CI job installs has all that plan and validate need.

The environment has what the wheel requires, as links to the packages of the running one. Nothing is
downloaded; `tests/endurance/test_pip_install.py` lets pip do it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.hello import write_hello
from tests.support.wheels import build_wheel, install_without_extras
from tests.support.workspace import Workspace, make, stop


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `reconcile`, installed without any extra."""
    folder = tmp_path_factory.mktemp("wheel")
    return install_without_extras(build_wheel(folder / "dist"), folder / "env")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = make(tmp_path)
    write_hello(made)
    yield made
    stop(made)


def test_validate_and_every_format_of_plan(installed: Path, workspace: Workspace) -> None:
    workspace.run("emulator", "start")
    there = replace(workspace, command=installed)
    assert there.run("validate").out == "1 manifest valid\n"
    assert there.plan()["hello"]["action"] == "create"
    assert "will be created" in there.run("plan", "--format", "markdown").out
    there.run("plan", "--out", "plan.json")
    assert (workspace.root / "plan.json").exists()


def test_a_new_repository_is_made_from_the_shipped_templates(installed: Path, tmp_path: Path) -> None:
    there = Workspace(tmp_path, installed)
    there.run("init", ".")
    assert there.run("validate").out == "1 manifest valid\n"


def test_without_the_extra_the_emulator_says_what_to_install(installed: Path, workspace: Workspace) -> None:
    failed = replace(workspace, command=installed).run("plan", code=1)
    assert 'pip install "oci-triton-reconciler[emulator]"' in failed.err


def test_without_the_extra_the_emulators_own_command_says_what_to_install(
    installed: Path, tmp_path: Path
) -> None:
    command = [installed.with_name("datascience-emulator"), "start"]
    failed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.endswith(": pip install 'oci-triton-reconciler[emulator]'\n")
    assert failed.stderr.count("\n") == 1


def test_offline_verbs_import_neither_the_sdk_nor_numpy_nor_the_emulator(workspace: Workspace) -> None:
    script = (
        "import sys\n"
        "from reconciler.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'oci', 'numpy', 'grpc', 'requests', 'datascience_emulator', 'reconciler.adapters'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    for arguments in (["--version"], ["--help"], ["validate"], ["validate", "--help"], ["plan", "--help"]):
        ran = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=workspace.root,
            env={**os.environ, "GITHUB_ACTIONS": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr.splitlines()[-1] == "[]", arguments
