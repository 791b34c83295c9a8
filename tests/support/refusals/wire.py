"""Refusals that all operations share, and those of tags."""

from typing import Any

import requests

from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator
from tests.support.refusals.proof import CONFIG, MODEL, Cloud, deploy, deployment, ocid, refused


def _list(e: Emulator, query: str = "") -> requests.Response:
    return e.raw("GET", f"/projects?compartmentId={e.compartment}{query}")


def _make(e: Emulator, **fields: Any) -> requests.Response:
    return e.raw("POST", "/projects", {"compartmentId": e.compartment, **fields})


@refused("no-such-route")
def no_such_route(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", "/nothing")


@refused("method-not-allowed")
def method_not_allowed(cloud: Cloud) -> requests.Response:
    return cloud().raw("PUT", "/projects", {})


@refused("not-json")
def not_json(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", b"{", content_type="application/json")


@refused("missing-field")
def missing_field(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", {"displayName": "nowhere"})


@refused("missing-query")
def missing_query(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", "/projects")


@refused("limit-zero")
def limit_zero(cloud: Cloud) -> requests.Response:
    return _list(cloud(), "&limit=0")


@refused("limit-too-large")
def limit_too_large(cloud: Cloud) -> requests.Response:
    return _list(cloud(), "&limit=101")


@refused("unknown-sort")
def unknown_sort(cloud: Cloud) -> requests.Response:
    return _list(cloud(), "&sortBy=colour")


@refused("foreign-page")
def foreign_page(cloud: Cloud) -> requests.Response:
    return _list(cloud(), "&page=bm90aGluZw==")


@refused("not-found")
def not_found(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", f"/models/{ocid('datasciencemodel')}")


@refused("unknown-compartment")
def unknown_compartment(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", f"/projects?compartmentId={ocid('compartment')}")


@refused("etag-mismatch")
def etag_mismatch(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("PUT", f"/projects/{e.project()}", {"displayName": "other"}, if_match="old")


@refused("retry-token-used")
def retry_token_used(cloud: Cloud) -> requests.Response:
    e = cloud()
    first = e.raw("POST", "/projects", {"compartmentId": e.compartment}, opc_retry_token="twice")
    assert first.ok
    body = {"compartmentId": e.compartment, "displayName": "other"}
    return e.raw("POST", "/projects", body, opc_retry_token="twice")


@refused("too-large")
def too_large(cloud: Cloud) -> requests.Response:
    return _make(cloud(), description="x" * (4 * 2**20))


@refused("eleven-tags")
def eleven_tags(cloud: Cloud) -> requests.Response:
    return _make(cloud(), freeformTags={f"key{number}": "" for number in range(11)})


@refused("many-defined-tags")
def many_defined_tags(cloud: Cloud) -> requests.Response:
    return _make(cloud(), definedTags={"space": {f"key{number}": "" for number in range(65)}})


@refused("odd-defined-tag")
def odd_defined_tag(cloud: Cloud) -> requests.Response:
    for value in ([1], {"a": 1}):
        assert not _make(cloud(), definedTags={"space": {"key": value}}).ok
    for value in ("text", 7, 0.5, True):
        assert _make(cloud(), definedTags={"space": {"key": value}}).ok
    return _make(cloud(), definedTags={"space": {"key": None}})


@refused("long-defined-tag")
def long_defined_tag(cloud: Cloud) -> requests.Response:
    return _make(cloud(), definedTags={"space": {"key": "x" * 257}})


@refused("dotted-tag-key")
def dotted_tag_key(cloud: Cloud) -> requests.Response:
    return _make(cloud(), freeformTags={"a.b": ""})


@refused("dotted-tag-space")
def dotted_tag_space(cloud: Cloud) -> requests.Response:
    return _make(cloud(), definedTags={"a.b": {"key": "value"}})


@refused("long-tag-key")
def long_tag_key(cloud: Cloud) -> requests.Response:
    return _make(cloud(), freeformTags={"k" * 101: ""})


@refused("long-tag-value")
def long_tag_value(cloud: Cloud) -> requests.Response:
    return _make(cloud(), freeformTags={"key": "v" * 257})


@refused("large-tags")
def large_tags(cloud: Cloud) -> requests.Response:
    return _make(cloud(), definedTags={"space": {f"key{number}": "v" * 250 for number in range(20)}})


@refused("other-type")
def other_type(cloud: Cloud) -> requests.Response:
    return _make(cloud(), displayName=5)


@refused("no-whole-number")
def no_whole_number(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    body[CONFIG][MODEL]["bandwidthMbps"] = "ten"
    return deploy(e, body)


@refused("no-number")
def no_number(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    size = body[CONFIG][MODEL]["instanceConfiguration"]["modelDeploymentInstanceShapeConfigDetails"]
    size["ocpus"] = "one"
    return deploy(e, body)


def _model(e: Emulator, **fields: Any) -> requests.Response:
    return e.raw("POST", "/models", {"compartmentId": e.compartment, "projectId": e.project(), **fields})


@refused("no-truth")
def no_truth(cloud: Cloud) -> requests.Response:
    return _model(cloud(), backupSetting={"isBackupEnabled": "yes", "backupRegion": "us-phoenix-1"})


@refused("no-list")
def no_list(cloud: Cloud) -> requests.Response:
    return _model(cloud(), customMetadataList={"key": "one"})


@refused("list-as-object")
def list_as_object(cloud: Cloud) -> requests.Response:
    return _make(cloud(), freeformTags=["key"])


@refused("list-as-body")
def list_as_body(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", [])


@refused("no-object-of-kinds")
def no_object_of_kinds(cloud: Cloud) -> requests.Response:
    e = cloud()
    return deploy(e, deployment(e) | {CONFIG: []})


@refused("no-kind")
def no_kind(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    del body[CONFIG]["deploymentType"]
    return deploy(e, body)


@refused("deep-json")
def deep_json(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", b"[" * 66 + b"]" * 66)


@refused("huge-number")
def huge_number(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", b'{"displayName": 1e999}')


@refused("no-ocid")
def no_ocid(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = {"compartmentId": e.compartment, "projectId": e.project(), "modelVersionSetId": "mine"}
    return e.raw("POST", "/models", body)


@refused("unknown-order")
def unknown_order(cloud: Cloud) -> requests.Response:
    return _list(cloud(), "&sortOrder=UP")


@refused("page-of-another-order")
def page_of_another_order(cloud: Cloud) -> requests.Response:
    e = cloud()
    for _ in range(2):
        e.project()
    page = _list(e, "&limit=1").headers["opc-next-page"]
    return _list(e, f"&limit=1&sortOrder=ASC&page={page}")


@refused("changing-what-is-deleted")
def changing_what_is_deleted(cloud: Cloud) -> requests.Response:
    e = cloud()
    path = f"/models/{e.model(e.project())}"
    assert e.raw("DELETE", path).ok
    assert e.raw("GET", path).json()["lifecycleState"] == "DELETED"
    return e.raw("PUT", path, {"displayName": "other"})


@refused("reading-what-is-deleted")
def reading_what_is_deleted(cloud: Cloud) -> requests.Response:
    e = cloud(readings=Readings(after_delete="gone"))
    path = f"/models/{e.model(e.project())}"
    assert e.raw("DELETE", path).ok
    return e.raw("GET", path)


@refused("create-nowhere")
def create_nowhere(cloud: Cloud) -> requests.Response:
    return cloud().raw("POST", "/projects", {"compartmentId": ocid("compartment")})


@refused("retry-token-of-deleted")
def retry_token_of_deleted(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = {"compartmentId": e.compartment, "projectId": e.project()}
    made = e.raw("POST", "/models", body, opc_retry_token="gone").json()["id"]
    assert e.raw("DELETE", f"/models/{made}").ok
    return e.raw("POST", "/models", body, opc_retry_token="gone")
