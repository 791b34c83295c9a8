"""Deployments in which something is missing, null, or of a class that nobody knows are read nonetheless."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from oci.data_science.models import data_science_type_mapping

from reconciler.adapters.oci.answer_reader import AnswerReader
from reconciler.adapters.oci.conversion.live import live_of
from reconciler.core.model.configuration import Autoscaling, Container, Json, QueryRule
from reconciler.core.model.live import Live, State
from tests.support.documents import CPU, OCID, configuration_with, created

TYPES = {
    "deploymentType": "MODEL_GROUP",
    "environmentConfigurationType": "DEFAULT",
    "policyType": "FIXED_SIZE",
    "autoScalingPolicyType": "THRESHOLD",
    "metricExpressionRuleType": "CUSTOM_EXPRESSION",
    "scalingConfigurationType": "QUERY",
    "infrastructureType": "MANAGED_COMPUTE_CLUSTER",
    "systemInfraType": "MANAGED_COMPUTE_CLUSTER",
}
"""What says of which class an object is, and another one that the SDK knows."""

RULES = {"threshold": CPU, "query": QueryRule("out", "in", 60)}
DETAILS = "modelDeploymentConfigurationDetails"


def single(rule: str = "threshold") -> dict[str, Any]:
    document = created(configuration_with(scaling=Autoscaling(1, 3, RULES[rule])))
    system = {"systemInfraType": "INSTANCE_POOL", "currentInstanceCount": 2}
    return {**document, "modelDeploymentSystemData": system}


def group() -> dict[str, Any]:
    document = single()
    details = document[DETAILS]
    pool = {"infrastructureType": "INSTANCE_POOL", **details.pop("modelConfigurationDetails")}
    more = {
        "modelGroupConfigurationDetails": {"modelGroupId": "g"},
        "infrastructureConfigurationDetails": pool,
    }
    document[DETAILS] = {**details, **more, "deploymentType": "MODEL_GROUP"}
    return document


DOCUMENTS = {"threshold": single(), "query": single("query"), "group": group()}


def read(document: dict[str, Any]) -> Live:
    text = json.dumps([document]).encode()
    [found] = AnswerReader(data_science_type_mapping).read(text, "list[ModelDeploymentSummary]")
    return live_of(found, {})


def places(value: Json, names: frozenset[str], way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, item in items:
        if key in names:
            yield (*way, key)
        yield from places(item, names, (*way, key))


def with_it(document: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with something deep in it set; ... takes it away."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    place: Any = made
    *above, last = way
    for key in above:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return made


CLASSES = [(kind, way) for kind, one in DOCUMENTS.items() for way in places(one, frozenset(TYPES))]


def test_each_name_of_a_class_is_met() -> None:
    assert {way[-1] for _, way in CLASSES} == TYPES.keys()


@pytest.mark.parametrize(
    ("kind", "way"), CLASSES, ids=lambda value: value if isinstance(value, str) else value[-1]
)
def test_what_does_not_say_its_class_or_another_one_is_read(kind: str, way: tuple[Any, ...]) -> None:
    for value in (..., None, "SOMETHING_NEW", TYPES[way[-1]]):
        found = read(with_it(DOCUMENTS[kind], way, value))
        assert (found.ocid, found.state) == (OCID, State.ACTIVE)
        assert found.deployment_type


@pytest.mark.parametrize("kind", ["deploymentType", "environmentConfigurationType", "infrastructureType"])
def test_without_its_class_it_cannot_be_compared(kind: str) -> None:
    [way, *_] = places(DOCUMENTS["group"], frozenset({kind}))
    found = read(with_it(DOCUMENTS["group"], way, ...))
    assert found.configuration is None
    assert found.deployment_type


@pytest.mark.parametrize("value", [..., None, "SOMETHING_NEW"])
def test_a_policy_that_is_not_known_differs_from_every_other(value: Any) -> None:
    [way] = places(DOCUMENTS["query"], frozenset({"policyType"}))
    found = read(with_it(DOCUMENTS["query"], way, value)).configuration
    assert found is not None
    assert isinstance(found.scaling, Autoscaling)
    assert found.scaling.rule is None


def test_nulls_in_maps_are_nothing() -> None:
    environment = {"CONTAINER_TYPE": "TRITON"}
    document = created(
        configuration_with(
            labels=(("a", "b"),), container=Container("i:1", environment=tuple(environment.items()))
        )
    )
    odd = with_it(document, ("freeformTags",), {**document["freeformTags"], "n": None})
    odd = with_it(odd, ("definedTags",), {"x": None, "y": {"k": None, "l": "m"}})
    way = (DETAILS, "environmentConfigurationDetails", "environmentVariables")
    found = read(with_it(odd, way, {**environment, "N": None})).configuration
    assert found is not None
    assert dict(found.labels) == {"a": "b"}
    assert found.defined_tags == (("y.l", "m"),)
    assert dict(found.container.environment or ()) == environment


@pytest.mark.parametrize("duration", ["PT" + "9" * 5000 + "S", "PT9999999999H", "P1D", ""])
def test_a_duration_that_is_none_differs(duration: str) -> None:
    document = DOCUMENTS["query"]
    for way in places(document, frozenset({"pendingDuration"})):
        document = with_it(document, way, duration)
    found = read(document).configuration
    assert found is not None
    assert isinstance(found.scaling, Autoscaling)
    assert found.scaling.rule is None
