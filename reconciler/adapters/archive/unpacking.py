"""Unpacks an artifact that is on this machine into a folder. It may be anybody's: names that leave the
folder, links and bombs are refused before anything of it is written.

It must not decide what belongs to a model repository.
"""

import errno
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip, check_member, damage_as_failed
from reconciler.core.model.errors import Failed

MOST_TIMES = 200
"""So many times its own size may an artifact have unpacked. Weights hardly compress."""

SMALL = 16 << 20
"""Bytes that may be unpacked in any case."""

BLOCK = 1 << 20


def unpack(archive: Path, folder: Path, wanted: Callable[[str], bool]) -> None:
    """The wanted members of a zip as files below a folder that is empty. Raises Failed when it is no zip, or
    one that must not be unpacked.
    """
    with archive.open("rb") as file:
        packed = os.fstat(file.fileno()).st_size
        # Its listing has bounds, and names that all unpackers take for the same.
        RemoteZip(RangedFile(lambda at, length: os.pread(file.fileno(), length, at), packed))
        with damage_as_failed():
            opened = zipfile.ZipFile(file)
        with opened:
            members = [member for member in opened.infolist() if wanted(member.filename)]
            _check(members, packed)
            for member in members:
                _unpack(opened, member, folder.joinpath(*filter(None, member.filename.split("/"))))


def _check(members: list[zipfile.ZipInfo], packed: int) -> None:
    for member in members:
        check_member(member)
    total, inside = sum(member.file_size for member in members), sum(m.compress_size for m in members)
    if inside > packed or total > max(SMALL, MOST_TIMES * packed):
        raise Failed(
            f"the artifact has {packed} bytes and would unpack to {total}: that is no model repository. "
            "Adopt it without --download"
        )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path) -> None:
    try:
        if member.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        target = place.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        what = f"{member.filename[:80]!r} of the artifact is both a file and a folder, or there twice"
        raise Failed(f"{what}. Adopt it without --download") from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        what = f"the name {member.filename[:80]!r}… of the artifact is too long for this disk"
        raise Failed(f"{what}. Adopt it without --download") from error
    with target:
        for block in _content(archive, member):
            target.write(block)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a member. Only what goes wrong with that is damage; a disk that is full is none."""
    with damage_as_failed(), archive.open(member) as content:
        while block := content.read(BLOCK):
            yield block
