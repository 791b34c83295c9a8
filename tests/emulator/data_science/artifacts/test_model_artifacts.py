"""Artifacts of models are uploaded and downloaded as streams, and stored by content."""

import base64
import hashlib
from typing import Any

import pytest
import requests
from oci.exceptions import ServiceError


@pytest.fixture
def model(emulator: Any) -> str:
    return str(emulator.model(emulator.project(), bytes(range(200)) * 10_000))


@pytest.mark.shows("artifact-headers", "artifact-name")
def test_head(emulator: Any, model: str) -> None:
    headers = emulator.client.head_model_artifact(model).headers
    content = bytes(range(200)) * 10_000
    assert headers["content-length"] == str(len(content))
    assert headers["content-md5"] == base64.b64encode(hashlib.md5(content).digest()).decode()
    assert headers["content-disposition"] == f"attachment; filename={model}.zip"
    assert headers["etag"]
    assert headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize(
    ("text", "part", "label"),
    [
        ("bytes=0-9", slice(0, 10), "0-9"),
        ("bytes=1999990-", slice(1999990, None), "1999990-1999999"),
        ("bytes=-5", slice(-5, None), "1999995-1999999"),
        ("bytes=1999998-5000000", slice(1999998, None), "1999998-1999999"),
    ],
)
@pytest.mark.shows("artifact-ranges")
def test_ranges(emulator: Any, model: str, text: str, part: slice, label: str) -> None:
    answer = emulator.client.get_model_artifact_content(model, range=text)
    assert answer.status == 206
    assert answer.data.content == (bytes(range(200)) * 10_000)[part]
    assert answer.headers["content-range"] == f"bytes {label}/2000000"


@pytest.mark.parametrize(("text", "status"), [("bytes=2000000-", 416), ("bytes=0-1,4-5", 400), ("x", 400)])
def test_bad_ranges(emulator: Any, model: str, text: str, status: int) -> None:
    with pytest.raises(ServiceError) as refused:
        emulator.client.get_model_artifact_content(model, range=text)
    assert refused.value.status == status


def test_none_yet(emulator: Any) -> None:
    model = emulator.model(emulator.project())
    for call in (emulator.client.head_model_artifact, emulator.client.get_model_artifact_content):
        with pytest.raises(ServiceError) as refused:
            call(model)
        assert refused.value.status == 404


def test_content_is_kept_once_and_as_long_as_needed(emulator: Any, content_digest: Any) -> None:
    project, content = emulator.project(), b"the same"
    one, two = emulator.model(project, content), emulator.model(project, content)
    (file,) = (emulator.home / "artifacts").iterdir()
    assert file.name == content_digest(content)
    emulator.client.delete_model(one)
    assert emulator.client.get_model_artifact_content(two).data.content == content
    emulator.client.delete_model(two)
    assert not file.exists()


def test_an_upload_needs_a_length(emulator: Any) -> None:
    model = emulator.model(emulator.project())
    url = f"{emulator.endpoint}/20190101/models/{model}/artifact"
    request = requests.Request("POST", url, data=iter([b"a", b"b"])).prepare()
    with requests.Session() as session:
        answer = session.send(emulator.auth(request, enforce_content_headers=False), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (411, "LengthRequired")
    assert list((emulator.home / "artifacts").iterdir()) == []
