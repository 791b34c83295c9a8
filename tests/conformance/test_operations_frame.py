"""What the conformance suite leans on: it finds what was not sent, and clouds that are wrong.

The clouds here are functions in the place of the SDK's methods.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import oci
import pytest
from oci.data_science import models as m

from tests.support.operations import Client, Sent, World, documented

DELETE = {"project_id", "if_match", "opc_request_id"}


def test_what_is_documented_is_what_the_sdk_takes() -> None:
    assert documented("delete_project") == DELETE


@pytest.mark.parametrize("left_out", [None, *sorted(DELETE)])
def test_an_argument_that_was_not_sent(left_out: str | None) -> None:
    sent = Sent()
    sent.note("update_project", dict.fromkeys(DELETE, "x"))  # another operation's say nothing
    sent.note("delete_project", dict.fromkeys(DELETE - {left_out}, "x"))
    assert sent.missing("delete_project") == ([f"argument {left_out}"] if left_out else [])


def missing_fields(details: Any) -> list[str]:
    sent = Sent()
    arguments = documented("create_model_deployment") - {"create_model_deployment_details"}
    given = dict.fromkeys(arguments, "x")
    sent.note("create_model_deployment", {**given, "create_model_deployment_details": details})
    return sent.missing("create_model_deployment")


def test_a_field_that_was_not_sent_however_deep() -> None:
    rule = m.PredefinedMetricExpressionRule(metric_type="CPU_UTILIZATION")
    policy = m.ThresholdBasedAutoScalingPolicyDetails(rules=[rule], minimum_instance_count=1)
    scaling = m.AutoScalingPolicy(cool_down_in_seconds=600, is_enabled=True, auto_scaling_policies=[policy])
    found = [one.split(".") for one in missing_fields(scaling)]
    assert {name for kind, name in found if kind == "PredefinedMetricExpressionRule"} == {
        "scale_in_configuration",
        "scale_out_configuration",
    }
    assert {name for kind, name in found if kind == "ThresholdBasedAutoScalingPolicyDetails"} == {
        "initial_instance_count",
        "maximum_instance_count",
    }
    assert {name for kind, name in found if kind == "AutoScalingPolicy"} == set()


def test_fields_may_come_in_several_calls() -> None:
    sent = Sent()
    sent.note("create_project", {"create_project_details": m.CreateProjectDetails(compartment_id="c")})
    more = m.CreateProjectDetails(display_name="n", description="", freeform_tags={}, defined_tags={})
    sent.note("create_project", {"create_project_details": more})
    assert [one for one in sent.missing("create_project") if "." in one] == []


def answer(data: Any = None, **headers: str) -> Any:
    return SimpleNamespace(data=data, headers=headers)


def test_an_answer_to_somebody_else_is_noticed() -> None:
    def delete_project(project_id: str, **kwargs: Any) -> Any:
        return answer(**{"opc-request-id": "other/1/2"})

    client: Any = Client(SimpleNamespace(delete_project=delete_project))
    with pytest.raises(AssertionError):
        client.delete_project("p")


def world(**operations: Callable[..., Any]) -> World:
    client: Any = SimpleNamespace(**operations)
    return World(client, client, "r", "c", "o", {}, 1)


def test_a_cloud_without_etags_is_noticed() -> None:
    with pytest.raises(pytest.fail.Exception):
        world(change=lambda *_, **__: answer()).guarded("change", "id", etag="e")


def test_a_cloud_that_makes_two_of_one_token_is_noticed() -> None:
    numbers = iter("123")

    def made(*_: Any, **__: Any) -> Any:
        return answer(SimpleNamespace(id=next(numbers)))

    with pytest.raises(AssertionError):
        world(make=made).once("make", "x", token="t", other="y")


def test_a_cloud_that_forgets_the_body_of_a_token_is_noticed() -> None:
    def made(*_: Any, **__: Any) -> Any:
        return answer(SimpleNamespace(id="1"))

    with pytest.raises(pytest.fail.Exception):
        world(make=made).once("make", "x", token="t", other="y")


ITEMS = [SimpleNamespace(id=str(number), kind="ab"[number % 2], name="cab"[number]) for number in range(3)]


class Lists:
    """A list of ITEMS, as the service has them, but for what is `broken`."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken

    def __call__(self, compartment: str, *, page: int = 0, limit: int = 9, **asked: str) -> oci.Response:
        found = list(ITEMS)
        if self.broken != "filter":
            found = [one for one in found if asked.get("kind") in (None, one.kind)]
        if self.broken == "empty filter":
            found = found or ITEMS
        if self.broken == "loose filter":
            found = found and ITEMS
        if self.broken != "sort" and "sort_by" in asked:
            descending = asked.get("sort_order") == "DESC"
            found = sorted(found, key=lambda one: one.name, reverse=descending)
        following = page + limit + (self.broken == "page" and limit == 1)
        more = {"opc-next-page": following} if following < len(found) else {}
        return answer(found[page : page + limit], **more)


@pytest.mark.parametrize("broken", ["", "filter", "empty filter", "loose filter", "sort", "page"])
def test_a_list_that_is_wrong_is_noticed(broken: str) -> None:
    def look() -> list[Any]:
        filters = {"kind": ("a", "nothing")}
        return world(items=Lists(broken)).listed("items", "c", filters=filters, sorts={"name": "name"})

    if not broken:
        assert look() == ITEMS
        return
    with pytest.raises(AssertionError):
        look()
