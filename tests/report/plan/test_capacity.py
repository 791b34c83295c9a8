"""Golden plans with capacity and cost. Each number is computed here by hand, from the table of compute shapes
and the prices in manifests/prices.yaml:

- one VM.Standard.E4.Flex of 4 OCPUs and 32 GB costs 4 * 0.025 + 32 * 0.0015 = 0.148 USD an hour
- one VM.GPU.A10.1 has 15 OCPUs, 240 GB and 1 GPU, and costs 1 * 2 = 2 USD an hour
- a month has 744 hours
"""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    FixedScaling,
    Instance,
    Metric,
    ThresholdRule,
)
from reconciler.core.model.findings import Location
from reconciler.core.model.live import State
from reconciler.core.model.target import NamedFile
from reconciler.core.planning.capacity.prices import Prices, ShapePrice
from reconciler.core.planning.plan import Plan
from reconciler.manifests.prices import load_prices
from reconciler.report.plan.json import plan_document, read_plan
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN
from tests.support.drive import apply_on, desired, plan_on, spec
from tests.support.memory import MemoryCloud

ROOT = Path(__file__).parents[3]
PRICES = load_prices(NamedFile("manifests/prices.yaml", Location("reconciler.yaml")), ROOT)
ONE_TO_FOUR = Autoscaling(1, 4, ThresholdRule(Metric.CPU, 70, 30))
A10 = Instance("VM.GPU.A10.1")


def serving(**changes: object) -> MemoryCloud:
    """Two instances serve, of 4 OCPUs and 32 GB each."""
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(spec(**{"scaling": FixedScaling(2), **changes}))), parallel=1)
    return cloud


def stopped() -> MemoryCloud:
    cloud = serving()
    for live in list(cloud.deployments.values()):
        cloud.put(replace(live, state=State.INACTIVE))
    return cloud


def created() -> Plan:
    return plan_on(MemoryCloud(), desired(spec(scaling=FixedScaling(2))))


def scaled() -> Plan:
    return plan_on(serving(), desired(spec(scaling=ONE_TO_FOUR)))


def moved_to_a_gpu() -> Plan:
    return plan_on(serving(), desired(spec(scaling=FixedScaling(2), instance=A10)))


def stops() -> Plan:
    return plan_on(serving(), desired(replace(spec(scaling=FixedScaling(2)), active=False)))


def replaced_by_another() -> Plan:
    """One goes, and one comes; deletions come last."""
    return plan_on(serving(), desired(spec("other", scaling=FixedScaling(1))))


CHANGES: dict[str, tuple[Callable[[], Plan], list[str]]] = {
    "created": (
        created,
        [  # 2 * 4 OCPUs, 2 * 32 GB; 2 * 0.148 = 0.296 an hour, * 744 = 220.224 a month
            "capacity: +2 instances, +8 OCPUs, +64 GB",
            "cost: +0.2960 USD per hour, +220.22 USD per month",
        ],
    ),
    "scaled": (
        scaled,
        [  # from 2 to between 1 and 4: -1 and +2 of 4 OCPUs, 32 GB and 0.148: * 744 = -110.112 and 220.224
            "capacity, min to max: -1 to +2 instances, -4 to +8 OCPUs, -32 to +64 GB",
            "cost, min to max: -0.1480 to +0.2960 USD per hour, -110.11 to +220.22 USD per month",
        ],
    ),
    "moved_to_a_gpu": (
        moved_to_a_gpu,
        [  # 2 * (15 - 4) OCPUs, 2 * (240 - 32) GB, 2 GPUs; 2 * (2 - 0.148) = 3.704, * 744 = 2755.776.
            # While it rolls, the two new ones stand beside the two old ones.
            "capacity: +22 OCPUs, +416 GB, +2 GPUs; "
            "for a while up to 2 instances, 30 OCPUs, 480 GB more than now",
            "cost: +3.7040 USD per hour, +2,755.78 USD per month",
            "cost for a while: up to 4.0000 USD per hour more than now, if the service bills all of it",
        ],
    ),
    "stops": (
        stops,
        [
            "capacity: -2 instances, -8 OCPUs, -64 GB",
            "cost: -0.2960 USD per hour, -220.22 USD per month",
        ],
    ),
    "replaced_by_another": (
        replaced_by_another,
        [  # the new one comes first: 1 instance more for a while
            "capacity: +1 instance, +4 OCPUs, +32 GB",
            "cost: +0.1480 USD per hour, +110.11 USD per month",
            "capacity: -2 instances, -8 OCPUs, -64 GB",
            "cost: -0.2960 USD per hour, -220.22 USD per month",
            "In all, capacity: -1 instance, -4 OCPUs, -32 GB; "
            "for a while up to 1 instance, 4 OCPUs, 32 GB more than now",
            "In all, cost: -0.1480 USD per hour, -110.11 USD per month",
            "In all, cost for a while: up to 0.1480 USD per hour more than now, "
            "if the service bills all of it",
        ],
    ),
}
ORIGIN = "Cost of instances by the prices of 2026-03-03 (manifests/prices.yaml); a month has 744 hours"


def told(plan: Plan, prices: Prices | None = PRICES) -> list[str]:
    """The lines about capacity and cost."""
    lines = [line.strip() for line in plan_lines(plan, PLAIN, prices=prices)]
    words = ("capacity", "cost", "Cost", "In all,", "not known:", "no price")
    return [line for line in lines if line.startswith(words)]


@pytest.mark.parametrize("name", CHANGES)
def test_five_changes_by_hand(name: str, golden) -> None:
    make, lines = CHANGES[name]
    plan = make()
    assert told(plan) == [*lines, ORIGIN]
    golden("\n".join(plan_lines(plan, PLAIN, prices=PRICES)) + "\n", f"capacity_{name}.txt")
    golden(plan_markdown(plan, prices=PRICES), f"capacity_{name}.md")


def test_the_same_as_json_with_all_decimals(validate) -> None:
    document = plan_document(moved_to_a_gpu(), prices=PRICES)
    validate(document, "plan.v1.json")
    assert document["capacity"]["total"] == {
        "delta": {
            "instances": {"least": 0, "most": 0},
            "ocpus": {"least": 22, "most": 22},
            "memoryGBs": {"least": 416, "most": 416},
            "gpus": {"least": 2, "most": 2},
        },
        "meanwhile": {"instances": 2, "ocpus": 30, "memoryGBs": 480},
        "unknown": [],
    }
    cost = document["cost"]
    assert (cost["currency"], cost["date"], cost["path"]) == ("USD", "2026-03-03", "manifests/prices.yaml")
    assert cost["total"] == {
        "perHour": {"least": "3.704", "most": "3.704"},
        "perMonth": {"least": "2755.776", "most": "2755.776"},
        "meanwhilePerHour": "4",
        "noPrice": [],
    }
    (one,) = cost["deployments"]
    assert {**cost["total"], "name": "vision", "ocid": one["ocid"]} == one


def test_prices_are_no_part_of_a_plan() -> None:
    plan = moved_to_a_gpu()
    dearer = replace(PRICES, shapes={"VM.GPU.A10.1": ShapePrice(gpu=Decimal(9))})
    one, other, none = (plan_document(plan, prices=prices) for prices in (PRICES, dearer, None))
    assert one["digest"] == other["digest"] == none["digest"]
    assert one["cost"] != other["cost"]
    for document in (one, other, none):
        assert read_plan(json.loads(json.dumps(document)), lambda secret: secret) == plan


@pytest.mark.parametrize("make", [lambda: plan_on(serving(), desired(spec(scaling=FixedScaling(2))))])
def test_where_nothing_changes_nothing_is_said(make: Callable[[], Plan]) -> None:
    assert told(make()) == []


def test_what_is_stopped_counts_as_nothing() -> None:
    gone = plan_on(stopped(), desired())
    assert told(gone) == []
    assert told(plan_on(stopped(), desired(spec(scaling=FixedScaling(2)))), None) == [
        "capacity: +2 instances, +8 OCPUs, +64 GB"
    ]


def test_what_is_not_known_is_said_by_name() -> None:
    new, own = Instance("VM.GPU.B300.1"), Instance("VM.Standard.E9.Flex", 2.0, 16.0)
    plan = plan_on(
        MemoryCloud(),
        desired(spec("a", instance=new), spec("b", instance=own), spec("c", scaling=FixedScaling(2))),
    )
    assert told(plan) == [
        "capacity: +1 instance",
        "not known: OCPUs, memory and GPUs of VM.GPU.B300.1",
        "no price for VM.GPU.B300.1",
        "capacity: +1 instance, +2 OCPUs, +16 GB",
        "not known: GPUs of VM.Standard.E9.Flex",
        "no price for VM.Standard.E9.Flex",
        "capacity: +2 instances, +8 OCPUs, +64 GB",
        "cost: +0.2960 USD per hour, +220.22 USD per month",
        "In all, capacity: +4 instances, at least +10 OCPUs, at least +80 GB",
        "In all, not known: OCPUs, memory and GPUs of VM.GPU.B300.1",
        "In all, not known: GPUs of VM.Standard.E9.Flex",
        "In all, cost: at least +0.2960 USD per hour, at least +220.22 USD per month",
        "In all, no price for VM.GPU.B300.1",
        "In all, no price for VM.Standard.E9.Flex",
        ORIGIN,
    ]


def test_what_goes_without_a_price_makes_the_rest_an_upper_bound() -> None:
    """What stays the same without a price cancels out: that is no guess."""
    new = Instance("VM.GPU.B300.1")
    plan = plan_on(serving(instance=new), desired(spec("other")))
    assert "In all, cost: at most +0.1480 USD per hour, at most +110.11 USD per month" in told(plan)
    same = plan_on(
        serving(instance=new), desired(spec(instance=new, scaling=FixedScaling(2), description="x"))
    )
    assert told(same) == []


def test_what_is_left_of_a_failed_deployment_is_not_known() -> None:
    cloud = serving()
    for live in list(cloud.deployments.values()):
        cloud.put(replace(live, state=State.FAILED))
    assert told(plan_on(cloud, desired(spec(scaling=FixedScaling(1)), retry_failed=True))) == [
        "capacity: at most +1 instance, at most +4 OCPUs, at most +32 GB",
        "not known: what is left of a deployment that is FAILED",
        "cost: at most +0.1480 USD per hour, at most +110.11 USD per month",
        "no price for what is left of a deployment that is FAILED",
        ORIGIN,
    ]


def test_a_burstable_instance_costs_its_baseline() -> None:
    half = Instance("VM.Standard.E4.Flex", 4.0, 32.0, "BASELINE_1_2")
    # 4 * 0.5 * 0.025 + 32 * 0.0015 = 0.098, * 744 = 72.912
    assert told(plan_on(MemoryCloud(), desired(spec(instance=half))))[:2] == [
        "capacity: +1 instance, +4 OCPUs, +32 GB",
        "cost: +0.0980 USD per hour, +72.91 USD per month",
    ]
    odd = replace(half, cpu_baseline="BASELINE_1_3")
    assert "no price for VM.Standard.E4.Flex" in told(plan_on(MemoryCloud(), desired(spec(instance=odd))))


def test_bandwidth_where_it_is_priced() -> None:
    prices = replace(PRICES, mbps=Decimal("0.0001"))
    origin = ORIGIN.replace("instances", "instances and bandwidth")
    # 0.148 + 10 * 0.0001 = 0.149, and 0.148 + 20 * 0.0001 = 0.15
    plan = plan_on(MemoryCloud(), desired(spec(bandwidth=Bandwidth(10, 20))))
    assert told(plan, prices)[1:] == [
        "cost, min to max: +0.1490 to +0.1500 USD per hour, +110.86 to +111.60 USD per month",
        origin,
    ]
    chosen = told(plan_on(MemoryCloud(), desired(spec())), prices)
    assert "no price for bandwidth that the service chooses" in chosen
    assert any(line.startswith("cost: at least +0.1480 USD per hour") for line in chosen)


def test_a_name_of_a_shape_acts_as_nothing_but_text() -> None:
    evil = Instance("`x` <b>\x1b[2J@all")
    plan = plan_on(MemoryCloud(), desired(spec(instance=evil)))
    text, markdown = "\n".join(told(plan)), plan_markdown(plan, prices=PRICES)
    assert text.isprintable() or all(line.isprintable() for line in text.splitlines())
    assert "<b>" not in markdown
    assert "@all" not in markdown
