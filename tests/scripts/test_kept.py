"""A service of the tests ends with the process that uses it, however that ends."""

import subprocess
import sys
from pathlib import Path

from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
USER = """\
import sys
from pathlib import Path
from tests.support.containers.kept import kept

folder = Path(sys.argv[1])
marks = [["touch", str(folder / name)] for name in ("before", "after")]
with kept(["sleep", "1000"], sys.stdout.buffer, None, marks[:1], marks[1:], [folder / "rest"]):
    (folder / "rest").mkdir()
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_when_its_user_is_killed_it_clears_up(tmp_path: Path) -> None:
    command = (sys.executable, "-c", USER, str(tmp_path))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"begun\n"
        assert not (tmp_path / "before").exists()
        user.kill()
        wait_for(lambda: (tmp_path / "after").exists())
    assert (tmp_path / "before").exists()
    wait_for(lambda: not (tmp_path / "rest").exists())
