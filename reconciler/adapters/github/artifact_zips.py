"""The one file in the zip of an artifact. Whoever may run a workflow has packed it, so nothing of it is
unpacked to a path, and no more is read than is wanted.
"""

import io
import zipfile
import zlib

LARGEST_ZIP = 64 * 1000 * 1000
LARGEST_FILE = 256 * 1000 * 1000
"""Bytes of a saved plan, packed and unpacked: those of ten thousand deployments that all change."""

MOST_ENTRIES = 100


class BadZip(Exception):
    """The zip does not hold what it should; the text is a clause."""


def only_file(archive: bytes, name: str, largest: int = LARGEST_FILE) -> bytes:
    """The content of the file of this name, at the top of the zip. Raises BadZip."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if len(entries) > MOST_ENTRIES:
                raise BadZip(f"it holds more than {MOST_ENTRIES} files")
            found = [entry for entry in entries if entry.filename == name]
            if len(found) != 1:
                raise BadZip(f"it holds {'no' if not found else 'more than one'} {name}")
            if found[0].file_size > largest:
                raise BadZip(f"its {name} is larger than {largest:,} bytes")
            with opened.open(found[0]) as file:
                content = file.read(largest + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as bad:
        raise BadZip("it is no zip file that can be read") from bad
    if len(content) > largest:
        raise BadZip(f"its {name} is larger than {largest:,} bytes")
    return content
