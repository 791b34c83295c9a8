"""The pages of docs/emulator cannot lie: their Python is run, and their commands are executed."""

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.workspace import CHECKOUT

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
HOMES = (".datascience-emulator", "cloud")


def blocks(page: str, language: str) -> list[str]:
    text = (CHECKOUT / "docs/emulator" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def write_python(page: str, folder: Path) -> None:
    """Each block begins with the name of its file."""
    for block in blocks(page, "python"):
        (folder / block.partition("\n")[0].removeprefix("# ")).write_text(block)


def test_the_python_is_a_suite_of_another_project_that_passes(tmp_path: Path) -> None:
    write_python("testing.md", tmp_path)
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


@pytest.mark.parametrize("page", ["README.md", "testing.md", "verify.md"])
def test_the_commands_print_what_is_shown(page: str, tmp_path: Path) -> None:
    write_python(page, tmp_path)
    checker = doctest.OutputChecker()
    try:
        for part in re.split(r"^\$ ", "".join(blocks(page, "console")), flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            printed = shell(with_port(command, tmp_path), tmp_path)
            example = doctest.Example(command, with_port(expected, tmp_path))
            good = checker.check_output(example.want, printed, FLAGS)
            assert good, f"$ {command}\n{checker.output_difference(example, printed, FLAGS)}"
    finally:
        for home in HOMES:
            shell(f"datascience-emulator stop --home {home}", tmp_path)


def with_port(text: str, folder: Path) -> str:
    """The pages say PORT where a reader has the port of the emulator that runs."""
    for home in HOMES:
        note = folder / home / "emulator.json"
        if note.exists():
            return text.replace("http://127.0.0.1:PORT", json.loads(note.read_text())["endpoint"])
    return text


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
