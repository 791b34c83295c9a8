"""Fills templates in, scalar by scalar, and says where a manifest may name a secret.

The environment is never looked at here: a secret stays a name until a plan is made for a target. What an
expression may be is defined in `templates.expressions`. Importing this module imports Jinja2, which is slow:
do so only when a file holds a template.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.core.model.configuration import Json, Secret
from reconciler.core.model.findings import Finding
from reconciler.core.planning.environment_secrets import name_refused
from reconciler.manifests.declared_variables import VARIABLES
from reconciler.manifests.templates.expressions import (
    Parts,
    TemplateError,
    evaluate,
    names_environment,
    parse_template,
    variable_of,
)
from reconciler.manifests.yaml.tree import Document, Listing, Node, Scalar, Table, Trail, holds_template

_EXACTLY = (
    "Write exactly {{ env.NAME }} or {{ env.NAME | default('…') }}, as the whole value of one variable of "
    "spec.server.env."
)
_ELSEWHERE = (
    "Use {{ values.X }} from the target in reconciler.yaml, or from --set values.X=…; everything in the "
    "environment is treated as a secret, and may only be a variable of spec.server.env."
)


@dataclass(frozen=True, slots=True)
class Templates:
    """Fills templates in from `values`. `secrets`, if given, are all names that manifests may take from the
    environment.
    """

    values: Mapping[str, Json]
    secrets: Collection[str] | None = None

    def fill_tree(self, document: Document, findings: list[Finding]) -> Document:
        """The document with every template filled in, and every secret as its name. Where that fails, the
        text of the template stays.
        """
        return document._replace(root=self._node(document, document.root, findings, ()), templated=False)

    def fill(self, text: str, trail: Trail = ()) -> Scalar:
        """The value of a text at this place of a manifest. Raises TemplateError."""
        parts = parse_template(text)
        if names_environment(parts):
            return Scalar(text, 0, 0, self._secret(parts, trail))
        return Scalar(evaluate(parts, self.values), 0, 0)

    def _secret(self, parts: Parts, trail: Trail) -> Secret:
        if trail[:-1] != VARIABLES:
            raise TemplateError(f"{_spelled(trail)} cannot come from the environment", _ELSEWHERE)
        variable = variable_of(parts)
        if variable is None:
            raise TemplateError(f"{_spelled(trail)} changes a secret, or adds to it", _EXACTLY)
        name, fallback = variable
        if refusal := name_refused(name, self.secrets):
            what, advice = refusal
            raise TemplateError(f"{_spelled(trail)} cannot come from {name}: {what}", advice)
        return Secret.of(name, fallback)

    def _node(self, document: Document, node: Node, findings: list[Finding], trail: Trail) -> Node:
        match node:
            case Scalar():
                return self._scalar(document, node, findings, trail)
            case Listing():
                filled = (
                    self._node(document, item, findings, (*trail, index))
                    for index, item in enumerate(node.items)
                )
                return node._replace(items=tuple(filled))
            case Table():
                fields = {
                    key: field._replace(node=self._node(document, field.node, findings, (*trail, key)))
                    for key, field in node.fields.items()
                }
                return node._replace(fields=fields)

    def _scalar(self, document: Document, node: Scalar, findings: list[Finding], trail: Trail) -> Scalar:
        if not holds_template(node.value):
            return node
        try:
            filled = self.fill(str(node.value), trail)
        except TemplateError as error:
            findings.append(document.finding(node, error.what, error.advice))
            return node
        return node._replace(value=filled.value, secret=filled.secret)


def _spelled(trail: Trail) -> str:
    """The trail as messages write it: `spec.models[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in trail).lstrip(".")
