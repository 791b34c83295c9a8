"""A repository of git in which deployments are rolled back into the work tree."""

import subprocess

from tests.support.hello import MANIFEST
from tests.support.workspace import Workspace

PROBES = 'rollout: {probes: [{model: m, input: "../probes/in.json"}]}\n'
DESCRIBED = {text: MANIFEST.replace("DESCRIPTION", text) for text in ("one", "two")}
OTHER = MANIFEST.replace("name: hello", "name: other")


def git(made: Workspace, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always"]
    ran = subprocess.run([*command, *arguments], cwd=made.root, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def changed(made: Workspace) -> list[str]:
    """What differs from HEAD, untracked files too."""
    lines = git(made, "status", "--porcelain", "--untracked-files=all").splitlines()
    return sorted(line.split(maxsplit=1)[1] for line in lines)


def back(made: Workspace, to: str, *more: str, code: int = 0, names: tuple[str, ...] = ("hello",)) -> str:
    done = made.run("rollback", *names, "--to", to, *more, code=code)
    return done.err if code else done.out


def saved(made: Workspace, message: str = "x") -> str:
    git(made, "add", "-A")
    git(made, "commit", "-qm", message)
    return git(made, "rev-parse", "HEAD")
