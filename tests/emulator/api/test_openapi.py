"""The OpenAPI description that the emulator serves, for generators of clients and of tests."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from datascience_emulator.api.operations import Operation
from datascience_emulator.app.routes import SERVICES
from tests.support.emulator import Emulator

METHODS = {"get", "head", "put", "post", "delete"}


@pytest.fixture
def described(emulator: Emulator) -> Any:
    """Unsigned: it is needed before a client can sign."""
    answer = requests.get(f"{emulator.endpoint}/emulator/openapi.json", timeout=10)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def test_it_is_for_programs_of_this_machine_alone(emulator: Emulator) -> None:
    url = f"{emulator.endpoint}/emulator/openapi.json"
    assert requests.get(url, headers={"host": "localhost:1"}, timeout=10).status_code == 200
    refused = requests.get(url, headers={"host": "example.com"}, timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (404, "NotAuthorizedOrNotFound")


def operations(described: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_it_is_well_formed(described: Any) -> None:
    assert described.keys() == {"openapi", "info", "paths", "components"}
    assert described["openapi"] == "3.1.0"
    assert described["info"].keys() == {"title", "version"}
    for path, method, operation in operations(described):
        assert path.startswith("/")
        assert method in METHODS
        assert operation["responses"].keys() == {"2XX", "default"}
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            Draft202012Validator.check_schema(content["schema"])
    Draft202012Validator.check_schema(described["components"]["schemas"]["Error"])


def test_it_names_every_operation_once(described: Any) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in operations(described))
    assert ids == Counter(f"{service.name}: {one.name}" for service in SERVICES for one in service.operations)
    assert set(ids.values()) == {1}


def test_no_two_paths_are_the_same_but_for_their_names(described: Any) -> None:
    bare = Counter(re.sub(r"{\w+}", "{}", path) for path in described["paths"])
    assert set(bare.values()) == {1}


def test_what_stands_in_a_path_is_declared_and_nothing_twice(described: Any) -> None:
    for path, _, operation in operations(described):
        declared = [(one["in"], one["name"]) for one in operation["parameters"]]
        assert len(declared) == len(set(declared)), path
        required = {one["name"] for one in operation["parameters"] if one["in"] == "path" and one["required"]}
        assert required == set(re.findall(r"{(\w+)}", path))


def test_bodies_are_those_of_the_operations(described: Any) -> None:
    found = {operation["operationId"]: operation for _, _, operation in operations(described)}
    for service in SERVICES:
        for one in service.operations:
            if isinstance(one, Operation):
                body = found[f"{service.name}: {one.name}"].get("requestBody")
                schema = body and body["content"]["application/json"]["schema"]
                assert schema == (one.body and one.body.schema), one.name


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else ())
        for one in part.values():
            yield from references(one)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def test_what_it_refers_to_is_there(described: Any) -> None:
    found = set(references(described))
    assert found == {"#/components/schemas/Error"}
