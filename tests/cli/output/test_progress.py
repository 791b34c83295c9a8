"""Progress: to show an event never ends the work, and never waits."""

import io
import os
import sys
import threading

import pytest

from reconciler.cli.output.progress import ProgressTeller
from reconciler.core.planning.events import DeploymentFinished, Event, StepFinished
from reconciler.core.planning.steps import Settle

EVENT = DeploymentFinished("vision", 1.0)
PIPE_HOLDS = 64 * 1024


def test_an_event_without_words_ends_the_output_not_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(event: Event) -> str:
        raise RuntimeError("no words")

    monkeypatch.setattr("reconciler.report.apply.events.event_line", broken)
    with ProgressTeller(None, "text") as teller:
        teller.tell(EVENT)
        teller.tell(EVENT)
    told = capsys.readouterr()
    assert told.err == "the output cannot be written (no words): going on silently\n"
    assert told.out == ""


def test_a_broken_stream_is_not_written_to_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = io.StringIO()
    closed.close()
    with ProgressTeller(None, "text") as teller:
        monkeypatch.setattr(sys, "stdout", closed)
        teller.tell(EVENT)
        teller.tell(EVENT)
    monkeypatch.undo()
    assert capsys.readouterr().err.count("going on silently") == 1


def test_a_slow_reader_does_not_delay_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    event, number = StepFinished("vision", Settle("ocid1"), "x" * 1000), 2 * PIPE_HOLDS // 1000
    told = threading.Event()

    def tell(teller: ProgressTeller) -> None:
        for _ in range(number):
            teller.tell(event)
        told.set()

    with os.fdopen(writer, "w") as stream, os.fdopen(reader) as read:
        monkeypatch.setattr(sys, "stdout", stream)
        with ProgressTeller(None, "text") as teller:
            threading.Thread(target=tell, args=(teller,), daemon=True).start()
            assert told.wait(60), "it waits for the reader"
            lines = [read.readline() for _ in range(number)]
        monkeypatch.undo()
    assert all(line.startswith("vision") for line in lines)
