"""What the answer to a download says of the file: its size, its version, and which part of it is there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import requests


@dataclass(frozen=True, slots=True)
class Announced:
    """Where an answer ends in the file, and the size of the file; 0 where it does not say."""

    end: int = 0
    size: int = 0


def version_of(response: requests.Response) -> str:
    """What If-Range may name: a weak entity tag may not be (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("etag", "")
    return tag if tag.startswith('"') else response.headers.get("last-modified", "")


def range_of(response: requests.Response) -> tuple[int, int, int] | None:
    """Where a partial answer starts and where it ends, and the size of the whole file, 0 if it is unknown;
    None when that cannot be read.
    """
    match = re.fullmatch(
        r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", response.headers.get("content-range", "").strip(), re.A
    )
    if match is None:
        return None
    start, end, size = int(match[1]), int(match[2]) + 1, 0 if match[3] == "*" else int(match[3])
    return None if end <= start or 0 < size < end else (start, end, size)


def length_of(headers: Mapping[str, str], unknown: int = 0) -> int:
    """Bytes of an answer with these headers; `unknown` when they do not say, or say what cannot be."""
    text = headers.get("content-length", "").strip()
    chunked = "transfer-encoding" in headers
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and not chunked else unknown
