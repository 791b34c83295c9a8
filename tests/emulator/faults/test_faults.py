"""Ordered faults of calls: what the client sees, and whether the call was carried out."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m

from datascience_emulator.app.routes import NAMES
from datascience_emulator.faults.order_format import from_text, to_json
from datascience_emulator.faults.orders import Fault, Order, Orders

REFUSALS = {
    "limit-exceeded": (400, "LimitExceeded"),
    "quota-exceeded": (400, "QuotaExceeded"),
    "not-authenticated": (401, "NotAuthenticated"),
    "not-authorized": (404, "NotAuthorizedOrNotFound"),
    "clock": (401, "NotAuthenticated"),
    "too-many-requests": (429, "TooManyRequests"),
    "conflict": (409, "IncorrectState"),
    "internal-error": (500, "InternalServerError"),
    "unavailable": (503, "ServiceUnavailable"),
}


def create(emulator: Any, name: str = "p", **more: Any) -> Any:
    details = m.CreateProjectDetails(compartment_id=emulator.compartment, display_name=name)
    return emulator.client.create_project(details, **more)


def names(emulator: Any) -> list[str]:
    return [one.display_name for one in emulator.client.list_projects(emulator.compartment).data]


@pytest.mark.parametrize(("fault", "answer"), REFUSALS.items())
def test_a_refused_call_has_no_effect_and_the_next_is_answered(
    emulator: Any, fault: str, answer: tuple[int, str]
) -> None:
    emulator.orders.add(Order(Fault(fault), "create_project"))
    assert names(emulator) == []
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        create(emulator)
    assert (refused.value.status, refused.value.code) == answer
    assert refused.value.headers["opc-request-id"]
    assert names(emulator) == []
    create(emulator)
    assert names(emulator) == ["p"]


@pytest.mark.shows("date")
def test_a_clock_that_is_off_shows_in_the_date(emulator: Any) -> None:
    usual = parsedate_to_datetime(create(emulator).headers["date"]) - datetime.now(UTC)
    assert timedelta(minutes=-1) < usual < timedelta(minutes=1)
    emulator.orders.add(Order(Fault.CLOCK, "create_project", seconds=7200.0))
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        create(emulator)
    ahead = parsedate_to_datetime(refused.value.headers["date"]) - datetime.now(UTC)
    assert timedelta(minutes=119) < ahead < timedelta(minutes=121)


@pytest.mark.parametrize("operation", ["create", "update", "activate"])
def test_over_the_limit_a_deployment_is_as_it_was(emulator: Any, operation: str) -> None:
    deployment = emulator.deploy("one")
    calls = {
        "create": lambda: emulator.deploy("two"),
        "update": lambda: emulator.update(deployment, variables={"MORE": "1"}),
        "activate": lambda: emulator.client.activate_model_deployment(deployment),
    }
    if operation == "activate":
        emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    before = emulator.raw("GET", f"/modelDeployments?compartmentId={emulator.compartment}").json()
    emulator.orders.add(Order(Fault.LIMIT_EXCEEDED, f"{operation}_model_deployment"))
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        calls[operation]()
    assert refused.value.message == (
        "The following service limits were exceeded: model-deploy-count. Request a service limit increase "
        "from the service limits page in the console. "
    )
    assert emulator.raw("GET", f"/modelDeployments?compartmentId={emulator.compartment}").json() == before
    calls[operation]()


def test_a_reset_before_the_effect(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.RESET_BEFORE, "create_*"))
    with pytest.raises(oci.exceptions.RequestException, match="Connection aborted"):
        create(emulator)
    assert names(emulator) == []


def test_a_reset_after_the_effect_and_what_the_retry_token_is_for(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.RESET_AFTER, "create_project"))
    with pytest.raises(oci.exceptions.RequestException, match="Connection aborted"):
        create(emulator, "lost", opc_retry_token="t")
    (made,) = emulator.client.list_projects(emulator.compartment).data
    assert create(emulator, "lost", opc_retry_token="t").data.id == made.id
    assert names(emulator) == ["lost"]


def test_a_refusal_can_be_lost_too(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.RESET_AFTER, "get_project"))
    with pytest.raises(oci.exceptions.RequestException, match="Connection aborted"):
        emulator.client.get_project("ocid1.datascienceproject.oc1.iad.none")


def test_a_reset_is_one_and_no_mere_end_of_the_stream(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.RESET_BEFORE))
    url = f"{emulator.endpoint}/20190101/projects"
    signed = requests.Request("GET", url, auth=emulator.auth).prepare().headers
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    port = int(emulator.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET /20190101/projects HTTP/1.1\r\n{head}\r\n".encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.parametrize("fault", ["reset-before", "unavailable", "slow"])
def test_who_does_not_sign_in_uses_up_no_order(emulator: Any, fault: str) -> None:
    deployment = emulator.deploy("one")
    order = Order(Fault(fault), seconds=0.01)
    emulator.orders.add(order)
    url = f"{emulator.endpoint}/20190101/projects?compartmentId={emulator.compartment}"
    predict, token = f"{emulator.endpoint}/{deployment}/predict", f"{emulator.endpoint}/oauth2/v1/token"
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.post(predict, data=b"{}", timeout=10).status_code == 401
    assert requests.post(token, data={"grant_type": "x"}, timeout=10).status_code == 401
    assert requests.get(f"{emulator.endpoint}/v2/", timeout=10).status_code == 401
    assert requests.get(f"{emulator.endpoint}/20180419/docker/token", timeout=10).status_code == 401
    assert emulator.orders.pending == (order,)
    if fault == "slow":
        assert names(emulator) == ["p"]
    else:
        with pytest.raises((oci.exceptions.ServiceError, oci.exceptions.RequestException)):
            names(emulator)
    assert emulator.orders.pending == ()


@pytest.mark.parametrize("operation", ["exchange_token", "get_access_token"])
def test_other_ways_to_sign_in_meet_orders_too(emulator: Any, operation: str) -> None:
    emulator.orders.add(Order(Fault.UNAVAILABLE, operation))
    oauth, user = (
        json.loads((emulator.home / f"oci/{name}.json").read_text()) for name in ("oauth", "registry")
    )
    if operation == "exchange_token":
        login = (oauth["client_id"], oauth["client_secret"])
        answer = requests.post(
            f"{emulator.endpoint}/oauth2/v1/token", data={"a": "b"}, auth=login, timeout=10
        )
    else:
        login = (user["username"], user["password"])
        answer = requests.get(f"{emulator.endpoint}/20180419/docker/token", auth=login, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")
    assert emulator.orders.pending == ()


def test_a_slow_answer_keeps_nobody_else_waiting(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.SLOW, "create_project", seconds=0.6))
    with ThreadPoolExecutor() as pool:
        started = time.monotonic()
        slow = pool.submit(create, emulator, "slow")
        while names(emulator) != ["slow"]:
            assert not slow.done(), "what it asks for is done before it is answered"
        slow.result()
    assert time.monotonic() - started >= 0.6


def test_every_answer_late(start: Any) -> None:
    emulator = start(latency=0.2)
    started = time.monotonic()
    create(emulator)
    with pytest.raises(oci.exceptions.ServiceError):
        emulator.client.get_project("ocid1.datascienceproject.oc1.iad.none")
    assert time.monotonic() - started >= 0.4


def test_a_large_upload_that_is_refused_gets_to_read_why(emulator: Any) -> None:
    model = emulator.model(emulator.project())
    emulator.orders.add(Order(Fault.UNAVAILABLE, "create_model_artifact"))
    content = b"x" * (16 << 20)
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        emulator.client.create_model_artifact(model, content)
    assert refused.value.status == 503
    emulator.client.create_model_artifact(model, content)


def test_predict_meets_orders_for_its_deployment(emulator: Any) -> None:
    one, other = emulator.deploy("one"), emulator.deploy("two")
    emulator.orders.add(Order(Fault.TOO_MANY_REQUESTS, "predict", one, times=2))
    assert emulator.predict(other).status_code == 200
    assert [emulator.predict(one).status_code for _ in range(3)] == [429, 429, 200]
    emulator.orders.add(Order(Fault.RESET_BEFORE, "predict", one))
    with pytest.raises(requests.ConnectionError):
        emulator.predict(one)
    assert emulator.predict(one).status_code == 200


def test_stuck_work_never_begins_until_it_is_released(emulator: Any, until: Any) -> None:
    deployment = emulator.deploy("one")
    emulator.orders.add(Order(Fault.STUCK, "delete_model_deployment"))
    deleted = emulator.client.delete_model_deployment(deployment)
    until(lambda: emulator.orders.held == (deployment,))
    work = emulator.client.get_work_request(deleted.headers["opc-work-request-id"]).data
    assert (work.status, work.percent_complete, work.time_started) == ("ACCEPTED", 0.0, None)
    emulator.orders.release()
    assert emulator.finished(deleted).status == "SUCCEEDED"


# -- which order a call meets


def met(orders: Orders, *operations: str) -> list[Fault | None]:
    found = [orders.meet(one, None) for one in operations]
    return [one and one.fault for one in found]


def test_patterns_name_operations() -> None:
    orders = Orders([Order(Fault.UNAVAILABLE, "list_*", times=0)])
    assert met(orders, "list_models", "get_model", "list_projects") == ["unavailable", None, "unavailable"]


def test_chance_decides_and_only_what_is_met_is_counted() -> None:
    numbers = iter([0.29, 0.3, 0.99, 0.0])
    orders = Orders([Order(Fault.UNAVAILABLE, times=2, probability=0.3)], chance=lambda: next(numbers))
    assert met(orders, *"abcde") == ["unavailable", None, None, "unavailable", None]
    assert orders.pending == ()


def test_a_call_that_misses_one_order_may_meet_the_next() -> None:
    orders = Orders(
        [Order(Fault.UNAVAILABLE, probability=0.0), Order(Fault.CONFLICT, times=0)], chance=lambda: 0.0
    )
    assert met(orders, "a", "b") == ["conflict", "conflict"]


def test_an_order_that_lasts_ends_by_the_clock_and_begins_when_it_is_met() -> None:
    seconds = iter([0, 100, 159.9, 160, 160])
    order = Order(Fault.UNAVAILABLE, "list_*", lasts=60)
    orders = Orders([order], now=lambda: next(seconds))
    assert met(orders, "get_model", "list_models", "list_projects", "list_models") == [
        None, "unavailable", "unavailable", None,
    ]  # fmt: skip
    assert orders.pending == ()


def test_an_order_that_lasts_is_open_until_then() -> None:
    moment = [0.0]
    order = Order(Fault.UNAVAILABLE, lasts=60)
    orders = Orders([order], now=lambda: moment[0])
    moment[0] = 1000.0
    assert orders.pending == (order,), "nobody has met it"
    met(orders, "list_models")
    assert orders.pending == (order,)
    moment[0] = 1060.0
    assert orders.pending == ()


def test_chance_does_not_move_the_end_of_an_order_that_lasts() -> None:
    seconds, numbers = iter([0, 30, 59, 60]), iter([0.0, 0.9, 0.0])
    order = Order(Fault.UNAVAILABLE, probability=0.5, lasts=60)
    orders = Orders([order], chance=lambda: next(numbers), now=lambda: next(seconds))
    assert met(orders, *"abcd") == ["unavailable", None, "unavailable", None]


def test_calls_leave_alone_what_is_ordered_for_work() -> None:
    orders = Orders([Order(Fault.CAPACITY), Order(Fault.STUCK), Order(Fault.HOLD)])
    assert met(orders, "create_model_deployment") == [None]


def test_many_threads_meet_exactly_what_is_ordered(emulator: Any) -> None:
    emulator.orders.add(Order(Fault.UNAVAILABLE, "list_projects", times=10))
    barrier = threading.Barrier(8)

    def ask(_: int) -> list[int]:
        barrier.wait()
        url = f"/projects?compartmentId={emulator.compartment}"
        return [emulator.raw("GET", url).status_code for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(status for one in pool.map(ask, range(8)) for status in one)
    assert statuses == [200] * 30 + [503] * 10


# -- as text


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("capacity", Order(Fault.CAPACITY)),
        ("unavailable,operation=list_*,lasts=60", Order(Fault.UNAVAILABLE, "list_*", lasts=60)),
        ("slow,seconds=2.5,operation=predict", Order(Fault.SLOW, "predict", seconds=2.5)),
        (
            "unavailable,operation=list_*,times=0,probability=0.1,deployment=ocid1.x",
            Order(Fault.UNAVAILABLE, "list_*", "ocid1.x", 0, 0.1),
        ),
    ],
)
def test_an_order_as_text(text: str, order: Order) -> None:
    assert from_text(text, NAMES) == order


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fire", "fault: must be one of capacity, bootstrap"),
        ("slow,operation=list_nothing", "'list_nothing' matches none of the operations"),
        ("slow,times=many", "times: must be a number, is 'many'"),
        ("slow,lasts=60s", "lasts: must be a number, is '60s'"),
        ("slow,lasts=-1", "lasts: must be 0 to 3600, is -1"),
        ("slow,lasts=1,times=2", "lasts: not together with times"),
        ("slow,probability=2", "probability: must be 0 to 1, is 2"),
        ("slow,probability=nan", "probability: must be 0 to 1, is nan"),
        (
            "slow,colour=red",
            "'colour': only operation, deployment, times, lasts, probability, seconds and limit can be set",
        ),
    ],
)
def test_text_that_is_no_order(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"fault '{text.replace('*', '.')}': .*{message}"):
        from_text(text, NAMES)


def test_as_json_an_order_says_what_is_special() -> None:
    assert to_json(Order(Fault.SLOW, "predict", seconds=2)) == {
        "fault": "slow", "operation": "predict", "times": 1, "seconds": 2,
    }  # fmt: skip
    assert to_json(Order(Fault.UNAVAILABLE, lasts=60)) == {
        "fault": "unavailable",
        "operation": "*",
        "lasts": 60,
    }
    assert to_json(Order(Fault.CAPACITY)) == {"fault": "capacity", "operation": "*", "times": 1}
