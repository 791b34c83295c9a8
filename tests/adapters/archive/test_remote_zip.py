"""A remote zip: its members, and what they cost in bytes and requests."""

import contextlib
import errno
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datascience_emulator.lifecycle.progression import Immediate
from reconciler.adapters.archive import remote_zip
from reconciler.adapters.archive.remote_zip import FURTHEST, RangedFile, RemoteZip
from reconciler.adapters.archive.zip_format import (
    Written,
    ZipMember,
    blocks,
    descriptor,
    directory,
    local_header,
)
from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.artifacts import Artifacts
from reconciler.adapters.oci.client import ServiceAccess, data_science
from reconciler.core.model.errors import Failed, ServiceAnswer, Transient
from tests.support.emulator import Emulator
from tests.support.examples import examples
from tests.support.repository_files import read_zip
from tests.support.served import structure_served
from tests.support.sparse import write_zip
from tests.support.wire import counted


class Remote:
    """A zip of which only pieces exist; the rest is zeros. Counts what is read."""

    def __init__(self, pieces: list[tuple[int, bytes]], size: int) -> None:
        self.pieces, self.size = pieces, size
        self.reads: list[int] = []

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length > 0
        assert offset + length <= self.size
        self.reads.append(length)
        data = bytearray(length)
        for start, piece in self.pieces:
            low, high = max(start, offset), min(start + len(piece), offset + length)
            if low < high:
                data[low - offset : high - offset] = piece[low - start : high - start]
        return bytes(data)

    def file(self) -> RangedFile:
        return RangedFile(self.read, self.size)


def whole(data: bytes) -> Remote:
    return Remote([(0, data)], len(data))


def large(models: int, weights: int) -> Remote:
    """A repository with a configuration and one large file for each model."""
    pieces, written, at = [], [], 0
    for number in range(models):
        text = f'name: "m{number}" backend: "python"'.encode()
        for member, content in (
            (ZipMember(f"m{number}/1/model.bin", weights), b""),
            (ZipMember(f"m{number}/config.pbtxt", len(text)), text),
        ):
            crc = zlib.crc32(content)
            body = local_header(member) + b"".join(blocks(content, last=True)) + descriptor(member, crc)
            pieces.append((at, body if content else local_header(member)))
            written.append(Written(member, crc, at))
            at += member.length
    tail = b"".join(directory(written, at))
    return Remote([*pieces, (at, tail)], at + len(tail))


@pytest.mark.parametrize(("models", "weights"), [(1, 2 << 30), (1, 6 << 30), (20, 100 << 20), (4, 5 << 30)])
def test_the_configurations_of_gigabytes_cost_kilobytes(models: int, weights: int) -> None:
    remote = large(models, weights)
    assert remote.size > 2_000_000_000
    paths, configs = read_zip(remote.file())
    assert len(paths) == 2 * models
    assert configs == {
        f"m{number}/config.pbtxt": f'name: "m{number}" backend: "python"' for number in range(models)
    }
    assert sum(remote.reads) < 1_000_000
    assert len(remote.reads) <= 3 + 2 * models


@given(st.binary(max_size=200_000), st.lists(st.tuples(st.integers(0, 210_000), st.integers(0, 70_000))))
def test_it_reads_like_a_file(data: bytes, reads: list[tuple[int, int]]) -> None:
    ranged, plain = whole(data).file(), io.BytesIO(data)
    for offset, length in reads:
        assert ranged.seek(offset) == plain.seek(offset)
        assert ranged.read(length) == plain.read(length)
        assert ranged.tell() == plain.tell()
    assert ranged.seek(0, io.SEEK_END) == len(data)
    assert ranged.read() == b""


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zips_of_other_programs(compression: int) -> None:
    files = {
        "a/config.pbtxt": b'name: "a"',
        "a/1/model.onnx": os.urandom(60_000),
        "a/1/config.pbtxt": b"not this one",
        "config.pbtxt": b"of a group's member",
        "b/1/model.py": b"",
    }
    remote = RemoteZip(whole(zipped(files, compression)).file())
    assert remote.paths() == tuple(files)
    for path, content in files.items():
        assert remote.size(path) == len(content)
        assert remote.read(path, 0, 1 << 20) == content
        assert remote.read(path, 5, 7) == content[5:12]
        assert remote.read(path, len(content) + 1, 7) == b""


@given(st.integers(0, 70_000), st.integers(0, 70_000), st.booleans())
def test_a_stored_member_is_read_where_it_is_asked_for(offset: int, length: int, extra: bool) -> None:
    content, target = os.urandom(50_000), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a/config.pbtxt", b'name: "a"')
        with archive.open("a/1/model.onnx", "w", force_zip64=extra) as member:
            member.write(content)
        archive.writestr("b/config.pbtxt", b'name: "b"')
    assert (
        RemoteZip(whole(target.getvalue()).file()).read("a/1/model.onnx", offset, length)
        == (content[offset : offset + length])
    )


def test_reads_of_a_stored_member_fetch_nothing_else() -> None:
    remote = whole(zipped({"a/1/model.onnx": bytes(50 << 20)}, zipfile.ZIP_STORED))
    files = RemoteZip(remote.file())
    files.read("a/1/model.onnx", 0, 1)
    remote.reads.clear()
    for offset in range(1 << 20, 50 << 20, 1 << 20):
        assert files.read("a/1/model.onnx", offset, 512) == bytes(512)
    assert remote.reads == [512] * 49


def test_reads_inside_stored_members_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contracts of further models are unknown then. What is read from its beginning has other bounds."""
    monkeypatch.setattr(remote_zip, "MOST_PIECES", 3)
    files = RemoteZip(whole(zipped({"a": b"0123456789"}, zipfile.ZIP_STORED)).file())
    assert [files.read("a", offset, 1) for offset in (1, 2, 3)] == [b"1", b"2", b"3"]
    with pytest.raises(OSError, match="took 3 reads already"):
        files.read("a", 4, 1)
    assert files.read("a", 0, 2) == b"01"


def test_what_is_far_inside_a_deflated_member_is_out_of_reach() -> None:
    content = os.urandom(FURTHEST + 100)
    remote = whole(zipped({"a/1/model.onnx": content}))
    files = RemoteZip(remote.file())
    assert files.read("a/1/model.onnx", FURTHEST - 10, 10) == content[FURTHEST - 10 : FURTHEST]
    with pytest.raises(OSError, match="deflated") as raised:
        files.read("a/1/model.onnx", FURTHEST, 10)
    assert raised.value.errno == errno.EFBIG


def test_what_is_served_from_a_folder_that_was_packed_with_the_models() -> None:
    """The configurations lie deeper then, and are read all the same."""
    policy = b"version_policy { all { } }"
    data = zipped({"repo/m/config.pbtxt": policy, "repo/m/1/model": b"", "repo/m/2/model": b""})
    served = structure_served(RemoteZip(whole(data).file()))
    assert served.versions == {("m", 1), ("m", 2)}


def test_what_is_no_zip() -> None:
    good = zipped({"a/config.pbtxt": b"name" * 999}, zipfile.ZIP_STORED)
    damaged = good.replace(b"namename", b"nomename", 1)
    for data in (b"", b"x" * 100_000, damaged, good[:-1]):
        with pytest.raises(Failed, match="Publish the model repository anew"):
            read_zip(whole(data).file())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_configuration_packed_by_another_method(method: int) -> None:
    with pytest.raises(Failed, match=r"neither stored nor deflated.*Publish the model repository anew"):
        read_zip(whole(zipped({"a/config.pbtxt": b"name"}, method)).file())


GOOD = zipped({"a/config.pbtxt": b'name: "a"' * 40, "b/config.pbtxt": b"", "a/1/model": b"x" * 99})


@settings(max_examples=examples(150))
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(GOOD)),
)
def test_damage_of_any_kind_is_said(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(GOOD)
    for position, value in damage:
        data[position] = value
    for remote in (whole(bytes(data)), whole(bytes(data[:cut])), whole(bytes(data[cut:]))):
        with contextlib.suppress(Failed):
            read_zip(remote.file())


def test_an_artifact_without_members() -> None:
    assert read_zip(whole(zipped({})).file()) == ((), {})


def test_an_end_record_that_points_before_the_beginning() -> None:
    data = bytearray(GOOD)
    data[-10:-6] = (len(GOOD) * 2).to_bytes(4, "little")  # the size of the central directory
    with pytest.raises(Failed, match="Publish the model repository anew"):
        read_zip(whole(bytes(data)).file())


def test_a_lost_connection_is_not_called_damage() -> None:
    lost = Transient(ServiceAnswer("reading", 0, "ConnectionError", "reset"))

    def read(offset: int, length: int) -> bytes:
        raise lost

    with pytest.raises(Transient) as raised:
        read_zip(RangedFile(read, len(GOOD)))
    assert raised.value is lost


def test_a_service_that_ignores_ranges_is_found_out() -> None:
    data = zipped({"a/config.pbtxt": b""})
    with pytest.raises(Failed, match="asked for"):
        read_zip(RangedFile(lambda offset, length: data, len(data) * 2))


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    running = Emulator(tmp_path / "home", Immediate())
    yield running
    running.close()


LARGE = {
    f"m{number}/{place}": content
    for number in range(4)
    for place, content in (
        ("1/model.bin", 288 << 20),
        ("2/model.bin", 288 << 20),
        ("config.pbtxt", 'backend: "python" version_policy: { specific { versions: [ 1 ] } }'),
    )
}


def test_the_version_structure_of_a_live_artifact_of_two_gigabytes_costs_kilobytes_on_the_wire(
    emulator: Emulator,
) -> None:
    """Every byte that the service sends counts, headers and all that was on its way."""
    model = model_of(emulator, emulator.deploy())
    assert put_in_place(emulator, model, LARGE) > 2 << 30

    with counted(emulator.endpoint) as wire:
        client = data_science(ServiceAccess(emulator.config, emulator.auth, wire.url))
        artifacts = Artifacts(client, client, fetcher())
        served = structure_served(artifacts.content(model))

    assert served.versions == {(f"m{number}", 1) for number in range(4)}
    assert 0 < wire.received < 1_000_000


def model_of(emulator: Emulator, deployment: str) -> str:
    live = emulator.client.get_model_deployment(deployment).data
    return live.model_deployment_configuration_details.model_configuration_details.model_id


def put_in_place(emulator: Emulator, model: str, members: dict[str, str | int]) -> int:
    """Make this the content of a model, without sending it: to send gigabytes of zeros takes a minute. Its
    size in bytes.
    """
    cloud = emulator.app.state.cloud
    record = cloud.store.get("model", model)
    artifact = record.private["artifact"]
    artifact["size"] = write_zip(cloud.blobs.path(artifact["sha256"]), members)
    cloud.store.save(record)
    return artifact["size"]
