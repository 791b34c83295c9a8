"""A folder with the files that manifests name."""

from pathlib import Path

import pytest

from tests.support.manifests import lay_out


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay_out(tmp_path)
    return tmp_path
