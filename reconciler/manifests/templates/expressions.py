"""What may be between `{{` and `}}`: the look-up of one value, and filters after it. Nothing else: a template
cannot calculate, compare, join, call or decide.

Jinja2 parses the text, so that it looks as people know it. What it means is defined here, and nothing of
Jinja2 is ever run. Importing this module imports Jinja2, which is slow: do so only when a file holds a
template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes

from reconciler.core.model.configuration import Json
from reconciler.core.model.text import nearest
from reconciler.manifests.templates.filters import FILTERS, LARGEST_NUMBER, Unfit
from reconciler.manifests.yaml.tree import Plain

VALUES, ENV = "values", "env"
DEFAULT = "default"

LONGEST_TEMPLATE = 2_000
"""Characters of the source of one scalar."""

LONGEST_RESULT = 1 << 16
"""Characters of the text that a template becomes."""

_INSTEAD = "Write {{ values.NAME }}, and filters after it; compute values before they are handed over."


class TemplateError(Exception):
    """A template that cannot be read or filled in."""

    def __init__(self, what: str, advice: str = "") -> None:
        self.what, self.advice = what, advice
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written out."""

    value: Plain


@dataclass(frozen=True, slots=True)
class LookUp:
    """`values.a.b[0]`: the root, and the trail from there; an empty trail is the root itself."""

    root: str
    trail: tuple[str | int, ...]

    @property
    def words(self) -> str:
        """The look-up as messages write it."""
        return self.root + "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.trail
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter; `fallback` is the argument of `default`."""

    name: str
    fallback: Plain = None


@dataclass(frozen=True, slots=True)
class Expression:
    """What is in one pair of braces."""

    base: LookUp | Constant
    filters: tuple[Applied, ...] = ()


Parts: TypeAlias = tuple[str | Expression, ...]

_READER = Environment(  # noqa: S701 - nothing is rendered
    # A comment cannot be opened, because text never holds NUL: `{#` is plain text.
    comment_start_string="\0#",
    comment_end_string="#\0",
    keep_trailing_newline=True,
    cache_size=0,
)


@lru_cache(maxsize=4096)
def parse_template(text: str) -> Parts:
    """The plain pieces of a text, and its expressions. Raises TemplateError."""
    if "{%" in text:
        raise TemplateError("statements ({% … %}) cannot be used here", "Write {{ values.NAME }}.")
    if len(text) > LONGEST_TEMPLATE:
        what = f"a value with a template is longer than {LONGEST_TEMPLATE} characters"
        raise TemplateError(what, "Make it shorter.")
    try:
        outputs = _READER.parse(text).body
        parts = [part for output in outputs if isinstance(output, nodes.Output) for part in output.nodes]
        return tuple(_part(part) for part in parts)
    except TemplateSyntaxError as error:
        what = f"the template cannot be read: {error.message}"
        raise TemplateError(what, "Write {{ values.NAME }}.") from None
    except (RecursionError, MemoryError):
        raise TemplateError("the template is nested too deeply", "Make it simpler.") from None


def _part(node: nodes.Expr) -> str | Expression:
    if isinstance(node, nodes.TemplateData):
        return node.data
    filters: list[Applied] = []
    base: nodes.Expr | None = node
    while isinstance(base, nodes.Filter):
        filters.insert(0, _filter(base))
        base = base.node
    return Expression(_constant(base) or _look_up(base), tuple(filters))


def _filter(node: nodes.Filter) -> Applied:
    name, known = node.name, (DEFAULT, *FILTERS)
    if name not in known:
        advice = nearest(name, known) or f"The filters are {', '.join(known)}."
        raise TemplateError(f"templates have no filter '{name}'", advice)
    arguments = [_constant(argument) for argument in node.args]
    fits = len(arguments) == (name == DEFAULT) and None not in arguments
    if not fits or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise TemplateError(
            f"the filter '{name}' does not take these arguments",
            "default takes one value that is written out, such as default('x') or default(1); "
            "the others take none.",
        )
    return Applied(name, arguments[0].value if arguments and arguments[0] else None)


def _constant(node: nodes.Node | None) -> Constant | None:
    """A value that is written out; a number may have a sign."""
    value: object = None
    match node:
        case nodes.Const():
            value = node.value
        case nodes.Neg(node=nodes.Const(value=int() | float() as number)):
            value = -number
        case _:
            return None
    if value is None or isinstance(value, bool | str):
        return Constant(value)
    if not isinstance(value, int | float) or not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        raise TemplateError("a number in the template is too large")
    return Constant(value)


def _look_up(node: nodes.Node | None) -> LookUp:
    trail: list[str | int] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        trail.insert(0, _step(node))
        node = node.node
    if not isinstance(node, nodes.Name):
        raise TemplateError("a template can only look up one value and apply filters to it", _INSTEAD)
    return LookUp(node.name, tuple(trail))


def _step(node: nodes.Getattr | nodes.Getitem) -> str | int:
    if isinstance(node, nodes.Getattr):
        return node.attr
    step = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if isinstance(step, bool) or not isinstance(step, str | int):
        raise TemplateError("a name in brackets must be written out", "Write {{ values.NAME }}.")
    return step


def names_environment(parts: Parts) -> bool:
    """Whether any part takes something from the environment."""
    return any(_of_environment(part) for part in parts)


def _of_environment(part: str | Expression) -> bool:
    return isinstance(part, Expression) and isinstance(part.base, LookUp) and part.base.root == ENV


def variable_of(parts: Parts) -> tuple[str, str | None] | None:
    """The name and the fallback of `{{ env.X }}` or `{{ env.X | default('literal') }}`, if that is all there
    is; None for anything else.
    """
    match parts:
        case (Expression(LookUp(root=root, trail=(str(name),)), ()),) if root == ENV:
            return name, None
        case (
            Expression(LookUp(root=root, trail=(str(name),)), (Applied(name=applied, fallback=str(text)),)),
        ):
            return (name, text) if root == ENV and applied == DEFAULT else None
    return None


def look_ups_in(text: str) -> list[LookUp]:
    """What a text looks up, in its order. Raises TemplateError."""
    expressions = (part for part in parse_template(text) if isinstance(part, Expression))
    return [one.base for one in expressions if isinstance(one.base, LookUp)]


def is_defined(look_up: LookUp, values: Mapping[str, Json]) -> bool:
    """Whether there is such a value."""
    return _looked_up(look_up, values)[0] is not _ABSENT


def evaluate(parts: Parts, values: Mapping[str, Json]) -> Plain:
    """The value of a text; a single expression keeps its type. Raises TemplateError."""
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return _bounded(_value(parts[0], values))
    pieces = (part if isinstance(part, str) else _value(part, values) for part in parts)
    return _bounded("".join(str(FILTERS["string"](piece)) if piece is not None else "" for piece in pieces))


_ABSENT = object()


def _value(expression: Expression, values: Mapping[str, Json]) -> Plain:
    value, undefined = _looked_up(expression.base, values)
    for applied in expression.filters:
        if applied.name == DEFAULT:
            value = applied.fallback if value is _ABSENT else value
            continue
        value = _filtered(applied.name, _plain(value, undefined))
    return _plain(value, undefined)


def _filtered(name: str, value: Plain) -> Plain:
    try:
        return FILTERS[name](value)
    except Unfit as error:
        raise TemplateError(str(error)) from None


def _looked_up(base: LookUp | Constant, values: Mapping[str, Json]) -> tuple[object, TemplateError]:
    """The value, or `_ABSENT`; and the error that says so."""
    if isinstance(base, Constant):
        return base.value, TemplateError("")
    if base.root != VALUES:
        raise _unknown_name(base.root)
    if not base.trail:
        raise TemplateError("a template cannot use 'values' as a whole", "Name one value: values.NAME.")
    place: object = values
    for depth, step in enumerate(base.trail, start=1):
        below = _below(place, step)
        if below is _ABSENT:
            return _ABSENT, _undefined(LookUp(base.root, base.trail[:depth]).words, place, step)
        place = below
    return place, TemplateError("")


def _below(place: object, step: str | int) -> object:
    if isinstance(place, Mapping):
        return place.get(step, _ABSENT)
    if isinstance(place, list) and isinstance(step, int) and -len(place) <= step < len(place):
        return place[step]
    return _ABSENT


def _undefined(words: str, place: object, step: str | int) -> TemplateError:
    near = nearest(str(step), [str(key) for key in place]) if isinstance(place, Mapping) else ""
    advice = (
        f"Define it under the target in reconciler.yaml, give it with --set {words}=…, "
        "or give a default: {{ name | default('…') }}."
    )
    return TemplateError(f"{words} is not defined", near or advice)


def _unknown_name(name: str) -> TemplateError:
    return TemplateError(
        f"templates have no name '{name}'", nearest(name, (VALUES,)) or "Write {{ values.NAME }}."
    )


def _plain(value: object, undefined: TemplateError) -> Plain:
    if value is _ABSENT:
        raise undefined
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TemplateError(
        "the template gives a mapping or a list", "A template stands for one value: name one of its fields."
    )


def _bounded(value: Plain) -> Plain:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_RESULT:
        raise TemplateError(f"the template gives more than {LONGEST_RESULT} characters")
    # Escapes in an expression can make what no file could hold.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise TemplateError("the template gives a character that text cannot have")
    return value
