"""The control API: what can be changed while the emulator runs."""

from typing import Any

import pytest
import requests

from datascience_emulator.lifecycle.progression import Reads
from datascience_emulator.version import __version__


@pytest.fixture
def controlled(start: Any) -> Any:
    return start(Reads(100), control=True)


def ask(emulator: Any, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{emulator.endpoint}/emulator/{path}", json=body, timeout=10)


def test_health(controlled: Any) -> None:
    assert ask(controlled, "GET", "health").json() == {"version": __version__}


def test_a_fault_ordered_over_http_meets_its_operation(controlled: Any) -> None:
    order = {"fault": "unavailable", "operation": "list_projects", "times": 0, "probability": 1}
    shown = {"fault": "unavailable", "operation": "list_projects", "times": 0}
    assert ask(controlled, "POST", "orders", order).json() == {"orders": [shown], "held": []}
    path = f"/projects?compartmentId={controlled.compartment}"
    assert [controlled.raw("GET", path).status_code for _ in range(3)] == [503, 503, 503]
    assert ask(controlled, "DELETE", "orders").json() == {"orders": [], "held": []}
    assert controlled.raw("GET", path).status_code == 200


def test_an_outage_ordered_over_http_lasts(controlled: Any) -> None:
    order = {"fault": "unavailable", "operation": "list_projects", "lasts": 3600}
    assert ask(controlled, "POST", "orders", order).json() == {"orders": [order], "held": []}
    path = f"/projects?compartmentId={controlled.compartment}"
    assert [controlled.raw("GET", path).status_code for _ in range(3)] == [503, 503, 503]
    assert ask(controlled, "GET", "orders").json()["orders"] == [order]


def test_another_progression_lets_go_what_waits(controlled: Any) -> None:
    project = controlled.project()
    created = controlled.create(project, controlled.model(project, b""))
    work = created.headers["opc-work-request-id"]
    assert controlled.client.get_work_request(work).data.status in ("ACCEPTED", "IN_PROGRESS")
    answer = ask(controlled, "PUT", "progression", {"progression": "immediate"})
    assert (answer.status_code, answer.json()) == (200, {"progression": "immediate"})
    controlled.finished(created)


@pytest.mark.parametrize("text", ["reads:3", "seconds:0.5", "immediate"])
def test_a_progression_is_shown_as_it_is_written(controlled: Any, text: str) -> None:
    assert ask(controlled, "PUT", "progression", {"progression": text}).json() == {"progression": text}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"progression": "never"}, "progression 'never': use 'immediate', 'reads:N'"),
        ({"progression": 3}, "progression: must be a string"),
        ({}, "progression: required"),
    ],
)
def test_a_progression_that_is_none(controlled: Any, body: Any, message: str) -> None:
    answer = ask(controlled, "PUT", "progression", body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


def test_nothing_of_it_is_there_unless_asked_for(start: Any) -> None:
    emulator = start()
    for method, path in (("GET", "health"), ("PUT", "progression"), ("GET", "orders")):
        assert ask(emulator, method, path).status_code == 404


def test_it_meets_no_orders_itself(controlled: Any) -> None:
    ask(controlled, "POST", "orders", {"fault": "reset-before", "times": 0})
    assert ask(controlled, "GET", "health").status_code == 200
    assert ask(controlled, "DELETE", "orders").json()["orders"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "orders"), ("POST", "release"), ("GET", "orders"), ("POST", "images")]
)
def test_a_web_page_is_refused(controlled: Any, method: str, path: str, headers: dict[str, str]) -> None:
    url, body = f"{controlled.endpoint}/emulator/{path}", {"fault": "hold"}
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")
    assert controlled.orders.pending == ()


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_a_browser_that_is_told_the_address_may_look(controlled: Any, site: str) -> None:
    url, headers = f"{controlled.endpoint}/emulator/orders", {"sec-fetch-site": site}
    assert requests.get(url, headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_not_declared_as_json_is_refused(controlled: Any, kind: str | None) -> None:
    url, headers = f"{controlled.endpoint}/emulator/orders", {"content-type": kind} if kind else {}
    answer = requests.post(url, data=b'{"fault": "hold"}', headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert answer.json()["message"].startswith("content-type: must be application/json")
    assert controlled.orders.pending == ()
