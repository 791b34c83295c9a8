"""Object Storage."""

import hashlib
import json
from typing import Any

import requests

from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator
from tests.support.refusals.proof import Cloud, refused


def _namespace(e: Emulator) -> str:
    return str(requests.get(f"{e.endpoint}/n", auth=e.auth, timeout=10).json())


def _send(e: Emulator, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{e.endpoint}/n/{_namespace(e)}/b{path}"
    return requests.request(method, url, data=body, auth=e.auth, headers=names, timeout=10)


def _bucket(e: Emulator, name: str) -> Any:
    body = f'{{"name": "{name}", "compartmentId": "{e.compartment}"}}'.encode()
    return _send(e, "POST", "", body, content_type="application/json")


@refused("no-bucket")
def no_bucket(cloud: Cloud) -> requests.Response:
    return _send(cloud(), "GET", "/nothing")


@refused("no-object")
def no_object(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "empty").ok
    return _send(e, "GET", "/empty/o/nothing")


@refused("bucket-taken")
def bucket_taken(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "taken").ok
    return _bucket(e, "taken")


@refused("bucket-not-empty")
def bucket_not_empty(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "full").ok
    assert _send(e, "PUT", "/full/o/one", b"content", content_type="text/plain").ok
    return _send(e, "DELETE", "/full")


@refused("object-there")
def object_there(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "once").ok
    assert _send(e, "PUT", "/once/o/one", b"content", content_type="text/plain").ok
    return _send(e, "PUT", "/once/o/one", b"other", content_type="text/plain", if_none_match="*")


@refused("object-changed")
def object_changed(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "changed").ok
    assert _send(e, "PUT", "/changed/o/one", b"content", content_type="text/plain").ok
    return _send(e, "PUT", "/changed/o/one", b"other", content_type="text/plain", if_match="old")


@refused("no-namespace")
def no_namespace(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.get(f"{e.endpoint}/n/others/b/any", auth=e.auth, timeout=10)


@refused("bucket-name")
def bucket_name(cloud: Cloud) -> requests.Response:
    return _bucket(cloud(), "a/b")


def _post(e: Emulator, path: str, body: Any) -> Any:
    return _send(e, "POST", path, json.dumps(body).encode(), content_type="application/json")


@refused("bucket-leaves")
def bucket_leaves(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "leaves").ok
    return _post(e, "/leaves", {"namespace": "others"})


def _put(cloud: Cloud, bucket: str, name: str = "one", **headers: str) -> Any:
    e = cloud()
    assert _bucket(e, bucket).ok
    return _send(e, "PUT", f"/{bucket}/o/{name}", b"content", content_type="text/plain", **headers)


@refused("object-name")
def object_name(cloud: Cloud) -> requests.Response:
    return _put(cloud, "long-name", "n" * 1025)


@refused("object-md5")
def object_md5(cloud: Cloud) -> requests.Response:
    return _put(cloud, "md5", content_md5="AAAAAAAAAAAAAAAAAAAAAA==")


@refused("object-metadata")
def object_metadata(cloud: Cloud) -> requests.Response:
    return _put(cloud, "metadata", **{f"opc_meta_{number}": "v" * 1000 for number in range(5)})


@refused("renamed-to-itself")
def renamed_to_itself(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "same").ok
    return _post(cloud(), "/same/actions/renameObject", {"sourceName": "one", "newName": "one"})


@refused("object-without-length")
def object_without_length(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _bucket(e, "without-length").ok
    url = f"{e.endpoint}/n/{_namespace(e)}/b/without-length/o/one"
    return requests.put(url, data=iter([b"one"]), auth=e.auth.without_content_headers, timeout=10)


@refused("large-object")
def large_object(cloud: Cloud) -> requests.Response:
    """The limit is a small one here."""
    small = cloud(limits=Limits(object_bytes=3))
    return _put(lambda: small, "large")


@refused("object-range")
def object_range(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "range").ok
    return _send(cloud(), "GET", "/range/o/one", range="bytes=7-")


@refused("other-delimiter")
def other_delimiter(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "delimiter").ok
    return _send(cloud(), "GET", "/delimiter/o?delimiter=n")


@refused("unknown-fields")
def unknown_fields(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "fields").ok
    return _send(cloud(), "GET", "/fields/o?fields=name,colour")


# -- uploads in parts


def _begin(cloud: Cloud, bucket: str, **fields: Any) -> Any:
    e = cloud()
    assert _bucket(e, bucket).ok
    return _post(e, f"/{bucket}/u", {"object": "one", **fields})


def _part(e: Emulator, bucket: str, query: str, content: bytes = b"content") -> Any:
    return _send(e, "PUT", f"/{bucket}/u/one?{query}", content, content_type="text/plain")


def _commit(e: Emulator, bucket: str, upload: str, *parts: tuple[int, str]) -> Any:
    body = {"partsToCommit": [{"partNum": number, "etag": etag} for number, etag in parts]}
    return _post(e, f"/{bucket}/u/one?uploadId={upload}", body)


@refused("no-upload")
def no_upload(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "no-upload").ok
    return _part(cloud(), "no-upload", "uploadId=nobody&uploadPartNum=1")


@refused("no-upload-id")
def no_upload_id(cloud: Cloud) -> requests.Response:
    assert _put(cloud, "no-upload-id").ok
    return _part(cloud(), "no-upload-id", "uploadPartNum=1")


@refused("part-number")
def part_number(cloud: Cloud) -> requests.Response:
    upload = _begin(cloud, "number").json()["uploadId"]
    return _part(cloud(), "number", f"uploadId={upload}&uploadPartNum=10001")


@refused("wrong-part")
def wrong_part(cloud: Cloud) -> requests.Response:
    upload = _begin(cloud, "wrong-part").json()["uploadId"]
    return _commit(cloud(), "wrong-part", upload, (1, "none"))


def _two_parts(cloud: Cloud, bucket: str) -> tuple[str, list[tuple[int, str]]]:
    """An upload, and the numbers and etags of its parts."""
    e, upload = cloud(), _begin(cloud, bucket).json()["uploadId"]
    answers = (_part(e, bucket, f"uploadId={upload}&uploadPartNum={number}") for number in (1, 2))
    return upload, [(number, answer.headers["etag"]) for number, answer in enumerate(answers, 1)]


@refused("small-part")
def small_part(cloud: Cloud) -> requests.Response:
    upload, parts = _two_parts(cloud, "small")
    return _commit(cloud(), "small", upload, *parts)


@refused("part-order")
def part_order(cloud: Cloud) -> requests.Response:
    upload, parts = _two_parts(cloud, "order")
    return _commit(cloud(), "order", upload, *reversed(parts))


@refused("commit-not-json")
def commit_not_json(cloud: Cloud) -> requests.Response:
    upload = _begin(cloud, "not-json").json()["uploadId"]
    path = f"/not-json/u/one?uploadId={upload}"
    return _send(cloud(), "POST", path, b"{", content_type="application/json")


@refused("upload-metadata")
def upload_metadata(cloud: Cloud) -> requests.Response:
    return _begin(cloud, "upload-metadata", metadata={"mine": "1"})


@refused("parts-changed")
def parts_changed(cloud: Cloud) -> requests.Response:
    """Another one has replaced the part and freed its bytes since the commit looked."""
    e, upload = cloud(), _begin(cloud, "changed-parts").json()["uploadId"]
    etag = _part(e, "changed-parts", f"uploadId={upload}&uploadPartNum=1", b"to go").headers["etag"]
    (e.home / "artifacts" / hashlib.sha256(b"to go").hexdigest()).unlink()
    return _commit(e, "changed-parts", upload, (1, etag))
