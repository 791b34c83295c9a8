"""The README cannot lie: what it shows is run, in the order in which it stands, and its output compared."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.model_contents import ONNX, TORCH
from tests.support.readme import OWN_IMAGE, README, blocks, commands, does_what_is_shown, shell, without
from tests.support.schemas import fits
from tests.support.workspace import CHECKOUT, make

HERE = without(OWN_IMAGE)


def test_every_command_does_and_prints_what_is_shown(tmp_path: Path) -> None:
    folder = tmp_path
    try:
        for command, wanted in commands(HERE):
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
            else:
                does_what_is_shown(command, wanted, folder)
    finally:
        shell("reconcile emulator stop", folder)


def test_the_manifest_and_the_target_are_valid(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    manifest, target = (
        next(block for block in blocks(HERE, "yaml") if word in block) for word in ("kind:", "targets:")
    )
    workspace.write("manifests/vision.yaml", manifest)
    fits(yaml.safe_load(manifest))
    workspace.write("manifests/vision/densenet/model.onnx", ONNX)
    workspace.write("manifests/vision/resnet/model.pt", "").write_bytes(TORCH)
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
        (block,) = blocks(HERE, "python")
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
