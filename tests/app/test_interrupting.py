"""Signals that ask a process to end, sent to real processes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.app.interrupting import SIGNALS, Interruption, ends_at_once

RUN = """
import asyncio, os, signal, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from reconciler.app.interrupting import Interruption, run_woken

def say(word):
    os.write(1, f"{word}\\n".encode())  # a handler may be called in the middle of print

async def work(interruption, hang):
    asked = asyncio.Event()
    with interruption.passed_on(asyncio.get_running_loop(), asked.set):
        say("ready")
        await asked.wait()
        say("asked")
        if hang:
            await asyncio.get_running_loop().run_in_executor(pool, threading.Event().wait)

with (
    ThreadPoolExecutor(1) as pool,
    Interruption(lambda: say("told"), lambda: say("restored")) as interruption,
):
    run_woken(work(interruption, "hang" in sys.argv))
say("done")
"""

BEFORE = """
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
from reconciler.app.interrupting import ends_at_once, run_woken

def call():
    print("ready", flush=True)
    threading.Event().wait()

async def work(pool):
    await asyncio.get_running_loop().run_in_executor(pool, call)

with ends_at_once("interrupted: nothing was sent"):
    with ThreadPoolExecutor(1) as pool:
        run_woken(work(pool))
"""

every_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


@contextmanager
def script(text: str, *arguments: str, before: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[str]"]:
    """A process that runs this and has said that it is ready."""
    command = [*before, sys.executable, "-c", text, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert said(process) == "ready"
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Its exit code, and what it has said since."""
    assert process.stdout is not None
    assert process.stderr is not None
    code = process.wait(60)
    return code, process.stdout.read(), process.stderr.read()


@every_signal
def test_the_first_signal_asks_the_run_to_stop(number: signal.Signals) -> None:
    with script(RUN) as process:
        process.send_signal(number)
        assert ended(process) == (0, "asked\ndone\n", "")


@every_signal
def test_the_second_ends_the_process_whatever_its_threads_do(number: signal.Signals) -> None:
    with script(RUN, "hang") as process:
        process.send_signal(signal.SIGTERM)
        assert [said(process), said(process)] == ["asked", "told"]
        process.send_signal(number)
        assert ended(process) == (-number, "restored\n", "")


BY_A_THREAD = """
def signal_to_this_thread():
    time.sleep(0.5)  # the loop waits then
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=signal_to_this_thread, daemon=True).start()
"""


@pytest.mark.parametrize("text", [RUN, BEFORE], ids=["during a run", "before anything is sent"])
def test_a_signal_that_another_thread_takes_wakes_the_loop(text: str) -> None:
    """As one does that comes just before the loop waits: no call of the main thread is interrupted."""
    imports = "import signal, threading, time\n"
    with script(imports + text.replace("\nwith ", f"{BY_A_THREAD}\nwith ", 1)) as process:
        code, out, err = ended(process)
    expected = (0, "asked\ndone\n", "") if text == RUN else (1, "", "interrupted: nothing was sent\n")
    assert (code, out, err[: len(expected[2])]) == expected


def test_two_signals_at_once_count_as_one() -> None:
    """`timeout` signals its child, and then its group."""
    with script(RUN, "hang") as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert [said(process), said(process)] == ["asked", "told"]
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == -signal.SIGTERM


def test_a_signal_that_nohup_ignores_stays_ignored() -> None:
    with script(RUN, before=("nohup",)) as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert said(process) == "asked"
        assert ended(process)[:2] == (0, "done\n")


@every_signal
def test_before_anything_is_sent_it_ends_at_once_even_if_calls_hang(number: signal.Signals) -> None:
    with script(BEFORE) as process:
        process.send_signal(number)
        code, out, err = ended(process)
    assert (code, out) == (1, "")
    assert err.startswith("interrupted: nothing was sent\n")


def test_a_signal_before_the_run_is_not_lost() -> None:
    text = RUN.replace("    run_woken", "    os.kill(os.getpid(), 15)\n    run_woken")
    with script(text) as process:
        assert ended(process) == (0, "asked\ndone\n", "")


def test_afterwards_the_former_handlers_are_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with ends_at_once("interrupted"), Interruption(lambda: None, lambda: None):
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_an_interrupt_is_raised_where_nothing_hangs() -> None:
    """What is to be tidied up is."""
    text = (
        "import os\n"
        "from reconciler.app.interrupting import ends_at_once\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    with ends_at_once('interrupted'):\n"
        "        os.kill(os.getpid(), 15)\n"
        "except KeyboardInterrupt:\n"
        "    print('tidied up', flush=True)\n"
    )
    with script(text) as process:
        assert ended(process) == (0, "tidied up\n", "interrupted\n")
