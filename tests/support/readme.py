"""What the README shows: its manifests, and its commands with what they print; and running those commands as
they stand there.
"""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.workspace import CHECKOUT

README = (CHECKOUT / "README.md").read_text()
OWN_IMAGE = "An image of one's own"
"""The section whose commands take a container engine: `tests/images` runs them."""

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def without(title: str) -> str:
    return README.replace(section(title), "")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of the console blocks, with the output that stands below it."""
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def does_what_is_shown(command: str, wanted: str, folder: Path) -> None:
    code, printed = shell(command, folder)
    assert code == 0, f"$ {command}\n{printed}"
    checker, example = doctest.OutputChecker(), doctest.Example(command, wanted)
    good = checker.check_output(wanted, printed, FLAGS)
    assert good, f"$ {command}\n{checker.output_difference(example, printed, FLAGS)}"


def shell(command: str, folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GITHUB_ACTIONS": "", "COLUMNS": "200"}
    ran = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr
