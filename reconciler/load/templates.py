"""Templates filled in, scalar by scalar, and what came from the environment marked so that it is never shown.

What an expression may be is `load.sandbox`'s business. Importing this costs Jinja2: only do so when a file
holds a template.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

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
from reconciler.load.tree import Document, Listing, Node, Plain, Scalar, Table, Trail

SHORTEST_HIDDEN = 4
"""Characters; shorter values are no secrets, and replacing them everywhere would only garble messages."""

Rule: TypeAlias = Callable[[Trail, tuple[str, ...]], tuple[str, str] | None]
"""Why a place must not use these variables of the environment, and what to do; or None."""


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
        self._held: dict[str, str] = {}
        self._fill = lru_cache(maxsize=4096)(self._fill_once)

    def fill(self, text: str) -> Filled:
        """What the text comes to; a single expression keeps its type. Raises TemplateError."""
        return self._fill(text)

    def hide(self, problem: Problem) -> Problem:
        """The problem without what the variables hold that templates have used, and without what templates
        have made of it.
        """
        what, advice = problem.what, problem.advice
        # The longest first: one may be part of another, and would leave the rest of it in the open.
        for value in sorted(self._held, key=len, reverse=True):
            name = self._held[value]
            what, advice = what.replace(value, f"({name})"), advice.replace(value, f"({name})")
        return Problem(problem.where, what, advice)

    def fill_tree(self, document: Document, problems: list[Problem], rule: Rule | None = None) -> Document:
        """The document with every template filled in; where that failed, or `rule` forbids it, stands the
        template's text.
        """
        return document._replace(
            root=self._node(document, document.root, problems, rule, ()), templated=False
        )

    def _node(
        self, document: Document, node: Node, problems: list[Problem], rule: Rule | None, trail: Trail
    ) -> Node:
        match node:
            case Scalar():
                return self._scalar(document, node, problems, rule, trail)
            case Listing():
                items = enumerate(node.items)
                return node._replace(
                    items=tuple(
                        self._node(document, item, problems, rule, (*trail, index)) for index, item in items
                    )
                )
            case Table():
                return node._replace(
                    fields={
                        key: field._replace(
                            node=self._node(document, field.node, problems, rule, (*trail, key))
                        )
                        for key, field in node.fields.items()
                    }
                )

    def _scalar(
        self, document: Document, node: Scalar, problems: list[Problem], rule: Rule | None, trail: Trail
    ) -> Scalar:
        text = node.value
        if not isinstance(text, str) or ("{{" not in text and "{%" not in text):
            return node
        try:
            if rule is not None:
                _obey(rule, trail, compile_template(text))
            filled = self.fill(text)
        except TemplateError as error:
            problems.append(document.problem(node, error.what, error.advice))
            return node
        return node._replace(value=filled.value, origin=filled.origin)

    def _fill_once(self, text: str) -> Filled:
        compiled = compile_template(text)
        self._check_names(compiled.names)
        for name in compiled.variables:
            self._hold(self._environment.get(name, ""), f"env.{name}")
        value = evaluate(compiled, self._scopes)
        if ENV not in compiled.names:
            return Filled(value, None)
        reference = self._reference(text, compiled)
        self._hold(value, reference)
        return Filled(value, reference)

    def _hold(self, value: Plain, name: str) -> None:
        if value is not None and not isinstance(value, bool) and len(str(value)) >= SHORTEST_HIDDEN:
            self._held.setdefault(str(value), name)

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


def _obey(rule: Rule, trail: Trail, compiled: Compiled) -> None:
    if ENV in compiled.names and (refused := rule(trail, compiled.variables)):
        raise TemplateError(*refused)
