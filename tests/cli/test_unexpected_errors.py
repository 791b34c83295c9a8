"""Unexpected errors, at any time: a message, how to report it, and no traceback."""

import re
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest

from reconciler.cli import exit_codes, unexpected_errors
from reconciler.cli.output.streams import safe_standard_streams
from reconciler.manifests import loading
from tests.support.hello import write_hello
from tests.support.workspace import make


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILE_DEBUG", raising=False)
    monkeypatch.setattr(sys, "argv", ["reconcile", "plan", "x"])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("prod"), "error: a bug: KeyError: 'prod'"),
        (RuntimeError("a\nb"), "error: a bug: RuntimeError: a b"),
        (AssertionError(), "error: a bug: AssertionError"),
        (MemoryError(), "error: there is not enough memory: free some, or name fewer manifests at once"),
        (RecursionError("x"), "error: something that was read is nested too deeply"),
        (
            ModuleNotFoundError("No module named 'yaml'"),
            "error: the installation lacks a part: No module named",
        ),
        (UnicodeEncodeError("ascii", "x", 0, 1, "no"), "error: a bug: UnicodeEncodeError: "),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_message_is_short_and_has_no_traceback(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb(**_: object) -> None:
        raise error

    monkeypatch.setattr(exit_codes.cli, "main", verb)
    assert exit_codes.run() == 1
    told = capsys.readouterr()
    assert told.err.startswith(said)
    assert "Traceback" not in told.err
    assert len(told.err.splitlines()) <= 2
    assert told.out == ""


def test_the_message_has_what_a_bug_report_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = unexpected_errors.unexpected_error_lines(raised(KeyError("x")))
    assert first == "error: a bug: KeyError: 'x'"
    assert second.startswith("    Please report it")
    for needed in ("reconcile ", "Python ", "plan", "RECONCILE_DEBUG=1"):
        assert needed in second


@pytest.mark.parametrize(
    ("urls", "where"),
    [
        (["Homepage, https://h", "Issues, https://i"], " at https://i,"),
        (["Repository, https://r", "Homepage, https://h"], " at https://r,"),
        (None, "it, with"),
    ],
)
def test_the_message_says_where_to_report_the_bug(
    urls: list[str] | None, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        def get_all(self, name: str) -> list[str] | None:
            return urls

    monkeypatch.setattr(metadata, "metadata", lambda name: Found())
    assert where in unexpected_errors.unexpected_error_lines(KeyError("x"))[1]


def test_a_traceback_that_the_user_asks_for_is_redacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECONCILE_DEBUG", "1")
    monkeypatch.setattr(unexpected_errors, "redact_known", lambda line: line.replace("hunter2", "…"))
    text = "\n".join(unexpected_errors.unexpected_error_lines(raised(KeyError("hunter2"))))
    assert "Traceback (most recent call last)" in text
    assert "hunter2" not in text
    assert text.count("…") >= 2


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_in_reading_manifests_is_told_without_the_words_of_the_error(
    tmp_path: Path, debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is secret is in the manifests: nobody knows it then, so only our own words are fit to be shown."""

    def broken(*_: object) -> None:
        raise KeyError("hunter2")

    write_hello(make(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "_documents", broken)
    monkeypatch.setattr(unexpected_errors, "redact_known", str)
    monkeypatch.setattr(sys, "argv", ["reconcile", "validate"])
    monkeypatch.setenv("RECONCILE_DEBUG", debug)
    assert exit_codes.run() == 1
    told = capsys.readouterr().err
    first, second, *rest = told.splitlines()
    assert re.fullmatch(r"error: a bug: KeyError \(reconciler/manifests/loading\.py:[0-9]+\)", first)
    assert second.startswith("    Please report it")
    assert any("in load_manifests" in line for line in rest) == bool(debug)
    assert "hunter2')" not in told


def test_a_thread_of_a_library_prints_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)

    def fail() -> None:
        raise KeyError("x")

    with safe_standard_streams():
        exit_codes._silence_libraries()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    told = capsys.readouterr().err
    assert told.startswith("error: a bug: KeyError: 'x'")
    assert "Traceback" not in told


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "MemoryError", "KeyError", "ImportError"])
@pytest.mark.parametrize(
    "module", ["click", "reconciler.cli.exit_codes", "reconciler.cli.verbs.validate", "json"]
)
def test_an_error_during_an_import_ends_in_a_message(tmp_path: Path, module: str, kind: str) -> None:
    """At the first import of this module."""
    script = (
        "import sys\n"
        f"sys.modules.pop({module!r}, None)\n"
        "class Fails:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise {kind}('x')\n"
        "sys.meta_path.insert(0, Fails())\n"
        "from reconciler.cli.main import main\n"
        "sys.argv = ['reconcile', 'validate']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    if kind != "KeyboardInterrupt":
        assert done.stderr.startswith("error: ")
