"""docs/emulator/testing.md cannot lie: its Python is a test suite that is run, its commands are executed."""

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from support.workspace import CHECKOUT

PAGE = (CHECKOUT / "docs/emulator/testing.md").read_text()
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_python_is_a_suite_of_another_project_that_passes(tmp_path: Path) -> None:
    for block in blocks("python"):
        name = block.partition("\n")[0].removeprefix("# ")
        (tmp_path / name).write_text(block)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def test_the_commands_print_what_is_shown(tmp_path: Path) -> None:
    checker = doctest.OutputChecker()
    for block in blocks("console"):
        try:
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, wanted = part.partition("\n")
                printed = shell(with_port(command, tmp_path), tmp_path)
                example = doctest.Example(command, with_port(wanted, tmp_path))
                good = checker.check_output(example.want, printed, FLAGS)
                assert good, f"$ {command}\n{checker.output_difference(example, printed, FLAGS)}"
        finally:
            shell("reconcile emulator stop --home cloud", tmp_path)


def with_port(text: str, folder: Path) -> str:
    """The page says PORT where a reader has the port of the emulator that runs."""
    note = folder / "cloud/emulator.json"
    running = json.loads(note.read_text())["endpoint"] if note.exists() else ""
    return text.replace("http://127.0.0.1:PORT", running)


def shell(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "GITHUB_ACTIONS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout
