"""A fixture for the tests of any project: `pytest_plugins = ["datascience_emulator.pytest_plugin"]`."""

from collections.abc import Iterator

import pytest

from datascience_emulator.embedded import Embedded, running


@pytest.fixture
def oci_data_science() -> Iterator[Embedded]:
    """An OCI Data Science for this test alone, of which nothing is left afterwards."""
    with running() as emulator:
        yield emulator
