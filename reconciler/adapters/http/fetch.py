"""Fetches the files that manifests name by URL and SHA-256, once, and keeps them by their digest. Nothing is
kept that is not what the manifest says.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from reconciler.adapters.http.checked_addresses import Resolver
from reconciler.adapters.http.download import download
from reconciler.adapters.http.download_limits import DownloadPatience
from reconciler.adapters.http.partial_files import PartialFile, delete_old_partials, partial_file
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import Failed
from reconciler.core.model.urls import BadUrl, Url, read_url

USUAL = DownloadPatience()
EVERYWHERE = Resolver()

KEPT = 7 * 24 * 3600.0
"""Seconds after which a partial file that nobody went on with is deleted, when another file is fetched."""

Fetch: TypeAlias = Callable[[Remote, str], Path]
"""Fetches a remote file, checked against its SHA-256; the path where it is."""


def fetcher(patience: DownloadPatience = USUAL, network: Resolver = EVERYWHERE) -> Fetch:
    """Fetches remote files into this user's cache, where they stay under the name of their digest. Many
    threads and processes may do so at once.
    """
    return lambda remote, sha256: fetch_remote(remote.url, sha256, _cache(), patience, network)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "oci-triton-reconciler" / "files"


def fetch_remote(
    url: str, sha256: str, cache_dir: Path, patience: DownloadPatience = USUAL, network: Resolver = EVERYWHERE
) -> Path:
    """The path in `cache_dir` of the file behind a URL, fetched if need be. Raises Failed when it cannot be
    had or has another digest, SetupError when the folder does not take it. The next call goes on with what
    has arrived.
    """
    kept = cache_dir / sha256
    if _holds(kept, sha256):
        return kept
    place = _read(url, sha256)
    with partial_file(cache_dir / f"{sha256}.part") as part:
        delete_old_partials(cache_dir, patience.now() - KEPT)
        # The process that held the part before us may have fetched the file.
        if not _holds(kept, sha256):
            _complete(place, sha256, part, patience, network)
            part.keep_as(kept)
    return kept


def _read(url: str, sha256: str) -> Url:
    try:
        return read_url(url)
    except BadUrl as bad:
        raise Failed(f"the URL of the file with SHA-256 {sha256} {bad.what}. {bad.advice}") from None


def _complete(
    url: Url, sha256: str, part: PartialFile, patience: DownloadPatience, network: Resolver
) -> None:
    if part.size and part.digest() == sha256:
        return
    pieced = download(url, part, patience, network)
    if (digest := part.digest()) != sha256 and pieced:
        part.clear()
        download(url, part, patience, network)
        digest = part.digest()
    if digest != sha256:
        part.discard()
        raise Failed(
            f"{url.shown}: SHA-256 is {digest}, not {sha256} as the manifest says. "
            "Check where the file comes from before changing the manifest"
        )


def _holds(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
