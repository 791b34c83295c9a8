"""Buckets of Object Storage, through the real SDK."""

from collections.abc import Callable

import oci
import pytest
import requests
from oci.object_storage import models as s

from tests.support.emulator import Emulator
from tests.support.storage import Storage, refused, storage, storage_client


@pytest.fixture
def store(emulator: Emulator) -> Storage:
    return storage(emulator)


class TestBuckets:
    def test_the_namespace_is_one_and_stays(self, start: Callable[..., Emulator]) -> None:
        first = start()
        namespace = storage_client(first).get_namespace().data
        first.close()
        client = storage_client(start())
        assert client.get_namespace().data == namespace
        assert client.get_namespace_metadata(namespace).data.namespace == namespace
        with refused(404, "NamespaceNotFound"):
            client.get_namespace_metadata("another")

    @pytest.mark.parametrize(
        "path", ["/n", "/n/{ns}", "/n/{ns}/b?compartmentId={compartment}", "/n/{ns}/b/b"]
    )
    def test_paths_may_end_with_a_slash(self, store: Storage, path: str) -> None:
        """As the reference of the API writes them; what was signed is what was sent."""
        bare, _, query = path.format(ns=store.namespace, compartment=store.emulator.compartment).partition(
            "?"
        )
        urls = [f"{store.emulator.endpoint}{one}?{query}".rstrip("?") for one in (bare, f"{bare}/")]
        first, second = (requests.get(url, auth=store.emulator.auth, timeout=10) for url in urls)
        assert (first.status_code, second.json()) == (200, first.json())

    def test_a_bucket_has_what_the_service_fills_in(self, store: Storage) -> None:
        bucket = store.client.get_bucket(store.namespace, "b").data
        assert (bucket.name, bucket.namespace, bucket.versioning) == ("b", store.namespace, "Disabled")
        assert (bucket.storage_tier, bucket.public_access_type) == ("Standard", "NoPublicAccess")
        assert (bucket.freeform_tags, bucket.defined_tags, bucket.metadata) == ({}, {}, {})
        assert bucket.id.startswith("ocid1.bucket.oc1.")
        head = store.client.head_bucket(store.namespace, "b")
        assert head.headers["etag"] == bucket.etag

    def test_names_are_unique_and_checked(self, store: Storage) -> None:
        with refused(409, "BucketAlreadyExists"):
            store.make("b")
        with refused(400, "InvalidBucketName"):
            store.make("no spaces")
        with refused(404, "BucketNotFound"):
            store.client.get_bucket(store.namespace, "absent")
        with refused(404, "NamespaceNotFound"):
            store.client.get_bucket("another", "b")

    def test_lists_by_name_and_page(self, store: Storage) -> None:
        for name in ("c", "a", "B"):
            store.make(name)
        listed = oci.pagination.list_call_get_all_results(
            store.client.list_buckets, store.namespace, store.emulator.compartment, limit=2
        ).data
        assert [one.name for one in listed] == ["B", "a", "b", "c"]
        assert listed[0].freeform_tags is None

    def test_an_update_changes_what_it_names(self, store: Storage) -> None:
        store.put("kept", b"here")
        before = store.client.get_bucket(store.namespace, "b").data
        details = s.UpdateBucketDetails(name="renamed", freeform_tags={"a": "b"})
        after = store.client.update_bucket(store.namespace, "b", details, if_match=before.etag).data
        assert (after.name, after.id, after.freeform_tags) == ("renamed", before.id, {"a": "b"})
        assert after.etag != before.etag
        with refused(404, "BucketNotFound"):
            store.client.get_bucket(store.namespace, "b")
        store.bucket = "renamed"
        assert store.content("kept") == b"here"
        with refused(412, "IfMatchFailed"):
            store.client.update_bucket(store.namespace, "renamed", details, if_match=before.etag)

    def test_a_move_to_another_compartment(self, store: Storage) -> None:
        tenancy = store.emulator.config["tenancy"]
        store.client.update_bucket(store.namespace, "b", s.UpdateBucketDetails(compartment_id=tenancy))
        listed = store.client.list_buckets(store.namespace, tenancy).data
        assert [one.name for one in listed] == ["b"]
        assert store.client.list_buckets(store.namespace, store.emulator.compartment).data == []

    def test_only_an_empty_bucket_can_be_deleted(self, store: Storage) -> None:
        store.put("o")
        with refused(409, "BucketNotEmpty"):
            store.client.delete_bucket(store.namespace, "b")
        store.delete("o")
        details = s.CreateMultipartUploadDetails(object="o")
        upload = store.client.create_multipart_upload(store.namespace, "b", details).data
        with refused(409, "BucketNotEmpty"):
            store.client.delete_bucket(store.namespace, "b")
        store.client.abort_multipart_upload(store.namespace, "b", "o", upload.upload_id)
        assert store.client.delete_bucket(store.namespace, "b").status == 204
        with refused(404, "BucketNotFound"):
            store.put("o")

    def test_count_and_size_when_asked_for(self, store: Storage) -> None:
        store.put("a", b"12345")
        store.put("b", b"123")
        fields = ["approximateCount", "approximateSize"]
        found = store.client.get_bucket(store.namespace, "b", fields=fields).data
        assert (found.approximate_count, found.approximate_size) == (2, 8)


def test_a_bucket_that_has_changed_is_not_deleted(store: Storage) -> None:
    etag = store.client.get_bucket(store.namespace, "b").headers["etag"]
    details = s.UpdateBucketDetails(freeform_tags={"a": "1"})
    changed = store.client.update_bucket(store.namespace, "b", details).headers["etag"]
    with refused(412, "IfMatchFailed"):
        store.client.delete_bucket(store.namespace, "b", if_match=etag)
    store.client.delete_bucket(store.namespace, "b", if_match=changed)


def test_pages_of_buckets_stay_true_while_buckets_come_and_go(store: Storage) -> None:
    for name in ("c", "d", "e"):
        store.make(name)
    compartment = store.emulator.compartment
    first = store.client.list_buckets(store.namespace, compartment, limit=2)
    store.client.delete_bucket(store.namespace, "b")
    store.make("a")
    page = first.headers["opc-next-page"]
    second = store.client.list_buckets(store.namespace, compartment, limit=2, page=page)
    assert [one.name for one in (*first.data, *second.data)] == ["b", "c", "d", "e"]
