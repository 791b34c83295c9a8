"""A plan as JSON: without loss, as the schema says, and refused when it was edited."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from reconciler.core.model.configuration import Container, Secret
from reconciler.core.model.errors import Failed, Refused, SetupError
from reconciler.core.model.spec import Revision, Spec
from reconciler.core.planning.plan import Plan
from reconciler.report.plan.json import plan_document, read_plan
from reconciler.report.plan.schema import check_schema
from reconciler.shipped import schema_text
from tests.support.drive import apply_on, desired, plan_on, spec
from tests.support.examples import every_few, examples
from tests.support.growth import bytecodes
from tests.support.memory import MemoryCloud
from tests.support.worlds import clouds, specs

STRUCTURES = st.sampled_from([frozenset({("m", 1)}), frozenset({("m", 2)})])
REVISIONS = st.none() | st.builds(Revision, st.text(max_size=5), st.text(max_size=5))


def saved(plan: Plan) -> dict:
    """What is in the file."""
    return json.loads(json.dumps(plan_document(plan)))


def value_of(secret: Secret) -> Secret:
    return replace(secret, value=f"the value of {secret.reference}")


def with_known_secrets(spec: Spec) -> Spec:
    """Its secrets hold what `value_of` says."""

    def known(value: object) -> object:
        return value_of(value) if isinstance(value, Secret) else value

    container: Container = spec.configuration.container
    variables = tuple((key, known(value)) for key, value in container.environment)
    configuration = replace(spec.configuration, container=replace(container, environment=variables))
    return replace(spec, configuration=configuration)


def test_golden(review) -> None:
    review.check(json.dumps(plan_document(review.plan), indent=2, ensure_ascii=False) + "\n", ".json")


def test_every_plan_fits_its_schema(case, validate) -> None:
    validate(plan_document(case.plan), "plan.v1.json")


def test_a_plan_is_read_back_with_its_rollbacks_and_probes(review) -> None:
    assert read_plan(saved(review.plan), lambda secret: replace(secret, value="a secret")) == review.plan


def test_rollbacks_and_probes_are_in_the_document(made) -> None:
    (item,) = saved(made("all_groups"))["deployments"]
    assert [way["steps"][0]["step"] for way in item["undo"]] == 4 * ["updateDeployment"]
    assert item["steps"][-3]["probes"][0]["input"]["path"].endswith("bird.json")
    (rolled,) = (step for step in item["steps"] if "core" in step.get("groups", ()))
    assert rolled["temporary"]["instances"] == 4


def test_the_summary_counts_every_action(everything) -> None:
    summary = plan_document(everything)["summary"]
    assert {key: number for key, number in summary.items() if number} == {
        "create": 1,
        "update": 2,
        "withStop": 1,
        "delete": 1,
        "nothing": 4,
        "blocked": 1,
    }


def test_unchanged_deployments_can_be_left_out(everything, validate) -> None:
    whole, cut = plan_document(everything), plan_document(everything, unchanged=False)
    validate(cut, "plan.v1.json")
    assert {**whole, "deployments": []} == {**cut, "deployments": []}
    left = [item for item in whole["deployments"] if item not in cut["deployments"]]
    assert {item["action"] for item in left} == {"nothing"}
    assert {item["action"] for item in cut["deployments"]} == {"create", "update", "delete", "blocked"}


def test_no_desired_secret_is_saved(made) -> None:
    text = json.dumps(plan_document(made("secrets")))
    assert "hunter3" not in text
    assert "hunter4" not in text
    assert "env.API_TOKEN" in text


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs(), clouds(), STRUCTURES, REVISIONS)
def test_nothing_is_lost(validate, wanted, cloud, structure, revision) -> None:
    known = (with_known_secrets(spec) for spec in wanted)
    plan = plan_on(cloud, desired(*known, revision=revision), structure)
    assume("Secret(reference='live'" not in repr(plan))  # such a plan is never saved
    document = saved(plan)
    validate(document, "plan.v1.json")
    assert read_plan(document, value_of) == plan


def places(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Paths to everything that is neither a list nor an object."""
    if not isinstance(value, dict | list):
        yield path
        return
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield from places(child, (*path, key))


def edited(document: dict, path: tuple) -> dict:
    copy = json.loads(json.dumps(document))
    *way, last = path
    inner = copy
    for key in way:
        inner = inner[key]
    inner[last] = not inner[last] if isinstance(inner[last], bool) else 7 if inner[last] != 7 else 8
    return copy


def test_an_edit_anywhere_is_refused(made) -> None:
    document = saved(made("new_content"))
    for path in places(document):
        with pytest.raises((Refused, Failed)):
            read_plan(edited(document, path), value_of)


def test_an_edit_and_damage_get_different_errors(made) -> None:
    document = saved(made("all_groups"))
    document["deployments"][0]["steps"][-2]["configuration"]["bandwidth"]["minimum"] = 30
    with pytest.raises(Refused, match="edited after it was made"):
        read_plan(document, value_of)


def test_additions_are_refused(made) -> None:
    document = saved(made("new_deployment"))
    document["deployments"][0]["force"] = True
    with pytest.raises(Failed, match=r"damaged.*force"):
        read_plan(document, value_of)


def test_damage_is_named_with_its_place(made) -> None:
    document = saved(made("new_deployment"))
    document["deployments"][0]["steps"][0]["step"] = "dropEverything"
    with pytest.raises(
        Failed, match=r"damaged: \$\.deployments\[0\]\.steps\[0\]:.*dropEverything.*make it again"
    ):
        read_plan(document, value_of)


def test_the_fast_check_finds_what_the_full_check_finds(made) -> None:
    """Looking at one kind of step alone finds what looking at all of them does."""
    schema = json.loads(schema_text("plan.v1.json"))
    document = saved(made("all_groups"))
    whole, found = Draft7Validator(schema), 0
    for path in [*places(document)][:: every_few(20)]:
        bad = with_value(document, path, {"kind": "model", "step": "waitFor"})
        if whole.is_valid(bad):
            check_schema(bad)
        else:
            found += 1
            with pytest.raises(Failed, match="damaged"):
                check_schema(bad)
    assert found > 30


def with_value(document: dict, path: tuple, value: object) -> dict:
    copy = json.loads(json.dumps(document))
    *way, last = path
    inner = copy
    for key in way:
        inner = inner[key]
    inner[last] = value
    return copy


def test_a_step_is_checked_against_its_own_kind_only(made) -> None:
    schema = json.loads(schema_text("plan.v1.json"))
    document = saved(made("all_groups"))
    every = bytecodes(lambda: list(Draft7Validator(schema).iter_errors(document)))
    assert bytecodes(lambda: check_schema(document)) < every / 2


def test_damage_inside_of_a_step_is_named_with_its_place(made) -> None:
    document = saved(made("new_deployment"))
    document["deployments"][0]["steps"][0]["token"] = 7
    with pytest.raises(Failed, match=r"damaged: \$\.deployments\[0\]\.steps\[0\]\.token: 7 is not of type"):
        read_plan(document, value_of)


@pytest.mark.parametrize("version", [None, "reconciler.oci/plan.v2", 1])
def test_another_version_is_refused(made, version) -> None:
    document = {**saved(made("new_deployment")), "apiVersion": version}
    with pytest.raises(Failed, match=r"reconciler\.oci/plan\.v1.* is read here; make it again"):
        read_plan(document, value_of)


def test_the_error_of_a_missing_secret_comes_through(made) -> None:
    def missing(secret: Secret) -> Secret:
        raise SetupError(f"{secret.reference} is not set")

    with pytest.raises(SetupError) as raised:
        read_plan(saved(made("secrets")), missing)
    assert str(raised.value) == "env.API_TOKEN is not set"


@pytest.mark.parametrize("live", ["hunter1", "hunter2"])
def test_no_live_secret_is_saved_or_hashed(live: str) -> None:
    """Not for updates of other groups, and not for variables that are secrets in no manifest any more."""

    def container(**variables: str | Secret) -> Container:
        return Container("image:1", environment=tuple(sorted(variables.items())))

    def planned(old: str) -> Plan:
        cloud = MemoryCloud()
        before = spec(container=container(DATABASE=Secret("env.DB", old), GONE=Secret("env.GONE", old)))
        apply_on(cloud, plan_on(cloud, desired(before)))
        wanted = spec(
            "vision", "new", container=container(DATABASE=Secret("env.DB", "hunter2")), description="x"
        )
        return plan_on(cloud, desired(wanted))

    plan = planned(live)
    assert "hunter" not in json.dumps(plan_document(plan)) + repr(plan)
    assert read_plan(saved(plan), lambda secret: replace(secret, value="hunter2")) == plan
    assert plan.deployments[0].seen == planned("another").deployments[0].seen
