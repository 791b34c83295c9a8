"""What the function auto_complete_config of a model.py does, read from its text where that is plain: literal
values, one call of the configuration after another. Nothing is run; of anything else, nothing is known.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.triton.model_files.python_source import CLASS, parsed

FUNCTION = "auto_complete_config"
LARGEST_READ = 64 << 10
"""Bytes of a model.py that are still parsed."""

METHODS = {
    "add_input": 1,
    "add_output": 1,
    "set_max_batch_size": 1,
    "set_dynamic_batching": 0,
    "set_model_transaction_policy": 1,
}
"""Methods of the configuration that complete it, and how many arguments each takes."""

Value: TypeAlias = object
Call: TypeAlias = tuple[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Completion:
    """The calls of the configuration's methods in their order, each with its arguments."""

    calls: tuple[Call, ...]

    def tensors(self, method: str) -> Iterator[dict[str, Value]]:
        """What is given to `add_input` or `add_output`."""
        for name, arguments in self.calls:
            if name == method and len(arguments) == 1 and isinstance(arguments[0], dict):
                yield arguments[0]


class _NotPlain(Exception):
    """The function does something that is not understood here."""


def completion_in(code: bytes) -> Completion | None:
    """None where it is not plain what the function does, or where there is none."""
    if len(code) > LARGEST_READ:
        return None
    try:
        function = _function(parsed(code))
        return _read(function) if function else None
    except (_NotPlain, SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        return None


def _function(module: ast.Module) -> ast.FunctionDef | None:
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and node.name == CLASS]
    named = [
        node
        for node in (classes[0].body if len(classes) == 1 else ())
        if isinstance(node, ast.FunctionDef) and node.name == FUNCTION
    ]
    if len(named) != 1 or len(named[0].args.args) != 1:
        return None
    plain = all(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in named[0].decorator_list)
    return named[0] if plain else None


def _read(function: ast.FunctionDef) -> Completion:
    config = function.args.args[0].arg
    values: dict[str, Value] = {}
    calls: list[Call] = []
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name != config:
                values[name] = _value(value, values)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(of), method), given, [])) if of == config:
                calls.append((method, tuple(_value(item, values) for item in given)))
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Return(value=ast.Name(id=name)) if name == config:
                break
            case ast.Return(value=None | ast.Constant()):
                break
            case _:
                raise _NotPlain
    return Completion(_known(calls))


def _known(calls: list[Call]) -> tuple[Call, ...]:
    if any(len(arguments) != METHODS.get(method) for method, arguments in calls):
        raise _NotPlain
    return tuple(calls)


def _value(node: ast.expr, values: dict[str, Value]) -> Value:
    match node:
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(
            key.arg for key in keywords
        ):
            return {str(key.arg): _value(key.value, values) for key in keywords}
        case _:
            return ast.literal_eval(node)
