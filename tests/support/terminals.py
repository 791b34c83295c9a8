"""Commands on a terminal of their own, as a person runs them."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread

from tests.support.workspace import DEADLINE_SECONDS, Workspace, wait_until

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@dataclass
class Terminal:
    """`told` is all that was shown so far, with the controls."""

    process: "subprocess.Popen[bytes]"
    keyboard: int
    told: str = ""
    _reading: Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with suppress(OSError):
            while got := os.read(self.keyboard, 65536):
                self.told += got.decode(errors="replace")

    def says(self, words: str) -> None:
        wait_until(lambda: words in self.told or self.process.poll() is not None, f"it says {words!r}")
        assert words in self.told

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def end(self, code: int) -> str:
        """Wait for its end; all that was shown."""
        assert self.process.wait(DEADLINE_SECONDS) == code, self.told
        self._reading.join(DEADLINE_SECONDS)
        return self.told

    @property
    def tidy(self) -> bool:
        """Whether the cursor is seen, on an empty line."""
        return self.told.rfind(SHOW) >= self.told.rfind(HIDE) and self.told.endswith("\n")


CTRL_C, CTRL_D = "\x03", "\x04"


@contextmanager
def terminal(workspace: Workspace, *arguments: str) -> Iterator[Terminal]:
    """A command in a session of its own, with a terminal of its own, where Ctrl-C is a key."""
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [workspace.command, *arguments],
        cwd=workspace.root,
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env={**os.environ, "GITHUB_ACTIONS": "", "TERM": "xterm", "COLUMNS": "200", "LINES": "50"},
        preexec_fn=partial(os.login_tty, 0),
    )
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        with suppress(OSError):
            os.close(keyboard)
