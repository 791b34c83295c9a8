"""Templates filled in, scalar by scalar, and what came from the environment marked so that it is never shown.

What an expression may be is `load.sandbox`'s business. Importing this costs Jinja2: only do so when a file
holds a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconciler.core.errors import Problem
from reconciler.core.values import Json
from reconciler.load.sandbox import (
    ENV,
    VALUES,
    Compiled,
    Scope,
    TemplateError,
    compile_template,
    evaluate,
    unknown_name,
)
from reconciler.load.tree import Document, Field, Listing, Node, Plain, Scalar, Table

SHORTEST_HIDDEN = 4
"""Characters; shorter values are no secrets, and replacing them everywhere would only garble messages."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a template came to; `origin` is its reference when the environment had a part in it."""

    value: Plain
    origin: str | None


class Templates:
    """Fills templates in from what `values` and `env` hold."""

    def __init__(self, environment: Mapping[str, str], values: Mapping[str, Json] | None = None) -> None:
        self._environment = environment
        self._scopes: dict[str, Mapping[str, Any]] = {ENV: Scope(ENV, environment)}
        if values is not None:
            self._scopes[VALUES] = Scope(VALUES, values)
        self.used: set[str] = set()
        self._fill = lru_cache(maxsize=4096)(self._fill_once)

    def fill(self, text: str) -> Filled:
        """What the text comes to; a single expression keeps its type. Raises TemplateError."""
        return self._fill(text)

    def hide(self, problem: Problem) -> Problem:
        """The problem without what the variables hold that templates have used."""
        what, advice = problem.what, problem.advice
        # The longest first: one may be part of another, and would leave the rest of it in the open.
        held = sorted(((self._environment.get(name, ""), name) for name in self.used), key=_longest_first)
        for value, name in held:
            if len(value) >= SHORTEST_HIDDEN:
                what, advice = what.replace(value, f"(env.{name})"), advice.replace(value, f"(env.{name})")
        return Problem(problem.where, what, advice)

    def fill_tree(self, document: Document, problems: list[Problem]) -> Document:
        """The document with every template filled in; where that failed stands the template's text."""
        return document._replace(root=self._node(document, document.root, problems), templated=False)

    def _node(self, document: Document, node: Node, problems: list[Problem]) -> Node:
        match node:
            case Scalar():
                return self._scalar(document, node, problems)
            case Listing():
                return node._replace(items=tuple(self._node(document, item, problems) for item in node.items))
            case Table():
                return node._replace(
                    fields={
                        key: Field(self._node(document, field.node, problems), field.line, field.column)
                        for key, field in node.fields.items()
                    }
                )

    def _scalar(self, document: Document, node: Scalar, problems: list[Problem]) -> Scalar:
        text = node.value
        if not isinstance(text, str) or ("{{" not in text and "{%" not in text):
            return node
        try:
            filled = self.fill(text)
        except TemplateError as error:
            problems.append(document.problem(node, error.what, error.advice))
            return node
        return node._replace(value=filled.value, origin=filled.origin)

    def _fill_once(self, text: str) -> Filled:
        compiled = compile_template(text)
        self._check_names(compiled.names)
        self.used.update(compiled.variables)
        value = evaluate(compiled, self._scopes)
        if ENV not in compiled.names:
            return Filled(value, None)
        return Filled(value, self._reference(text, compiled))

    def _check_names(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self._scopes:
                raise unknown_name(name, tuple(self._scopes))

    def _reference(self, text: str, compiled: Compiled) -> str:
        """The template with the names of variables in place of what they hold: the same whoever runs it."""
        stand_ins = Scope(ENV, {name: f"env.{name}" for name in self._environment})
        try:
            reference = str(evaluate(compiled, {**self._scopes, ENV: stand_ins}))
        except TemplateError:
            return text
        return reference if "env." in reference else text


def _longest_first(held: tuple[str, str]) -> tuple[int, str]:
    value, name = held
    return -len(value), name
