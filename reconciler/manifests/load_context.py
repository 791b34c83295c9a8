"""What one load of YAML files has in common: its findings, the values that templates may use, and the search
for credentials in plain sight.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.core.model.text import cut
from reconciler.core.privacy.credential_patterns import credentials_in
from reconciler.manifests.overlays.overlays import Overlaid, overlaid
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.text_files import read_text
from reconciler.manifests.yaml.tree import Document, find

if TYPE_CHECKING:
    from reconciler.manifests.templates.templates import Templates

NAMES = ("name", "renamedFrom")
"""Fields of `metadata` that say which deployment a manifest is about."""

MOST_FINDINGS = 100
"""Findings of one file that are shown. The ones after them are mostly the same mistake again."""

LONGEST_MESSAGE = 1_000
"""Characters of one message. It quotes names and values, which may have any length."""


@dataclass(slots=True)
class LoadContext:
    """Collects the findings of one load. `values` are for its templates; `secrets` are the names that
    manifests may take from the environment (None: any). `region` is that of the tenancy that they are for;
    empty where it is the local cloud, or does not matter. `target` is the name of the target that they are
    for, and `targets` are all that manifests may name (None: any).
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    secrets: Collection[str] | None = None
    region: str = ""
    target: str = ""
    targets: Collection[str] | None = None
    findings: list[Finding] = field(default_factory=list)
    _places: set[Location] = field(default_factory=set)
    _placed: int = 0
    _templates: "Templates | None" = None

    def for_target(self, document: Document) -> Overlaid:
        """The document as it is for the target, and for others, with the templates filled in; those of what
        is not for the target as far as that is possible.
        """
        result, aside = overlaid(document, self.target, self.targets, self.findings), self.aside()
        result = result._replace(elsewhere=tuple(map(aside.filled, result.elsewhere)))
        if result.absent is None:
            return result._replace(document=self.filled(result.document))
        aside = self.aside()
        filled = aside.filled(result.document)
        named = {filled.location(name) for key in NAMES if (name := find(filled.root, "metadata", key))}
        # Which deployment it is about must be known all the same: that one is left alone.
        self.findings += [finding for finding in aside.findings if finding.where in named]
        return result._replace(document=filled)

    def aside(self) -> "LoadContext":
        """The same, for what is read without telling what is wrong with it."""
        return LoadContext(self.values, self.secrets, target=self.target, targets=self.targets)

    def filled(self, document: Document) -> Document:
        """The document with its templates filled in; a secret stays a name."""
        if not document.templated:
            return document
        if self._templates is None:
            # Only now: Jinja2 is slow to import, and few manifests need it.
            from reconciler.manifests.templates.templates import Templates

            self._templates = Templates(self.values, self.secrets)
        return self._templates.fill_tree(document, self.findings)

    def look_for_secrets(self, text: str, path: str, advice: str) -> None:
        """Note every credential in the text of a file."""
        self.findings += credentials_in(text, path, advice)

    def only_document(self, path: Path, shown: str, advice: str, one: str) -> Document | None:
        """The document of a file that holds no more than `one`; None when none can be read. `advice` is for
        a credential in it.
        """
        text = read_text(path, shown)
        if isinstance(text, Finding):
            self.findings.append(text)
            return None
        self.look_for_secrets(text, shown, advice)
        documents, findings = parse(text, shown)
        self.findings += findings
        self.findings += (extra.finding(extra.root, "a second document", one) for extra in documents[1:])
        return documents[0] if documents else None

    def add(self, findings: Sequence[Finding]) -> None:
        """Note findings, except at places that have one already: one mistake, one message."""
        if findings:
            self._places.update(finding.where for finding in self.findings[self._placed :])
            self._placed = len(self.findings)
            self.findings += [finding for finding in findings if finding.where not in self._places]

    def checked(self) -> tuple[Finding, ...]:
        """The findings, none of which is an error. Raises InvalidManifests when there is one."""
        findings = tuple(map(_shortened, _first_of_each_file(self.findings)))
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            raise InvalidManifests(findings)
        return findings


def _shortened(finding: Finding) -> Finding:
    return replace(
        finding, what=cut(finding.what, LONGEST_MESSAGE), advice=cut(finding.advice, LONGEST_MESSAGE)
    )


def _first_of_each_file(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first findings of every file, and how many more there are."""
    for _, group in groupby(sorted(set(findings)), key=lambda finding: finding.where.path):
        of_file = list(group)
        yield from of_file[:MOST_FINDINGS]
        if len(of_file) > MOST_FINDINGS:
            more = f"and {len(of_file) - MOST_FINDINGS} more problems in this file"
            yield replace(of_file[MOST_FINDINGS], what=more, advice="")
