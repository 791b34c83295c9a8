"""Files that manifests name by URL and SHA-256, brought here once and kept by their digest.

HTTPS only, except from this machine itself; nothing is kept that is not what the manifest says.
"""

import hashlib
import ipaddress
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import urljoin, urlsplit

import requests

from reconciler.core.artifact import Remote
from reconciler.core.errors import Failed, SetupError

REDIRECTS = 5
TIMEOUT_SECONDS = (10, 60)
"""To connect, and between two packets."""

_BLOCK = 1 << 20

Fetch: TypeAlias = Callable[[Remote, str], Path]
"""Brings a remote file here, checked against its SHA-256, and says where it is."""


def fetcher() -> Fetch:
    """Fetches remote files into this user's one cache, where they stay: their content is their name."""
    return lambda remote, sha256: fetch_remote(remote.url, sha256, _cache())


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "oci-triton-reconciler" / "files"


def fetch_remote(url: str, sha256: str, cache_dir: Path) -> Path:
    """The file behind a URL, from `cache_dir` when it is there. Raises Failed when it cannot be had or is
    another one, SetupError when the folder cannot be written.
    """
    kept = cache_dir / sha256
    if kept.is_file() and _digest(kept) == sha256:
        return kept
    with _new_file(cache_dir) as file:
        temporary = Path(file.name)
        try:
            found = _download(url, file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    if found != sha256:
        temporary.unlink(missing_ok=True)
        raise Failed(
            f"{_shown(url)}: SHA-256 is {found}, not {sha256} as the manifest says. "
            "Check where the file comes from before changing the manifest"
        )
    temporary.replace(kept)
    return kept


def _new_file(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(dir=folder, delete=False)
    except OSError as error:
        raise SetupError(
            f"{folder}: remote files cannot be kept there ({error.strerror}). "
            "Set XDG_CACHE_HOME to a folder that you can write to"
        ) from error


def _download(url: str, file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    try:
        with _get(url) as response:
            for block in response.iter_content(_BLOCK):
                digest.update(block)
                file.write(block)
    except requests.RequestException as error:
        raise Failed(f"{_shown(url)}: {type(error).__name__}. Check the URL and the network") from error
    return digest.hexdigest()


@contextmanager
def _get(url: str) -> Iterator[requests.Response]:
    """The answer behind all redirects, each of which has to be as safe as the first URL."""
    with requests.Session() as session:
        place = url
        for _ in range(REDIRECTS + 1):
            if not _safe(place):
                raise Failed(
                    f"{_shown(place)}: not HTTPS. Only this machine itself may serve files without it"
                )
            plain = {"accept-encoding": "identity"}
            response = session.get(
                place, stream=True, allow_redirects=False, timeout=TIMEOUT_SECONDS, headers=plain
            )
            with response:
                if not response.is_redirect:
                    _check_status(response, url)
                    yield response
                    return
                place = urljoin(place, response.headers["location"])
    raise Failed(f"{_shown(url)}: more than {REDIRECTS} redirects. Use the address that they end at")


def _check_status(response: requests.Response, url: str) -> None:
    if response.status_code != requests.codes.ok:
        raise Failed(f"{_shown(url)}: answered {response.status_code} {response.reason}. Check the URL")


def _safe(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _loopback(parts.hostname or "")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(url: str) -> str:
    """A URL without user, password and query: those may be secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
