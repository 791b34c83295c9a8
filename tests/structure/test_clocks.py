"""No test stops or moves the clock of the whole process: event loops of other tests, such as that of a local
cloud which runs for the session, would sleep for hours. A test gives the module that it tries another clock.
"""

import re

import pytest

from tests.support.workspace import CHECKOUT

PATCHED = re.compile(r"""(setattr|patch)(\.object)?\(\s*["']?time["',.]""")


def test_the_clock_of_the_process_goes_on() -> None:
    patching = [
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / "tests").rglob("*.py")
        if PATCHED.search(path.read_text())
    ]
    assert patching == []


@pytest.mark.parametrize("clock", ['time, "monotonic"', '"time.time"'])
def test_such_lines_are_found(clock: str) -> None:
    assert PATCHED.search(f"    monkeypatch.setattr({clock}, now)")
