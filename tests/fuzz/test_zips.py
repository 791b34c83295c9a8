"""Artifacts in the cloud: any bytes become a listing, or Failed, for few reads and little memory; whatever
the headers say of sizes and places.
"""

import io
import struct
import tracemalloc
import zipfile
import zlib
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip
from tests.fuzz.corpus import configs
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target, fuzz, guided, outcome
from tests.support.repository_files import read_zip
from tests.support.served import structure_served

HOLES = (0, 0, 0, 1 << 20, 300 << 20)
"""Bytes of zeros before what is given: the first byte of an input chooses, so that sizes can be believed."""

MOST = 96 << 20
"""Bytes that may be held at once, of an artifact whose listing has at most some kilobytes."""

WORDS = (
        b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08",
        b"m/config.pbtxt", b"m/1/model",
        b"\xff\xff\xff\xff", b"\xff\xff", b"\x00\x00\x00\x00", b"\x01\x00", b"\x08\x00", b"\x0e\x00",
        b"\x63\x00", b"\x00\x08",
        b"\xff" * 8, b"../", b"/", b"\x00", b"\\", b"\x75\x70", b"\x00\x00\x00\x80", b"\x01\x00\x1c\x00",
)  # fmt: skip


class Remote:
    """What an input stands for, read where it lies. It counts what is asked for."""

    def __init__(self, data: bytes) -> None:
        self.hole = HOLES[data[0] % len(HOLES)] if data else 0
        self.data = data[1:]
        self.size = self.hole + len(self.data)
        self.reads = self.longest = 0

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length > 0
        assert offset + length <= self.size
        self.reads += 1
        self.longest = max(self.longest, length)
        start = offset - self.hole
        zeros = bytes(min(max(-start, 0), length))
        return zeros + self.data[max(start, 0) : start + length]


def judge(data: bytes) -> object:
    remote = Remote(data)
    # It stays on: each stop and start costs some KiB for good.
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    found = outcome(lambda: read_zip(RangedFile(remote.read, remote.size)))
    peak = tracemalloc.get_traced_memory()[1] - before
    assert peak <= MOST, f"{peak >> 20} MiB at once, of an artifact of {len(data)} bytes of listing"
    assert remote.longest <= MOST, f"{remote.longest >> 20} MiB in one read"
    assert remote.reads <= 20 + 4 * (len(data) // 46), f"{remote.reads} reads"
    if isinstance(found[0], str):
        assert found[0] == "Failed", found
        return found
    names, texts = found
    return names, texts, outcome(lambda: structure_served(RemoteZip(RangedFile(remote.read, remote.size))))


# Made by hand: every header says what it likes.


def local(name: bytes, method: int, flags: int, sizes: tuple[int, int, int], extra: bytes) -> bytes:
    crc, packed, size = sizes
    fixed = struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 0, crc, packed, size, len(name), len(extra)
    )
    return fixed + name + extra


def central(
    name: bytes, method: int, flags: int, sizes: tuple[int, int, int], extra: bytes, offset: int, version: int
) -> bytes:
    crc, packed, size = sizes
    numbers = (
        0x0314,
        version,
        flags,
        method,
        0,
        0,
        crc,
        packed,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        0,
        offset,
    )
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *numbers) + name + extra


def end(entries: int, size: int, offset: int, comment: bytes) -> bytes:
    few = min(entries, 0xFFFF)
    return struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, few, few, size, offset, len(comment)) + comment


def end64(entries: int, size: int, offset: int, at: int) -> bytes:
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, size, offset)
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)


small = st.integers(0, 300)
lies = st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]) | small
large_lies = lies | st.sampled_from([200 << 20, 290 << 20, 300 << 20, 1 << 32, (1 << 63) - 1, (1 << 64) - 1])
member_names = st.sampled_from(
    [
        b"m/config.pbtxt",
        b"config.pbtxt",
        b"n/config.pbtxt",
        b"m/1/model.onnx",
        b"m/",
        b"",
        b"../config.pbtxt",
        b"\xff/config.pbtxt",
    ]
) | st.binary(max_size=12)
extras = st.one_of(
    st.just(b""),
    st.binary(max_size=12),
    st.builds(
        lambda numbers: struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers),
        st.lists(large_lies, max_size=4),
    ),
    st.builds(lambda size: struct.pack("<HH", 1, size) + b"x", small),
    st.builds(
        lambda kind: struct.pack("<HHBI", kind, 5, 1, 0) + b"", st.sampled_from([0x7075, 0x5455, 0x9901])
    ),
)
bodies = st.one_of(
    st.binary(max_size=30),
    st.just(b'name: "m" version_policy { all { } }'),
    st.sampled_from([1 << 10, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 30 << 20]),
)


@st.composite
def hand_built(draw: st.DrawFn) -> bytes:
    """A member or many at the same place, and a directory that may lie about each of them."""
    drawn, method = draw(bodies), draw(st.sampled_from([0, 8, 8, 8, 12, 14, 93, 99]))
    # Made here: Hypothesis keeps what it draws.
    body = drawn if isinstance(drawn, bytes) else b"#" * drawn
    packed = zlib.compress(body)[2:-4] if method == 8 else body[:3000]
    flags = draw(st.sampled_from([0, 0, 0, 8, 1, 0x800, 0x2000, 0xFFFF]))
    true = (zlib.crc32(body), len(packed), len(body) & 0xFFFFFFFF)
    sizes = tuple(draw(lies) if draw(st.integers(0, 5)) == 0 else number for number in true)
    name, extra = draw(member_names), draw(extras)
    lead = draw(st.binary(max_size=4))
    first = local(name, method, flags, sizes, extra) + packed
    number = draw(st.sampled_from([1, 1, 1, 2, 40, 400]))
    offset = len(lead) if draw(st.integers(0, 4)) else draw(lies)
    directory = b""
    for index in range(number):
        called = name if index == 0 or (draw(st.booleans()) and number < 3) else b"m%d/config.pbtxt" % index
        directory += central(
            called,
            method,
            flags,
            sizes,
            extra,
            offset,
            draw(st.sampled_from([20, 45, 63, 255])) if index == 0 else 20,
        )
    at = len(lead) + len(first)
    hole = draw(st.integers(0, len(HOLES) - 1))
    size = len(directory) if draw(st.integers(0, 4)) else draw(large_lies)
    where = at if draw(st.integers(0, 4)) else draw(large_lies)
    entries = number if draw(st.integers(0, 4)) else draw(large_lies)
    tail = b""
    if draw(st.integers(0, 2)) == 0 or max(size, where) > 0xFFFFFFFF or entries > 0xFFFF:
        tail = end64(
            entries,
            size,
            where,
            HOLES[hole] + at + len(directory) if draw(st.integers(0, 4)) else draw(large_lies),
        )
        size, where = 0xFFFFFFFF, 0xFFFFFFFF
    tail += end(
        entries,
        min(size, 0xFFFFFFFF),
        min(where, 0xFFFFFFFF),
        draw(st.sampled_from([b"", b"PK\5\6", b"x" * 40])),
    )
    return bytes([hole]) + lead + first + directory + tail


@cache
def zips() -> list[bytes]:
    """Real ones: stored, deflated, streamed, with folders, in the zip64 form, empty, with a comment."""
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            archive.comment = b"made by hand"[: 12 * method // 8]
            for number, config in enumerate(configs()):
                archive.writestr(f"m{number}/config.pbtxt", config)
                archive.writestr(f"m{number}/1/", b"")
                with archive.open(f"m{number}/1/model.onnx", "w", force_zip64=bool(number % 2)) as member:
                    member.write(b"x" * 50)
        found.append(target.getvalue())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w"):
        pass
    small = io.BytesIO()
    with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/config.pbtxt", 'name: "m"')
        archive.writestr("é/1/x", "")
    return [bytes([hole]) + data for data in (*found, target.getvalue(), small.getvalue()) for hole in (0, 3)]


ZIP = Target(judge, zips, WORDS)


def judge_alone(data: bytes) -> object:
    """The same, and then memory is measured no more: Hypothesis would be slow."""
    try:
        return judge(data)
    finally:
        tracemalloc.stop()


def test_any_zip() -> None:
    fuzz(Target(judge_alone, zips), hand_built() | mutated(zips(), WORDS) | st.binary(max_size=60), 150)


def test_guided(tmp_path: Path) -> None:
    guided("test_zips:ZIP", tmp_path)
