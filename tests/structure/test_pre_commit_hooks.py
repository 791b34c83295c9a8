"""The hook that others use by `.pre-commit-hooks.yaml` is one that pre-commit accepts, and names a command of
ours. `make actions` runs it.
"""

import re
import subprocess
import sys

import yaml

from reconciler.cli.verb_list import LazyVerbs
from tests.support.workspace import CHECKOUT

HOOKS = CHECKOUT / ".pre-commit-hooks.yaml"


def test_pre_commit_accepts_it() -> None:
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)], check=True)


def test_it_runs_for_the_files_that_matter() -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text())
    command, verb = hook["entry"].split()
    assert (command, verb in LazyVerbs.NAMES) == ("reconcile", True)
    matter = ["reconciler.yaml", "manifests/a.yaml", "serving/manifests/a b/m/1/model.py", "x/config.pbtxt"]
    matter += ["models/m/1/model.onnx", "probes/in.json", "serving/reconciler.yaml"]
    assert [path for path in matter if not re.search(hook["files"], path)] == []
    others = ["README.md", "src/main.py", "my-reconciler.yaml", "oldmanifests.txt", ".github/workflows/x.yml"]
    assert [path for path in others if re.search(hook["files"], path)] == []
