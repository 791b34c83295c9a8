"""What reading any of our YAML files has in common: problems are gathered, templates filled in, credentials
in plain sight found.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import cut
from reconciler.core.privacy.credentials import credentials_in
from reconciler.manifests.yaml.tree import Document

if TYPE_CHECKING:
    from reconciler.manifests.templates.templates import Templates

MOST_PROBLEMS = 100
"""Of one file. What comes after them is mostly the same mistake over again."""

LONGEST = 1_000
"""Characters of one message: names and values in it may be as long as anybody likes."""


@dataclass(slots=True)
class Gathering:
    """The problems of one load, and what its templates may use: values, and of the environment the names
    alone; None: whichever.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    secrets: Collection[str] | None = None
    problems: list[Finding] = field(default_factory=list)
    _places: set[Location] = field(default_factory=set)
    _placed: int = 0
    _templates: "Templates | None" = None

    def templates(self) -> "Templates":
        """The one filler of this load, made when it is needed first: Jinja2 is slow to import."""
        if self._templates is None:
            from reconciler.manifests.templates.templates import Templates

            self._templates = Templates(self.values, self.secrets)
        return self._templates

    def look_for_secrets(self, text: str, path: str, advice: str) -> None:
        """Note every credential that stands in a file."""
        self.problems += credentials_in(text, path, advice)

    def add(self, problems: Sequence[Finding]) -> None:
        """Note problems, except at places that have one already: one mistake, one message."""
        if problems:
            self._places.update(problem.where for problem in self.problems[self._placed :])
            self._placed = len(self.problems)
            self.problems += [problem for problem in problems if problem.where not in self._places]

    def raise_problems(self) -> None:
        """Raise InvalidManifests when there are problems."""
        if self.problems:
            raise InvalidManifests(tuple(map(_bounded, _first_of_each_file(self.problems))))


def _bounded(problem: Finding) -> Finding:
    return replace(problem, what=cut(problem.what, LONGEST), advice=cut(problem.advice, LONGEST))


def _first_of_each_file(problems: Iterable[Finding]) -> Iterator[Finding]:
    """As many problems of every file as anybody reads, and how many more there are."""
    for _, group in groupby(sorted(set(problems)), key=lambda problem: problem.where.path):
        found = list(group)
        yield from found[:MOST_PROBLEMS]
        if len(found) > MOST_PROBLEMS:
            more = f"and {len(found) - MOST_PROBLEMS} more problems in this file"
            yield Finding(found[MOST_PROBLEMS].where, more)


def fill(document: Document, gathering: Gathering) -> Document:
    """The document with its templates filled in, and its secrets as names."""
    if not document.templated:
        return document
    return gathering.templates().fill_tree(document, gathering.problems)
