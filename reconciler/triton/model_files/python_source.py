"""What a Python model says of itself, by its syntax tree. It is parsed, and never imported or run."""

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.kinds import HTML, POINTER, kind_of
from reconciler.triton.model_files.remembered import once_for_each_file

CLASS = "TritonPythonModel"

LARGEST_SOURCE = 128 << 10
"""Bytes of a source that is parsed; its tree may take a thousand times as much."""

_NEWER = (
    ((3, 12), re.compile(r"""(?i:\bf|\brf|\bfr)["']|^\s*type\s+\w+|\b(def|class)\s+\w+\s*\[""", re.M)),
    ((3, 14), re.compile(r"""^\s*except\b.*,|(?i:\bt|\brt|\btr)["']""", re.M)),
)
"""What a line with newer syntax looks like, and the first Python that takes it (PEP 695, 701, 750 and 758).
"""

_DYNAMIC = re.compile(
    r"(?<![\w.])(exec|eval|globals|vars|locals|setattr|__import__)\s*\(|sys\.modules"
    r"|__dict__|__getattr__|\bimport\s*\*"
)
"""A source with one of these may name things in ways that its tree does not show."""

EXECUTE = "execute"
_HEADS = {"__init__": "self", "initialize": "self, args", EXECUTE: "self, requests"}

_GENERATORS = (ast.Yield, ast.YieldFrom)
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, what to do, and the line. `certain` is False where a newer Python may take it."""

    what: str
    advice: str
    line: int = 0
    certain: bool = True


@once_for_each_file
def python_problems(files: LocalFiles, path: str) -> tuple[Problem, ...]:
    """Everything that keeps a `model.py` from being served. Raises OSError as the port does."""
    size = files.size(path)
    if size > LARGEST_SOURCE:
        return ()
    source = files.read(path, 0, size)
    kind = kind_of(source[:512])
    if kind in (HTML, POINTER):
        return (Problem(f"is {kind}, not a Python model", "Put the model in its place."),)
    try:
        tree = parsed(source)
    except SyntaxError as error:
        return (_syntax(error, source),)
    except (ValueError, RecursionError, MemoryError):
        # A NUL is a ValueError in some releases; the others are for nobody to judge.
        return (Problem("holds a NUL byte", "Save it as text again."),) if b"\0" in source else ()
    text = source.decode(errors="replace")
    return tuple(_of_tree(tree, text))


def parsed(source: bytes | str) -> ast.Module:
    """The syntax tree, without the warnings of the parser, which would go to whoever runs us. Raises what
    `ast.parse` does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _syntax(error: SyntaxError, source: bytes) -> Problem:
    line = error.lineno or 0
    lines = source.decode(errors="replace").splitlines()
    near = "\n".join(lines[max(0, line - 2) : (error.end_lineno or line) + 1])
    newer = any(sys.version_info < first and pattern.search(near) for first, pattern in _NEWER)
    what = f"is not Python: {cut(error.msg, LONGEST_WORD_SHOWN)}"
    if newer:
        mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return Problem(f"{what}, to Python {mine}", "A newer Python may take it.", line, certain=False)
    return Problem(what, "Correct it: the server imports the file.", line)


def _of_tree(tree: ast.Module, text: str) -> Iterator[Problem]:
    dynamic = _DYNAMIC.search(text)
    bindings = [node for node in _own(tree) if CLASS in _names_bound(node)]
    if not bindings:
        if not dynamic and not re.search(rf"\bglobal\b[^\n]*\b{CLASS}\b", text):
            classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
            advice = f"Its classes are {', '.join(classes[:5])}: rename one." if classes else "Write it."
            yield Problem(f"has no class {CLASS}", cut(advice, 200))
        return
    model = bindings[0]
    if len(bindings) == 1 and isinstance(model, ast.ClassDef) and model in tree.body and not dynamic:
        yield from _of_class(model)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of functions and classes in it."""
    pending = list(ast.iter_child_nodes(node))
    while pending:
        inner = pending.pop()
        yield inner
        if not isinstance(inner, _OWN_SCOPE):
            pending += ast.iter_child_nodes(inner)


def _names_bound(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return (name,)
        case ast.Name(id=name, ctx=ast.Store()):
            return (name,)
        case ast.alias(name=name, asname=other):
            return (other or name.partition(".")[0],)
        case _:
            return ()


def _of_class(model: ast.ClassDef) -> Iterator[Problem]:
    """Only what is certain: of a class with a base, a decorator or a metaclass nobody knows all."""
    bound = [(name, node) for node in _own(model) for name in _names_bound(node)]
    names = [name for name, _ in bound]
    once = {name: node for name, node in bound if names.count(name) == 1}
    if not (model.bases or model.keywords or model.decorator_list):
        if EXECUTE not in names and not any(map(_mentions_execute, ast.walk(model))):
            advice = "Write `def execute(self, requests)`: it answers every request."
            yield Problem(f"{CLASS} has no method `{EXECUTE}`", advice, model.lineno)
        yield from _calls(once)
    if isinstance(completes := once.get("auto_complete_config"), ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _of_completion(completes)


def _mentions_execute(node: ast.AST) -> bool:
    """Whether it may give an object the method."""
    match node:
        case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Constant(value=name):
            return bool(name == EXECUTE)
        case _:
            return False


def _calls(methods: Mapping[str, ast.AST]) -> Iterator[Problem]:
    for name, given, what in (
        ("__init__", 1, "without arguments"),
        ("initialize", 2, "with one argument"),
        (EXECUTE, 2, "with the requests"),
    ):
        method = methods.get(name)
        if isinstance(method, ast.FunctionDef) and not method.decorator_list and not _takes(method, given):
            advice = f"Write `def {name}({_HEADS[name]})`."
            yield Problem(f"`{name}` cannot be called {what}, as the server does", advice, method.lineno)


def _takes(function: ast.FunctionDef | ast.AsyncFunctionDef, given: int) -> bool:
    """Whether it can be called with so many arguments by their places."""
    arguments = function.args
    by_place = [*arguments.posonlyargs, *arguments.args]
    needed = len(by_place) - len(arguments.defaults)
    needs_names = any(default is None for default in arguments.kw_defaults)
    return needed <= given and (len(by_place) >= given or bool(arguments.vararg)) and not needs_names


def _of_completion(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Problem]:
    """The server calls it on the class, with the configuration, and needs that back."""
    decorators = [node.id for node in function.decorator_list if isinstance(node, ast.Name)]
    if len(decorators) != len(function.decorator_list) or not {*decorators} <= {
        "staticmethod",
        "classmethod",
    }:
        return
    given = 2 if "classmethod" in decorators else 1
    advice = "Write `@staticmethod def auto_complete_config(auto_complete_model_config)`, and return that."
    if not _takes(function, given):
        what = "`auto_complete_config` cannot be called on the class with the configuration alone"
        yield Problem(what, advice, function.lineno)
        return
    inside = list(_own(function))
    values = [node.value for node in inside if isinstance(node, ast.Return) and node.value]
    returns = not all(isinstance(value, ast.Constant) for value in values)
    odd = isinstance(function, ast.AsyncFunctionDef) or any(isinstance(node, _GENERATORS) for node in inside)
    if odd or not returns:
        yield Problem("`auto_complete_config` does not return the configuration", advice, function.lineno)
