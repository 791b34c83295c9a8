"""Manifests → drafts of specs, or every finding of all of them at once: the way through this package, step by
step.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.core.model.spec import Claim
from reconciler.core.privacy.credential_patterns import MOVE_TO_ENV
from reconciler.manifests.declarations.model_deployment import MANIFEST_KIND, Manifest, ManifestMetadata
from reconciler.manifests.declarations.prices_file import PRICES_KIND
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE, SETTINGS_KIND
from reconciler.manifests.declared_variables import DeclaredVariables, variables_in
from reconciler.manifests.discovery import Candidate, discover, folders_without_manifests
from reconciler.manifests.load_context import LoadContext
from reconciler.manifests.models_of_manifest import layout_of
from reconciler.manifests.named_files import NamedFiles
from reconciler.manifests.overlays.overlays import Overlaid
from reconciler.manifests.probe_files import ProbeFiles, probes_of
from reconciler.manifests.recognition import first_manifest_in_list, is_manifest, may_hold_manifest
from reconciler.manifests.rules.deployment_names import DeploymentNames, claim_of
from reconciler.manifests.rules.image_hosts import check_image_hosts
from reconciler.manifests.rules.single_tables import check_table
from reconciler.manifests.rules.whole_manifest import check_manifest
from reconciler.manifests.schema.document_reading import DocumentReading
from reconciler.manifests.schema.reader import read
from reconciler.manifests.spec_draft import OF_CATALOG, SpecDraft, draft_of
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.text_files import decode, read_head
from reconciler.manifests.yaml.tree import Document, Scalar, find, text_at
from reconciler.triton.files.confined_paths import ConfinedPaths


class Absent(NamedTuple):
    """A manifest that is not for the target: which deployment it is about, where it is, where it says so."""

    claim: Claim
    manifest: Location
    where: Location


class Loaded(NamedTuple):
    """The manifests that were named, what the other manifests of the repository claim, and the variables
    that all of them declare. `notices` are the findings that make no manifest invalid. `absent` are those of
    the named ones that are not for the target; what they claim is among the others.
    """

    drafts: tuple[SpecDraft, ...]
    others: tuple[Claim, ...]
    declared: DeclaredVariables = DeclaredVariables()
    notices: tuple[Finding, ...] = ()
    absent: tuple[Absent, ...] = ()


class _Load(NamedTuple):
    """What all manifests of one load share."""

    context: LoadContext
    paths: ConfinedPaths
    probe_files: ProbeFiles
    names: DeploymentNames
    look_inside: bool = True


def load_manifests(
    paths: Sequence[Path],
    root: Path,
    values: Mapping[str, Json],
    secrets: Collection[str] | None = None,
    region: str = "",
    *,
    target: str = "",
    targets: Collection[str] | None = None,
) -> Loaded:
    """Every manifest in these files and folders, or in `manifests/`, in the order of the files. Raises
    InvalidManifests with all findings of all files.

    In folders, YAML files of other kinds are skipped; but a folder that is named must hold a manifest.
    `secrets`, if given, are all names that manifests may take from the environment; the environment itself is
    not looked at; `region` is that of a tenancy, for which hosts of images are judged. `target` is what they
    are read for, and `targets` are all that they may name (None: any). The other manifests of the repository,
    in `manifests/`, are read for their names and variables alone: what is wrong with them is not reported.
    """
    context = LoadContext(values, secrets, region, target, targets)
    load = _Load(context, ConfinedPaths(root), ProbeFiles(), DeploymentNames())
    files, findings = discover(paths, root)
    context.findings += findings
    manifests = [
        (context.for_target(document), file) for file in files for document in _documents(file, context)
    ]
    drafts = [draft for manifest, file in manifests if (draft := _draft(manifest, file, load))]
    wrong = {finding.where.path for finding in context.findings}
    used = [*(file.path for file in files if file.shown in wrong), *(file.path for _, file in manifests)]
    context.findings += folders_without_manifests(paths, root, used)
    others = list(_readable(_elsewhere(files, root) if paths else (), context.aside()))
    other_names = DeploymentNames()
    claims = [other_names.note(other.document) for other in others if other.absent is None]
    context.add(tuple(load.names.clashes(other_names)))
    notices = context.checked()
    named = [manifest for manifest, _ in manifests]
    absent, names = tuple(_absent(named)), {draft.name for draft in drafts}
    # What is there although its manifest is not for the target is no orphan.
    claims += [one.claim for one in (*absent, *_absent(others)) if one.claim.name not in names]
    return Loaded(tuple(drafts), tuple(claims), _declared([*named, *others]), notices, absent)


def _absent(manifests: Iterable[Overlaid]) -> Iterator[Absent]:
    for manifest in manifests:
        if manifest.absent is not None:
            document = manifest.document
            claim = claim_of(document)
            yield Absent(claim, document.location(document.root), manifest.absent)


def variables_declared(root: Path, values: Mapping[str, Json], target: str = "") -> DeclaredVariables:
    """The variables that the manifests of a repository declare, as far as they can be read."""
    return _declared(manifests_for(root, values, target))


def manifests_for(
    root: Path, values: Mapping[str, Json], target: str, paths: Sequence[Path] = ()
) -> list[Overlaid]:
    """The manifests of a repository, or those in these paths, as they are for this target, as far as they can
    be read; nothing is checked.
    """
    return list(_readable(discover(paths, root)[0], LoadContext(values, target=target)))


class Apart(NamedTuple):
    """A file with manifests that was loaded by itself: what is wrong with it, or the drafts of its manifests.
    `names` are those of its manifests, and `whole` says whether these are all.
    """

    path: str
    drafts: tuple[SpecDraft, ...]
    names: frozenset[str]
    whole: bool
    findings: tuple[Finding, ...] = ()


def load_apart(
    paths: Sequence[Path], root: Path, context_of_file: Callable[[], LoadContext]
) -> Iterator[Apart]:
    """As `load_manifests`, but each file by itself, with a context of its own: what is wrong with one leaves
    the others valid, and names are not compared with those of others. No model file is looked into: large
    ones may only stand for what they were.
    """
    confined, probe_files = ConfinedPaths(root), ProbeFiles()
    for file in discover(paths, root)[0]:
        context = context_of_file()
        load = _Load(context, confined, probe_files, DeploymentNames(), look_inside=False)
        documents = list(_documents(file._replace(named=False), context))
        whole = not context.findings
        manifests = [context.for_target(document) for document in documents]
        drafts = tuple(draft for manifest in manifests if (draft := _draft(manifest, file, load)))
        context.add(tuple(load.names.clashes(DeploymentNames())))
        names = frozenset(claim_of(manifest.document).name for manifest in manifests)
        try:
            context.checked()
        except InvalidManifests as error:
            yield Apart(file.shown, (), names - {""}, whole and "" not in names, error.findings)
        else:
            yield Apart(file.shown, drafts, names, True)


def files_naming(root: Path, values: Mapping[str, Json], target: str, names: Collection[str]) -> list[Path]:
    """The files with the manifests of these names, as far as they can be read. None of them when one of the
    names is in no manifest.
    """
    named = [
        (claim_of(manifest.document).name, manifest.document.location(manifest.document.root))
        for manifest in manifests_for(root, values, target)
    ]
    if not set(names) <= {name for name, _ in named}:
        return []
    return sorted({root / where.path for name, where in named if name in names})


def _declared(manifests: Sequence[Overlaid]) -> DeclaredVariables:
    """What they declare for the target; what is secret on another one is a secret here."""
    elsewhere = (document for manifest in manifests for document in manifest.elsewhere)
    return variables_in((manifest.document for manifest in manifests), elsewhere)


def _elsewhere(files: Sequence[Candidate], root: Path) -> Iterator[Candidate]:
    """The files in `manifests/` that are none of these, not even by a link."""
    real = {os.path.realpath(file.path) for file in files}
    return (file for file in discover((), root)[0] if os.path.realpath(file.path) not in real)


def _readable(files: Iterable[Candidate], context: LoadContext) -> Iterator[Overlaid]:
    """The manifests of these files that can be read. Their findings are dropped."""
    return (context.for_target(document) for file in files for document in _documents(file, context))


def _documents(file: Candidate, context: LoadContext) -> Iterator[Document]:
    """The documents of a file that are manifests, or are meant to be."""
    data = read_head(Path(file.path), file.shown)
    if isinstance(data, bytes) and not file.named and not may_hold_manifest(data):
        return
    text = decode(data, file.shown) if isinstance(data, bytes) else data
    if isinstance(text, Finding):
        context.findings.append(text)
        return
    context.look_for_secrets(text, file.shown, MOVE_TO_ENV)
    documents, findings = parse(text, file.shown)
    context.findings += findings
    if not documents and not findings:
        advice = f"Write a manifest: kind: {MANIFEST_KIND}."
        context.findings.append(Finding(Location(file.shown), "holds no document", advice))
    for document in documents:
        if not file.named and text_at(document.root, "kind") == PRICES_KIND:
            continue
        if file.named or is_manifest(document.root):
            yield document
        elif item := first_manifest_in_list(document.root):
            advice = "Put --- between manifests instead: each is a document of its own."
            context.findings.append(document.finding(item, "a manifest in a list", advice))


_OTHER_KINDS = {
    SETTINGS_KIND: (
        "settings do not belong among the manifests",
        f"Settings are read from {SETTINGS_FILE} at the top of the repository only.",
    ),
    PRICES_KIND: (
        "prices are no manifest",
        f"Name the file in {SETTINGS_FILE}, under `prices`; every command that plans reads it then.",
    ),
}
"""Documents of ours that are no manifests: what is wrong with them as such, and what to do."""


def _draft(manifest_for_target: Overlaid, file: Candidate, load: _Load) -> SpecDraft | None:
    document = manifest_for_target.document
    if manifest_for_target.absent is not None:
        return None
    kind = find(document.root, "kind")
    if isinstance(kind, Scalar) and (other := _OTHER_KINDS.get(str(kind.value))):
        load.context.findings.append(document.finding(kind, *other))
        return None
    reading = DocumentReading(document)
    manifest = read(Manifest, reading)
    _check_tables(reading, load.names)
    files = NamedFiles(reading, os.path.dirname(file.path), load.paths)  # noqa: PTH120 - text, see ConfinedPaths
    layout = layout_of(files, load.look_inside)
    probes = probes_of(files, load.probe_files)
    reading.findings += check_manifest(reading, layout)
    if load.context.region:
        reading.findings += check_image_hosts(reading, load.context.region)
    load.context.add([load.paths.relative(finding) for finding in reading.findings])
    if manifest is not None and manifest.spec.model is not None:
        layout = OF_CATALOG
    if manifest is None or layout is None:
        return None
    draft = draft_of(manifest, document.location(document.root), layout, probes)
    dangers = (finding.what for finding in reading.findings if finding.severity is Severity.DANGER)
    return replace(draft, dangers=tuple(dangers), named=frozenset(files.found))


def _check_tables(reading: DocumentReading, names: DeploymentNames) -> None:
    malformed = {finding.where for finding in reading.findings}
    for table in reading.tables:
        reading.findings += [finding for finding in check_table(table) if finding.where not in malformed]
        if isinstance(table.value, ManifestMetadata):
            reading.findings += names.take(table.value, table)
