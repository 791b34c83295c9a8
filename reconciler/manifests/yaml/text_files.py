"""Reads files as text: of limited size, UTF-8, and without control characters."""

import codecs
import re
from pathlib import Path

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import location_at

LARGEST_YAML_FILE = 1 << 20
"""Bytes of a file. Manifests are written by people; a megabyte is a mistake or an attack."""

BYTE_ORDER_MARK = codecs.BOM_UTF8
"""It may begin a file, and is no part of its text."""

_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_SAVE_AS_UTF_8 = "Save the file as UTF-8."
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_text(path: Path, shown: str) -> str | Finding:
    """The text of a file, or why it cannot be read."""
    data = read_head(path, shown)
    return data if isinstance(data, Finding) else decode(data, shown)


def read_head(path: Path, shown: str) -> bytes | Finding:
    """The bytes of a file. Of one that is too large, one more than may be, which `decode` refuses."""
    try:
        if path.exists() and not path.is_file():
            return Finding(Location(shown), "is not a regular file", "A manifest is a plain text file.")
        with path.open("rb") as file:
            return file.read(LARGEST_YAML_FILE + 1)
    except OSError as error:
        return Finding(
            Location(shown), f"cannot be read: {error.strerror}", "Check the path and its permissions."
        )


def hides_words(data: bytes) -> bool:
    """Whether these bytes may be text in which a search for bytes finds no word: UTF-16, UTF-32, or worse."""
    return b"\0" in data or _wide(data) != ""


def _wide(data: bytes) -> str:
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            return name
    return "UTF-16 or UTF-32" if b"\0" in data[:4] else ""


def decode(data: bytes, shown: str) -> str | Finding:
    """Bytes as text, or why they cannot be read as text."""
    if len(data) > LARGEST_YAML_FILE:
        what = "is larger than 1 MiB, the most that a YAML file may be here"
        return Finding(Location(shown), what, "Models belong in files of their own, named by the manifest.")
    if wide := _wide(data):
        return Finding(Location(shown), f"is not UTF-8 but {wide}", _SAVE_AS_UTF_8)
    data = data.removeprefix(BYTE_ORDER_MARK)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        what = f"is not UTF-8: byte 0x{data[error.start]:02x}"
        return Finding(location_at(before, len(before), shown), what, _SAVE_AS_UTF_8)
    if control := _CONTROL.search(text):
        where = location_at(text, control.start(), shown)
        return Finding(where, f"holds the control character U+{ord(control[0]):04X}", "Remove it.")
    return text
