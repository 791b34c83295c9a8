"""What holds for every test: examples of a property may take as long as a busy machine needs, and signals do
what they do by default, though whoever has started the tests ignored some, as nohup does.

Private keys are parsed once for each process: that takes as long as all the rest of a small test does. What
needs the local cloud is skipped, and that is told, without the extra [emulator], as in `make pythons`.
"""

import signal
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import Phase, settings

from reconciler.adapters.emulator.process import NEEDED
from tests.support.examples import examples

if TYPE_CHECKING:
    from tests.support.containers.registry import Registry

settings.register_profile("unhurried", settings.default, deadline=None, max_examples=examples(40))
settings.register_profile("first", settings.default, deadline=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("unhurried")

for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

serialization.load_pem_private_key = cache(serialization.load_pem_private_key)

LONGEST = ("tests/e2e/test_wheel.py", "tests/e2e/test_foreign_edits.py", "tests/e2e/test_workflows.py")
LACKING = [name for name in NEEDED if find_spec(name) is None]
WITHOUT = f"needs the extra [emulator]: {', '.join(LACKING)} not installed"
collect_ignore = ["cli/verbs/test_emulator.py"] if LACKING else []  # it imports the emulator's own values


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: at the end one process would work on it alone."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for path in collect_ignore:
        terminalreporter.write_line(f"NOT COLLECTED tests/{path}: {WITHOUT}")


def pytest_sessionfinish() -> None:
    """A local cloud that a test has left in this process would keep it from ending."""
    if here := sys.modules.get("tests.support.here"):
        here.stop_all()


@pytest.fixture(scope="session")
def image_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Registry"]:
    """A real registry; skips where `scripts/images` has not been run. Tests use repositories of their own."""
    from tests.support.containers.registry import running_registry, why_no_registry

    if why := why_no_registry():
        pytest.skip(why)
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="session")
def emulator_installed() -> None:
    """For what starts the local cloud: skips where that is not installed."""
    if LACKING:
        pytest.skip(WITHOUT)
