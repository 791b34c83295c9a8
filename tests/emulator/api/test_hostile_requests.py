"""Whatever is sent, the answer is a refusal or a result: never a 500."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.emulator import Emulator
from tests.support.examples import examples

FUZZ = settings(
    max_examples=examples(20),
    # One emulator for all examples: that they leave things behind in it is part of the test.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
OPERATIONS = [
    ("POST", "/projects"),
    ("POST", "/models"),
    ("POST", "/modelDeployments"),
    ("PUT", "/projects/ocid1.datascienceproject.oc1.iad.x"),
]
LISTS = ["/projects", "/models", "/modelDeployments", "/modelDeploymentShapes", "/workRequests"]


def token(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def assert_refused(answer: requests.Response, status: int) -> None:
    assert (answer.status_code, sorted(answer.json())) == (status, ["code", "message"])


@pytest.mark.parametrize("signature", ["é", "!", "AAAA", "A"])
def test_a_signature_that_is_no_base64(emulator: Emulator, signature: str) -> None:
    key_id = "/".join(emulator.config[name] for name in ("tenancy", "user", "fingerprint"))
    request = requests.Request("GET", f"{emulator.endpoint}/20190101/projects?compartmentId=c").prepare()
    request = emulator.auth(request)
    text = (
        f'Signature version="1",keyId="{key_id}",headers="date (request-target) host",signature="{signature}"'
    )
    request.headers["authorization"] = text.encode("latin-1")
    with requests.Session() as session:
        assert_refused(session.send(request, timeout=10), 401)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 99999999999999999999 Jan 2024 00:00:00 GMT",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon",
        "",
    ],
)
def test_dates_that_are_none(emulator: Emulator, date: str) -> None:
    assert_refused(emulator.raw("GET", "/projects?compartmentId=c", date=date), 401)


@pytest.mark.parametrize(
    "page",
    [
        "MTIz",
        token(None),
        token(["timeCreated", "DESC", 1]),
        token(["timeCreated", "DESC", [], 1]),
        token(["timeCreated", "DESC", 1, True]),
        token(["timeCreated", "DESC", 10**30, 1]),
        token(["timeCreated", "DESC", 1, 10**30]),
        token(["timeCreated", "DESC", "\ud800", 1]),
        base64.urlsafe_b64encode(b"[" * 20_000).decode(),
        "é",
    ],
)
def test_pages_that_nobody_gave(emulator: Emulator, page: str) -> None:
    assert_refused(
        emulator.raw("GET", f"/projects?compartmentId={emulator.compartment}&page={quote(page)}"), 400
    )


def test_a_page_before_the_first(emulator: Emulator) -> None:
    path = f"/modelDeploymentShapes?compartmentId={emulator.compartment}&page={token(['', '', '', -1])}"
    assert_refused(emulator.raw("GET", path), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"displayName": "\\ud800", "compartmentId": "ocid1.compartment.oc1..c"}',
        b'{"freeformTags": {"\\udfff": "x"}, "compartmentId": "ocid1.compartment.oc1..c"}',
        b'{"definedTags": {"n": {"k": NaN}}, "compartmentId": "ocid1.compartment.oc1..c"}',
        b'{"definedTags": {"n": {"k": 1e999}}, "compartmentId": "ocid1.compartment.oc1..c"}',
        b'{"definedTags": {"n": {"k": %s}}, "compartmentId": "ocid1.compartment.oc1..c"}'
        % (b"[" * 900 + b"]" * 900),
        b"\xff\xfe\x00",
        b"1" * 10_000,
    ],
)
def test_bodies_that_cannot_be_kept(emulator: Emulator, body: bytes) -> None:
    assert_refused(emulator.raw("POST", "/projects", body), 400)
    assert emulator.client.list_projects(emulator.compartment).data == []


@pytest.mark.parametrize(
    "instance",
    [
        {"instanceShapeName": []},
        {"instanceShapeName": {}},
        {
            "instanceShapeName": "VM.Standard.E4.Flex",
            "modelDeploymentInstanceShapeConfigDetails": {"ocpus": 10**400},
        },
    ],
)
def test_values_of_another_kind(emulator: Emulator, instance: Any) -> None:
    part = {"modelId": "m", "instanceConfiguration": instance}
    configuration = {"deploymentType": "SINGLE_MODEL", "modelConfigurationDetails": part}
    body = {
        "compartmentId": emulator.compartment,
        "projectId": "p",
        "modelDeploymentConfigurationDetails": configuration,
    }
    assert_refused(emulator.raw("POST", "/modelDeployments", body), 400)


def test_a_range_without_end(emulator: Emulator) -> None:
    model = emulator.model(emulator.project(), b"content")
    for text in (f"bytes=0-{'9' * 5000}", f"bytes={'9' * 5000}-", "bytes=²-", "bytes=-"):
        assert_refused(
            emulator.raw("GET", f"/models/{model}/artifact/content", range=text.encode("latin-1")), 400
        )


# -- fuzz

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "compartmentId",
        "projectId",
        "displayName",
        "description",
        "freeformTags",
        "definedTags",
        "customMetadataList",
        "modelVersionSetId",
        "modelDeploymentConfigurationDetails",
    ]
)
header_text = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, categories=["L", "N", "P", "S"]))
configurations = st.fixed_dictionaries(
    {},
    optional={
        "instanceConfiguration": anything
        | st.fixed_dictionaries({"instanceShapeName": anything | st.just("VM.Standard.E4.Flex")}),
        "scalingPolicy": anything | st.fixed_dictionaries({"policyType": anything | st.just("FIXED_SIZE")}),
        "bandwidthMbps": anything,
    },
)


@FUZZ
@given(
    st.sampled_from(OPERATIONS),
    st.dictionaries(fields, anything | st.just("ocid1.compartment.oc1..c"), max_size=6),
    configurations,
)
def test_any_body(
    emulator: Emulator, operation: tuple[str, str], body: dict[str, Any], part: dict[str, Any]
) -> None:
    configuration = {"deploymentType": "SINGLE_MODEL", "modelConfigurationDetails": {"modelId": "m", **part}}
    known = {
        "compartmentId": emulator.compartment,
        "projectId": "p",
        "modelDeploymentConfigurationDetails": configuration,
    }
    assert emulator.raw(*operation, {**known, **body}).status_code < 500


@FUZZ
@given(st.sampled_from(OPERATIONS), st.binary(max_size=200))
def test_any_bytes(emulator: Emulator, operation: tuple[str, str], body: bytes) -> None:
    assert emulator.raw(*operation, body).status_code < 500


@FUZZ
@given(
    st.sampled_from(LISTS),
    st.dictionaries(
        st.sampled_from(["compartmentId", "page", "limit", "sortBy", "sortOrder", "id", "displayName"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | anything.map(token)
        | st.lists(anything, min_size=4, max_size=4).map(token),
        max_size=4,
    ),
)
def test_any_query(emulator: Emulator, path: str, query: dict[str, str]) -> None:
    pairs = {"compartmentId": emulator.compartment, **query}.items()
    text = "&".join(f"{name}={quote(value)}" for name, value in pairs)
    assert emulator.raw("GET", f"{path}?{text}").status_code < 500


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from(["if_match", "opc_retry_token", "opc_request_id", "date", "x_date", "range"]),
        header_text,
        min_size=1,
    ),
)
def test_any_header(emulator: Emulator, headers: dict[str, str]) -> None:
    sent: Any = {name: value.encode("latin-1") for name, value in headers.items()}
    assert emulator.raw("GET", f"/projects?compartmentId={emulator.compartment}", **sent).status_code < 500
    assert (
        emulator.raw("POST", "/projects", {"compartmentId": emulator.compartment}, **sent).status_code < 500
    )


@FUZZ
@given(st.dictionaries(st.sampled_from(["keyId", "headers", "signature", "algorithm"]), header_text))
def test_any_signature(emulator: Emulator, parts: dict[str, str]) -> None:
    key_id = "/".join(emulator.config[name] for name in ("tenancy", "user", "fingerprint"))
    given_parts = {"keyId": key_id, "headers": "date (request-target) host", "signature": "AAAA", **parts}
    text = "Signature " + ",".join(f'{name}="{value}"' for name, value in given_parts.items())
    url = f"{emulator.endpoint}/20190101/projects?compartmentId=c"
    headers = {"authorization": text.encode("latin-1"), "date": b"Mon, 01 Jan 2024 00:00:00 GMT"}
    assert requests.get(url, headers=headers, timeout=10).status_code == 401
