"""Multipart uploads, by the SDK's upload manager and by hand."""

import base64
import hashlib
import os
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.object_storage import models as s

from datascience_emulator.store.blobs import Incoming
from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator
from tests.support.storage import Storage, refused, storage, storage_client

SMALL = Limits(part_bytes=1)
"""Parts are small here, for the sake of time."""


@pytest.fixture
def store(start: Callable[..., Emulator]) -> Storage:
    return storage(start(limits=SMALL))


class Upload:
    """One multipart upload of `name`, step by step."""

    def __init__(self, store: Storage, name: str = "o", **details: Any) -> None:
        self.store, self.name = store, name
        asked = s.CreateMultipartUploadDetails(object=name, **details)
        answer = store.client.create_multipart_upload(store.namespace, store.bucket, asked)
        self.id = answer.data.upload_id

    def at(self) -> tuple[str, str, str, str]:
        return self.store.namespace, self.store.bucket, self.name, self.id

    def part(self, number: int, content: bytes, **more: Any) -> str:
        headers = self.store.client.upload_part(*self.at(), number, content, **more).headers
        return str(headers["etag"])

    def commit(self, parts: dict[int, str], exclude: list[int] | None = None, **more: Any) -> Any:
        named = [s.CommitMultipartUploadPartDetails(part_num=n, etag=etag) for n, etag in parts.items()]
        details = s.CommitMultipartUploadDetails(parts_to_commit=named, parts_to_exclude=exclude)
        return self.store.client.commit_multipart_upload(*self.at(), details, **more)

    def abort(self) -> Any:
        return self.store.client.abort_multipart_upload(*self.at())

    def parts(self, **more: Any) -> list[Any]:
        found: list[Any] = self.store.client.list_multipart_upload_parts(*self.at(), **more).data
        return found


def joined_md5(*parts: bytes) -> str:
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).digest()
    return f"{base64.b64encode(digest).decode()}-{len(parts)}"


class TestUploadManager:
    def test_a_file_in_parallel_parts(self, store: Storage, tmp_path: Path) -> None:
        content = os.urandom(5_300_000)
        (tmp_path / "file").write_bytes(content)
        manager = oci.object_storage.UploadManager(
            store.client, allow_parallel_uploads=True, parallel_process_count=4
        )
        answer = manager.upload_file(
            store.namespace, "b", "big", str(tmp_path / "file"), part_size=1_000_000, metadata={"who": "me"}
        )
        parts = [content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000)]
        assert answer.headers["opc-multipart-md5"] == joined_md5(*parts)
        head = store.head("big").headers
        assert (head["opc-multipart-md5"], head["opc-meta-who"]) == (joined_md5(*parts), "me")
        assert "content-md5" not in head
        assert store.content("big") == content
        assert store.get("big", range="bytes=999998-1000001").data.content == content[999_998:1_000_002]
        assert store.stored() == [hashlib.sha256(content).hexdigest()]
        assert store.client.list_multipart_uploads(store.namespace, "b").data == []

    def test_a_stream(self, store: Storage, tmp_path: Path) -> None:
        content = os.urandom(2_500_000)
        (tmp_path / "file").write_bytes(content)
        manager = oci.object_storage.UploadManager(store.client, allow_parallel_uploads=True)
        with (tmp_path / "file").open("rb") as file:
            manager.upload_stream(store.namespace, "b", "o", file, part_size=1_000_000)
        assert store.content("o") == content

    def test_an_empty_stream_is_one_object(self, store: Storage, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        manager = oci.object_storage.UploadManager(store.client)
        with (tmp_path / "file").open("rb") as file:
            manager.upload_stream(store.namespace, "b", "o", file)
        assert store.content("o") == b""

    def test_an_upload_goes_on_after_a_restart(self, start: Callable[..., Emulator], tmp_path: Path) -> None:
        content = os.urandom(3_000_000)
        (tmp_path / "file").write_bytes(content)
        first = storage(start(limits=SMALL))
        upload = Upload(first, "big")
        upload.part(2, content[1_000_000:2_000_000])
        first.emulator.close()
        second = storage(start(limits=SMALL))
        manager = oci.object_storage.UploadManager(second.client)
        manager.resume_upload_file(
            second.namespace, "b", "big", str(tmp_path / "file"), upload.id, part_size=1_000_000
        )
        assert second.content("big") == content


class TestByHand:
    @pytest.mark.shows("multipart")
    def test_parts_in_any_order(self, store: Storage) -> None:
        upload = Upload(store, content_type="text/plain", metadata={"opc-meta-k": "v"})
        parts = {3: upload.part(3, b"three"), 1: upload.part(1, b"one")}
        listed = upload.parts()
        assert [(one.part_number, one.size) for one in listed] == [(1, 3), (3, 5)]
        assert [one.etag for one in listed] == [parts[1], parts[3]]
        (seen,) = store.client.list_multipart_uploads(store.namespace, "b").data
        assert (seen.upload_id, seen.object, seen.bucket) == (upload.id, "o", "b")
        upload.commit(dict(sorted(parts.items())))
        answer = store.get("o")
        assert (answer.data.content, answer.headers["content-type"]) == (b"onethree", "text/plain")
        assert answer.headers["opc-meta-k"] == "v"
        with refused(404, "UploadNotFound"):
            upload.commit(parts)

    def test_a_part_again_replaces_it(self, store: Storage) -> None:
        upload = Upload(store)
        old, new = upload.part(1, b"old"), upload.part(1, b"new")
        assert store.stored() == [hashlib.sha256(b"new").hexdigest()]
        with refused(400, "InvalidUploadPart"):
            upload.commit({1: old})
        upload.commit({1: new})
        assert store.content("o") == b"new"

    def test_what_cannot_be_committed(self, store: Storage) -> None:
        upload = Upload(store)
        one, two = upload.part(1, b"1"), upload.part(2, b"2")
        with refused(400, "InvalidUploadPartOrder"):
            upload.commit({2: two, 1: one})
        with refused(400, "InvalidUploadPart"):
            upload.commit({1: one, 2: two, 3: "absent"})
        with refused(400, "InvalidUploadPart"):
            upload.commit({1: one})
        with refused(400, "InvalidUploadPart"):
            upload.commit({1: one, 2: two}, exclude=[2])
        with refused(400, "InvalidParameter"):
            upload.commit({})
        upload.commit({2: two}, exclude=[1])
        assert store.content("o") == b"2"
        assert store.stored() == [hashlib.sha256(b"2").hexdigest()]

    def test_only_the_last_part_may_be_small(self, start: Callable[..., Emulator]) -> None:
        upload = Upload(storage(start(limits=Limits(part_bytes=3))))
        parts = {1: upload.part(1, b"12"), 2: upload.part(2, b"3")}
        with refused(400, "InvalidUploadPart"):
            upload.commit(parts)
        upload.commit({1: upload.part(1, b"123"), 2: parts[2]})
        assert upload.store.content("o") == b"1233"

    def test_an_abort_leaves_nothing(self, store: Storage) -> None:
        upload = Upload(store)
        upload.part(1, b"1")
        assert upload.abort().status == 204
        assert store.stored() == []
        for again in (upload.abort, upload.parts, lambda: upload.part(1, b"x")):
            with refused(404, "UploadNotFound"):
                again()

    def test_an_upload_belongs_to_its_object(self, store: Storage) -> None:
        upload = Upload(store, "mine")
        upload.name = "other"
        with refused(404, "UploadNotFound"):
            upload.part(1, b"x")

    def test_numbers_and_digests_of_parts(self, store: Storage) -> None:
        upload = Upload(store)
        for number in (0, 10_001):
            with refused(400, "InvalidUploadPartNumber"):
                upload.part(number, b"x")
        with refused(400, "UnmatchedContentMD5"):
            upload.part(1, b"x", content_md5="AAAAAAAAAAAAAAAAAAAAAA==")
        assert upload.parts() == []

    def test_conditions(self, store: Storage) -> None:
        upload = Upload(store)
        etag = upload.part(1, b"upload")
        store.put("o", b"first")
        with refused(412, "IfNoneMatchFailed"):
            upload.commit({1: etag}, if_none_match="*")
        details = s.CreateMultipartUploadDetails(object="o")
        with refused(412, "IfNoneMatchFailed"):
            store.client.create_multipart_upload(store.namespace, "b", details, if_none_match="*")
        assert store.content("o") == b"first"
        upload.commit({1: etag}, if_match=store.head("o").headers["etag"])
        assert store.content("o") == b"upload"

    def test_metadata_must_be_fit_for_headers(self, store: Storage) -> None:
        for metadata in ({"k": "v"}, {"opc-meta-k": "ü"}, {"opc-meta-k": "a\r\nb: c"}, {"opc-meta-k:": "v"}):
            with pytest.raises(oci.exceptions.ServiceError) as caught:
                Upload(store, metadata=metadata)
            assert caught.value.status == 400

    def test_one_of_many_commits(self, store: Storage) -> None:
        upload = Upload(store)
        content = os.urandom(3_000_000)
        etag = upload.part(1, content)

        def commit(_: int) -> int:
            mine = Upload.__new__(Upload)
            mine.store = Storage(store.emulator, storage_client(store.emulator), store.namespace)
            mine.name, mine.id = upload.name, upload.id
            try:
                return int(mine.commit({1: etag}).status)
            except oci.exceptions.ServiceError as error:
                return int(error.status)

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(commit, range(4)))[0] == 200
        assert store.content("o") == content
        assert store.stored() == [hashlib.sha256(content).hexdigest()]

    def test_pages_of_parts(self, store: Storage) -> None:
        upload = Upload(store)
        for number in range(1, 6):
            upload.part(number, b"x")
        listed = oci.pagination.list_call_get_all_results(
            store.client.list_multipart_upload_parts, *upload.at(), limit=2
        ).data
        assert [one.part_number for one in listed] == [1, 2, 3, 4, 5]

    def test_an_upload_is_in_the_bucket_that_was_renamed(self, store: Storage) -> None:
        upload = Upload(store)
        parts = {1: upload.part(1, b"x")}
        store.client.update_bucket(store.namespace, store.bucket, s.UpdateBucketDetails(name="renamed"))
        store.bucket = "renamed"
        (listed,) = store.client.list_multipart_uploads(store.namespace, "renamed").data
        assert (listed.bucket, listed.upload_id) == ("renamed", upload.id)
        upload.commit(parts)
        assert store.content("o") == b"x"


@pytest.mark.parametrize(
    ("again", "refusal"),
    [(b"other", (409, "ConcurrentObjectUpdate")), (b"first", (400, "InvalidUploadPart"))],
)
def test_a_part_that_changes_while_they_are_put_together(
    store: Storage, monkeypatch: pytest.MonkeyPatch, again: bytes, refusal: tuple[int, str]
) -> None:
    upload, append = Upload(store), Incoming.append
    parts = {1: upload.part(1, b"first")}
    begun, changed = threading.Event(), threading.Event()

    def slowly(incoming: Incoming, paths: Any) -> None:
        begun.set()
        assert changed.wait(10)
        append(incoming, paths)

    monkeypatch.setattr(Incoming, "append", slowly)
    with ThreadPoolExecutor() as pool:
        committed = pool.submit(upload.commit, parts)
        assert begun.wait(10)
        parts = {1: upload.part(1, again)}
        changed.set()
        with refused(*refusal):
            committed.result()
    assert store.names() == []
    assert [one.etag for one in upload.parts()] == [parts[1]]
    upload.commit(parts)
    assert store.content("o") == again


def test_a_commit_holds_no_parts_in_memory_and_blocks_nobody(store: Storage) -> None:
    upload, part = Upload(store, "big"), os.urandom(1_000_000) * 16
    parts = {number: upload.part(number, part) for number in range(1, 9)}
    tracemalloc.start()
    thread = threading.Thread(target=upload.commit, args=(parts,))
    thread.start()
    answered = 0
    while thread.is_alive():
        store.client.get_namespace()
        answered += 1
    thread.join()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000
    assert answered > 1
    assert store.head("big").headers["content-length"] == str(8 * len(part))
