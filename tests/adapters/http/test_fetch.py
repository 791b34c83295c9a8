"""One cache of remote files for whoever needs them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.adapters.http.fetch import fetcher
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import Failed, SetupError
from tests.support.file_server import HERE, serving, trusted

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_what_one_has_fetched_another_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving(CONTENT) as server:
        places = [fetcher(network=HERE)(Remote(server.url), DIGEST) for _ in range(2)]
    assert places == [tmp_path / "oci-triton-reconciler" / "files" / DIGEST] * 2
    assert places[0].read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SetupError, match="Set XDG_CACHE_HOME"):
        fetcher(network=HERE)(Remote("https://models.example.com:1/m"), DIGEST)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:1/m",
        "https://127.0.0.1:1/m",
        "https://[::1]:1/m",
        "https://169.254.169.254/opc/v2/",
        "http://models.example.com/m",
        "file:///etc/passwd",
    ],
)
def test_nobody_can_have_this_machine_or_its_metadata_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with trusted(), pytest.raises(Failed, match=f"the URL of the file with SHA-256 {DIGEST} (leads|is)"):
        fetcher()(Remote(url), DIGEST)
    assert list(tmp_path.iterdir()) == []


def test_fetching_needs_no_sdk() -> None:
    code = "import sys, reconciler.adapters.http.fetch; sys.exit('oci' in sys.modules)"
    root = str(Path(__file__).parents[3])
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
