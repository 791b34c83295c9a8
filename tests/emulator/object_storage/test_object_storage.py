"""Objects of Object Storage, through the real SDK: conditions, ranges, names and lists."""

import base64
import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oci
import pytest
import requests
from oci.object_storage import models as s

from datascience_emulator.object_storage.records import named_bucket, put_object
from tests.support.emulator import Emulator
from tests.support.storage import Storage, refused, storage, storage_client


@pytest.fixture
def store(emulator: Emulator) -> Storage:
    return storage(emulator)


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def race(store: Storage, clients: int, **conditions: str) -> dict[int, tuple[int, str | None]]:
    """Everyone puts a number; what each was told."""

    def put(number: int) -> tuple[int, str | None]:
        client = storage_client(store.emulator)
        try:
            client.put_object(store.namespace, store.bucket, "o", b"%07d" % number, **conditions)
        except oci.exceptions.ServiceError as error:
            return error.status, error.code
        return 200, None

    with ThreadPoolExecutor(clients) as pool:
        return dict(enumerate(pool.map(put, range(clients))))


class TestObjects:
    def test_what_goes_in_comes_out(self, store: Storage) -> None:
        content = b"hello" * 1000
        put = store.put(
            "a/b.txt", content, content_type="text/plain", content_md5=md5(content), opc_meta={"who": "me"}
        )
        assert put.headers["opc-content-md5"] == md5(content)
        for answer in (store.get("a/b.txt"), store.head("a/b.txt")):
            headers = answer.headers
            assert (headers["content-type"], headers["opc-meta-who"]) == ("text/plain", "me")
            assert (headers["etag"], headers["content-md5"]) == (put.headers["etag"], md5(content))
            assert (headers["content-length"], headers["accept-ranges"]) == ("5000", "bytes")
        assert store.content("a/b.txt") == content

    def test_streams_and_signed_bodies_are_both_verified(self, store: Storage) -> None:
        store.put("stream", io.BytesIO(b"streamed"))
        assert store.content("stream") == b"streamed"
        assert store.raw("PUT", "/o/signed", b"signed").status_code == 200
        assert store.content("signed") == b"signed"

    def test_a_body_other_than_the_signed_one(self, store: Storage) -> None:
        url = f"{store.emulator.endpoint}/n/{store.namespace}/b/b/o/forged"
        request = requests.Request("PUT", url, data=b"as signed", auth=store.emulator.auth).prepare()
        request.body = b"not it at"
        answer = requests.Session().send(request, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")
        assert store.names() == []
        assert store.stored() == []

    def test_unsigned_requests_are_refused(self, store: Storage) -> None:
        url = f"{store.emulator.endpoint}/n/{store.namespace}/b/b/o/x"
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            assert requests.request(method, url, data=b"", timeout=10).status_code == 401

    def test_a_wrong_md5_leaves_nothing(self, store: Storage) -> None:
        with refused(400, "UnmatchedContentMD5"):
            store.put("o", b"content", content_md5=md5(b"other"))
        assert store.names() == []
        assert store.stored() == []

    def test_content_that_nobody_has_any_more_is_removed(self, store: Storage) -> None:
        store.put("a", b"same")
        store.put("b", b"same")
        store.put("a", b"new")
        assert store.stored() == sorted(hashlib.sha256(one).hexdigest() for one in (b"same", b"new"))
        store.delete("b")
        assert store.stored() == [hashlib.sha256(b"new").hexdigest()]
        assert store.delete("a").status == 204
        assert store.stored() == []
        with refused(404, "ObjectNotFound"):
            store.delete("a")
        with refused(404, "ObjectNotFound"):
            store.get("a")

    def test_content_left_by_a_killed_process_is_removed(self, start: Callable[..., Emulator]) -> None:
        first = storage(start())
        first.put("kept", b"kept")
        first.emulator.close()
        left = first.emulator.home / "artifacts" / hashlib.sha256(b"lost").hexdigest()
        left.write_bytes(b"lost")  # stored, and killed before the commit
        (left.parent / "incoming-1").write_bytes(b"half")
        second = storage(start())
        assert second.stored() == [hashlib.sha256(b"kept").hexdigest()]
        assert second.content("kept") == b"kept"

    def test_rename(self, store: Storage) -> None:
        store.put("old", b"content", opc_meta={"k": "v"})
        store.put("taken", b"other")

        def rename(**details: str) -> Any:
            return store.client.rename_object(store.namespace, "b", s.RenameObjectDetails(**details))

        with refused(412, "IfNoneMatchFailed"):
            rename(source_name="old", new_name="taken", new_obj_if_none_match_e_tag="*")
        with refused(400, "SourceNameSameAsNewName"):
            rename(source_name="old", new_name="old")
        rename(source_name="old", new_name="taken")
        assert store.names() == ["taken"]
        assert store.get("taken").headers["opc-meta-k"] == "v"
        assert store.stored() == [hashlib.sha256(b"content").hexdigest()]

    @pytest.mark.parametrize("end", ["src_obj_if_match_e_tag", "new_obj_if_match_e_tag"])
    def test_rename_guarded_by_an_etag(self, store: Storage, end: str) -> None:
        etags = {
            "src_obj_if_match_e_tag": store.put("old", b"content").headers["etag"],
            "new_obj_if_match_e_tag": store.put("taken", b"other").headers["etag"],
        }

        def rename(etag: str) -> None:
            details = s.RenameObjectDetails(source_name="old", new_name="taken", **{end: etag})
            store.client.rename_object(store.namespace, "b", details)

        with refused(412, "IfMatchFailed"):
            rename("another")
        assert store.names() == ["old", "taken"]
        rename(etags[end])
        assert (store.names(), store.content("taken")) == (["taken"], b"content")

    def test_metadata_has_a_limit(self, store: Storage) -> None:
        with refused(400, "MetadataTooLarge"):
            store.put("o", opc_meta={"k": "v" * 5000})


class TestConditions:
    @pytest.mark.shows("object-conditions")
    def test_if_match(self, store: Storage) -> None:
        with refused(412, "IfMatchFailed"):
            store.put("o", if_match="*")
        etag = store.put("o", b"1").headers["etag"]
        again = store.put("o", b"2", if_match=etag).headers["etag"]
        assert again != etag
        with refused(412, "IfMatchFailed"):
            store.put("o", b"3", if_match=etag)
        with refused(412, "IfMatchFailed"):
            store.delete("o", if_match=etag)
        with refused(412, "IfMatchFailed"):
            store.get("o", if_match=etag)
        assert store.get("o", if_match=again).data.content == b"2"
        store.delete("o", if_match=again)

    def test_if_none_match(self, store: Storage) -> None:
        etag = store.put("o", b"1", if_none_match="*").headers["etag"]
        with refused(412, "IfNoneMatchFailed"):
            store.put("o", b"2", if_none_match="*")
        assert store.content("o") == b"1"
        answer = store.raw("GET", "/o/o", **{"if-none-match": etag})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert store.raw("GET", "/o/o", **{"if-none-match": "another"}).content == b"1"

    @pytest.mark.shows("object-conditions")
    def test_one_of_many_makes_the_object(self, store: Storage) -> None:
        outcomes = race(store, 12, if_none_match="*")
        assert sorted(outcomes.values()) == [(200, None)] + [(412, "IfNoneMatchFailed")] * 11
        assert outcomes[int(store.content("o"))] == (200, None)
        assert len(store.stored()) == 1

    def test_one_of_many_replaces_it(self, store: Storage) -> None:
        etag = store.put("o", b"first").headers["etag"]
        outcomes = race(store, 8, if_match=etag)
        assert sorted(outcomes.values()) == [(200, None)] + [(412, "IfMatchFailed")] * 7
        assert outcomes[int(store.content("o"))] == (200, None)
        assert len(store.stored()) == 1

    def test_a_large_upload_that_is_refused_gets_its_answer(self, store: Storage) -> None:
        store.put("o")
        with refused(412, "IfNoneMatchFailed"):
            store.put("o", io.BytesIO(bytes(30_000_000)), if_none_match="*")


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "expected", "said"),
        [
            ("bytes=0-0", b"0", "bytes 0-0/10"),
            ("bytes=3-5", b"345", "bytes 3-5/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=-2", b"89", "bytes 8-9/10"),
            ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ],
    )
    @pytest.mark.shows("object-ranges")
    def test_one_range(self, store: Storage, asked: str, expected: bytes, said: str) -> None:
        store.put("o", b"0123456789")
        answer = store.get("o", range=asked)
        assert (answer.status, answer.data.content) == (206, expected)
        assert answer.headers["content-range"] == said
        assert "content-md5" not in answer.headers

    def test_outside_and_many(self, store: Storage) -> None:
        store.put("o", b"0123456789")
        with refused(416, "InvalidParameter"):
            store.get("o", range="bytes=10-")
        with refused(400, "InvalidParameter"):
            store.get("o", range="bytes=0-1,3-4")

    def test_an_empty_object(self, store: Storage) -> None:
        store.put("o", b"")
        assert store.content("o") == b""
        assert store.head("o").headers["content-length"] == "0"


_NAMES = [
    "..",
    "../x",
    "/",
    "//a//",
    "a b+c&d=e?f#g",
    "%2F",
    "%252e%252e",
    "ü/ß/日本/🦀",
    "x" * 1024,
    "é" * 512,
    "$(id)",
    "'",
    "a\ud7ff",  # the code points that follow it are no characters
    "a\U0010ffff",
]


class TestNames:
    @pytest.mark.parametrize("name", _NAMES)
    def test_a_name_is_no_path(self, store: Storage, name: str) -> None:
        # Strict: the SDK would otherwise resolve `..` and `//` before it sends them.
        store.put(name, name.encode(), enable_strict_url_encoding=True)
        assert store.get(name, enable_strict_url_encoding=True).data.content == name.encode()
        assert store.names() == [name]
        assert store.names(prefix=name) == [name]
        assert len(store.stored()) == 1
        assert not list(store.emulator.home.parent.glob("x*"))
        store.delete(name, enable_strict_url_encoding=True)
        assert store.names() == []

    @pytest.mark.parametrize("name", ["%00", "a%0A", "%0D", "a%0Ab", "%FF", "x" * 1025, "%C3%A9" * 513])
    def test_what_is_no_name(self, store: Storage, name: str) -> None:
        store.put("a")
        for method in ("PUT", "GET", "DELETE"):
            answer = store.raw(method, f"/o/{name}")
            assert (answer.status_code, answer.json()["code"]) == (400, "InvalidObjectName")
        assert store.names() == ["a"]

    def test_other_objects_are_not_in_the_way(self, store: Storage) -> None:
        store.make("bb")
        store.put("o", b"of b")
        store.client.put_object(store.namespace, "bb", "o", b"of bb")
        assert store.content("o") == b"of b"
        store.bucket = "bb"
        assert (store.names(), store.content("o")) == (["o"], b"of bb")


class TestLists:
    def fill(self, store: Storage, *names: str) -> None:
        for name in names:
            store.put(name, name.encode())

    def test_prefix_start_and_end(self, store: Storage) -> None:
        self.fill(store, "b/2", "a", "b/1", "c", "b/3")
        assert store.names() == ["a", "b/1", "b/2", "b/3", "c"]
        assert store.names(prefix="b/") == ["b/1", "b/2", "b/3"]
        assert store.names(prefix="b/", start="b/2") == ["b/2", "b/3"]
        assert store.names(start="b/2", end="c") == ["b/2", "b/3"]
        assert store.names(start_after="b/2") == ["b/3", "c"]
        assert store.names(prefix="nothing") == []

    @pytest.mark.shows("object-folders")
    def test_folders(self, store: Storage) -> None:
        self.fill(store, "a/1", "a/2/x", "a/2/y", "b", "c/1")
        top = store.listing(delimiter="/")
        assert ([one.name for one in top.objects], top.prefixes) == (["b"], ["a/", "c/"])
        below = store.listing(delimiter="/", prefix="a/")
        assert ([one.name for one in below.objects], below.prefixes) == (["a/1"], ["a/2/"])
        with refused(400, "InvalidParameter"):
            store.listing(delimiter="-")

    @pytest.mark.shows("object-folders")
    def test_pages(self, store: Storage) -> None:
        self.fill(store, *(f"d{number}/{part}" for number in range(4) for part in "ab"), "e")
        for delimiter in (None, "/"):
            more = {"delimiter": delimiter} if delimiter else {}
            seen: list[str] = []
            start: dict[str, str] = {}
            while True:
                page = store.listing(limit=2, **more, **start)
                found = [one.name for one in page.objects] + (page.prefixes or [])
                assert 0 < len(found) <= 2
                seen += found
                if page.next_start_with is None:
                    break
                start = {"start": page.next_start_with}
            expected = ["d0/", "d1/", "d2/", "d3/", "e"] if delimiter else store.names()
            assert sorted(seen) == expected
            full = store.listing(limit=len(expected), **more)
            assert full.next_start_with is None, "a page that is exactly full is the last"

    def test_fields(self, store: Storage) -> None:
        etag = store.put("o", b"12345").headers["etag"]
        (bare,) = store.listing().objects
        assert (bare.name, bare.size, bare.etag) == ("o", None, None)
        fields = "name,SIZE,etag,md5,timeCreated,timeModified,storageTier,archivalState"
        (full,) = store.listing(fields=fields).objects
        assert (full.size, full.etag, full.md5) == (5, etag, md5(b"12345"))
        assert (full.storage_tier, full.archival_state) == ("Standard", None)
        assert full.time_created == full.time_modified
        with refused(400, "InvalidParameter"):
            store.listing(fields="owner")

    def test_limits(self, store: Storage) -> None:
        for limit in ("0", "1001", "x"):
            assert store.raw("GET", f"/o?limit={limit}").status_code == 400

    def test_a_list_looks_at_what_it_returns(self, store: Storage) -> None:
        """The plan, not the clock: with thousands of objects, the index of ids is what is searched."""
        database = store.emulator.app.state.cloud.store._db
        seen: list[str] = []
        database.set_trace_callback(seen.append)
        store.listing(prefix="a")
        database.set_trace_callback(None)
        (query,) = [one for one in seen if "'object'" in one]
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert plan == ["SEARCH resources USING INDEX sqlite_autoindex_resources_1 (id>? AND id<?)"]

    def test_thousands_in_one_folder_cost_one_look(self, store: Storage) -> None:
        inner = store.emulator.app.state.cloud.store
        bucket = named_bucket(inner, store.namespace, "b")
        names = [f"big/{number:05}" for number in range(3000)] + ["last"]
        with inner.transaction():
            for name in names:
                put_object(inner, bucket, name, {"md5": ""}, {"artifact": {"sha256": "", "size": 0}})
        page = store.listing(delimiter="/")
        assert ([one.name for one in page.objects], page.prefixes) == (["last"], ["big/"])
        seen: list[str] = []
        while True:
            page = store.listing(start=seen[-1] if seen else "")
            seen = seen[:-1] + [one.name for one in page.objects] + [page.next_start_with or ""]
            if not page.next_start_with:
                break
        assert seen[:-1] == names
