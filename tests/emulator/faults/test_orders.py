"""Ordered faults of work: what clients see of them, and that the old servers still serve."""

import threading
from typing import Any

import pytest
import requests

from datascience_emulator.faults.orders import Fault, Order, Orders
from datascience_emulator.lifecycle.progression import Immediate

MESSAGES = {
    "capacity": "There is currently no capacity for the specified shape. Choose a different shape or region",
    "bootstrap": "Errors occurred while bootstrapping the Model Deployment.",
    "timeout": "Workflow timed out. Maximum runtime was: 240 minutes.",
    "digest": "The container image was not found: no image of the repository has the given imageDigest.",
}


def errors(emulator: Any, work: Any) -> list[str]:
    return [one.message for one in emulator.client.list_work_request_errors(work.id).data]


@pytest.mark.parametrize(("fault", "message"), MESSAGES.items())
@pytest.mark.shows("failed-create", "work-failed", "failure-texts", "digest-text")
def test_a_create_fails_and_starts_nothing(emulator: Any, fault: str, message: str) -> None:
    emulator.orders.add(Order(Fault(fault), "create_model_deployment"))
    project = emulator.project()
    model = emulator.model(project, b"")
    created = emulator.create(project, model)
    work = emulator.finished(created)
    assert (work.status, errors(emulator, work)) == ("FAILED", [message])
    assert emulator.client.list_work_request_logs(work.id).data[-1].message == message
    found = emulator.client.get_model_deployment(created.data.id).data
    assert (found.lifecycle_state, found.lifecycle_details) == ("FAILED", message)
    assert emulator.serving.rolls == []
    assert emulator.orders.pending == ()


@pytest.mark.parametrize(("fault", "message"), MESSAGES.items())
@pytest.mark.shows("failed-update")
def test_an_update_fails_and_the_old_servers_serve_on(emulator: Any, fault: str, message: str) -> None:
    deployment = emulator.deploy("one", instances=2)
    before = emulator.raw("GET", f"/modelDeployments/{deployment}").json()
    emulator.orders.add(Order(Fault(fault), "update_model_deployment", deployment))
    work = emulator.finished(emulator.update(deployment, variables={"MORE": "1"}, instances=2))
    assert (work.status, errors(emulator, work)) == ("FAILED", [message])
    found = emulator.raw("GET", f"/modelDeployments/{deployment}").json()
    assert found.pop("lifecycleState") == "NEEDS_ATTENTION"
    assert found.pop("lifecycleDetails") == f"{message.rstrip('.')}. The old servers still serve."
    assert found == {name: value for name, value in before.items() if not name.startswith("lifecycle")}
    assert emulator.servers(deployment) == 2
    assert len(emulator.serving.rolls) == 1
    assert emulator.predict(deployment).json()["answer"] == "one"
    again = emulator.update(deployment, variables={"MORE": "1"}, instances=2)
    assert emulator.finished(again).status == "SUCCEEDED"
    assert emulator.settle(deployment).lifecycle_state == "ACTIVE"


def test_an_activation_fails(emulator: Any) -> None:
    deployment = emulator.deploy("one")
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    emulator.orders.add(Order(Fault.CAPACITY, "activate_model_deployment"))
    work = emulator.finished(emulator.client.activate_model_deployment(deployment))
    assert (work.status, errors(emulator, work)) == ("FAILED", [MESSAGES["capacity"]])
    assert emulator.settle(deployment).lifecycle_state == "FAILED"


def test_orders_wait_for_what_they_are_for(emulator: Any) -> None:
    first, second = emulator.deploy("one"), emulator.deploy("two")
    emulator.orders.add(Order(Fault.BOOTSTRAP, "update_model_deployment", second, times=2))
    # Another deployment, another operation, and work that starts no server.
    assert emulator.finished(emulator.update(first, variables={"MORE": "1"})).status == "SUCCEEDED"
    assert emulator.deploy("three")
    assert emulator.finished(emulator.update(second, bandwidth=20)).status == "SUCCEEDED"
    assert emulator.orders.pending == (Order(Fault.BOOTSTRAP, "update_model_deployment", second, times=2),)
    for left in (1, 0):
        assert (
            emulator.finished(emulator.update(second, variables={"N1": "1"}, bandwidth=20)).status == "FAILED"
        )
        assert sum(order.times for order in emulator.orders.pending) == left
    assert (
        emulator.finished(emulator.update(second, variables={"N1": "1"}, bandwidth=20)).status == "SUCCEEDED"
    )


def test_what_is_held_stays_under_way_until_released(emulator: Any, until: Any) -> None:
    deployment = emulator.deploy("one")
    emulator.orders.add(Order(Fault.HOLD, "update_model_deployment", deployment))
    update = emulator.update(deployment, bandwidth=20)
    until(lambda: emulator.orders.held == (deployment,))
    work_id = update.headers["opc-work-request-id"]
    assert emulator.client.get_work_request(work_id).data.status == "IN_PROGRESS"
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "UPDATING"
    assert emulator.predict(deployment).json()["answer"] == "one"
    emulator.orders.release()
    assert emulator.finished(update).status == "SUCCEEDED"
    assert emulator.orders.held == ()


def test_held_work_is_resumed_by_the_next_emulator(start: Any, until: Any) -> None:
    first = start()
    deployment = first.deploy("one")
    first.orders.add(Order(Fault.HOLD))
    update = first.update(deployment, variables={"MORE": "1"})
    until(lambda: first.orders.held)
    first.close()
    second = start()
    assert second.finished(update).status == "SUCCEEDED"
    assert second.predict(deployment).status_code == 200


def test_two_orders_for_one_operation_are_met_one_after_the_other() -> None:
    orders = Orders()
    orders.add(Order(Fault.CAPACITY))
    orders.add(Order(Fault.DIGEST))
    messages = []
    for _ in range(3):
        try:
            orders.strike("create_model_deployment", "x")
        except Exception as error:
            messages.append(str(error))
    assert messages == [MESSAGES["capacity"], MESSAGES["digest"]]


# -- over HTTP


@pytest.fixture
def controlled(start: Any) -> Any:
    return start(Immediate(), control=True)


def test_no_control_unless_asked_for(emulator: Any) -> None:
    for method, path in (("GET", "orders"), ("POST", "orders"), ("DELETE", "orders"), ("POST", "release")):
        answer = requests.request(method, f"{emulator.endpoint}/emulator/{path}", timeout=10)
        assert answer.status_code == 404
        assert answer.json() == {
            "code": "NotFound",
            "message": f"No operation answers {method} /emulator/{path}.",
        }


def test_orders_over_http(controlled: Any, until: Any) -> None:
    url = f"{controlled.endpoint}/emulator"
    deployment = controlled.deploy("one")
    hold = {"fault": "hold", "operation": "update_*", "deployment": deployment, "times": 2}
    assert requests.get(f"{url}/orders", timeout=10).json() == {"orders": [], "held": []}
    assert requests.post(f"{url}/orders", json=hold, timeout=10).json() == {"orders": [hold], "held": []}
    requests.post(f"{url}/orders", json={"fault": "capacity"}, timeout=10)
    update = controlled.update(deployment, bandwidth=20)
    shown = {
        "orders": [{**hold, "times": 1}, {"fault": "capacity", "operation": "*", "times": 1}],
        "held": [deployment],
    }
    until(lambda: requests.get(f"{url}/orders", timeout=10).json() == shown)
    assert requests.delete(f"{url}/orders", timeout=10).json() == {"orders": [], "held": [deployment]}
    requests.post(f"{url}/release", timeout=10)
    assert controlled.finished(update).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"{", "CannotParseRequest", "The body is not JSON"),
        (b"[]", "InvalidParameter", "body: must be an object"),
        (b"{}", "MissingParameter", "fault: required"),
        (
            b'{"fault": "fire"}',
            "InvalidParameter",
            "fault: must be one of capacity, bootstrap, digest, timeout, hold, stuck, limit-exceeded",
        ),
        (
            b'{"fault": "hold", "operation": "delete"}',
            "InvalidParameter",
            "operation: 'delete' matches none of the operations",
        ),
        (b'{"fault": "hold", "times": -1}', "InvalidParameter", "times: must be 0 to 1000000, is -1"),
        (b'"' + b"x" * 5000 + b'"', "CannotParseRequest", "The body is at most 4096 bytes."),
    ],
)
def test_orders_that_make_no_sense(controlled: Any, body: bytes, code: str, message: str) -> None:
    url, headers = f"{controlled.endpoint}/emulator/orders", {"content-type": "application/json"}
    answer = requests.post(url, data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["message"].startswith(message)
    assert controlled.orders.pending == ()


def test_a_name_that_a_web_page_has_is_no_way_in(controlled: Any) -> None:
    url = f"{controlled.endpoint}/emulator/orders"
    answer = requests.get(url, headers={"host": "example.com"}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")
    assert answer.json()["message"] == "Authorization failed or requested resource not found."
    assert requests.get(url, headers={"host": "localhost:1"}, timeout=10).status_code == 200


def test_releasing_from_many_threads_lets_everything_go(emulator: Any, until: Any) -> None:
    deployments = [emulator.deploy(str(number)) for number in range(3)]
    emulator.orders.add(Order(Fault.HOLD, times=3))
    updates = [emulator.update(one, bandwidth=20) for one in deployments]
    until(lambda: len(emulator.orders.held) == 3)
    threads = [threading.Thread(target=emulator.orders.release) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {emulator.finished(update).status for update in updates} == {"SUCCEEDED"}
