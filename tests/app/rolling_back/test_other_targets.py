"""rollback into the work tree of manifests that are others on other targets: one is brought back as a whole,
and no target loses a file.
"""

import subprocess
from pathlib import Path

import pytest

from tests.support.hello import CONFIG, MANIFEST, MODEL, write_hello
from tests.support.reverting import OTHER, back, changed, git, saved
from tests.support.workspace import SETTINGS, Workspace, make

PROD = "  prod: {region: us-ashburn-1, compartment: ocid1.compartment.oc1..x, project: p}\n"
NOT_HERE = "targets: {local: null}\n"
ELSEWHERE = "targets: {prod: {spec: {modelRepository: %s}}}\n"


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "serving")
    subprocess.run(["git", "init", "-q", "-b", "main", str(made.root)], check=True)
    made.write("reconciler.yaml", SETTINGS + PROD)
    made.write(".gitignore", ".reconciler/\n")
    write_hello(made)
    return made


def write_models(made: Workspace, folder: str) -> None:
    made.write(f"manifests/{folder}/m/config.pbtxt", CONFIG)
    made.write(f"manifests/{folder}/m/1/model.py", MODEL.replace("FACTOR", "5"))


def test_one_that_is_not_for_the_target_any_more_is_replaced_and_not_added_to(made: Workspace) -> None:
    first = saved(made)
    made.write("manifests/hello.yaml", MANIFEST + NOT_HERE)
    saved(made)
    assert "  wrote manifests/hello.yaml\n" in back(made, first)
    assert git(made, "diff", first, "--", "manifests/hello.yaml") == ""
    made.run("validate")


def test_one_that_was_not_for_the_target_is_nothing_to_go_back_to(made: Workspace) -> None:
    made.write("manifests/hello.yaml", MANIFEST + NOT_HERE)
    first = saved(made)
    write_hello(made)
    saved(made)
    told = back(made, first, code=1)
    assert f"revision {first}: hello is not for target local: manifests/hello.yaml:" in told
    assert changed(made) == []


def test_what_it_names_for_another_target_comes_back_too(made: Workspace) -> None:
    made.write("manifests/hello.yaml", MANIFEST + ELSEWHERE % "old")
    write_models(made, "old")
    saved(made)
    made.write("manifests/hello.yaml", MANIFEST + ELSEWHERE % "new")
    git(made, "mv", "manifests/old", "manifests/new")
    saved(made)
    told = back(made, "HEAD~1")
    assert "  wrote manifests/old/m/1/model.py\n" in told
    assert "  removed manifests/new/m/1/model.py\n" in told
    made.run("validate")


def test_what_another_names_for_another_target_stays(made: Workspace) -> None:
    first = saved(made)
    write_models(made, "shared")
    made.write("manifests/hello.yaml", MANIFEST.replace("modelRepository: hello", "modelRepository: shared"))
    made.write("manifests/other.yaml", OTHER + "targets: {prod: {spec: {modelRepository: shared}}}\n")
    saved(made)
    assert "removed" not in back(made, first)
    assert (made.root / "manifests/shared/m/1/model.py").exists()
    made.run("validate")
