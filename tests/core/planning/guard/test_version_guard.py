"""What the guard of the version structure lets pass while a deployment serves."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.structure import Served, Servings, Structure, Versions, WillNotServe
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.guard.structure_changes import contract_changes
from reconciler.core.planning.guard.version_guard import (
    ALLOW,
    ASSUMED,
    RESTRICTED,
    guard_update,
    guard_versions,
)
from tests.support.growth import growth
from tests.support.served import structure

ONE, TWO = frozenset({("m", 1)}), frozenset({("m", 2)})
KEEP, ADDITIVE = Rollout(), Rollout(versions=VersionChange.ADDITIVE)
X = Contract((Tensor("x", "FP32", (4,)),), (Tensor("y", "FP32", (1,)),))
WIDER = replace(X, inputs=(Tensor("x", "FP32", (-1,)),))
OTHER = replace(X, inputs=(Tensor("x", "FP32", (8,)),))
RETYPED = replace(X, outputs=(Tensor("y", "INT64", (1,)),))


@pytest.mark.parametrize(
    ("served", "desired", "rollout", "stops"),
    [
        (ONE, ONE, KEEP, False),
        (ONE, ONE, ADDITIVE, False),
        (ONE, ONE | TWO, KEEP, True),
        (ONE, ONE | TWO, ADDITIVE, False),
        (ONE, TWO, KEEP, True),
        (ONE, TWO, ADDITIVE, True),
        (ONE | TWO, ONE, KEEP, True),
        (ONE | TWO, ONE, ADDITIVE, True),
        (ONE, frozenset({("n", 1)}), ADDITIVE, True),
    ],
)
def test_which_structures_may_follow_one_another(
    served: Versions, desired: Versions, rollout: Rollout, stops: bool
) -> None:
    found = guard_versions("model-1", structure(served), structure(desired), rollout)
    assert (found.stop is not None) is stops
    assert found.forbidden == ()


def test_what_is_lost_and_gained_is_said_and_every_choice_with_it() -> None:
    stop = guard_versions("model-1", structure(ONE), structure(TWO), KEEP).stop
    assert stop is not None
    assert "m version 1 would no longer be served; m version 2 would be new" in stop.reason
    assert ALLOW in stop.choices
    assert any("version_policy" in choice for choice in stop.choices)


def test_added_beside_the_old_says_what_it_relies_on() -> None:
    (note,) = guard_versions("model-1", structure(ONE, m=X), structure(ONE | TWO, m=X), ADDITIVE).notes
    assert note.startswith("additive: m version 2 would be new. Clients that name a version")


@pytest.mark.parametrize("rollout", [KEEP, ADDITIVE])
def test_what_cannot_be_read_is_not_empty(rollout: Rollout) -> None:
    stop = guard_versions("model-1", None, structure(ONE), rollout).stop
    assert stop is not None
    assert "model-1" in stop.reason
    assert stop.choices == (ALLOW,)


@pytest.mark.parametrize(
    ("new", "told"),
    [(OTHER, "input x FP32[4] becomes FP32[8]"), (RETYPED, "output y FP32[1] becomes INT64[1]")],
    ids=["dims", "type"],
)
def test_other_tensors_under_a_number_in_use_are_allowed_by_name_alone(new: Contract, told: str) -> None:
    served, desired = structure(ONE, m=X), structure(ONE, m=new)
    found = guard_versions("model-1", served, desired, KEEP)
    (refusal,) = found.forbidden
    assert told in refusal.reason
    assert any("rollout.tensorChanges: [m]" in choice for choice in refusal.choices)
    assert (found.stop, found.dangers) == (None, ())
    assert guard_versions("model-1", served, desired, Rollout(tensor_changes=("other",))).forbidden
    named = guard_versions("model-1", served, desired, Rollout(tensor_changes=("m",)))
    assert named.forbidden == ()
    (danger,) = named.dangers
    assert told in danger


def test_one_model_that_is_named_does_not_allow_another() -> None:
    both = ONE | {("n", 1)}
    served, desired = structure(both, m=X, n=X), structure(both, m=OTHER, n=OTHER)
    found = guard_versions("model-1", served, desired, Rollout(tensor_changes=("m",)))
    (refusal,) = found.forbidden
    assert "n version 1" in refusal.reason
    assert len(found.dangers) == 1


def test_tensors_of_a_version_that_only_one_side_has_are_free() -> None:
    found = guard_versions("model-1", structure(ONE, m=X), structure(TWO, m=OTHER), KEEP)
    assert found.forbidden == ()


@pytest.mark.parametrize(("old", "new"), [({"m": X}, {}), ({}, {"m": X}), ({}, {})])
def test_contracts_that_are_not_known_are_a_danger(
    old: dict[str, Contract], new: dict[str, Contract]
) -> None:
    found = guard_versions("model-1", structure(ONE, **old), structure(ONE, **new), KEEP)
    assert (found.stop, found.forbidden, found.notes) == (None, (), ())
    assert found.dangers == (
        "may break clients: m version 1: its contract is not known, so it is not compared",
    )


def test_what_is_wider_is_free_and_told() -> None:
    found = guard_versions("model-1", structure(ONE, m=X), structure(ONE, m=WIDER), KEEP)
    assert (found.stop, found.forbidden, found.dangers) == (None, (), ())
    assert found.notes == ("wider for clients: m version 1: input x FP32[4] becomes FP32[-1]",)


def test_versions_of_one_model_may_have_different_contracts() -> None:
    served = Structure(ONE | TWO, ((("m", 1), X), (("m", 2), X)))
    desired = Structure(ONE | TWO, ((("m", 1), X), (("m", 2), OTHER)))
    (refusal,) = guard_versions("model-1", served, desired, KEEP).forbidden
    assert refusal.reason.startswith("clients of m version 2: input x FP32[4] becomes FP32[8]")


def test_a_message_stays_readable_whatever_the_artifact_of_others_holds() -> None:
    tensors = tuple(Tensor(f"{number:03}{'x' * 5000}", "FP32", (3,) * 200) for number in range(200))
    many = frozenset(("m", number) for number in range(3000))
    old, new = structure(many, m=replace(X, inputs=tensors)), structure(many, m=X)
    (refusal,) = guard_versions("model-1", old, new, KEEP).forbidden
    assert len(refusal.reason) < 3000
    assert "17, 18, 19, and 2,980 more: input 000xxx" in refusal.reason
    assert "; and 181 more: the version number stays" in refusal.reason
    stop = guard_versions("model-1", old, structure(ONE), KEEP).stop
    assert stop is not None
    assert stop.reason.endswith("m version 20 would no longer be served; and 2,979 more")


def test_what_comparing_costs_grows_with_the_number_of_versions() -> None:
    def compare(number: int) -> Callable[[], object]:
        versions = frozenset((f"m{model}", version) for model in range(number) for version in range(3))
        contracts = dict.fromkeys((f"m{model}" for model in range(number)), X)
        old, new = structure(versions, **contracts), structure(versions, **dict.fromkeys(contracts, OTHER))
        return lambda: contract_changes(old, new)

    assert growth(compare) < 1.1


# -- the way


def servings(container_first: Served, models_first: Served, desired: Structure | None = None) -> Servings:
    now = structure(ONE, m=X)
    return Servings(now, container_first, models_first, desired or now)


NO = WillNotServe("--load-model=n: there is no such model")


def test_the_container_goes_first_where_that_keeps_everyone() -> None:
    now = structure(ONE, m=X)
    found = guard_update("model-1", servings(now, now), KEEP, apart=True)
    assert found.passes
    assert not found.models_first


@pytest.mark.parametrize(
    "between",
    [NO, structure(TWO, m=X), structure(frozenset()), structure(ONE, m=OTHER)],
    ids=["no start", "another version", "nothing", "another contract"],
)
def test_the_models_go_first_where_only_that_keeps_everyone(between: Served) -> None:
    found = guard_update("model-1", servings(between, structure(ONE, m=X)), KEEP, apart=True)
    assert found.passes
    assert found.models_first


def test_two_changes_that_no_order_can_bring_in_are_blocked() -> None:
    both = servings(NO, structure(TWO, m=X))
    assert guard_update("model-1", both, KEEP, apart=False).passes
    found = guard_update("model-1", both, KEEP, apart=True)
    assert found.stop is not None
    assert found.stop.reason == (
        "no order of the two updates keeps everyone served: container first: it would not serve: "
        "--load-model=n: there is no such model; models first: the version structure would change while it "
        "serves: m version 1 would no longer be served; m version 2 would be new"
    )
    assert any("updateGroups: documented" in choice for choice in found.stop.choices)
    assert ALLOW in found.stop.choices


def test_a_setting_that_would_not_help_is_no_choice() -> None:
    found = guard_update("model-1", servings(NO, NO), KEEP, apart=True, can_join=False)
    assert found.stop is not None
    assert not any("updateGroups" in choice for choice in found.stop.choices)


def test_what_is_refused_anyway_is_told_once() -> None:
    other = structure(ONE, m=OTHER)
    found = guard_update("model-1", servings(other, other, other), KEEP, apart=True)
    (refusal,) = found.forbidden
    assert "FP32[4] becomes FP32[8]" in refusal.reason
    assert found.stop is None


def test_what_clients_meet_in_between_is_told_and_avoided() -> None:
    """The desired contract is the old one, and a break is allowed: the order that needs it is not taken."""
    now, other, named = structure(ONE, m=X), structure(ONE, m=OTHER), Rollout(tensor_changes=("m",))
    found = guard_update("model-1", servings(other, now), named, apart=True)
    assert (found.models_first, found.dangers) == (True, ())
    found = guard_update("model-1", servings(other, other), named, apart=True)
    assert not found.models_first
    assert [danger.split(" becomes ")[0] for danger in found.dangers] == [
        "m version 1: input x FP32[4]",
        "m version 1: input x FP32[8]",
    ]


def test_what_hinders_both_orders_is_said_once() -> None:
    found = guard_update("model-1", servings(NO, NO), KEEP, apart=True)
    assert found.stop is not None
    assert found.stop.reason == (
        "no order of the two updates keeps everyone served: it would not serve: "
        "--load-model=n: there is no such model"
    )


@pytest.mark.parametrize("end", [structure(ONE, m=OTHER), NO], ids=["another contract", "no start"])
def test_of_what_is_forbidden_by_itself_no_order_is_the_reason(end: Served) -> None:
    now = structure(ONE, m=X)
    found = guard_update("model-1", Servings(now, now, end, end), KEEP, apart=True)
    assert found == guard_versions("model-1", now, end, KEEP)
    assert found.stop is None


def test_what_would_not_serve_is_forbidden_even_with_a_stop() -> None:
    for desired in (NO, None):
        found = guard_versions("model-1", structure(ONE, m=X), desired, KEEP)
        (refusal,) = found.forbidden
        assert "it would not serve" in refusal.reason


def test_a_command_that_is_not_known_is_a_danger() -> None:
    assumed = replace(structure(ONE, m=X), assumed=True)
    found = guard_versions("model-1", assumed, structure(ONE, m=X), KEEP)
    assert found.passes
    assert found.dangers == (ASSUMED,)


def test_a_header_that_clients_have_to_send_is_a_danger() -> None:
    now = structure(ONE, m=X)
    asks = replace(now, restricted=frozenset({"inference:key=value"}))
    assert guard_versions("model-1", now, asks, KEEP).dangers == (RESTRICTED,)
    assert guard_versions("model-1", asks, asks, KEEP).dangers == ()
    assert guard_versions("model-1", asks, now, KEEP).dangers == ()
