"""validate: reads every manifest and checks it. Needs no cloud and no network."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Severity
from reconciler.core.model.target import OciTarget, Target
from reconciler.core.planning.capacity.prices import Prices
from reconciler.manifests.discovery import MISSING, nothing_found
from reconciler.manifests.loading import Loaded, files_naming, load_manifests
from reconciler.manifests.prices import load_prices
from reconciler.manifests.spec_draft import SpecDraft


def checked_drafts(workspace: Workspace, target: Target, paths: Sequence[Path]) -> tuple[SpecDraft, ...]:
    """Every manifest in these paths, checked. Raises InvalidManifests with all findings."""
    return checked_manifests(workspace, target, paths).drafts


def checked_manifests(workspace: Workspace, target: Target, paths: Sequence[Path]) -> Loaded:
    """The same, with what the other manifests of the repository claim."""
    try:
        return _load(workspace, target, paths)
    except InvalidManifests as error:
        raise _with_manifest_names(error, workspace, target) from error


def checked_manifests_of(workspace: Workspace, target: Target, names: Collection[str]) -> Loaded:
    """The manifests of these names, checked. The others are read for what they claim, whatever is wrong with
    them; but all are checked where one of the names is in none.
    """
    files = files_naming(workspace.root, target.values, target.name, names)
    return checked_manifests(workspace, target, files)


def _load(workspace: Workspace, target: Target, paths: Sequence[Path]) -> Loaded:
    settings = workspace.settings
    return load_manifests(
        paths,
        workspace.root,
        target.values,
        settings.secrets,
        target.region if isinstance(target, OciTarget) else "",
        target=target.name,
        targets=settings.known_targets,
    )


def prices_of(workspace: Workspace) -> Prices | None:
    """The prices that reconciler.yaml names, None when it names none. Raises InvalidManifests with everything
    that is wrong with them.
    """
    named = workspace.settings.prices
    return None if named is None else load_prices(named, workspace.root)


def prices_or_notices(workspace: Workspace) -> tuple[Prices | None, tuple[Finding, ...]]:
    """The same for commands that a table of prices must not stop: what is wrong with it, as warnings."""
    try:
        return prices_of(workspace), ()
    except InvalidManifests as error:
        return None, tuple(replace(finding, severity=Severity.WARNING) for finding in error.findings)


def checked_repository(workspace: Workspace, target: Target, paths: Sequence[Path]) -> Loaded:
    """The same, with the prices checked as well."""
    findings: tuple[Finding, ...] = ()
    try:
        prices_of(workspace)
    except InvalidManifests as error:
        findings = error.findings
    try:
        loaded = checked_manifests(workspace, target, paths)
    except InvalidManifests as error:
        findings = (*findings, *error.findings)
    if findings:
        raise InvalidManifests(findings)
    return loaded


def no_manifests_words(workspace: Workspace) -> str:
    """That there is no manifest, and where manifests are looked for."""
    return nothing_found(workspace.root)


def _with_manifest_names(error: InvalidManifests, workspace: Workspace, target: Target) -> InvalidManifests:
    """The same findings. Where a path does not exist but is the name of a manifest, the advice says so."""
    if not any(finding.what == MISSING for finding in error.findings):
        return error
    try:
        drafts = _load(workspace, target, ()).drafts
    except InvalidManifests:
        return error
    files = {draft.name: draft.where.path for draft in drafts}
    return InvalidManifests(tuple(_by_name(finding, files, workspace.root) for finding in error.findings))


def _by_name(finding: Finding, files: Mapping[str, str], root: Path) -> Finding:
    name = Path(finding.where.path).name
    if finding.what != MISSING or name not in files:
        return finding
    file = os.path.relpath(root / files[name])
    advice = f"A manifest is called {name}: its file is {file}; plan and apply take --only {name}, too."
    return replace(finding, advice=advice)
