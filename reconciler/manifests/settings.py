"""`reconciler.yaml` → `Settings`, or everything that is wrong with it.

Paths are taken as text: `resolve()` would show paths that the user does not know.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import InvalidManifests, SetupError
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.spec import Prune
from reconciler.core.model.target import (
    ALL,
    LOCAL,
    ArtifactBucket,
    CatalogLimits,
    EmulatorTarget,
    NamedFile,
    OciTarget,
    Safety,
    Settings,
    Target,
)
from reconciler.core.model.text import nearest
from reconciler.core.planning.environment_secrets import is_the_runners
from reconciler.core.privacy.credential_patterns import SIGN_IN_INSTEAD
from reconciler.manifests.declarations.settings_file import (
    SETTINGS_FILE,
    SettingsArtifacts,
    SettingsEmulatorTarget,
    SettingsFile,
    SettingsOciTarget,
    SettingsSafety,
)
from reconciler.manifests.load_context import LoadContext
from reconciler.manifests.schema.document_reading import DocumentReading
from reconciler.manifests.schema.reader import read
from reconciler.manifests.yaml.tree import (
    Document,
    Listing,
    Table,
    find,
    follow,
    holds_template,
    plain,
    scalars,
)

EMULATOR_HOME = Path(".reconciler", "emulator")


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds reconciler.yaml. Raises SetupError when there is
    none.
    """
    folder = Path(os.path.abspath(start))
    for candidate in (folder, *folder.parents):
        if _is_file(candidate / SETTINGS_FILE):
            return candidate
    raise SetupError(
        f"no {SETTINGS_FILE} in {folder} or above it: run `reconcile init` to make a repository here"
    )


def load_settings(root: Path, target: str | None = None) -> Settings:
    """The settings of the repository at `root`.

    With `target`, only that target is read. Raises InvalidManifests with everything that is wrong with the
    file, and SetupError when there is no file or no such target.
    """
    path = root / SETTINGS_FILE
    if not _is_file(path):
        raise SetupError(f"no {SETTINGS_FILE} in {root}: run `reconcile init` to make a repository there")
    context = LoadContext()
    document = _read_file(path, context)
    read_file = _read_document(document, context, target) if document else None
    context.checked()
    if document is None or read_file is None:
        raise InvalidManifests(
            (Finding(Location(SETTINGS_FILE), "holds no settings", "Run `reconcile init`."),)
        )
    names = _target_names(document) or (LOCAL,)
    return replace(_settings(*read_file, Path(os.path.abspath(root))), target_names=names)


def target_names(root: Path) -> tuple[str, ...]:
    """All targets of the file, in its order, whatever else is wrong with it; the local one, if it has none.
    Raises InvalidManifests for a file that is no YAML.
    """
    context = LoadContext()
    document = _read_file(root / SETTINGS_FILE, context)
    context.checked()
    return (_target_names(document) if document else ()) or (LOCAL,)


def written_settings(root: Path) -> Json:
    """What the file says, as plain data, whatever it means; None where there is no file. Raises
    InvalidManifests for one that is no YAML.
    """
    if not _is_file(root / SETTINGS_FILE):
        return None
    context = LoadContext()
    document = _read_file(root / SETTINGS_FILE, context)
    context.checked()
    return plain(document.root) if document else None


def _is_file(path: Path) -> bool:
    """Raises OSError when the path may not be looked at; `Path.is_file` says no then, from Python 3.14 on."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return False
        raise


def _read_file(path: Path, context: LoadContext) -> Document | None:
    return context.only_document(path, SETTINGS_FILE, SIGN_IN_INSTEAD, "Settings are one document.")


def _read_document(
    document: Document, context: LoadContext, target: str | None
) -> tuple[SettingsFile, Document] | None:
    used = document if target is None else _only(document, target)
    context.add(list(_templates(used)))
    reading = DocumentReading(used)
    file = read(SettingsFile, reading)
    reading.findings += [*_reserved_names(used), *_secrets(used)]
    context.add(reading.findings)
    return None if file is None else (file, used)


def _templates(document: Document) -> Iterator[Finding]:
    """Settings have no templates: anybody who opens a pull request may change this file, and it is shown."""
    for scalar in scalars(document.root) if document.templated else ():
        if holds_template(scalar.value):
            what = f"{SETTINGS_FILE} holds no templates, and takes nothing from the environment"
            advice = (
                "Write the value out. For one that is known only when the command runs: --set values.NAME=…"
            )
            yield document.finding(scalar, what, advice)


def _only(document: Document, target: str) -> Document:
    """The document with this target alone."""
    root, targets = document.root, find(document.root, "targets")
    if not isinstance(root, Table) or ("targets" in root.fields and not isinstance(targets, Table)):
        return document
    names = {*_target_names(document), LOCAL}
    if target not in names:
        known, near = ", ".join(sorted(names)), nearest(target, list(names))
        if target == ALL:
            near = "Every target at once is for plan alone; validate checks all without -t."
        raise SetupError(f"{SETTINGS_FILE} has no target '{target}'; it has {known}. {near}".rstrip())
    if not isinstance(targets, Table):
        return document
    kept = targets._replace(fields={name: field for name, field in targets.fields.items() if name == target})
    field = root.fields["targets"]._replace(node=kept)
    return document._replace(root=root._replace(fields={**root.fields, "targets": field}))


def _target_names(document: Document) -> tuple[str, ...]:
    targets = find(document.root, "targets")
    return tuple(targets.fields) if isinstance(targets, Table) else ()


def _reserved_names(document: Document) -> Iterator[Finding]:
    targets = find(document.root, "targets")
    if not isinstance(targets, Table):
        return
    for name, field in targets.fields.items():
        if name == LOCAL and isinstance(field.node, Table) and "emulator" not in field.node.fields:
            advice = "`local` is the target when none is named; give a real tenancy another name."
            yield document.finding(field, "the target 'local' must be the emulator", advice)
        if name == ALL:
            advice = "`-t all` means every target; give it another name."
            yield document.finding(field, "a target cannot be named 'all'", advice)


def _secrets(document: Document) -> Iterator[Finding]:
    listed = find(document.root, "secrets")
    for scalar in scalars(listed) if isinstance(listed, Listing) else ():
        if is_the_runners(str(scalar.value)):
            what = f"{scalar.value} belongs to the runner, or to signing in: no deployment may know it"
            yield document.finding(scalar, what, "Remove it.")


def _settings(file: SettingsFile, document: Document, root: Path) -> Settings:
    targets = {name: _target(name, entry, file.owner, root) for name, entry in file.targets.items()}
    targets.setdefault(LOCAL, EmulatorTarget(LOCAL, str(root / EMULATOR_HOME), file.owner))
    secrets = None if file.secrets is None else frozenset(file.secrets)
    limits = CatalogLimits(file.gc.keep)
    where = document.location(follow(document.root, ("prices",)))
    prices = None if file.prices is None else NamedFile(os.path.normpath(file.prices), where)
    return Settings(file.owner, targets, _safety(file.safety), secrets, file.images.build, limits, prices)


def _safety(entry: SettingsSafety) -> Safety:
    return Safety(
        max_deletes=entry.max_deletes,
        max_changed_percent=entry.max_changed_percent,
        option_groups=entry.update_groups,
        prune=Prune(entry.prune.value),
        update_ownership=entry.ownership.update,
        prune_ownership=entry.ownership.prune,
        images=entry.images,
    )


def _target(name: str, entry: SettingsEmulatorTarget | SettingsOciTarget, owner: str, root: Path) -> Target:
    values = cast("Mapping[str, Json]", entry.values)
    bucket = _bucket(entry.artifacts)
    match entry:
        case SettingsEmulatorTarget():
            home = os.path.normpath(root / (entry.emulator.home or EMULATOR_HOME))
            return EmulatorTarget(name, home, entry.project or owner, values, bucket)
        case SettingsOciTarget():
            return OciTarget(
                name=name,
                region=entry.region,
                compartment=entry.compartment,
                project=entry.project,
                auth=entry.auth,
                profile=entry.profile,
                create_project=entry.create_project,
                values=values,
                artifacts=bucket,
            )


def _bucket(entry: SettingsArtifacts | None) -> ArtifactBucket | None:
    if entry is None:
        return None
    return ArtifactBucket(entry.bucket, entry.namespace or "", entry.prefix or "")
