"""The repository of git that the tests of this folder roll back in."""

import subprocess
from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, write_hello
from tests.support.reverting import PROBES
from tests.support.workspace import Workspace, make


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The repository is a folder in one of git."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "tests")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tests@example.com")
    (tmp_path / "top").mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "top")], check=True)
    made = make(tmp_path / "top/serving")
    made.write(".gitignore", ".reconciler/\n")
    made.write("unrelated.txt", "one\n")
    made.write("probes/in.json", "{}")
    write_hello(made)
    made.write("manifests/hello.yaml", f"# of June\n{MANIFEST}  {PROBES}")
    return made
