"""Custom endpoints: which paths are open, by which method, and what the container gets."""

import json
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m

from datascience_emulator.data_science.deployments.endpoints import PREDICT, STREAM, methods_of
from tests.support.emulator import Emulator

VARIABLE = "MODEL_DEPLOY_CUSTOM_ENDPOINTS"
INFER = m.InferenceHttpEndpoint(endpoint_uri_suffix="/v2/models/{}/infer", http_methods=["POST", "PUT"])
LIST = m.InferenceHttpEndpoint(endpoint_uri_suffix="/api/list", http_methods=["GET", "DELETE"])


def document(**container: Any) -> dict[str, Any]:
    config = {"environmentConfigurationDetails": container}
    return {"modelDeploymentConfigurationDetails": config}


def custom(suffix: str, *methods: str) -> dict[str, Any]:
    return document(customHttpEndpoints=[{"endpointUriSuffix": suffix, "httpMethods": [*methods]}])


@pytest.mark.parametrize(
    ("declared", "suffix", "opens"),
    [
        ("/a/b", "a/b", True),
        ("a/b", "a/b", True),
        ("/a/b", "a/b/", False),
        ("/a/b/", "a/b/", True),
        ("/a/b", "a/b/c", False),
        ("/a/b", "a", False),
        ("/a b", "a%20b", True),
        ("/a/{}/c", "a/b/c", True),
        ("/a/{}/c", "a/%C3%A4/c", True),
        ("/a/{}/c", "a//c", False),
        ("/a/{}/c", "a/b/b/c", False),
        ("/a/{}/c", "a/b%2Fb/c", False),
        ("/a/{}/{}/c", "a/../%2e%2e/c", False),
        ("/a/{}", "a/%2E%2E", False),
        ("/a/{}", "a/.", False),
    ],
)
def test_a_suffix_fits_as_a_whole(declared: str, suffix: str, opens: bool) -> None:
    assert methods_of(custom(declared, "POST"), PREDICT, suffix) == ({"POST"} if opens else set())
    assert methods_of(custom(declared, "POST"), STREAM, suffix) == ({"POST"} if opens else set())


def test_an_api_framework_opens_its_paths() -> None:
    for name in ("openai", "OpenAI"):
        opened = document(predictApiSpecification=name)
        assert "POST" in methods_of(opened, STREAM, "v1/chat/completions")
        assert "GET" in methods_of(opened, PREDICT, "v1/models")
        assert "POST" in methods_of(opened, PREDICT, "v1/responses/r-1/cancel")
        assert not methods_of(opened, PREDICT, "v1/other")
    assert not methods_of(document(predictApiSpecification="other"), PREDICT, "v1/models")


def test_the_variable_tells_streams_from_whole_answers() -> None:
    entries = [
        {"endpointURI": "/api/translate", "httpMethods": ["GET", "POST"]},
        {"endpointURI": "/api/translate", "httpMethods": ["POST"], "streaming": True},
        {"endpointURI": "/mcp/", "httpMethods": ["POST"], "streaming": True},
    ]
    opened = document(environmentVariables={VARIABLE: json.dumps(entries)})
    assert methods_of(opened, PREDICT, "api/translate") == {"GET", "POST"}
    assert methods_of(opened, STREAM, "api/translate") == {"POST"}
    assert methods_of(opened, PREDICT, "mcp/") == set()
    assert methods_of(opened, STREAM, "mcp/") == {"POST"}


@pytest.mark.parametrize(
    "value",
    [
        "no json",
        "{}",
        '["/a"]',
        '[{"endpointURI": "/a"}]',
        '[{"endpointURI": "/a", "httpMethods": []}]',
        '[{"endpointURI": "/a", "httpMethods": ["PATCH"]}]',
        '[{"endpointURI": "/a", "httpMethods": [{}]}]',
        json.dumps([{"endpointURI": f"/{number}", "httpMethods": ["GET"]} for number in range(16)]),
    ],
)
def test_a_variable_that_is_none_is_refused(emulator: Emulator, value: str) -> None:
    with pytest.raises(oci.exceptions.ServiceError) as error:
        emulator.deploy(variables={VARIABLE: value})
    assert (error.value.status, error.value.code) == (400, "InvalidParameter")
    assert VARIABLE in error.value.message


@pytest.mark.shows("custom-endpoints")
def test_what_is_declared_is_passed_on_and_nothing_else(emulator: Emulator) -> None:
    deployment = emulator.deploy(custom_http_endpoints=[INFER, LIST])

    def ask(method: str, path: str) -> requests.Response:
        data = b'{"x": 1}' if method in ("POST", "PUT") else None
        url = f"{emulator.endpoint}/{deployment}{path}"
        return requests.request(method, url, data=data, auth=emulator.auth, timeout=10)

    seen = ask("POST", "/predict/v2/models/dense%20net/infer?timeout=5&x=a%2Fb").json()
    assert (seen["method"], seen["body"]) == ("POST", '{"x": 1}')
    assert seen["path"] == "/v2/models/dense%20net/infer?timeout=5&x=a%2Fb"
    for method, path in (("PUT", "/v2/models/m/infer"), ("GET", "/api/list"), ("DELETE", "/api/list")):
        seen = ask(method, f"/predict{path}").json()
        assert (seen["method"], seen["path"]) == (method, path)
    for method, path in (("GET", "/v2/models/m/infer"), ("POST", "/api/list"), ("PATCH", "/api/list")):
        answer = ask(method, f"/predict{path}")
        assert (answer.status_code, answer.json()["code"]) == (405, "MethodNotAllowed")
    for path in ("/v2/models/m/unload", "/api/list/", "/v2/repository/index"):
        answer = ask("POST", f"/predict{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")
    answer = ask("GET", "/predictWithResponseStream/api/list")
    assert answer.status_code == 409, "it is reached, and the fake does not stream"
    assert requests.get(answer.url, timeout=10).status_code == 401
    assert emulator.predict(deployment).json()["path"] is None


def test_a_deployment_that_declares_nothing_has_no_such_paths(emulator: Emulator) -> None:
    url = f"{emulator.endpoint}/{emulator.deploy()}/predict/v1/models"
    answer = requests.get(url, auth=emulator.auth, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")
