"""The targets of a repository, and validation for each of them. Needs no cloud and no network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from reconciler.app.validating import checked_repository
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.core.model.target import Target
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.discovery import nothing_found
from reconciler.manifests.settings import find_root, target_names

Open: TypeAlias = Callable[[str], tuple[Workspace, Target]]
"""Gives the repository, and the target of this name."""


@dataclass(frozen=True, slots=True)
class Validated:
    """Manifests that are valid for all of these targets: how many they are, and the findings that make none
    invalid. `nothing` says where they are looked for, if there are none.
    """

    targets: tuple[str, ...]
    number: int
    notices: tuple[Finding, ...]
    nothing: str


def every_target() -> tuple[str, ...]:
    """The names of all targets of the repository around the current folder."""
    return target_names(find_root(Path.cwd()))


def validate(targets: Sequence[str], open_target: Open, paths: Sequence[Path]) -> Validated:
    """Check the manifests for each of these targets. Raises InvalidManifests with all findings, each once."""
    by_target: dict[str, Sequence[Finding]] = {}
    manifests: set[Location] = set()
    for name in targets:
        try:
            loaded = checked_repository(*open_target(name), paths)
            by_target[name] = loaded.notices
            manifests |= {draft.where for draft in loaded.drafts}
            manifests |= {absent.manifest for absent in loaded.absent}
        except InvalidManifests as error:
            by_target[name] = error.findings
    findings = tuple(sorted(_each_once(by_target)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidManifests(findings)
    return Validated(tuple(targets), len(manifests), findings, nothing_found(find_root(Path.cwd())))


def _each_once(by_target: Mapping[str, Sequence[Finding]]) -> Iterable[Finding]:
    """What was found for every target as it is, and what was found for some with their names."""
    targets_of: dict[Finding, list[str]] = {}
    for target, findings in by_target.items():
        for finding in findings:
            targets_of.setdefault(finding, []).append(target)
    for finding, targets in targets_of.items():
        everywhere = len(targets) == len(by_target) or finding.where.path == SETTINGS_FILE
        where = "" if everywhere else f" (target {', '.join(targets)})"
        yield replace(finding, what=finding.what + where)
