"""Files that manifests name by URL and SHA-256, brought here once and kept by their digest. Nothing is kept
that is not what the manifest says.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from reconciler.adapters.download import Patience, download, shown
from reconciler.adapters.parts import Part, arriving
from reconciler.core.artifact import Remote
from reconciler.core.errors import Failed

USUAL = Patience()

Fetch: TypeAlias = Callable[[Remote, str], Path]
"""Brings a remote file here, checked against its SHA-256, and says where it is."""


def fetcher() -> Fetch:
    """Fetches remote files into this user's one cache, where they stay: their content is their name. Many
    threads and processes may do so at once.
    """
    return lambda remote, sha256: fetch_remote(remote.url, sha256, _cache())


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "oci-triton-reconciler" / "files"


def fetch_remote(url: str, sha256: str, cache_dir: Path, patience: Patience = USUAL) -> Path:
    """The file behind a URL, from `cache_dir` when it is there. Raises Failed when it cannot be had or is
    another one, SetupError when the folder does not take it. What has arrived is gone on with the next time.
    """
    kept = cache_dir / sha256
    if _holds(kept, sha256):
        return kept
    with arriving(cache_dir / f"{sha256}.part") as part:
        # Whoever had it before us may have brought the file.
        if not _holds(kept, sha256):
            _complete(url, sha256, part, patience)
            part.keep_as(kept)
    return kept


def _complete(url: str, sha256: str, part: Part, patience: Patience) -> None:
    if part.size and part.digest() == sha256:
        return
    pieced = download(url, part, patience)
    if (found := part.digest()) != sha256 and pieced:
        part.clear()
        download(url, part, patience)
        found = part.digest()
    if found != sha256:
        part.discard()
        raise Failed(
            f"{shown(url)}: SHA-256 is {found}, not {sha256} as the manifest says. "
            "Check where the file comes from before changing the manifest"
        )


def _holds(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
