"""The published schemas, the types and the reader say the same."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.model.configuration import Secret
from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.declarations.json_schemas import SCHEMAS, main
from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.declarations.overlays import OVERLAYS
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.schema.document_reading import DocumentReading
from reconciler.manifests.schema.reader import read
from reconciler.manifests.yaml.parser import parse
from reconciler.shipped import schema_text, shipped_folder
from tests.support.examples import examples
from tests.support.schemas import fits

PRINTED = (
    *("drift", "history", "rollback", "adopt"),
    "plan",
    "reviewed",
    "targets",
    "apply",
    "status",
    "validate",
    "explain",
    "doctor",
    "error",
    "emulator",
    "image-build",
    "image-push",
    "image-resolve",
    "plans",
    "render",
)
YAML_NAMES = {"memory_gbs": "memoryGBs", "in_": "in"}


def test_schemas_are_up_to_date(tmp_path: Path) -> None:
    main(tmp_path)
    for name in SCHEMAS:
        advice = "run `python -m reconciler.manifests.declarations.json_schemas schemas`"
        assert schema_text(name) == (tmp_path / name).read_text(encoding="utf-8"), advice


def test_every_schema_of_what_people_write_has_a_type() -> None:
    printed = {f"{name}.v1.json" for name in PRINTED}
    assert {path.name for path in shipped_folder("schemas").iterdir()} - printed == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_draft_07(name: str) -> None:
    schema = json.loads(schema_text(name))
    jsonschema.Draft7Validator.check_schema(schema)
    assert "unevaluatedProperties" not in schema_text(name)


def yaml_name(name: str) -> str:
    first, *rest = name.split("_")
    return YAML_NAMES.get(name) or first + "".join(word.capitalize() for word in rest)


def kinds(hint: Any) -> Iterator[Any]:
    """The plain types of a hint, its notes and None taken off."""
    if get_origin(hint) is Annotated:
        yield from kinds(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for one in get_args(hint):
            yield from kinds(one)
    elif hint is not type(None):
        yield hint


def options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives of a schema, without the one for templates."""
    if "anyOf" in schema and "properties" not in schema:
        return [deep for one in schema["anyOf"] if "$ref" not in one for deep in options(one)]
    return [schema]


def same(kind: Any, schema: dict[str, Any], at: str) -> None:
    """The type and the schema agree, all the way down."""
    if is_dataclass(kind):
        same_table(kind, schema, at)
    elif get_origin(kind) is tuple:
        assert schema["type"] == "array", at
        some_agrees(get_args(kind)[0], schema["items"], f"{at}[]")
    elif get_origin(kind) is not None and get_origin(kind) is not Literal:
        assert schema["type"] == "object", at
        if get_args(kind)[1] is not object:
            some_agrees(get_args(kind)[1], schema["additionalProperties"], f"{at}.*")
    elif get_origin(kind) is Literal:
        assert schema == {**schema, "const": get_args(kind)[0]}, at
    elif kind in (str, int, float, bool):
        wanted = {str: "string", int: "integer", float: "number", bool: "boolean"}[kind]
        assert schema["type"] == wanted, at
    else:
        assert schema["enum"] == [word.value for word in kind], at


def some_agrees(hint: Any, schema: dict[str, Any], at: str) -> None:
    wanted = [kind for kind in kinds(hint) if kind is not Secret]
    found = options(schema)
    assert len(wanted) == len(found), at
    for kind, one in zip(wanted, found, strict=True):
        same(kind, one, at)


def same_table(cls: Any, schema: dict[str, Any], at: str) -> None:
    hints = get_type_hints(cls, include_extras=True)
    required = {
        yaml_name(item.name)
        for item in fields(cls)
        if item.default is MISSING and item.default_factory is MISSING
    }
    assert schema["type"] == "object", at
    assert schema["additionalProperties"] is False, at
    assert set(schema["properties"]) == {yaml_name(item.name) for item in fields(cls)}, at
    assert set(schema["required"]) == required, at
    for item in fields(cls):
        below = schema["properties"][yaml_name(item.name)]
        assert below["description"], f"{at}.{item.name} lacks a description"
        some_agrees(hints[item.name], below, f"{at}.{item.name}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_and_types_agree_field_by_field(name: str) -> None:
    schema = json.loads(schema_text(name))
    if SCHEMAS[name] is Manifest:
        # What differs between targets is merged before a manifest is read (tests/manifests/overlays).
        assert schema["properties"].pop(OVERLAYS)["description"]
    same_table(SCHEMAS[name], schema, name)


WORDS = st.sampled_from(
    [
        *("vision", "", "1.0.0", "10m", "never", "VM.GPU.A10.1", "a/b", "ocid1.log.oc1..a", "x y", "\nx"),
        *(
            "2s",
            "inactive",
            "custom",
            "MODEL_GROUP",
            "BASELINE_1_8",
            "live",
            "confirm",
            "ocid1.subnet.oc1..a",
        ),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 70000) | st.floats(-1e5, 1e5) | WORDS
KEYS = st.sampled_from([
    "name", "description", "labels", "repository", "tag", "digest", "build", "triton", "backends", "url",
    "sha256", "shape", "ocpus", "memoryGBs", "instances", "min", "max", "cpu", "out", "in", "coolDown",
    "group", "log", "access", "predict", "downtime", "port", "env", "command", "1", "x", "memory", "query",
    "initial", "subnet", "probes", "model", "input", "expect", "status", "ignore", "protect",
])  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4), max_leaves=6
)
GOOD = {
    "apiVersion": "reconciler.oci/v1",
    "kind": "ModelDeployment",
    "metadata": {"name": "vision", "labels": {"team": "x"}, "definedTags": {"Operations": {"Owner": "x"}}},
    "spec": {
        "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1.0.0"},
        "models": [{"name": "resnet", "versions": {"1": "models/model.onnx"}, "config": {"backend": "x"},
                    "files": {"labels.txt": "models/labels.txt",
                              "1/a": {"url": "https://x", "sha256": "a" * 64}}}],
        "server": {"command": ["tritonserver"], "port": 8000, "env": {"KEY": "x"}},
        "deploymentType": "MODEL_GROUP",
        "state": "active",
        "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 4, "memoryGBs": 32,
                     "cpuBaseline": "BASELINE_1_2",
                     "capacityReservations": ["ocid1.capacityreservation.oc1.iad.a"]},
        "network": {"access": "custom", "subnet": "ocid1.subnet.oc1.iad.a", "privateEndpoint": "ocid1.x.a"},
        "scaling": {"min": 1, "max": 2, "query": {"out": "x > 1", "in": "x < 1"}, "initial": 1,
                    "coolDown": "10m", "pendingDuration": "5m"},
        "bandwidthMbps": {"min": 10, "max": 20},
        "logs": {"access": {"group": "ocid1.loggroup.oc1..a", "log": "ocid1.log.oc1..a"}},
        "rollout": {"downtime": "never", "versions": "keep", "tensorChanges": ["resnet"], "update": "live",
                    "onFailure": "rollback", "probes": [{"model": "resnet", "version": 1, "input": "in.json",
                    "expect": "out.json", "tolerance": 0.1, "status": 200, "latency": "2s"}]},
        "policy": {"paused": False, "protect": True, "prune": "auto", "ignore": ["/spec/scaling"]},
    },
}  # fmt: skip


def places(value: Any, trail: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield trail
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from places(below, (*trail, key))


def replaced(value: Any, trail: tuple[Any, ...], new: Any) -> Any:
    if not trail:
        return new
    if isinstance(value, list):
        return [
            replaced(item, trail[1:], new) if index == trail[0] else item for index, item in enumerate(value)
        ]
    return {**value, trail[0]: replaced(value[trail[0]], trail[1:], new)}


VALIDATOR = jsonschema.Draft7Validator(json.loads(schema_text("model-deployment.v1.json")))


@settings(max_examples=examples(100))
@given(st.sampled_from(list(places(GOOD))), ANYTHING)
def test_reader_and_schema_judge_alike(trail: tuple[Any, ...], new: Any) -> None:
    """One place of a good manifest is replaced by anything: both take it, or neither does."""
    manifest = replaced(GOOD, trail, new)
    (document,), problems = parse(json.dumps(manifest), "file.yaml")
    assert problems == []
    reading = DocumentReading(document)
    whole = read(Manifest, reading) is not None and not reading.findings
    assert whole == VALIDATOR.is_valid(as_yaml_sees_it(manifest))


def as_yaml_sees_it(value: Any) -> Any:
    """JSON Schema takes 1.0 for an integer; YAML's 1.0 is none."""
    if isinstance(value, dict):
        return {key: as_yaml_sees_it(below) for key, below in value.items()}
    if isinstance(value, list):
        return [as_yaml_sees_it(below) for below in value]
    return value + 0.5 if isinstance(value, float) and value.is_integer() else value


def test_the_good_one_is_good() -> None:
    VALIDATOR.validate(GOOD)


def test_the_examples_fit_their_schemas() -> None:
    """As an editor sees them: templates are not filled in."""
    checkout = Path(__file__).parents[3]
    for path in (checkout / "reconciler.yaml", *(checkout / "manifests").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            fits(document)


def test_editors_take_templates_for_numbers() -> None:
    VALIDATOR.validate(replaced(GOOD, ("spec", "server", "port"), "{{ values.port }}"))


def test_a_schema_is_no_excuse(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "a.yaml").write_text(
        json.dumps(replaced(GOOD, ("spec", "server", "port"), 8446))
    )
    with pytest.raises(InvalidManifests, match="8446"):
        load_manifests([], tmp_path, {})


def test_editors_take_no_template_where_there_may_be_none() -> None:
    """What `validate` refuses is refused by an editor too, as far as it can."""
    repository = jsonschema.Draft7Validator(json.loads(schema_text("repository.v1.json")))
    document = {"apiVersion": "reconciler.oci/v1", "kind": "Repository", "owner": "acme", "targets": {}}
    assert repository.is_valid(document)
    for text in ("{{ values.x }}", "{{ env.X }}"):
        assert not repository.is_valid({**document, "owner": text})
        assert not repository.is_valid({**document, "safety": {"maxDeletes": text}})
        assert not repository.is_valid({**document, "secrets": [text]})
    manifests = jsonschema.Draft7Validator(json.loads(schema_text("model-deployment.v1.json")))
    manifest = {
        "apiVersion": "reconciler.oci/v1",
        "kind": "ModelDeployment",
        "metadata": {"name": "x"},
        "spec": {
            "image": {"repository": "iad.ocir.io/acme/triton", "tag": "{{ values.tag }}"},
            "modelRepository": "m",
            "instance": {"shape": "VM.GPU.A10.1"},
            "server": {"env": {"TOKEN": "{{ env.TOKEN }}"}},
        },
    }
    assert manifests.is_valid(manifest)
    manifest["spec"]["image"]["tag"] = "{{ env.TAG }}"
    assert not manifests.is_valid(manifest)
