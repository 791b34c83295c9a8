"""One cache of remote files for whoever needs them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from support.http_service import Service

from reconciler.adapters.fetch import fetcher
from reconciler.core.artifact import Remote
from reconciler.core.errors import SetupError

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_what_one_has_fetched_another_finds(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    service.answer = lambda _: (200, {}, CONTENT)
    places = [fetcher()(Remote(f"{service.url}/m"), DIGEST) for _ in range(2)]
    assert places == [tmp_path / "oci-triton-reconciler" / "files" / DIGEST] * 2
    assert places[0].read_bytes() == CONTENT
    assert len(service.asked) == 1


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SetupError, match="Set XDG_CACHE_HOME"):
        fetcher()(Remote("http://127.0.0.1:1/m"), DIGEST)


def test_fetching_needs_no_sdk() -> None:
    code = "import sys, reconciler.adapters.fetch; sys.exit('oci' in sys.modules)"
    root = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
