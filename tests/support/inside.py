"""The command `reconcile`, run in the process of the test: without the second that an interpreter and the SDK
take to start. What is about a process (signals, closed streams, imports, a crash) must not use it.
"""

import io
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

from reconciler.cli.exit_codes import run_command


def run_inside(
    arguments: tuple[str, ...], root: Path, env: Mapping[str, str], stdin: bytes
) -> tuple[int, bytes, bytes]:
    """The exit code, and what went to stdout and stderr."""
    out, err = io.BytesIO(), io.BytesIO()
    with chdir(root), _environment(env), _process(arguments, stdin, out, err):
        code = run_command()
        sys.stdout.flush()
        sys.stderr.flush()
        return int(code), out.getvalue(), err.getvalue()


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _process(arguments: tuple[str, ...], stdin: bytes, out: io.BytesIO, err: io.BytesIO) -> Iterator[None]:
    """What a process has of its own, and what a command changes for the rest of it."""
    streams = sys.argv, sys.stdin, sys.stdout, sys.stderr
    hooks = threading.excepthook, sys.unraisablehook
    handlers = list(logging.getLogger().handlers)
    sys.argv = ["reconcile", *arguments]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    sys.stdout, sys.stderr = _text(out), _text(err)
    try:
        yield
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr = streams
        threading.excepthook, sys.unraisablehook = hooks
        logging.getLogger().handlers[:] = handlers


def _text(data: io.BytesIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(data, encoding="utf-8", write_through=True)
