"""`datascience-emulator verify` as people use it: what it says, asks, refuses and prints."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.cli.verbs import run
from datascience_emulator.readings import questions
from tests.support.emulator import Emulator
from tests.support.verifying import marked

GOLDEN = Path(__file__).parent / "golden"
SOME = ("list-filters", "large-upload", "update-groups", "failed-update", "unknown-image")
CHEAP = ("list-filters", "second-artifact")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """What somebody types at the terminal of the command."""
    here, there = os.openpty()
    with os.fdopen(there, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        yield lambda text: os.write(here, text.encode()) and None
    os.close(here)


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        yield


def verify(emulator: Emulator, *more: str, **changed: Any) -> int:
    here = {"config-file": emulator.config_file, "endpoint": emulator.endpoint}
    named = {"target": "DEFAULT", "compartment": emulator.compartment, **here, **changed}
    return run(["verify", *(f"--{name}={value}" for name, value in named.items() if value), *more])


def only(*names: str) -> list[str]:
    return [f"--only={name}" for name in names]


def as_golden(name: str, text: str) -> None:
    """UPDATE_GOLDEN=1 writes it anew."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def steady(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DATE", text)
    text = re.sub(r"`[0-9A-Fa-f]{32}(/[0-9A-Fa-f]{32}){2}`", "`REQUEST`", text)
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{6}", "RUN", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", re.sub(r"…\w{4}\b", "…LAST", text))


def test_the_list_calls_nothing_and_has_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--list", *only(*SOME)]) == 0
    as_golden("list.txt", capsys.readouterr().out)
    assert run(["verify", "--list", "--format=json"]) == 0
    assert {one["name"] for one in json.loads(capsys.readouterr().out)} >= {one.name for one in questions()}


@pytest.mark.usefixtures("no_terminal")
def test_without_a_terminal_nothing_is_created_unless_yes_is_said(
    cloud: Callable[..., Emulator], capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = cloud()
    assert verify(emulator, *only(*SOME)) == 1
    said = capsys.readouterr().err
    as_golden("foretold.txt", steady(said))
    assert emulator.client.list_projects(emulator.compartment).data == []


def test_it_asks_first(
    cloud: Callable[..., Emulator], typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = cloud()
    typed("n\n")
    assert verify(emulator, *only(*CHEAP)) == 1
    assert emulator.client.list_projects(emulator.compartment).data == []
    typed("y\n")
    assert verify(emulator, *only(*CHEAP)) == 0
    output = capsys.readouterr()
    assert output.err.count("Go on? [y/N]") == 2
    as_golden("report.md", steady(output.out))
    assert marked(emulator) == []


def test_the_report_as_json_in_a_file_names_no_account(
    cloud: Callable[..., Emulator], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator, file = cloud(), tmp_path / "report.json"
    chosen = only(*CHEAP, "large-upload", "after-delete")
    assert verify(emulator, "--yes", "--format=json", f"--out={file}", *chosen, "--price=0.5") == 0
    assert capsys.readouterr().out == f"the report: {file}\n"
    report = json.loads(file.read_text())
    assert {one["name"]: one["outcome"] for one in report["readings"]} == {
        "list-filters": "told",
        "second-artifact": "told",
        "after-delete": "told",
        "large-upload": "not asked",
    }
    assert "--reading list-filters=many" in report["options"]
    account = [emulator.compartment, emulator.tenancy, *emulator.config.values(), str(emulator.config_file)]
    account.remove(report["region"])
    assert [one for one in account if one in file.read_text()] == []


@pytest.mark.usefixtures("no_terminal")
def test_no_empty_report_is_left_where_nothing_was_asked(
    cloud: Callable[..., Emulator], tmp_path: Path
) -> None:
    kept, emulator = tmp_path / "kept", cloud()
    kept.write_text("before")
    for file in (kept, tmp_path / "new"):
        assert verify(emulator, f"--out={file}", *only("list-filters")) == 1
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["kept"]
    assert kept.read_text() == "before"


@pytest.mark.parametrize("out", [True, False])
def test_the_report_is_told_in_any_encoding(
    cloud: Callable[..., Emulator], tmp_path: Path, *, out: bool
) -> None:
    emulator, file = cloud(), tmp_path / "report.md"
    here = {"config-file": emulator.config_file, "endpoint": emulator.endpoint}
    named = {"target": "DEFAULT", "compartment": emulator.compartment, **here}
    words = ["--yes", *only("second-artifact"), *([f"--out={file}"] if out else [])]
    ran = subprocess.run(
        [sys.executable, "-m", "datascience_emulator", "verify", *words]
        + [f"--{name}={value}" for name, value in named.items()],
        env={**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, b"Traceback" in ran.stderr) == (0, False)
    report = file.read_text("utf-8") if out else ran.stdout.decode("ascii")
    assert ("…" if out else "\\u2026") in report


def test_a_price_is_said_in_money(
    cloud: Callable[..., Emulator], typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("n\n")
    verify(cloud(), "--price=0.5", *only("activating"))
    assert (
        "1 OCPU hours and 6 GB hours of memory, about 0.50 at 0.5 for an OCPU hour" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"target": ""}, "--target is missing"),
        ({"only": "colour"}, "--only colour: there is no such question; it must be one of list-filters"),
        ({"target": "NOBODY"}, "it has no profile 'NOBODY'"),
        ({"compartment": ""}, "--compartment is missing"),
        ({"config-file": "nowhere"}, "nowhere: there is no such file"),
        ({"region": "evil.com/x"}, "names no region"),
        ({"endpoint": "http://example.com"}, "it has to be https://HOST, or http:// of this machine"),
        ({"out": "no/such/folder"}, "--out no/such/folder: No such file"),
        ({"compartment": "ocid1.compartment.oc1..nobody"}, "the list of model deployments was refused: 404"),
        ({"target": "local"}, "--config-file is not for --target local"),
        (
            {"target": "local", "config-file": "", "endpoint": "", "home": "no-home"},
            "no emulator runs in no-home",
        ),
    ],
)
def test_what_it_refuses_before_it_creates_anything(
    cloud: Callable[..., Emulator], changed: Any, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = cloud()
    assert verify(emulator, "--yes", **changed) == 1
    assert message in capsys.readouterr().err
    assert emulator.client.list_projects(emulator.compartment).data == []


def test_a_session_token_signs_in(cloud: Callable[..., Emulator], capsys: pytest.CaptureFixture[str]) -> None:
    emulator = cloud()
    assert verify(emulator, "--yes", *only("list-filters"), target="SESSION") == 0
    output = capsys.readouterr()
    assert "oci session refresh" in output.err
    assert "**many**" in output.out


def test_a_session_that_is_not_taken_is_told(cloud: Callable[..., Emulator]) -> None:
    emulator = cloud()
    (emulator.config_file.parent / "token").write_text("not a token")
    assert verify(emulator, "--yes", target="SESSION") == 1
    assert emulator.client.list_projects(emulator.compartment).data == []
