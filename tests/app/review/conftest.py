"""A repository of git with a base, in a folder of it as its root."""

import subprocess
from pathlib import Path

import pytest

from tests.support.hello import write_hello
from tests.support.reverting import saved
from tests.support.workspace import Workspace, make


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    """It serves hello, with a probe, and its workflows are beside the folder."""
    (tmp_path / "top").mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "top")], check=True)
    made = make(tmp_path / "top/serving")
    made.write(".gitignore", ".reconciler/\n")
    made.write("../.github/workflows/plan.yml", "on: push\n")
    made.write("probes/in.json", "{}")
    write_hello(made)
    manifest = made.root / "manifests/hello.yaml"
    probes = '  rollout: {probes: [{model: m, input: "../probes/in.json"}]}\n'
    manifest.write_text(manifest.read_text() + probes)
    saved(made)
    return made
