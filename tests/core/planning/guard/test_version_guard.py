"""What the guard of the version structure lets pass while a deployment serves."""

import pytest

from reconciler.core.model.artifact import Structure, Tensor, Tensors, Versions
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.guard.version_guard import ALLOW, guard_versions

ONE, TWO = frozenset({("m", 1)}), frozenset({("m", 2)})
KEEP, ADDITIVE = Rollout(), Rollout(versions=VersionChange.ADDITIVE)
X = Tensors((Tensor("x", "TYPE_FP32", (4,)),), (Tensor("y", "TYPE_FP32", (1,)),))
BATCHED = Tensors(X.inputs, X.outputs, batch=True)
WIDER = Tensors((Tensor("x", "TYPE_FP32", (8,)),), X.outputs)
RENAMED = Tensors(X.inputs, (Tensor("z", "TYPE_FP32", (1,)),))
RETYPED = Tensors(X.inputs, (Tensor("y", "TYPE_INT64", (1,)),))


def structure(versions: Versions, **tensors: Tensors) -> Structure:
    return Structure(versions, tuple(sorted(tensors.items())))


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
    [
        (BATCHED, "it takes batches now"),
        (WIDER, "input x FP32[4] becomes FP32[8]"),
        (RETYPED, "output y FP32[1] becomes INT64[1]"),
        (RENAMED, "output z (not there) becomes FP32[1]"),
    ],
    ids=["batch", "dims", "type", "name"],
)
def test_other_tensors_under_a_number_in_use_are_allowed_by_name_alone(new: Tensors, told: str) -> None:
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
    served, desired = structure(both, m=X, n=X), structure(both, m=WIDER, n=WIDER)
    found = guard_versions("model-1", served, desired, Rollout(tensor_changes=("m",)))
    (refusal,) = found.forbidden
    assert "n version 1" in refusal.reason
    assert len(found.dangers) == 1


def test_tensors_of_a_version_that_only_one_side_has_are_free() -> None:
    found = guard_versions("model-1", structure(ONE, m=X), structure(TWO, m=WIDER), KEEP)
    assert found.forbidden == ()


@pytest.mark.parametrize(("old", "new"), [({"m": X}, {}), ({}, {"m": X}), ({}, {})])
def test_tensors_that_are_not_declared_are_told_and_not_compared(
    old: dict[str, Tensors], new: dict[str, Tensors]
) -> None:
    found = guard_versions("model-1", structure(ONE, **old), structure(ONE, **new), KEEP)
    assert (found.stop, found.forbidden) == (None, ())
    (note,) = found.notes
    assert "m are not declared" in note
