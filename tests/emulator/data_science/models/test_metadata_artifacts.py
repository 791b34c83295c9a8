"""The metadata of models and its artifacts, through the real SDK."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m

from datascience_emulator.readings import Readings
from tests.support.refusing import refused

GONE = (404, "NotAuthorizedOrNotFound")


@dataclass
class Side:
    """The operations on one of the two lists."""

    emulator: Any
    word: str
    key: str

    def call(self, verb: str, *arguments: Any, end: str = "", **more: Any) -> Any:
        return getattr(self.emulator.client, f"{verb}_model_{self.word}_metadatum_artifact{end}")(
            *arguments, **more
        )

    def create(self, model: str, content: bytes, **more: Any) -> Any:
        return self.call("create", model, self.key, content, **more)

    def update(self, model: str, content: bytes, **more: Any) -> Any:
        return self.call("update", model, self.key, content, **more)

    def delete(self, model: str, **more: Any) -> Any:
        return self.call("delete", model, self.key, **more)

    def head(self, model: str) -> Any:
        return self.call("head", model, self.key).headers

    def get(self, model: str, **more: Any) -> Any:
        return self.call("get", model, self.key, end="_content", **more)

    def model(self, *, entry: bool = True) -> str:
        one = m.Metadata(key=self.key, value="a value", description="d")
        lists = {f"{self.word}_metadata_list": [one]} if entry else {}
        return str(self.emulator.model(self.emulator.project(), **lists))

    def entries(self, model: str) -> list[tuple[str, bool | None]]:
        found = getattr(self.emulator.client.get_model(model).data, f"{self.word}_metadata_list")
        return [(one.key, one.has_artifact) for one in found or []]


@pytest.fixture(params=[("custom", "my own"), ("defined", "readme")], ids=["custom", "defined"])
def side(request: pytest.FixtureRequest, emulator: Any) -> Side:
    return Side(emulator, *request.param)


@pytest.mark.shows("metadata-artifacts")
def test_the_life_of_an_artifact(side: Side) -> None:
    model = side.model()
    assert side.entries(model) == [(side.key, None)]
    assert refused(side.get, model)[:2] == GONE
    assert refused(side.head, model)[0] == 404

    before = side.emulator.client.get_model(model).headers["etag"]
    created = side.create(model, b"first", content_disposition="attachment; filename=r.md", if_match=before)
    assert (created.status, created.data) == (204, None)
    assert side.entries(model) == [(side.key, True)]
    head = side.head(model)
    assert head["etag"] == created.headers["etag"]
    assert head["content-length"] == "5"
    assert head["content-md5"] == base64.b64encode(hashlib.md5(b"first").digest()).decode()
    assert head["content-disposition"] == "attachment; filename=r.md"
    assert side.get(model).data.content == b"first"

    replaced = side.update(model, b"the second", if_match=head["etag"])
    assert replaced.status == 204
    assert side.get(model).data.content == b"the second"
    assert side.head(model)["content-disposition"] == f"attachment; filename={model}"
    stale = refused(side.update, model, b"third", if_match=head["etag"])
    assert stale[:2] == (412, "NoEtagMatch")
    assert refused(side.delete, model, if_match=head["etag"])[:2] == (412, "NoEtagMatch")

    assert side.delete(model, if_match=replaced.headers["etag"]).status == 204
    assert side.entries(model) == [(side.key, False)]
    for call in (side.get, side.delete):
        assert refused(call, model)[:2] == GONE
    assert list((side.emulator.home / "artifacts").iterdir()) == []
    assert side.create(model, b"again").status == 204


def test_ranges(side: Side) -> None:
    model = side.model()
    side.create(model, b"0123456789")
    part = side.get(model, range="bytes=2-4")
    assert (part.status, part.data.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert refused(side.get, model, range="bytes=10-")[0] == 416


def test_there_is_one_for_each_entry(side: Side) -> None:
    model = side.model()
    side.create(model, b"first")
    assert refused(side.create, model, b"second")[:2] == (409, "Conflict")
    assert side.get(model).data.content == b"first"


def test_nothing_to_replace(side: Side) -> None:
    assert refused(side.update, side.model(), b"x")[:2] == GONE


@pytest.mark.shows("metadata-entry")
def test_an_artifact_makes_its_entry(side: Side) -> None:
    model = side.model(entry=False)
    side.create(model, b"x")
    assert side.entries(model) == [(side.key, True)]


def test_an_entry_may_have_to_be_there(start: Any, side: Side) -> None:
    side.emulator.close()
    strict = start(readings=Readings(metadata_entry="refused"))
    side = Side(strict, side.word, side.key)
    assert refused(side.create, side.model(entry=False), b"x")[:2] == GONE
    assert side.create(side.model(), b"x").status == 204


def test_a_replaced_list_tells_of_the_artifact(side: Side) -> None:
    model = side.model()
    side.create(model, b"x")
    field = f"{side.word}_metadata_list"
    other = "other" if side.word == "custom" else "license"
    entries = [m.Metadata(key=side.key, value="new"), m.Metadata(key=other, value="v", has_artifact=True)]
    side.emulator.client.update_model(model, m.UpdateModelDetails(**{field: entries}))
    assert side.entries(model) == [(side.key, True), (other, False)]


def test_a_deleted_model_takes_its_artifacts_along(side: Side) -> None:
    model = side.model()
    side.create(model, b"x")
    side.emulator.client.delete_model(model)
    assert refused(side.get, model)[:2] == GONE
    assert refused(side.create, model, b"x")[:2] == GONE
    assert list((side.emulator.home / "artifacts").iterdir()) == []


def test_content_is_shared_and_kept_as_long_as_needed(side: Side, content_digest: Any) -> None:
    one, two = side.model(), side.model()
    for model in (one, two):
        side.create(model, b"the same")
    (file,) = (side.emulator.home / "artifacts").iterdir()
    assert file.name == content_digest(b"the same")
    side.update(one, b"the same")
    side.delete(one)
    assert side.get(two).data.content == b"the same"


def test_an_upload_needs_a_length(side: Side) -> None:
    url = f"{side.emulator.endpoint}/20190101/models/{side.model()}/{side.word}Metadata/readme/artifact"
    request = requests.Request("POST", url, data=iter([b"a", b"b"])).prepare()
    with requests.Session() as session:
        answer = session.send(side.emulator.auth(request, enforce_content_headers=False), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (411, "LengthRequired")


# -- the entries


def defined(key: str, **more: Any) -> dict[str, Any]:
    return {"definedMetadataList": [{"key": key, **more}]}


def custom(key: str, **more: Any) -> dict[str, Any]:
    return {"customMetadataList": [{"key": key, **more}]}


@pytest.mark.parametrize(
    "metadata",
    [
        defined("useCaseType", value="ner", description="d", keywords=["a", "b"]),
        defined("UseCaseType", value="ner"),  # as oracle-ads and Terraform's tests write it
        defined("Framework"),
        defined("UseCaseType", category="category"),  # as Terraform's tests do
        defined("FineTuneConfiguration"),
        custom("anything", category="Training Profile", keywords=[]),
        custom("anything", category="Other"),
        custom("anything"),
    ],
)
def test_entries_that_are_taken(emulator: Any, metadata: dict[str, Any]) -> None:
    body = {"compartmentId": emulator.compartment, "projectId": emulator.project(), **metadata}
    made = emulator.raw("POST", "/models", body).json()
    assert made.items() >= metadata.items()


@pytest.mark.parametrize(
    "metadata",
    [
        defined("mine"),
        custom("mine", category="performance"),
        custom("mine", value="v" * 16_001),
        custom("mine", description="d" * 256),
        {"customMetadataList": [{"key": "twice"}, {"key": "twice"}]},
        {"customMetadataList": [{"key": f"{n}", "value": "v" * 15_000} for n in range(3)]},
    ],
)
def test_entries_that_are_refused(emulator: Any, metadata: dict[str, Any]) -> None:
    project, model = emulator.project(), None
    body = {"compartmentId": emulator.compartment, "projectId": project, **metadata}
    created = emulator.raw("POST", "/models", body)
    assert (created.status_code, created.json()["code"]) == (400, "InvalidParameter")
    model = emulator.model(project)
    updated = emulator.raw("PUT", f"/models/{model}", metadata)
    assert (updated.status_code, updated.json()["code"]) == (400, "InvalidParameter")


def test_keys_of_the_defined_metadata_may_be_free(start: Any) -> None:
    emulator = start(readings=Readings(metadata_keys="any"))
    model = emulator.model(emulator.project(), defined_metadata_list=[m.Metadata(key="mine")])
    assert emulator.client.create_model_defined_metadatum_artifact(model, "mine", b"x").status == 204


def test_artifacts_for_keys_that_there_are_not(emulator: Any) -> None:
    model = emulator.model(emulator.project())
    told = refused(emulator.client.create_model_defined_metadatum_artifact, model, "mine", b"x")
    assert told[:2] == (400, "InvalidParameter")


def test_an_artifact_makes_no_entry_in_a_list_that_is_full(emulator: Any) -> None:
    entries = [m.Metadata(key=f"k{number}", value="x" * 15_000) for number in range(2)]
    model = emulator.model(emulator.project(), custom_metadata_list=entries)
    create = emulator.client.create_model_custom_metadatum_artifact
    create(model, "k1", b"content")
    made = [number for number in range(30) if refused_or_not(create, model, f"{number}-" + "y" * 200)]
    assert 0 < len(made) < 30
    status, code, message = refused(create, model, "z" * 200, b"content")
    assert (status, code) == (400, "InvalidParameter")
    assert message == "customMetadataList: at most 32000 bytes in all"
    assert len(emulator.client.get_model(model).data.custom_metadata_list) == 2 + len(made)


def refused_or_not(create: Any, model: str, key: str) -> bool:
    try:
        create(model, key, b"content")
    except oci.exceptions.ServiceError:
        return False
    return True
