"""The models of a model repository as plain data: without loss, and nothing else is taken for such data."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.documents import read_models, write_models
from reconciler.core.model.served.model_folder import (
    Latest,
    ModelConfiguration,
    ModelFolder,
    Specific,
    Unlimited,
)

NAMES = st.text(max_size=8)
NUMBERS = st.integers(0, 2**63 - 1)
TENSORS = st.builds(
    Tensor,
    NAMES,
    st.sampled_from(["FP32", "STRING"]),
    st.lists(st.integers(-1, 9), max_size=3).map(tuple),
    st.booleans(),
    st.lists(NAMES, max_size=3).map(tuple),
)
CONTRACTS = st.builds(
    Contract,
    st.lists(TENSORS, max_size=2).map(tuple),
    st.lists(TENSORS, max_size=2).map(tuple),
    st.integers(0, 8),
    st.booleans(),
    st.booleans(),
)
POLICIES = st.one_of(
    st.builds(Latest, st.integers(0, 9)), st.builds(Specific, st.frozensets(NUMBERS)), st.just(Unlimited())
)
CONFIGURATIONS = st.builds(
    ModelConfiguration,
    POLICIES,
    NAMES,
    st.lists(NAMES, max_size=2).map(tuple),
    st.dictionaries(NUMBERS, CONTRACTS, max_size=3).map(lambda found: tuple(sorted(found.items(), key=str))),
    st.booleans(),
).map(lambda found: _sorted(found))
MODELS = st.lists(
    st.builds(
        ModelFolder,
        NAMES,
        st.lists(NUMBERS, max_size=3).map(tuple),
        st.dictionaries(NAMES, CONFIGURATIONS, max_size=2).map(lambda found: tuple(found.items())),
    ),
    max_size=2,
).map(tuple)


def _sorted(found: ModelConfiguration) -> ModelConfiguration:
    by_number = tuple(sorted(found.contracts, key=lambda pair: pair[0]))
    return ModelConfiguration(found.policy, found.backend, found.needs, by_number, found.completed)


@given(MODELS)
def test_written_and_read_back_nothing_is_lost(models: tuple[ModelFolder, ...]) -> None:
    assert read_models(json.loads(json.dumps(write_models(models)))) == models


GOOD = write_models([ModelFolder("m", (1,), (("", ModelConfiguration(contracts=((1, Contract((), ())),))),))])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 1),
        ("name", None),
        ("versions", ["1"]),
        ("versions", [True]),
        ("versions", None),
        ("configurations", []),
        ("configurations", {"": None}),
        ("configurations", {"": {"policy": "none", "backend": "", "contracts": []}}),
        ("configurations", {"": {"policy": {"latest": "1"}, "backend": "", "contracts": []}}),
        ("configurations", {"": {"policy": "all", "backend": "", "contracts": [{"versions": [1]}]}}),
    ],
)
def test_other_data_is_refused(field: str, value: Any) -> None:
    assert read_models(GOOD)  # type: ignore[arg-type] # plain data
    (model,) = GOOD
    assert isinstance(model, dict)
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        read_models([{**model, field: value}])
