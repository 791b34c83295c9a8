"""`apply` without the guard of the version structure: the test takes it out of the command's process, no
option does.
"""

import subprocess
import sys

from tests.support.workspace import Workspace

UNGUARDED = """
from reconciler.core.planning.guard import structure_changes, version_guard
version_guard.lost_versions = version_guard.new_versions = lambda served, desired: ()
structure_changes.contract_differences = lambda old, new: ()
from reconciler.cli.main import main
main()
"""


def apply_unguarded(workspace: Workspace, *arguments: str, code: int = 0) -> str:
    """What it prints."""
    command = [sys.executable, "-c", UNGUARDED, "apply", "--yes", *arguments]
    done = subprocess.run(command, cwd=workspace.root, check=False, capture_output=True, text=True)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
