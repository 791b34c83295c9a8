"""The artifact as a zip that is packed while it is sent: same bytes everywhere, and any unzip reads it."""

import contextlib
import hashlib
import io
import os
import shutil
import struct
import subprocess
import threading
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, cast

import oci
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.archive.archive import Archive
from reconciler.adapters.archive.remote_zip import RangedFile
from reconciler.adapters.archive.zip_format import Written, ZipMember, directory, local_header, total_length
from reconciler.adapters.http.fetch import fetch_remote
from reconciler.core.model.artifact import (
    Artifact,
    Entry,
    Folder,
    Inline,
    LocalFile,
    Remote,
    Source,
    make_artifact,
)
from reconciler.core.model.errors import StalePlan
from tests.support.file_server import HERE, Trouble, serving

SHA_OF_NOTHING = hashlib.sha256().hexdigest()


def no_fetch(remote: Remote, sha256: str) -> Path:
    raise AssertionError(f"fetched {remote.url}")


def entry(path: str, content: bytes, source: Source) -> Entry:
    return Entry(path, hashlib.sha256(content).hexdigest(), len(content), source)


def local(folder: Path, files: dict[str, bytes]) -> Artifact:
    entries = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        entries.append(entry(name, content, LocalFile(str(path))))
    return make_artifact(entries, frozenset())


def inline(files: dict[str, str]) -> Artifact:
    return make_artifact(
        (entry(name, text.encode(), Inline(text)) for name, text in files.items()), frozenset()
    )


def packed(artifact: Artifact) -> bytes:
    with Archive(artifact, no_fetch) as archive:
        data = archive.read()
        assert len(data) == len(archive)
        return data


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0\x85", categories=["L", "N"]), min_size=1
)


@given(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"))), st.integers(1, 70))
def test_unzip_gives_back_what_went_in(files: dict[str, str], step: int) -> None:
    artifact = inline(files)
    data = packed(artifact)
    assert unpacked(data) == {name: text.encode() for name, text in files.items()}
    with Archive(artifact, no_fetch) as archive:
        parts = list(iter(lambda: archive.read(step), b""))
    assert b"".join(parts) == data
    assert all(len(part) == step for part in parts[:-1])


@pytest.mark.parametrize("size", [0, 1, 65534, 65535, 65536, 131070, 131071, 1_000_000])
def test_sizes_around_the_length_of_a_block(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    assert unpacked(packed(local(tmp_path, {"m/1/model.bin": content}))) == {"m/1/model.bin": content}


def test_the_bytes_are_the_same_from_any_place_at_any_time(tmp_path: Path) -> None:
    files = {"b/1/model.onnx": b"x" * 70000, "a/config.pbtxt": b"", "a/ü": b"1"}
    first = packed(local(tmp_path / "one", files))
    other = local(tmp_path / "two", dict(reversed(files.items())))
    for path in (tmp_path / "two").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert packed(other) == first
    assert (
        hashlib.sha256(first).hexdigest()
        == "47cc5f789cc1b9ef9296ef3d3cd00efd361134d78828f44ad825b66dc68c11c9"
    )


def test_members_are_sorted_with_fixed_times_modes_and_folders() -> None:
    folder = Entry("e/1/", SHA_OF_NOTHING, 0, Folder())
    artifact = make_artifact([entry("e/config.pbtxt", b"x", Inline("x")), folder], frozenset())
    with zipfile.ZipFile(io.BytesIO(packed(artifact))) as archive:
        members = archive.infolist()
    assert [(one.filename, one.is_dir(), one.external_attr >> 16) for one in members] == [
        ("e/1/", True, 0o40755),
        ("e/config.pbtxt", False, 0o100644),
    ]
    assert {one.date_time for one in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.create_system for one in members} == {3}


def test_an_artifact_without_files() -> None:
    assert unpacked(packed(make_artifact([], frozenset()))) == {}


@pytest.mark.parametrize("command", [["unzip", "-tq"], ["python3", "-m", "zipfile", "-t"]])
def test_other_programs_find_no_fault(tmp_path: Path, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        command = ["python3", "-m", "zipfile", "-t"]
    zipped = tmp_path / "artifact.zip"
    zipped.write_bytes(packed(local(tmp_path, {"m/1/model.bin": os.urandom(200_000), "m/ü/x": b""})))
    done = subprocess.run([*command, str(zipped)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_reader_that_never_seeks_can_unpack_it(tmp_path: Path) -> None:
    """Header, content until the compressor's end mark, descriptor: no look at the directory."""
    data = packed(local(tmp_path, {"a/1/model.bin": b"y" * 70000}))
    name_length, extra_length = struct.unpack("<2H", data[26:30])
    inflate = zlib.decompressobj(-15)
    content = inflate.decompress(data[30 + name_length + extra_length :])
    assert inflate.eof
    assert content == b"y" * 70000
    mark, crc, small, large = struct.unpack("<4s3I", inflate.unused_data[:16])
    assert (mark, crc, small, large) == (b"PK\7\x08", zlib.crc32(content), 70010, 70000)


def test_large_members_use_64_bits() -> None:
    """The directory of a zip that is too large to make here, read by the standard library."""
    big, after = ZipMember("m/1/model.bin", 5 << 30), ZipMember("m/config.pbtxt", 10)
    length = total_length([big, after])
    at = big.length + after.length
    tail = b"".join(directory([Written(big, 1, 0), Written(after, 2, big.length)], at))
    assert at + len(tail) == length
    assert local_header(big)[4:6] == b"\x2d\0"
    assert listed({0: local_header(big), big.length: local_header(after), at: tail}, length) == [
        ("m/1/model.bin", big.size, big.packed, 0),
        ("m/config.pbtxt", 10, 15, big.length),
    ]


def test_many_members_need_a_larger_count() -> None:
    many = [Written(ZipMember(f"m/{number}", 0), 0, 0) for number in range(70_000)]
    tail = b"".join(directory(many, 0))
    assert len(listed({0: tail}, len(tail))) == 70_000


def listed(pieces: dict[int, bytes], size: int) -> list[tuple[str, int, int, int]]:
    """The directory of a zip of which only these pieces exist."""

    def read(offset: int, length: int) -> bytes:
        data = bytearray(length)
        for start, piece in pieces.items():
            low, high = max(start, offset), min(start + len(piece), offset + length)
            if low < high:
                data[low - offset : high - offset] = piece[low - start : high - start]
        return bytes(data)

    with zipfile.ZipFile(cast("BinaryIO", RangedFile(read, size))) as archive:
        found = archive.infolist()
    return [(one.filename, one.file_size, one.compress_size, one.header_offset) for one in found]


def test_memory_is_flat(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(64 << 20)
    with big.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    artifact = make_artifact([Entry("m/1/model.bin", digest, 64 << 20, LocalFile(str(big)))], frozenset())
    tracemalloc.start()
    with Archive(artifact, no_fetch) as archive:
        total = sum(len(part) for part in iter(lambda: archive.read(16384), b""))
        assert total == len(archive)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20


@pytest.mark.parametrize("now", [b"other", b"sho", b"longer than it was", None])
def test_content_that_is_not_what_was_hashed_never_arrives_whole(tmp_path: Path, now: bytes | None) -> None:
    artifact = local(tmp_path, {"a/1/model.bin": b"bytes", "b/1/model.bin": b"x"})
    changed = tmp_path / "a/1/model.bin"
    if now is None:
        changed.unlink()
    else:
        changed.write_bytes(now)
    with Archive(artifact, no_fetch) as archive, pytest.raises(StalePlan, match="Plan again"):
        archive.read()


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("exchange", [as_pipe, as_folder, as_device])
def test_what_is_no_file_any_more_is_not_waited_for(tmp_path: Path, exchange: Callable[[Path], None]) -> None:
    artifact = local(tmp_path, {"a/1/model.bin": b"bytes"})
    exchange(tmp_path / "a/1/model.bin")
    with (
        Archive(artifact, no_fetch) as archive,
        pytest.raises(StalePlan, match="it is not a regular file"),
    ):
        archive.read()


STANDS_FOR_64_BITS = 0xFFFFFFFF
"""In a field of 32 bits (APPNOTE.TXT, section 4.4): what it is, is said in 64 bits elsewhere."""


def test_what_is_exactly_the_mark_for_64_bits_is_written_in_64_bits() -> None:
    """Readers look for the 64 bits wherever they meet the mark, and call the zip damaged without them."""
    member = ZipMember("a", 0xFFFF * 65532 + 10)
    assert member.packed == STANDS_FOR_64_BITS
    assert struct.unpack_from("<HHQQ", local_header(member), 31) == (1, 16, 0, 0)
    here = STANDS_FOR_64_BITS
    header, end64, locator, _ = directory([Written(ZipMember("b", 1), 0, here)], here)
    assert struct.unpack_from("<I", header, 42) == (here,)
    assert struct.unpack_from("<HHQ", header, 47) == (1, 8, here)
    assert struct.unpack_from("<Q", end64, 48) == (here,)
    assert struct.unpack_from("<Q", locator, 8) == (here + len(header),)


def test_nothing_goes_out_of_a_small_file_that_another_was_put_in_place_of(tmp_path: Path) -> None:
    secret = os.urandom(200_000)
    artifact = local(tmp_path, {"a/1/model.bin": os.urandom(200_000)})
    (tmp_path / "key").write_bytes(secret)
    (tmp_path / "a/1/model.bin").unlink()
    (tmp_path / "a/1/model.bin").symlink_to(tmp_path / "key")
    sent = b""
    with Archive(artifact, no_fetch) as archive, contextlib.suppress(StalePlan):
        while part := archive.read(10_000):
            sent += part
    assert len(sent) < 1000
    assert secret[:100] not in sent


def test_reading_again_from_the_beginning(tmp_path: Path) -> None:
    with Archive(local(tmp_path, {"a/1/model.bin": b"bytes"}), no_fetch) as archive:
        archive.read(40)
        assert archive.tell() == 40
        assert archive.seek(40) == 40
        assert archive.seek(0) == 0
        assert archive.read() == packed(local(tmp_path, {"a/1/model.bin": b"bytes"}))
        with pytest.raises(io.UnsupportedOperation):
            archive.seek(7)


class _Received:
    """What a server got, and what it answers: one status for each request, the last one for ever."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.statuses = [204]
        self.url = ""


@pytest.fixture
def server() -> Iterator[_Received]:
    received = _Received()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            received.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            received.bodies.append(body)
            status = received.statuses.pop(0) if len(received.statuses) > 1 else received.statuses[0]
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    received.url = f"http://127.0.0.1:{http.server_address[1]}"
    yield received
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(scope="module")
def key() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def client(server: _Received, key: str) -> oci.data_science.DataScienceClient:
    config = {
        "user": f"ocid1.user.oc1..{'a' * 60}",
        "tenancy": f"ocid1.tenancy.oc1..{'b' * 60}",
        "fingerprint": ":".join(["00"] * 16),
        "region": "us-ashburn-1",
        "key_content": key,
    }
    return oci.data_science.DataScienceClient(
        config, service_endpoint=server.url, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def test_the_sdk_streams_it_with_its_length_and_a_signature(
    tmp_path: Path, server: _Received, key: str
) -> None:
    artifact = local(tmp_path, {"a/1/model.bin": os.urandom(300_000)})
    with Archive(artifact, no_fetch) as archive:
        client(server, key).create_model_artifact("ocid1.model", archive)
    assert server.bodies == [packed(artifact)]
    [headers] = server.headers
    assert headers["content-length"] == str(len(server.bodies[0]))
    assert "transfer-encoding" not in headers
    assert "x-content-sha256" not in headers
    assert headers["authorization"].startswith("Signature ")


def test_the_sdk_sends_it_again_from_the_beginning(tmp_path: Path, server: _Received, key: str) -> None:
    server.statuses = [503, 204]
    artifact = local(tmp_path, {"a/1/model.bin": os.urandom(100_000)})
    retry = oci.retry.RetryStrategyBuilder(
        max_attempts=2, retry_base_sleep_time_seconds=0
    ).get_retry_strategy()
    with Archive(artifact, no_fetch) as archive:
        client(server, key).create_model_artifact("ocid1.model", archive, retry_strategy=retry)
    assert server.bodies == [packed(artifact)] * 2


def test_through_the_sdk_a_changed_file_is_a_stale_plan(tmp_path: Path, server: _Received, key: str) -> None:
    artifact = local(tmp_path, {"a/1/model.bin": b"before"})
    (tmp_path / "a/1/model.bin").write_bytes(b"after!")
    with Archive(artifact, no_fetch) as archive, pytest.raises(StalePlan):
        client(server, key).create_model_artifact("ocid1.model", archive)
    assert all(not zipfile.is_zipfile(io.BytesIO(body)) for body in server.bodies)


def test_requests_streams_it_too(tmp_path: Path, server: _Received) -> None:
    artifact = local(tmp_path, {"a/1/model.bin": os.urandom(100_000)})
    with Archive(artifact, no_fetch) as archive:
        requests.post(server.url, data=archive, timeout=10).raise_for_status()
    assert server.bodies == [packed(artifact)]
    assert server.headers[0]["content-length"] == str(len(server.bodies[0]))


def test_a_remote_file_is_fetched_once_checked_and_packed(tmp_path: Path) -> None:
    content = os.urandom(100_000)
    digest = hashlib.sha256(content).hexdigest()

    def fetch(one: Remote, sha256: str) -> Path:
        return fetch_remote(one.url, sha256, tmp_path / "cache", network=HERE)

    with serving(content) as files:
        files.troubles = [Trouble(302, {"Location": "/elsewhere"})]
        artifact = make_artifact([Entry("m/1/model.onnx", digest, None, Remote(files.url))], frozenset())
        for _ in range(2):
            with Archive(artifact, fetch) as archive:
                assert unpacked(archive.read()) == {"m/1/model.onnx": content}
    assert len(files.asked) == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [digest]


def test_a_damaged_copy_is_fetched_again(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"right").hexdigest()
    (tmp_path / digest).write_bytes(b"wrong")
    with serving(b"right") as files:
        assert fetch_remote(files.url, digest, tmp_path, network=HERE).read_bytes() == b"right"
