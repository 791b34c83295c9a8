"""What reading any of our YAML files has in common: problems are gathered, templates filled in, secrets kept
out of messages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.errors import InvalidManifests, Location, Problem
from reconciler.core.values import Json
from reconciler.load.secrets import secrets_in
from reconciler.load.tree import Document

if TYPE_CHECKING:
    from reconciler.load.templates import Templates


@dataclass(slots=True)
class Gathering:
    """The problems of one load, and the templates that it needed; `values` is None where there are none to
    use.
    """

    environment: Mapping[str, str]
    values: Mapping[str, Json] | None
    problems: list[Problem] = field(default_factory=list)
    _templates: "Templates | None" = None

    def templates(self) -> "Templates":
        """The one filler of this load, made when it is needed first: Jinja2 is slow to import."""
        if self._templates is None:
            from reconciler.load.templates import Templates

            self._templates = Templates(self.environment, self.values)
        return self._templates

    def look_for_secrets(self, text: str, path: str) -> None:
        """Note every credential that stands in a file."""
        self.problems += secrets_in(text, path)

    def add(self, problems: Sequence[Problem]) -> None:
        """Note problems, except at places that have one already: one mistake, one message."""
        if problems:
            reported: set[Location] = {problem.where for problem in self.problems}
            self.problems += [problem for problem in problems if problem.where not in reported]

    def raise_problems(self) -> None:
        """Raise InvalidManifests when there are problems; what the environment holds is not in them."""
        if not self.problems:
            return
        hidden = self.problems if self._templates is None else map(self._templates.hide, self.problems)
        raise InvalidManifests(tuple(hidden))


def fill(document: Document, gathering: Gathering) -> Document:
    """The document with its templates filled in."""
    if not document.templated:
        return document
    return gathering.templates().fill_tree(document, gathering.problems)
