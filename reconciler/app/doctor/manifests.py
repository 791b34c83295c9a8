"""What the manifests ask for, as far as they can be read: one that is invalid does not hide the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.app.images.looking import WantedImage
from reconciler.app.validating import checked_manifests, no_manifests_words
from reconciler.app.workspace import Workspace
from reconciler.core.model.configuration import LogRef
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Severity
from reconciler.core.model.images.image import ImageFacts, ImageSight, platform_of
from reconciler.core.model.live import GONE, Live
from reconciler.core.model.machines import machines_now
from reconciler.core.model.target import Target
from reconciler.core.model.text import counted
from reconciler.core.model.views.checkup import Check, Topic, fine, not_seen, wrong
from reconciler.core.planning.capacity.compute_shapes import size_of
from reconciler.core.planning.capacity.headroom import headroom
from reconciler.core.planning.doctor.capacity import Wanted
from reconciler.core.planning.doctor.variables import Load
from reconciler.manifests.declared_variables import DeclaredVariables
from reconciler.manifests.discovery import discover
from reconciler.manifests.spec_draft import SpecDraft

MOST_FINDINGS = 10
"""Findings that are told; `validate` tells all."""


@dataclass(frozen=True, slots=True)
class ReadManifests:
    """The manifests that are valid, and what there is to say of all of them."""

    drafts: tuple[SpecDraft, ...]
    checks: tuple[Check, ...]
    declared: DeclaredVariables = field(default_factory=DeclaredVariables)

    @property
    def logs(self) -> tuple[LogRef, ...]:
        """All logs that they name, each once."""
        named = (draft.configuration.logs for draft in self.drafts)
        return tuple(dict.fromkeys(one for logs in named for one in (logs.access, logs.predict) if one))

    @property
    def private_endpoints(self) -> tuple[str, ...]:
        """All private endpoints that they name, each once."""
        named = (draft.configuration.network.private_endpoint for draft in self.drafts)
        return tuple(dict.fromkeys(ocid for ocid in named if ocid))

    @property
    def subnets(self) -> tuple[str, ...]:
        """All subnets that they name, each once."""
        named = (draft.configuration.network.subnet for draft in self.drafts)
        return tuple(dict.fromkeys(ocid for ocid in named if ocid))


def read_manifests(workspace: Workspace, target: Target, paths: Sequence[Path]) -> ReadManifests:
    """The manifests in these paths, or all. Files with findings are left out."""
    try:
        loaded = checked_manifests(workspace, target, paths)
    except InvalidManifests as error:
        return _rest(workspace, target, paths, error.findings)
    if not loaded.drafts:
        return ReadManifests((), (not_seen(Topic.MANIFESTS, no_manifests_words(workspace)),), loaded.declared)
    valid = fine(Topic.MANIFESTS, f"{counted(len(loaded.drafts), 'manifest')} valid")
    return ReadManifests(loaded.drafts, (valid,), loaded.declared)


def _rest(
    workspace: Workspace, target: Target, paths: Sequence[Path], findings: Sequence[Finding]
) -> ReadManifests:
    findings = [finding for finding in findings if finding.severity is Severity.ERROR]
    broken = {finding.where.path for finding in findings}
    checks = tuple(
        wrong(Topic.MANIFESTS, f"{finding.where}: {finding.what}", *finding.advice.splitlines())
        for finding in findings[:MOST_FINDINGS]
    )
    more = len(findings) - MOST_FINDINGS
    if more > 0:
        checks += (
            wrong(Topic.MANIFESTS, f"{counted(more, 'problem')} more", "reconcile validate tells all."),
        )
    others = [Path(file.path) for file in discover(paths, workspace.root)[0] if file.shown not in broken]
    if not others:
        return ReadManifests((), checks)
    try:
        loaded = checked_manifests(workspace, target, others)
    except InvalidManifests:
        return ReadManifests((), checks)
    return ReadManifests(loaded.drafts, checks, loaded.declared)


def wanted_by(drafts: Sequence[SpecDraft], deployments: Sequence[Live]) -> list[Wanted]:
    """What each manifest needs beside what runs; nothing for one that is to be inactive."""
    there = {live.name: machines_now(live)[0] for live in deployments if live.state not in GONE}
    return [
        Wanted(
            draft.name,
            draft.configuration.instance.shape,
            headroom(draft.configuration, there.get(draft.name)),
            draft.name not in there,
        )
        for draft in drafts
        if draft.active
    ]


def loads_of(drafts: Sequence[SpecDraft], sights: Mapping[WantedImage, ImageSight | None]) -> list[Load]:
    """What each deployment loads, as far as the sizes are known."""
    return [_load(draft, sights) for draft in drafts]


def _load(draft: SpecDraft, sights: Mapping[WantedImage, ImageSight | None]) -> Load:
    shape = draft.configuration.instance.shape
    sight = sights.get((draft.image, platform_of(shape)))
    return Load(
        draft.name,
        sight.size if isinstance(sight, ImageFacts) else 0,
        sum(file.size or 0 for file in draft.layout.files),
        frozenset(need.backend for need in draft.layout.needs if need.backend),
        int(size_of(draft.configuration.instance).gpus or 0),
        draft.configuration.container.environment or (),
    )
