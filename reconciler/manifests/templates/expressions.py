"""What may stand between `{{` and `}}`: one look-up, and filters after it.

It is no language: nothing is reckoned, compared, joined, called or decided in a template. Jinja2 reads the
text, so it looks as people know it; what it means is said here, and nothing of Jinja2 is ever run. Importing
this costs Jinja2: only do so when a file holds a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes

from reconciler.core.model.configuration import Json
from reconciler.manifests.templates.filters import FILTERS, LARGEST_NUMBER, Unfit
from reconciler.manifests.wording import nearest
from reconciler.manifests.yaml.tree import Plain

VALUES, ENV = "values", "env"
DEFAULT = "default"

LONGEST_TEMPLATE = 2_000
"""Characters of the source of one scalar."""

LONGEST_RESULT = 1 << 16
"""Characters that a template may come to."""

_INSTEAD = "Write {{ values.NAME }}, and filters after it: what has to be made of values is made elsewhere."


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
    """`values.a.b[0]`, as the root and the way from there; an empty way names the root as a whole."""

    root: str
    trail: tuple[str | int, ...]

    @property
    def words(self) -> str:
        """As messages have it."""
        return self.root + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.trail)


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter; `fallback` is what `default` gives."""

    name: str
    fallback: Plain = None


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands in one pair of braces."""

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
def parse(text: str) -> Parts:
    """The plain pieces of a text, and its expressions. Raises TemplateError."""
    if "{%" in text:
        raise TemplateError(
            "statements ({% … %}) cannot be used here", "Templates hold single look-ups: {{ values.name }}."
        )
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(
            f"a value with a template is longer than {LONGEST_TEMPLATE} characters", "Make it shorter."
        )
    try:
        outputs = _READER.parse(text).body
        found = [part for output in outputs if isinstance(output, nodes.Output) for part in output.nodes]
        return tuple(_part(part) for part in found)
    except TemplateSyntaxError as error:
        raise TemplateError(
            f"the template is not understood: {error.message}", "Write {{ values.name }}."
        ) from None
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
        advice = nearest(name, known) or f"They have {', '.join(known)}."
        raise TemplateError(f"templates have no filter '{name}'", advice)
    given = [_constant(argument) for argument in node.args]
    fits = len(given) == (name == DEFAULT) and None not in given
    if not fits or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise TemplateError(
            f"the filter '{name}' got other arguments than it takes",
            "default takes one value that is written out, such as default('x') or default(1); "
            "the others take none.",
        )
    return Applied(name, given[0].value if given and given[0] else None)


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
        raise TemplateError(
            "a template looks one value up, and does nothing else with it but filters", _INSTEAD
        )
    return LookUp(node.name, tuple(trail))


def _step(node: nodes.Getattr | nodes.Getitem) -> str | int:
    if isinstance(node, nodes.Getattr):
        return node.attr
    step = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if isinstance(step, bool) or not isinstance(step, str | int):
        raise TemplateError("a name in brackets must be written out", "Write {{ values.name }}.")
    return step


def names_environment(parts: Parts) -> bool:
    """Whether any part asks the environment for something."""
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


def evaluate(parts: Parts, values: Mapping[str, Json]) -> Plain:
    """What a text comes to; a single expression keeps its type. Raises TemplateError."""
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return _bounded(_value(parts[0], values))
    pieces = (part if isinstance(part, str) else _value(part, values) for part in parts)
    return _bounded("".join(str(FILTERS["string"](piece)) if piece is not None else "" for piece in pieces))


_ABSENT = object()


def _value(expression: Expression, values: Mapping[str, Json]) -> Plain:
    found, undefined = _found(expression.base, values)
    for applied in expression.filters:
        if applied.name == DEFAULT:
            found = applied.fallback if found is _ABSENT else found
            continue
        found = _filtered(applied.name, _plain(found, undefined))
    return _plain(found, undefined)


def _filtered(name: str, value: Plain) -> Plain:
    try:
        return FILTERS[name](value)
    except Unfit as error:
        raise TemplateError(str(error)) from None


def _found(base: LookUp | Constant, values: Mapping[str, Json]) -> tuple[object, TemplateError]:
    """The value, or that there is none; and the error that says so."""
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
        f"templates know no name '{name}'", nearest(name, (VALUES,)) or "It may use {{ values.NAME }}."
    )


def _plain(value: object, undefined: TemplateError) -> Plain:
    if value is _ABSENT:
        raise undefined
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TemplateError(
        "the template comes to a mapping or a list", "A template stands for one value: go on to its fields."
    )


def _bounded(value: Plain) -> Plain:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_RESULT:
        raise TemplateError(f"the template comes to more than {LONGEST_RESULT} characters")
    # Escapes in an expression can make what no file could hold.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise TemplateError("the template comes to a character that text cannot have")
    return value
