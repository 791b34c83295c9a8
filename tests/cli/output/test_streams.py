"""Standard streams that cannot be written to: a verb that looks fails, a verb that works goes on, and what is
wrong otherwise is told by the same exit codes.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.disks import fill, full_device, small_disk
from tests.support.hello import write_hello
from tests.support.workspace import RECONCILE, Workspace, make

FULL = "the output cannot be written (No space left on device)"
GONE = "the output cannot be written (Broken pipe)"
SILENTLY = ": going on silently\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path)
    write_hello(made)
    return made


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def buffering(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"PYTHONUNBUFFERED": request.param}


@contextmanager
def nobody_reads() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def run(
    workspace: Workspace,
    *arguments: str,
    stdout: IO[Any] | int = subprocess.DEVNULL,
    stderr: IO[Any] | int = subprocess.PIPE,
    env: dict[str, str] | None = None,
) -> tuple[int, str]:
    """The exit code, and what was said on stderr."""
    done = subprocess.run(
        [RECONCILE, *arguments],
        cwd=workspace.root,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "GITHUB_ACTIONS": "", **(env or {})},
        check=False,
    )
    return done.returncode, (done.stderr or b"").decode()


@pytest.mark.parametrize("arguments", [["validate"], ["validate", "--format", "json"], ["--help"]])
def test_a_verb_that_only_prints_fails_when_it_cannot_print(
    workspace: Workspace, arguments: list[str], buffering: dict[str, str]
) -> None:
    with full_device() as full:
        assert run(workspace, *arguments, stdout=full, env=buffering) == (1, f"error: {FULL}\n")


def test_a_reader_who_leaves_does_not_change_the_exit_code(
    workspace: Workspace, buffering: dict[str, str]
) -> None:
    """The verb ends as it would have: `validate | head -1` neither hides a problem nor makes one."""
    with nobody_reads() as pipe:
        assert run(workspace, "validate", stdout=pipe, env=buffering) == (0, "")
        assert run(workspace, "--help", stdout=pipe, env=buffering) == (0, "")
        code, told = run(workspace, "validate", "nosuch", stdout=pipe, env=buffering)
        assert (code, told.splitlines()[-1]) == (3, "1 problem in 1 file.")


def test_a_verb_that_changes_something_goes_on_without_stdout(
    workspace: Workspace, buffering: dict[str, str]
) -> None:
    with full_device() as full:
        built = run(workspace, "build", "--out", "out", stdout=full, env=buffering)
    assert built == (0, FULL + SILENTLY)
    assert (workspace.root / "out/hello.zip").is_file()
    with nobody_reads() as pipe:
        made = run(workspace, "init", "new", stdout=pipe, env=buffering)
    assert made == (0, GONE + SILENTLY)
    assert (workspace.root / "new/reconciler.yaml").is_file()


def test_the_exit_code_stays_the_same_without_stderr(workspace: Workspace, buffering: dict[str, str]) -> None:
    with full_device() as full:
        built = run(workspace, "build", "--out", "out", stdout=full, stderr=full, env=buffering)
        assert built == (0, "")
        assert run(workspace, "validate", "nosuch", stderr=full, env=buffering) == (3, "")
        assert run(workspace, "validate", "--nosuch", stderr=full, env=buffering) == (1, "")


def test_streams_may_be_closed_from_the_start(workspace: Workspace) -> None:
    def shell(redirected: str) -> tuple[int, str]:
        command = ["sh", "-c", f'"$0" "$@" {redirected}', RECONCILE]
        done = subprocess.run(
            [*command, "build", "--out", "out"], cwd=workspace.root, stderr=subprocess.PIPE, check=False
        )
        return done.returncode, done.stderr.decode()

    assert shell("<&- >&-") == (0, "the output cannot be written (Bad file descriptor)" + SILENTLY)
    assert shell("<&- >&- 2>&-") == (0, "")


def test_characters_that_the_encoding_lacks_are_escaped(workspace: Workspace) -> None:
    """Latin-1 has no Japanese: the folder's name is told all the same."""
    done = subprocess.run(
        [RECONCILE, "build", "--out", "出"],
        cwd=workspace.root,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"\\u51fa/hello.zip")


def test_bytes_are_handled_like_text(workspace: Workspace, buffering: dict[str, str]) -> None:
    """What completes a command line for a shell is."""
    asked = {
        "_RECONCILE_COMPLETE": "bash_complete",
        "COMP_WORDS": "reconcile va",
        "COMP_CWORD": "1",
        **buffering,
    }
    with (workspace.root / "told").open("w") as output:
        run(workspace, stdout=output, env=asked)
    assert (workspace.root / "told").read_text() == "plain,validate\n"
    with full_device() as full:
        assert run(workspace, stdout=full, env=asked) == (1, f"error: {FULL}\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_full_disk_is_an_error_in_every_encoding(workspace: Workspace, encoding: str) -> None:
    with full_device() as full:
        told = run(workspace, "validate", stdout=full, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert told == (1, f"error: {FULL}\n")


def test_a_full_disk_for_caches_is_not_an_error(workspace: Workspace) -> None:
    with small_disk(workspace.root / ".reconciler") as disk:
        fill(disk)
        assert run(workspace, "build", "--out", "out") == (0, "")
        assert [path.name for path in disk.rglob("*") if path.is_file()] == ["filler"]


def test_an_artifact_on_a_full_disk_is_an_error_that_names_it(workspace: Workspace) -> None:
    with small_disk(workspace.root / "out") as disk:
        fill(disk)
        code, told = run(workspace, "build", "--out", "out")
        assert (code, told) == (1, "error: out/hello.zip: not written (No space left on device)\n")
        assert [path.name for path in disk.iterdir()] == ["filler"]
