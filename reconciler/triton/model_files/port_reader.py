"""Reads one model file through the port, wherever it is."""

from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_files.wire_format import ReadAt

READ_AT_ONCE = 256 * 1024
"""Bytes of a file that is read whole: one request, and it may be deflated."""


def reader_of(files: RepositoryFiles, path: str) -> tuple[ReadAt, int]:
    """How to read the file, and its size in bytes. Raises OSError or Failed as the port does."""
    size = files.size(path)
    if size > READ_AT_ONCE:
        return (lambda offset, length: files.read(path, offset, length)), size
    content = files.read(path, 0, size)
    return (lambda offset, length: content[offset : offset + length]), size
