"""Files that manifests name by URL and SHA-256, brought here once and kept by their digest. Nothing is kept
that is not what the manifest says.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from reconciler.adapters.http.download import DownloadPatience, download
from reconciler.adapters.http.parts import Part, arriving, forget_old
from reconciler.adapters.http.reach import Resolver
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import Failed
from reconciler.core.model.urls import BadUrl, Url, read_url

USUAL = DownloadPatience()
EVERYWHERE = Resolver()

KEPT = 7 * 24 * 3600.0
"""Seconds after which a part that nobody went on with is thrown away, when another file is fetched."""

Fetch: TypeAlias = Callable[[Remote, str], Path]
"""Brings a remote file here, checked against its SHA-256, and says where it is."""


def fetcher(patience: DownloadPatience = USUAL, network: Resolver = EVERYWHERE) -> Fetch:
    """Fetches remote files into this user's one cache, where they stay: their content is their name. Many
    threads and processes may do so at once.
    """
    return lambda remote, sha256: fetch_remote(remote.url, sha256, _cache(), patience, network)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "oci-triton-reconciler" / "files"


def fetch_remote(
    url: str, sha256: str, cache_dir: Path, patience: DownloadPatience = USUAL, network: Resolver = EVERYWHERE
) -> Path:
    """The file behind a URL, from `cache_dir` when it is there. Raises Failed when it cannot be had or is
    another one, SetupError when the folder does not take it. What has arrived is gone on with the next time.
    """
    kept = cache_dir / sha256
    if _holds(kept, sha256):
        return kept
    place = _read(url, sha256)
    with arriving(cache_dir / f"{sha256}.part") as part:
        forget_old(cache_dir, patience.now() - KEPT)
        # Whoever had it before us may have brought the file.
        if not _holds(kept, sha256):
            _complete(place, sha256, part, patience, network)
            part.keep_as(kept)
    return kept


def _read(url: str, sha256: str) -> Url:
    try:
        return read_url(url)
    except BadUrl as bad:
        raise Failed(f"the URL of the file with SHA-256 {sha256} {bad.what}. {bad.advice}") from None


def _complete(url: Url, sha256: str, part: Part, patience: DownloadPatience, network: Resolver) -> None:
    if part.size and part.digest() == sha256:
        return
    pieced = download(url, part, patience, network)
    if (found := part.digest()) != sha256 and pieced:
        part.clear()
        download(url, part, patience, network)
        found = part.digest()
    if found != sha256:
        part.discard()
        raise Failed(
            f"{url.shown}: SHA-256 is {found}, not {sha256} as the manifest says. "
            "Check where the file comes from before changing the manifest"
        )


def _holds(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
