"""The README cannot lie: what it shows is run, in the order in which it stands, and its output compared."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.schemas import fits
from tests.support.workspace import CHECKOUT, make

README = (CHECKOUT / "README.md").read_text()
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Each command of the console blocks, with the output that stands below it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def shell(command: str, folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GITHUB_ACTIONS": "", "COLUMNS": "200"}
    ran = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_every_command_does_and_prints_what_is_shown(tmp_path: Path) -> None:
    folder = tmp_path
    checker = doctest.OutputChecker()
    try:
        for command, wanted in commands():
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
                continue
            code, printed = shell(command, folder)
            assert code == 0, f"$ {command}\n{printed}"
            example = doctest.Example(command, wanted)
            good = checker.check_output(wanted, printed, FLAGS)
            assert good, f"$ {command}\n{checker.output_difference(example, printed, FLAGS)}"
    finally:
        shell("reconcile emulator stop", folder)


def test_the_manifest_and_the_target_are_valid(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    manifest, target = (
        next(block for block in blocks("yaml") if word in block) for word in ("kind:", "targets:")
    )
    workspace.write("manifests/vision.yaml", manifest)
    fits(yaml.safe_load(manifest))
    workspace.write("manifests/vision/densenet/model.onnx", "x")
    workspace.write("manifests/vision/resnet/model.pt", "x")
    config = (CHECKOUT / "manifests/vision/resnet/config.pbtxt").read_text()
    workspace.write("manifests/vision/resnet/config.pbtxt", config)
    head = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: tests\n"
    workspace.write("reconciler.yaml", f"{head}{target.rstrip()}\n    values: {{logLevel: INFO}}\n")
    workspace.run("validate", "-t", "prod")
    missing = workspace.run("plan", "-t", "prod", code=1, env={"OCI_CONFIG_FILE": str(tmp_path / "none")})
    assert "none" in missing.err


def test_the_python_block_is_a_client_of_the_emulator(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    workspace.run("emulator", "start")
    try:
        (block,) = blocks("python")
        port = workspace.note["endpoint"].rpartition(":")[2]
        code = f"{block}\nprint(client.list_projects({workspace.note['compartment']!r}).data)"
        ran = subprocess.run(
            [sys.executable, "-c", code.replace("PORT", port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == "[]"
    finally:
        workspace.run("emulator", "stop")


def test_every_command_is_in_the_table(tmp_path: Path) -> None:
    listed = set(re.findall(r"^\| `reconcile (\w+)", README, re.MULTILINE))
    from reconciler.cli.verb_list import LazyVerbs

    assert listed == set(LazyVerbs.NAMES)


@pytest.mark.parametrize("verb", ["demo", "test"])
def test_the_make_verbs_exist(verb: str) -> None:
    assert f"    make {verb}\n" in README
    ran = subprocess.run(
        ["make", "--dry-run", verb], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert ran.stdout
