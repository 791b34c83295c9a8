"""What a rule of the server is. A rule is pure: it looks at values, and at files through the port alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.core.model.findings import Severity
from reconciler.triton.config.fields import Field as Field
from reconciler.triton.repository_model import RepositoryModel

Repository: TypeAlias = Mapping[str, RepositoryModel | None]
"""All models by their names; None for one that could not be laid out, of which nothing else is known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a model: what, and what to do. It stands in a field of the configuration,
    or in a file or folder of the model, whose path inside the model's folder is `path`, in a `line` where it
    is not 0; with neither, it is the model. A warning is what the server stands, or ignores.
    """

    what: str
    advice: str = ""
    field: Field | None = None
    path: str = ""
    line: int = 0
    severity: Severity = Severity.ERROR


Check: TypeAlias = Callable[[RepositoryModel, Repository], Iterator[Fault]]
"""What is wrong with a model, by one rule; the model is one of the repository's."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the server. `source` is the document and section, or the function of the public source, that
    says so. Where the server is older or newer than that, it may differ. With `fields`, the rule looks only
    at models whose configuration has one of these, at its top; with `backends`, only at models of one of
    these.
    """

    name: str
    source: str
    check: Check
    fields: frozenset[str] = frozenset()
    backends: frozenset[str] = frozenset()


def with_fields(rules: Iterable[Rule], *fields: str) -> tuple[Rule, ...]:
    """These rules, for models whose configuration has one of these fields."""
    return tuple(replace(rule, fields=frozenset(fields)) for rule in rules)


def of_backend(rules: Iterable[Rule], backend: str) -> tuple[Rule, ...]:
    """These rules, for models of this backend."""
    return tuple(replace(rule, backends=frozenset({backend})) for rule in rules)
