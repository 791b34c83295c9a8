"""For other projects' tests: `pytest_plugins = ["datascience_emulator.pytest_plugin"]` in a conftest.py."""

from collections.abc import Iterator

import pytest

from datascience_emulator.embedded import Embedded, running


@pytest.fixture
def oci_data_science() -> Iterator[Embedded]:
    """An OCI Data Science of this test's own: nothing is shared, and nothing is left."""
    with running() as emulator:
        yield emulator
