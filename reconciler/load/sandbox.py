"""The expressions that templates may hold: Jinja2, sandboxed and bounded.

A template can neither change the YAML around it (it is filled in after parsing) nor reach anything but
`values` and `env`: the expression is checked node by node against a list, attributes are look-ups in
mappings, and no operation can make a large value. Importing this costs Jinja2: only do so when a file holds a
template.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.load.filters import FILTERS, Unfit, check_length, check_number
from reconciler.load.tree import Plain
from reconciler.load.words import nearest

T = TypeVar("T")

ENV = "env"
VALUES = "values"
LONGEST_TEMPLATE = 2_000
"""Characters of the source of one scalar."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.List,
    nodes.Tuple, nodes.Keyword,
)  # fmt: skip
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Call: "calls", nodes.Pow: "powers (**)", nodes.Dict: "mappings", nodes.Slice: "slices",
}  # fmt: skip


class TemplateError(Exception):
    """A template cannot be filled in; never holds a value that came from the environment."""

    def __init__(self, what: str, advice: str = "") -> None:
        self.what, self.advice = what, advice
        super().__init__(what)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without anything but the expressions that manifests may hold."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping):
            return obj[argument] if argument in obj else self.undefined(hint=_no_name(obj, str(argument)))
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(hint=f"nothing is called '{argument}' here")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            check_length(len(left) + len(right))
        else:
            check_number(left)
            check_number(right)
        return super().call_binop(context, operator, left, right)


class Scope(dict[str, Any]):
    """`values` or `env`, which know their own name for messages."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        super().__init__(content)
        self.name = name


def _no_name(scope: Mapping[str, Any], name: str) -> str:
    path = f"{scope.name}.{name}" if isinstance(scope, Scope) else name
    return f"{path} is not defined|{nearest(name, [key for key in scope if isinstance(key, str)])}"


def _sandbox() -> _Sandbox:
    # A comment cannot be opened, because text never holds NUL: `{#` is plain text.
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        comment_start_string="\0#",
        comment_end_string="#\0",
        cache_size=0,
    )
    sandbox.globals = {}
    sandbox.filters = dict(FILTERS)
    sandbox.tests = {name: sandbox.tests[name] for name in ("defined", "undefined")}
    return sandbox


_SANDBOX = _sandbox()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A text with templates; `names` and `variables` (of the environment) are what it uses.

    `whole` when it is one expression, which keeps its type.
    """

    template: Template
    names: tuple[str, ...]
    variables: tuple[str, ...]
    whole: bool


@lru_cache(maxsize=4096)
def compile_template(text: str) -> Compiled:
    """The text, checked and ready to be evaluated. Raises TemplateError."""
    if "{%" in text:
        raise TemplateError(
            "statements ({% … %}) cannot be used here",
            "Templates hold single expressions: {{ values.name }}.",
        )
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(
            f"a value with a template is longer than {LONGEST_TEMPLATE} characters", "Make it shorter."
        )
    try:
        parts = _parts(text)
        for part in parts:
            _check(part)
        names = tuple(sorted({name.name for part in parts for name in _all(part, nodes.Name)}))
        result = nodes.List([_as_expression(part) for part in parts], lineno=1)
        store = nodes.Assign(nodes.Name("result", "store", lineno=1), result, lineno=1)
        template = _SANDBOX.from_string(nodes.Template([store], lineno=1))
    except TemplateSyntaxError as error:
        raise TemplateError(
            f"the template is not understood: {error.message}", "Write {{ values.name }} or {{ env.NAME }}."
        ) from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateError("the template is nested too deeply", "Make it simpler.") from None
    whole = len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData)
    return Compiled(template, names, _variables(parts), whole)


def _parts(text: str) -> list[nodes.Expr]:
    """The pieces of a text: plain ones and expressions."""
    parts: list[nodes.Expr] = []
    for output in _SANDBOX.parse(text).body:
        if not isinstance(output, nodes.Output):
            raise TemplateError(
                "statements cannot be used here", "Templates hold single expressions: {{ values.name }}."
            )
        parts += output.nodes
    return parts


def _as_expression(part: nodes.Expr) -> nodes.Expr:
    return nodes.Const(part.data, lineno=1) if isinstance(part, nodes.TemplateData) else part


def _all(node: nodes.Node, kind: Any) -> Iterator[Any]:
    if isinstance(node, kind):
        yield node
    for child in node.iter_child_nodes():
        yield from _all(child, kind)


def _variables(parts: list[nodes.Expr]) -> tuple[str, ...]:
    """The environment variables that an expression names."""
    found: set[str] = set()
    for part in parts:
        for look_up in _all(part, nodes.Getattr | nodes.Getitem):
            if isinstance(look_up.node, nodes.Name) and look_up.node.name == ENV:
                found.add(look_up.attr if isinstance(look_up, nodes.Getattr) else str(look_up.arg.value))
    return tuple(sorted(found))


def _check(node: nodes.Node, holder: nodes.Node | None = None) -> None:
    if not isinstance(node, _ALLOWED):
        name = _WORDS.get(type(node), f"'{type(node).__name__}'")
        raise TemplateError(
            f"{name} cannot be used in templates", "Templates look values up and change them with filters."
        )
    match node:
        case nodes.Name(name=name) if name not in (VALUES, ENV):
            raise unknown_name(name, (VALUES, ENV))
        case nodes.Name() if not isinstance(holder, nodes.Getattr | nodes.Getitem):
            raise TemplateError(
                f"a template cannot use '{node.name}' as a whole", f"Name one value: {node.name}.NAME."
            )
        case nodes.Getitem(arg=arg) if not isinstance(arg, nodes.Const):
            # A name that is worked out could be a secret, and the message would hold it.
            raise TemplateError("a name in brackets must be written out", "Write {{ values.name }}.")
        case nodes.Filter(name=name) if name not in FILTERS:
            raise TemplateError(
                f"templates have no filter '{name}'",
                nearest(name, list(FILTERS)) or f"They have {', '.join(FILTERS)}.",
            )
        case nodes.Filter() if node.dyn_args or node.dyn_kwargs:
            raise TemplateError("* and ** cannot be used in templates", "Write the arguments out.")
        case nodes.CondExpr() if node.expr2 is None:
            raise TemplateError("an `if` in a template needs an `else`", "Write {{ a if condition else b }}.")
    for child in node.iter_child_nodes():
        _check(child, node)


def evaluate(compiled: Compiled, scopes: Mapping[str, Mapping[str, Any]]) -> Plain:
    """What the text comes to. Raises TemplateError."""
    template = compiled.template
    context = template.new_context(dict(scopes))
    parts = _guarded(lambda: _run(template.root_render_func, context))
    for part in parts:
        if isinstance(part, Undefined):
            raise _undefined(part._undefined_message)
        if part is not None and not isinstance(part, str | int | float):
            raise TemplateError(
                "the template comes to a mapping or a list",
                "A template stands for one value: go on to its fields.",
            )
    if compiled.whole:
        return _bounded(parts[0])
    return _bounded("".join("" if part is None else _text(part) for part in parts))


def _run(render: Callable[[Any], Iterator[str]], context: Any) -> list[Any]:
    for _ in render(context):
        pass
    result: list[Any] = context.vars["result"]
    return result


def _guarded(evaluate: Callable[[], T]) -> T:
    """Every way in which an expression can fail, without its values in the message."""
    try:
        return evaluate()
    except Unfit as error:
        raise TemplateError(str(error)) from None
    except TemplateRuntimeError as error:
        raise _undefined(str(error.message)) from None
    except ZeroDivisionError:
        raise TemplateError("the template divides by zero") from None
    except (RecursionError, MemoryError):
        raise TemplateError("the template is nested too deeply", "Make it simpler.") from None
    except Exception:
        raise TemplateError(
            "the template puts values together that do not fit", "Check the types of what it uses."
        ) from None


def _undefined(message: str) -> TemplateError:
    what, _, advice = message.partition("|")
    return TemplateError(what, advice or "Define it, or give a default: {{ name | default('…') }}.")


def _text(part: object) -> str:
    return {True: "true", False: "false"}[part] if isinstance(part, bool) else str(part)


def _bounded(value: Any) -> Plain:
    result: Plain = value
    if isinstance(value, str):
        result = str(value)
        _guarded(lambda: check_length(len(value)))
        # Escapes in an expression, and variables with odd bytes, can make what no file could hold.
        if "\x00" in result or not _is_unicode(result):
            raise TemplateError("the template comes to a character that text cannot have")
    return result


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unknown_name(name: str, known: tuple[str, ...]) -> TemplateError:
    """The error for a name that is neither `values` nor `env`."""
    advice = nearest(name, known) or f"It may use {' and '.join(f'{{{{ {word}.NAME }}}}' for word in known)}."
    return TemplateError(f"templates know no name '{name}'", advice)
