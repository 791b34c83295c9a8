"""Zips of gigabytes that take no room: model weights that are all zeros, and holes where they lie."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ZEROS = bytes(1 << 24)


class Sparse(io.FileIO):
    """A file that is written by leaving out the zeros."""

    def write(self, data: "ReadableBuffer", /) -> int:
        if data is ZEROS:
            self.seek(len(ZEROS), io.SEEK_CUR)
            return len(ZEROS)
        return super().write(data)


def write_zip(path: Path, members: Mapping[str, str | int]) -> int:
    """A valid zip, checksums included, with these members as they come: a text, or a number of bytes (rounded
    up to 16 MiB) of zeros. Its size.
    """
    with Sparse(path, "w+") as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            if isinstance(content, str):
                archive.writestr(name, content)
                continue
            with archive.open(name, "w", force_zip64=True) as member:
                for _ in range(0, content, len(ZEROS)):
                    member.write(ZEROS)
    return path.stat().st_size
