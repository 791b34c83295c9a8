"""A plan as a document that says all of it, and back: what `plan --out` saves is what `apply --plan` reads.

The document is described by schemas/plan.v1.json. A secret is in it by its reference alone.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from reconciler.core.model.artifact import Artifact, ModelTensors, Source, Tensors, Versions
from reconciler.core.model.configuration import (
    Autoscaling,
    Configuration,
    Container,
    Json,
    Pairs,
    Rule,
    Scaling,
    Secret,
    Variable,
    document_name,
    to_json,
)
from reconciler.core.model.errors import Failed, ReconcilerError, Refused
from reconciler.core.planning.diff.changes import Change
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.steps import ModelRef, PublishGroup, Step
from reconciler.report.plan.words import stopped
from reconciler.report.values import versions_by_model
from reconciler.shipped import schema_text

if TYPE_CHECKING:
    from cattrs import Converter
    from jsonschema import ValidationError

API_VERSION = "reconciler.oci/plan.v1"
LONGEST_FAULT = 300
AGAIN = "make it again with reconcile plan --out"

Secrets: TypeAlias = Callable[[Secret], Secret]
"""Gives a secret its value again."""

Hook: TypeAlias = Callable[[Any], Any]


def plan_document(plan: Plan, *, unchanged: bool = True) -> dict[str, Json]:
    """The plan as plain data, without loss; `unchanged=False` leaves out the deployments that stay as they
    are, which is for reading alone: the digest is still that of the whole plan.
    """
    shown = plan if unchanged else replace(plan, deployments=tuple(_changing(plan)))
    numbers = Counter(item.action.value for item in plan.deployments)
    head = {"apiVersion": API_VERSION, "digest": plan.digest, "empty": plan.empty}
    summary = {action.value: numbers[action.value] for action in Action} | {"withStop": stopped(plan)}
    return {**head, "summary": summary, **_converter(_unresolved).unstructure(shown)}


def _changing(plan: Plan) -> Iterator[DeploymentPlan]:
    return (item for item in plan.deployments if item.action is not Action.NOTHING)


def read_plan(document: Mapping[str, Any], secrets: Secrets) -> Plan:
    """The plan that this document was made of, with its secrets looked up again.

    Raises Failed for what is not a plan that this version can read, Refused for one that was edited, and
    whatever `secrets` raises.
    """
    version = document.get("apiVersion")
    if version != API_VERSION:
        raise Failed(f"the saved plan has the format {version!r}, and {API_VERSION!r} is read here; {AGAIN}")
    try:
        _check(document)
        plan = _structured(document, secrets)
        edited = plan_document(plan) != dict(document)
    except ReconcilerError:
        raise
    except Exception as error:
        # Whatever the libraries make of a stranger's input: it is no plan.
        raise Failed(f"the saved plan is damaged: {type(error).__name__}: {error}"[:LONGEST_FAULT]) from error
    if edited:
        raise Refused(f"the saved plan was edited after it was made: its digest does not fit it; {AGAIN}")
    return plan


def _structured(document: Mapping[str, Any], secrets: Secrets) -> Plan:
    derived = {"apiVersion", "digest", "empty", "summary"}
    body = {key: value for key, value in document.items() if key not in derived}
    plan: Plan = _converter(secrets).structure(body, Plan)
    return plan


def _check(document: Mapping[str, Any]) -> None:
    """Is it what the schema describes? The message names the place of what is not."""
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import best_match
    from jsonschema.validators import extend

    schema = json.loads(schema_text("plan.v1.json"))
    validator = extend(Draft7Validator, {"oneOf": _one_by_its_tag})  # type: ignore[no-untyped-call]  # it has no types
    fault = best_match(validator(schema).iter_errors(dict(document)))
    if fault is not None:
        raise Failed(
            f"the saved plan is damaged: {fault.json_path}: {fault.message[:LONGEST_FAULT]}; {AGAIN}"
        )


def _one_by_its_tag(
    validator: Any, members: list[dict[str, Any]], value: Any, schema: Mapping[str, Any]
) -> "Iterator[ValidationError]":
    """`oneOf` where each member has a constant of its own under one key: only the member whose constant is
    there can fit, and it alone is looked at. Trying all kinds of steps takes three times as long.
    """
    from jsonschema import Draft7Validator

    found = _member(members, value)
    if found is None:
        yield from Draft7Validator.VALIDATORS["oneOf"](validator, members, value, schema)
    else:
        yield from validator.descend(value, members[found], schema_path=found)


def _member(members: list[dict[str, Any]], value: Any) -> int | None:
    """The place of the one whose constant is there; None where there is none, or not every member has one."""
    for tag in TAGS:
        constants = [one.get("properties", {}).get(tag, {}).get("const") for one in members]
        if None not in constants and isinstance(value, dict) and constants.count(value.get(tag)) == 1:
            return constants.index(value[tag])
    return None


def _unresolved(secret: Secret) -> Secret:
    raise AssertionError(f"{secret} is looked up when a plan is read, not when it is written")


def _converter(secrets: Secrets) -> "Converter":
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

    converter = Converter(detailed_validation=False)
    special = _special(secrets) | _with_converter(converter)

    def overrides(cls: type[Any]) -> dict[str, Any]:
        found = {}
        for item in fields(cls):
            write, read = special.get((cls, item.name), (None, None))
            hook = None if read is None else _ignoring_type(read)
            found[item.name] = override(
                rename=_camel(document_name(item)), unstruct_hook=write, struct_hook=hook
            )
        return found

    converter.register_unstructure_hook_factory(
        is_dataclass, lambda cls: make_dict_unstructure_fn(cls, converter, **overrides(cls))
    )
    converter.register_structure_hook_factory(
        is_dataclass,
        lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **overrides(cls)),
    )
    converter.register_unstructure_hook(OptionGroup, lambda group: group.name.lower())
    converter.register_structure_hook(OptionGroup, lambda name, _: OptionGroup[name.upper()])
    for union, tag in TAGGED:
        _tag(converter, union, tag)
    return converter


TAGGED = ((Step, "step"), (ModelRef, "kind"), (Source, "kind"), (Scaling, "kind"), (Rule, "kind"))
"""Unions whose members carry their name in the document, and the key that it stands under."""

TAGS = sorted({tag for _, tag in TAGGED})


def _ignoring_type(read: Hook) -> Callable[[Any, Any], Any]:
    return lambda value, _: read(value)


def _special(secrets: Secrets) -> dict[tuple[type[Any], str], tuple[Hook, Hook]]:
    """Fields whose form in the document is not that of their type: mappings where the core has pairs."""

    def same(value: Json) -> Json:
        return value

    return {
        (Container, "environment"): (_write_variables, lambda found: _read_variables(found, secrets)),
        (Configuration, "labels"): (dict, _read_pairs),
        (Configuration, "defined_tags"): (dict, _read_pairs),
        (PublishGroup, "members"): (dict, _read_pairs),
        (Plan, "given"): (dict, _read_pairs),
        (Artifact, "versions"): (versions_by_model, _read_versions),
        (Change, "old"): (same, same),
        (Change, "new"): (same, same),
    }


def _with_converter(converter: "Converter") -> dict[tuple[type[Any], str], tuple[Hook, Hook]]:
    """Those of them that hold values with a form of their own."""

    def write_tensors(found: ModelTensors) -> dict[str, Json]:
        return {model: converter.unstructure(tensors) for model, tensors in found}

    def read_tensors(found: dict[str, Any]) -> ModelTensors:
        return tuple((model, converter.structure(tensors, Tensors)) for model, tensors in found.items())

    def write_rule(rule: Rule | None) -> Json:
        return None if rule is None else converter.unstructure(rule, unstructure_as=Rule)

    def read_rule(found: dict[str, Any] | None) -> Rule | None:
        return None if found is None else converter.structure(found, Rule)  # type: ignore[arg-type]  # a union

    return {
        (Artifact, "tensors"): (write_tensors, read_tensors),
        (Autoscaling, "rule"): (write_rule, read_rule),
    }


def _write_variables(variables: tuple[Variable, ...] | None) -> dict[str, Json] | None:
    if variables is None:
        return None
    return {key: to_json(value) for key, value in variables}


def _read_variables(found: dict[str, Any] | None, secrets: Secrets) -> tuple[Variable, ...] | None:
    if found is None:
        return None
    return tuple((key, _read_variable(value, secrets)) for key, value in found.items())


def _read_variable(value: Any, secrets: Secrets) -> str | Secret:  # from a file
    match value:
        case str():
            return value
        case {"secret": str(reference), "default": str(default)}:
            return secrets(Secret(reference, None, default))
        case {"secret": str(reference)}:
            return secrets(Secret(reference))
        case _:
            raise ValueError("neither a text nor the reference of a secret")


def _read_pairs(found: dict[str, str]) -> Pairs:
    return tuple(found.items())


def _read_versions(found: dict[str, list[int]]) -> Versions:
    return frozenset((model, version) for model, versions in found.items() for version in versions)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _tag(converter: "Converter", union: Any, tag: str) -> None:  # a union is no type
    """Members of a union carry their name, so that a reader sees at once what it is."""
    members = {cls.__name__[0].lower() + cls.__name__[1:]: cls for cls in get_args(union)}
    names = {cls: name for name, cls in members.items()}

    def write(value: object) -> dict[str, Any]:
        return {tag: names[type(value)], **converter.unstructure(value)}

    def read(found: dict[str, Any], _: object) -> object:
        rest = {key: value for key, value in found.items() if key != tag}
        if found.get(tag) not in members:
            raise ValueError(f"{found.get(tag)!r} is none of {', '.join(members)}")
        return converter.structure(rest, members[found[tag]])

    converter.register_unstructure_hook(union, write)
    converter.register_structure_hook(union, read)
