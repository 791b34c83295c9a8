"""Zips that somebody has made to do harm: each ends in words, and costs a bounded number of bytes."""

import contextlib
import io
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from reconciler.adapters.archive import remote_zip
from reconciler.adapters.archive.remote_zip import (
    BLOCK,
    LARGEST_DIRECTORY,
    LONGEST_NAME,
    MOST_BYTES,
    MOST_NAMES,
    RangedFile,
    RemoteZip,
)
from reconciler.adapters.archive.zip_format import Written, ZipMember, directory
from reconciler.core.model.errors import Failed
from reconciler.triton.config_file import LARGEST_CONFIG
from reconciler.triton.live_models import LARGEST_CONFIGS, MOST_CONFIGS
from tests.support.repository_files import read_zip
from tests.support.served import structure_served


class Zip:
    """A zip of which the beginning and the end exist, and zeros in between; `read` counts the bytes that were
    fetched.
    """

    def __init__(self, end: bytes, size: int = 0, begin: bytes = b"") -> None:
        self.size = max(size, len(begin) + len(end))
        self._begin, self._end = begin, end
        self.read = 0

    def file(self) -> RangedFile:
        return RangedFile(self._range, self.size)

    def _range(self, offset: int, length: int) -> bytes:
        self.read += length
        assert length <= LARGEST_DIRECTORY
        end = self.size - len(self._end)
        data = bytearray(length)
        for start, piece in ((0, self._begin), (end, self._end)):
            low, high = max(start, offset), min(start + len(piece), offset + length)
            if low < high:
                data[low - offset : high - offset] = piece[low - start : high - start]
        return bytes(data)


def said(zipped: Zip) -> str:
    """What reading it ends in, in bounded memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Failed) as caught:
            structure_served(RemoteZip(zipped.file()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert zipped.read <= MOST_BYTES
    assert peak < 150 << 20
    message = str(caught.value)
    assert "ublish the model repository anew" in message
    assert len(message) < 400
    return message


def end_record(count: int, size: int, at: int, comment: bytes = b"") -> bytes:
    few = min(count, 0xFFFF)
    return struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, few, few, size, at, len(comment)) + comment


def end_record_64(count: int, size: int, at: int, record_at: int) -> bytes:
    return (
        struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, at)
        + struct.pack("<4sIQI", b"PK\6\7", 0, record_at, 1)
        + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    )


def header(name: bytes, extra: bytes = b"", **told: int) -> bytes:
    """A central header that says what it is told to say."""
    fixed = struct.pack(
        "<4s6H3I5H2I",
        *(b"PK\1\2", 20, 20, told.get("flags", 0), told.get("method", 0), 0, 33, told.get("crc", 0)),
        *(told.get("packed", 0), told.get("size", 0), len(name), len(extra), told.get("comment", 0), 0, 0),
        *(told.get("attributes", 0), told.get("at", 0)),
    )
    return fixed + name + extra


def local_part(name: bytes, content: bytes, method: int = 0, flags: int = 0) -> bytes:
    fixed = struct.pack(
        "<4s5H3I2H",
        *(b"PK\3\4", 20, flags, method, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0),
    )
    return fixed + name + content


def with_directory(headers: list[bytes], begin: bytes = b"") -> Zip:
    listing = b"".join(headers)
    return Zip(listing + end_record(len(headers), len(listing), len(begin)), begin=begin)


def named(*names: str) -> Zip:
    return with_directory([header(name.encode()) for name in names])


CONFIG = b"a/config.pbtxt"
VERSION = header(b"a/1/")
"""Without a version, nobody looks at the configuration."""


def config_of(content: bytes, **told: int) -> Zip:
    """One config.pbtxt, of which the listing says something."""
    right = {"crc": zlib.crc32(content), "packed": len(content), "size": len(content)}
    method, flags = told.get("method", 0), told.get("flags", 0)
    listed = [header(CONFIG, **{**right, **told}), VERSION]
    return with_directory(listed, local_part(CONFIG, content, method, flags))


# The directory.


@pytest.mark.parametrize("size", [LARGEST_DIRECTORY + 1, 0xFFFFFFF0])
def test_a_directory_of_gigabytes(size: int) -> None:
    assert f"listing is larger than {LARGEST_DIRECTORY} bytes" in said(Zip(end_record(1, size, 0), size + 22))


@pytest.mark.parametrize("size", [1 << 33, 1 << 40])
def test_a_directory_of_gigabytes_in_64_bits(size: int) -> None:
    end = end_record_64(1, size, 0, size)
    zipped = Zip(end, size + len(end))
    assert "listing is larger than" in said(zipped)
    assert zipped.read < 10 * BLOCK


@pytest.mark.parametrize(
    ("count", "size", "at", "record"),
    [
        (1, 1 << 63, 0, 0),
        (1, (1 << 64) - 1, 0, 0),
        (1, 46, 1 << 63, 0),
        (1 << 63, 46, 0, 0),
        (1, 46, 0, 1 << 63),
        (1, 0, 0, (1 << 64) - 1),
    ],
)
def test_lies_in_64_bits(count: int, size: int, at: int, record: int) -> None:
    end = header(b"a/1/model.onnx") + end_record_64(count, size, at, record)
    zipped = Zip(end, 1 << 20)
    with contextlib.suppress(Failed):
        names, configs = read_zip(zipped.file())
        assert set(names) <= {"a/1/model.onnx"}
        assert configs == {}
    assert zipped.read <= 10 * BLOCK


def test_more_names_than_anybody_needs() -> None:
    written = [Written(ZipMember(f"{number:x}", 0), 0, 0) for number in range(MOST_NAMES + 1)]
    assert f"more than {MOST_NAMES} members" in said(Zip(b"".join(directory(written, 0))))


def test_as_many_names_as_our_own_largest_artifact_has() -> None:
    written = [Written(ZipMember(f"m/1/{'x' * 70}{number}", 0), 0, 0) for number in range(100_000)]
    names, _ = read_zip(Zip(b"".join(directory(written, 0))).file())
    assert len(names) == 100_000


def test_names_without_end() -> None:
    assert f"longer than {LONGEST_NAME} bytes" in said(named("a/1/" + "x" * LONGEST_NAME))
    assert f"longer than {LONGEST_NAME} bytes" in said(named(f"a/{'1' * 60_000}/model.onnx"))


def test_folders_without_end() -> None:
    """What is made of the names takes no longer than reading them."""
    deep = [f"{'a/' * 2000}{number}" for number in range(2000)]
    with pytest.raises(Failed, match="has no version folder where Triton looks for one"):
        structure_served(RemoteZip(named(*deep).file()))


@pytest.mark.parametrize(
    "name", ["/a/1/model.onnx", "../a/1/model.onnx", "a/../../b/1/x", "a/1/..", "..", "//a/1/x"]
)
def test_names_that_leave(name: str) -> None:
    assert "would leave its folder, or hides its name" in said(named("a/1/model.onnx", name))


def test_a_name_that_ends_for_some_and_not_for_others() -> None:
    assert "would leave its folder, or hides its name" in said(named("a/1/model.onnx\0.txt"))


@pytest.mark.parametrize("name", ["a/1/model.onnx", CONFIG.decode()])
def test_a_name_that_is_there_twice(name: str) -> None:
    """One program unpacks the first of them, another the last."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")
        for content in ("first", "second"):
            archive.writestr(name, content)
    assert f"'{name}' is in an artifact 2 times" in said(Zip(target.getvalue()))


def test_comments_and_fields_beside_the_names_are_passed_over() -> None:
    extra = struct.pack("<HH", 0xCAFE, 60_000) + bytes(60_000)
    listing = header(b"a/1/model.onnx", extra, comment=500) + b"c" * 500
    zipped = Zip(listing + end_record(1, len(listing), 0, b"x" * 0xFFFF))
    assert read_zip(zipped.file()) == (("a/1/model.onnx",), {})


@pytest.mark.parametrize(
    "extra", [struct.pack("<HH", 1, 8), struct.pack("<HHQ", 1, 8, 1 << 63), b"\1\0\xff\xff"]
)
def test_fields_that_lie(extra: bytes) -> None:
    lying = header(CONFIG, extra, size=0xFFFFFFFF, packed=0xFFFFFFFF, at=0xFFFFFFFF)
    zipped = with_directory([lying, VERSION])
    said(zipped)
    assert zipped.read <= 10 * BLOCK


# Configurations.


@pytest.fixture(scope="module")
def bomb() -> tuple[bytes, int]:
    """256 MiB of zeros, packed, and their checksum."""
    packer, packed, crc = zlib.compressobj(9, zlib.DEFLATED, -15), b"", 0
    for piece in [bytes(1 << 20)] * (1 << 8):
        packed, crc = packed + packer.compress(piece), zlib.crc32(piece, crc)
    return packed + packer.flush(), crc


@pytest.mark.parametrize("size", [LARGEST_CONFIG, LARGEST_CONFIG + 1, 1 << 28, 0, 7])
def test_a_configuration_that_grows_without_end(bomb: tuple[bytes, int], size: int) -> None:
    """It says the truth of its size, or not."""
    packed, crc = bomb
    message = said(config_of(packed, method=8, size=size, crc=crc))
    ways = (
        "larger than 1048576 bytes",
        "larger than 8388608 bytes",
        "Bad CRC-32",
        "packed into more bytes than it has",
    )
    assert any(way in message for way in ways)


def test_a_configuration_that_is_packed_without_end() -> None:
    """Blocks of nothing: any number of bytes in, none out."""
    empty = b"\0\0\0\xff\xff" * 300_000
    assert "packed into more bytes than it has" in said(config_of(empty, method=8, size=10))


def test_all_configurations_together() -> None:
    headers = [
        header(f"m{number}/{name}".encode(), size=size, packed=size)
        for number in range(9)
        for name, size in (("config.pbtxt", LARGEST_CONFIG), ("1/", 0))
    ]
    zipped = with_directory(headers)
    assert f"are larger than {LARGEST_CONFIGS} bytes" in said(zipped)
    assert zipped.read <= 10 * BLOCK, "nothing of them was read"


def test_many_configurations() -> None:
    models = range(MOST_CONFIGS + 1)
    zipped = named(*(f"m{number}/{name}" for number in models for name in ("config.pbtxt", "1/")))
    assert f"more than {MOST_CONFIGS} files named config.pbtxt" in said(zipped)


def test_members_that_lie_in_one_another() -> None:
    """All of them are one and the same megabyte."""
    content = b"#" * (LARGEST_CONFIG - 100)
    headers = [
        header(
            f"{letter}/config.pbtxt".encode(), size=len(content), packed=len(content), crc=zlib.crc32(content)
        )
        for letter in "abcdefg"
    ]
    headers += [header(f"{letter}/1/".encode()) for letter in "abcdefg"]
    assert "the artifact cannot be read" in said(
        with_directory(headers, local_part(b"a/config.pbtxt", content))
    )


def test_a_quoted_member() -> None:
    """The content of one is the header and the content of the next."""
    inner = local_part(b"b/config.pbtxt", b"#" * 1000)
    outer = local_part(CONFIG, inner)
    at = len(outer) - len(inner)
    headers = [
        header(CONFIG, size=len(inner), packed=len(inner), crc=zlib.crc32(inner)),
        header(b"b/config.pbtxt", size=1000, packed=1000, crc=zlib.crc32(b"#" * 1000), at=at),
    ]
    with contextlib.suppress(Failed):
        _, configs = read_zip(with_directory(headers, outer).file())
        assert sum(map(len, configs.values())) <= 2 * len(outer), "it is no more than what is there"


def test_another_name_in_front_of_the_content_than_in_the_listing() -> None:
    right = {"size": 1, "packed": 1, "crc": zlib.crc32(b"#")}
    zipped = with_directory([header(CONFIG, **right), VERSION], local_part(b"b/config.pbtxt", b"#"))
    assert "the artifact cannot be read" in said(zipped)


CASES: dict[str, tuple[Callable[[], Zip], str]] = {
    "locked": (lambda: config_of(b"#" * 20, flags=1), "the artifact cannot be read"),
    "strongly locked": (lambda: config_of(b"#" * 20, flags=0x41), "the artifact cannot be read"),
    "patched": (lambda: config_of(b"#" * 20, flags=0x20), "the artifact cannot be read"),
    "other method": (lambda: config_of(b"#", method=99), "packed by method 99, neither stored nor deflated"),
    "a link": (lambda: config_of(b"/etc/passwd", attributes=0o120777 << 16), "is a link"),
    "beyond the end": (lambda: config_of(b"#", at=0x7FFFFFFF), "the artifact cannot be read"),
    "in the directory": (lambda: config_of(b"#", at=50), "the artifact cannot be read"),
    "other content": (lambda: config_of(b"#", crc=5), "the artifact cannot be read"),
    "not UTF-8": (lambda: config_of(b"\xff\xfe#"), "not UTF-8"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_configuration_that_cannot_be_read(case: str) -> None:
    made, words = CASES[case]
    assert words in said(made())


def test_the_names_in_messages_are_short_and_plain() -> None:
    message = said(named("../" + "\x1b[2J\n" * 500))
    assert message.isprintable()


def test_what_a_listing_may_fetch_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_zip, "MOST_BYTES", 3 * BLOCK)
    file = RangedFile(lambda offset, length: bytes(length), 99 * BLOCK)

    def all_of_it() -> None:
        for number in range(99):
            file.seek(number * BLOCK)
            file.read(1)

    with pytest.raises(Failed, match="takes more than 49152 bytes"):
        all_of_it()
