"""A plan as a JSON document without loss, and back: `plan --out` saves it and `apply --plan` reads it.

schemas/plan.v1.json describes the document. It holds the references of secrets, never their values.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from reconciler.core.model.artifact import Artifact, Source
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
from reconciler.core.model.served.documents import read_models, write_models
from reconciler.core.model.served.structure import ModelVersion, Versions
from reconciler.core.planning.capacity.changes import capacity_of
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Seen
from reconciler.core.planning.review.compared import Comparison
from reconciler.core.planning.steps import CheckPresence, ModelRef, PublishGroup, Step
from reconciler.report.plan.capacity import capacity_document, cost_document
from reconciler.report.plan.compared import comparison_document
from reconciler.report.plan.schema import AGAIN, LONGEST_FAULT, check_schema
from reconciler.report.plan.words import stopped
from reconciler.report.values import versions_by_model

if TYPE_CHECKING:
    from cattrs import Converter

API_VERSION = "reconciler.oci/plan.v1"
COMPARISON = "comparison"
BESIDE = ("cost", COMPARISON)
"""What the document may tell beside the plan."""

LookUp: TypeAlias = Callable[[Secret], Secret]
"""Gives a secret its value again."""

Hook: TypeAlias = Callable[[Any], Any]


def plan_document(
    plan: Plan,
    *,
    unchanged: bool = True,
    prices: Prices | None = None,
    comparison: Comparison | None = None,
) -> dict[str, Json]:
    """The plan as plain data, without loss. `unchanged=False` leaves out the deployments that stay as they
    are; such a document is for reading only, because its digest is still that of the whole plan. With
    `prices` it tells the cost, with `comparison` what came of it; both are no part of the plan: whoever reads
    the plan back leaves them out.
    """
    shown = plan if unchanged else replace(plan, deployments=tuple(_changing(plan)))
    numbers = Counter(item.action.value for item in plan.deployments)
    head = {"apiVersion": API_VERSION, "digest": plan.digest, "empty": plan.empty}
    summary = {action.value: numbers[action.value] for action in Action} | {"withStop": stopped(plan)}
    capacity = capacity_of(plan, prices)
    cost = {} if prices is None else {"cost": cost_document(capacity, prices)}
    compared = {} if comparison is None else {COMPARISON: comparison_document(comparison)}
    body = _writer().unstructure(shown)
    return {**head, "summary": summary, "capacity": capacity_document(capacity), **cost, **compared, **body}


def _changing(plan: Plan) -> Iterator[DeploymentPlan]:
    return (item for item in plan.deployments if item.action is not Action.NOTHING)


def read_plan(document: Mapping[str, Any], look_up: LookUp) -> Plan:
    """The plan that this document was made of, with its secrets looked up again.

    Raises Failed for a document that this version cannot read as a plan, Refused for a plan that was edited,
    and whatever `look_up` raises.
    """
    version = document.get("apiVersion")
    if version != API_VERSION:
        raise Failed(f"the saved plan has the format {version!r}, and {API_VERSION!r} is read here; {AGAIN}")
    document = {key: value for key, value in document.items() if key not in BESIDE}
    try:
        check_schema(document)
        plan = _structured(document, look_up)
        edited = plan_document(plan) != dict(document)
    except ReconcilerError:
        raise
    except Exception as error:
        # The libraries raise many kinds of errors for such input. It is no plan.
        raise Failed(f"the saved plan is damaged: {type(error).__name__}: {error}"[:LONGEST_FAULT]) from error
    if edited:
        raise Refused(f"the saved plan was edited after it was made: its digest does not fit it; {AGAIN}")
    return plan


def _structured(document: Mapping[str, Any], look_up: LookUp) -> Plan:
    derived = {"apiVersion", "digest", "empty", "summary", "capacity"}
    body = {key: value for key, value in document.items() if key not in derived}
    plan: Plan = _converter(look_up).structure(body, Plan)
    return plan


def _must_not_look_up(secret: Secret) -> Secret:
    raise AssertionError(f"{secret} is looked up when a plan is read, not when it is written")


@cache
def _writer() -> "Converter":
    """Its code is generated as it is used, and that takes longer than to write a plan with it."""
    return _converter(_must_not_look_up)


def _converter(look_up: LookUp) -> "Converter":
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

    converter = Converter(detailed_validation=False)
    special = _special(look_up) | _with_converter(converter)

    def overrides(cls: type[Any]) -> dict[str, Any]:
        by_field = {}
        for item in fields(cls):
            write, read = special.get((cls, item.name), (None, None))
            hook = None if read is None else _ignoring_type(read)
            by_field[item.name] = override(
                rename=_camel(document_name(item)), unstruct_hook=write, struct_hook=hook
            )
        return by_field

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
"""Unions: each member has its name in the document, under this key."""


def _ignoring_type(read: Hook) -> Callable[[Any, Any], Any]:
    return lambda value, _: read(value)


def _special(look_up: LookUp) -> dict[tuple[type[Any], str], tuple[Hook, Hook]]:
    """Fields that look different in the document: mappings, for example, where the core has pairs."""

    def same(value: Json) -> Json:
        return value

    return {
        (Container, "environment"): (_write_variables, lambda variables: _read_variables(variables, look_up)),
        (Configuration, "labels"): (dict, _read_pairs),
        (Configuration, "defined_tags"): (dict, _read_pairs),
        (PublishGroup, "members"): (dict, _read_pairs),
        (Plan, "given"): (dict, _read_pairs),
        (Seen, "withheld"): (dict, lambda values: tuple(values.items())),
        (Plan, "kept"): (dict, lambda numbers: tuple(numbers.items())),
        (Artifact, "versions"): (versions_by_model, _read_versions),
        (Artifact, "models"): (write_models, read_models),
        (CheckPresence, "versions"): (versions_by_model, _read_sorted_versions),
        (Change, "old"): (same, same),
        (Change, "new"): (same, same),
    }


def _with_converter(converter: "Converter") -> dict[tuple[type[Any], str], tuple[Hook, Hook]]:
    """The same, for fields whose values are converted too."""

    def write_rule(rule: Rule | None) -> Json:
        return None if rule is None else converter.unstructure(rule, unstructure_as=Rule)

    def read_rule(document: dict[str, Any] | None) -> Rule | None:
        return None if document is None else converter.structure(document, Rule)  # type: ignore[arg-type]  # a union

    return {
        (Autoscaling, "rule"): (write_rule, read_rule),
    }


def _write_variables(variables: tuple[Variable, ...] | None) -> dict[str, Json] | None:
    if variables is None:
        return None
    return {key: to_json(value) for key, value in variables}


def _read_variables(document: dict[str, Any] | None, look_up: LookUp) -> tuple[Variable, ...] | None:
    if document is None:
        return None
    return tuple((key, _read_variable(value, look_up)) for key, value in document.items())


def _read_variable(value: Any, look_up: LookUp) -> str | Secret:
    match value:
        case str():
            return value
        case {"secret": str(reference), "default": str(default)}:
            return look_up(Secret(reference, None, default))
        case {"secret": str(reference)}:
            return look_up(Secret(reference))
        case _:
            raise ValueError("neither a text nor the reference of a secret")


def _read_pairs(document: dict[str, str]) -> Pairs:
    return tuple(document.items())


def _read_versions(document: dict[str, list[int]]) -> Versions:
    return frozenset((model, version) for model, versions in document.items() for version in versions)


def _read_sorted_versions(document: dict[str, list[int]]) -> tuple[ModelVersion, ...]:
    return tuple(sorted(_read_versions(document)))


def _camel(name: str) -> str:
    word, *rest = name.split("_")
    return word + "".join(word.capitalize() for word in rest)


def _tag(converter: "Converter", union: Any, tag: str) -> None:  # a union is no type
    """Write each member of a union with its name under `tag`, and read it back by that name."""
    members = {cls.__name__[0].lower() + cls.__name__[1:]: cls for cls in get_args(union)}
    names = {cls: name for name, cls in members.items()}

    def write(value: object) -> dict[str, Any]:
        return {tag: names[type(value)], **converter.unstructure(value)}

    def read(document: dict[str, Any], _: object) -> object:
        rest = {key: value for key, value in document.items() if key != tag}
        if document.get(tag) not in members:
            raise ValueError(f"{document.get(tag)!r} is none of {', '.join(members)}")
        return converter.structure(rest, members[document[tag]])

    converter.register_unstructure_hook(union, write)
    converter.register_structure_hook(union, read)
