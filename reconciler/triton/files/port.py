"""The port through which the content of a model repository is read, wherever its files are: on this machine
(`local_files`), or in a zip in the cloud, which fits the port by its shape.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class RepositoryFiles(Protocol):
    """Files and folders by their paths: parts are joined by `/`, and the path of a folder ends with one."""

    def paths(self) -> Sequence[str]:
        """All paths."""

    def size(self, path: str) -> int:
        """Bytes of a file. Raises OSError or Failed when nobody can tell."""

    def read(self, path: str, offset: int, length: int) -> bytes:
        """At most `length` bytes of a file from `offset` on; fewer only at its end. Raises OSError or Failed
        when they cannot be read: with EFBIG when it would take to unpack too much before them.
        """
