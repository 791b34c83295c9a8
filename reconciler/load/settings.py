"""`reconciler.yaml` → `Settings`, or all of its problems. It must not reach any target."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from reconciler.core.errors import InvalidManifests, Location, Problem, SetupError
from reconciler.core.secrets import is_the_runners
from reconciler.core.target import LOCAL, EmulatorTarget, OciTarget, Safety, Settings, Target
from reconciler.core.values import Json
from reconciler.load.document import Gathering
from reconciler.load.reader import Reading, read
from reconciler.load.repository_file import (
    FILE_NAME,
    EmulatorTargetEntry,
    OciTargetEntry,
    RepositoryFile,
    SafetyEntry,
)
from reconciler.load.secrets import SIGN_IN_INSTEAD
from reconciler.load.text import read_text
from reconciler.load.tree import Document, Listing, Table, find, scalars
from reconciler.load.words import nearest
from reconciler.load.yaml12 import parse

EMULATOR_HOME = Path(".reconciler", "emulator")


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds reconciler.yaml. Raises SetupError when there is
    none.
    """
    folder = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would show paths that the user does not know
    for candidate in (folder, *folder.parents):
        if _is_file(candidate / FILE_NAME):
            return candidate
    raise SetupError(
        f"no {FILE_NAME} in {folder} or above it: run `reconcile init` to make a repository here"
    )


def load_settings(root: Path, target: str | None = None) -> Settings:
    """The settings of the repository at `root`.

    With `target`, only that target is read. Raises InvalidManifests with every problem of the file,
    SetupError when there is no file or no such target.
    """
    path = root / FILE_NAME
    if not _is_file(path):
        raise SetupError(f"no {FILE_NAME} in {root}: run `reconcile init` to make a repository there")
    gathering = Gathering()
    file = _read_file(path, gathering, target)
    gathering.raise_problems()
    if file is None:
        raise InvalidManifests((Problem(Location(FILE_NAME), "holds no settings", "Run `reconcile init`."),))
    return _settings(file, Path(os.path.abspath(root)))  # noqa: PTH100 - as above


def _is_file(path: Path) -> bool:
    """Raises OSError when nobody lets us see; `Path.is_file` says no to that, from Python 3.14 on."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return False
        raise


def _read_file(path: Path, gathering: Gathering, target: str | None) -> RepositoryFile | None:
    text = read_text(path, FILE_NAME)
    if isinstance(text, Problem):
        gathering.problems.append(text)
        return None
    gathering.look_for_secrets(text, FILE_NAME, SIGN_IN_INSTEAD)
    documents, problems = parse(text, FILE_NAME)
    gathering.problems += problems
    for extra in documents[1:]:
        gathering.problems.append(
            extra.problem(extra.root, "a second document", "Settings are one document.")
        )
    return _read_document(documents[0], gathering, target) if documents else None


def _read_document(document: Document, gathering: Gathering, target: str | None) -> RepositoryFile | None:
    wanted = document if target is None else _only(document, target)
    gathering.add(list(_templates(wanted)))
    reading = Reading(wanted)
    file = read(RepositoryFile, reading)
    reading.problems += [*_rules(wanted), *_secrets(wanted)]
    gathering.add(reading.problems)
    return file


def _templates(document: Document) -> Iterator[Problem]:
    """Whoever opens a pull request may change this file, and what it says is shown: so it takes nothing from
    anywhere.
    """
    for scalar in scalars(document.root) if document.templated else ():
        if isinstance(scalar.value, str) and ("{{" in scalar.value or "{%" in scalar.value):
            what = f"{FILE_NAME} holds no templates, and takes nothing from the environment"
            advice = "Write the value out; one that is known only when the command runs: --set values.NAME=…"
            yield document.problem(scalar, what, advice)


def _only(document: Document, target: str) -> Document:
    """The document without the targets that are not asked for."""
    root, targets = document.root, find(document.root, "targets")
    if not isinstance(root, Table) or ("targets" in root.fields and not isinstance(targets, Table)):
        return document
    names = {*(targets.fields if isinstance(targets, Table) else ()), LOCAL}
    if target not in names:
        known, near = ", ".join(sorted(names)), nearest(target, list(names))
        raise SetupError(f"{FILE_NAME} has no target '{target}'; it has {known}. {near}".rstrip())
    if not isinstance(targets, Table):
        return document
    kept = targets._replace(fields={name: field for name, field in targets.fields.items() if name == target})
    field = root.fields["targets"]._replace(node=kept)
    return document._replace(root=root._replace(fields={**root.fields, "targets": field}))


def _rules(document: Document) -> Iterator[Problem]:
    targets = find(document.root, "targets")
    if not isinstance(targets, Table):
        return
    for name, field in targets.fields.items():
        if name == LOCAL and isinstance(field.node, Table) and "emulator" not in field.node.fields:
            advice = "`local` is meant when no target is named; give a real tenancy another name."
            yield document.problem(field, "the target 'local' must be the emulator", advice)


def _secrets(document: Document) -> Iterator[Problem]:
    listed = find(document.root, "secrets")
    for scalar in scalars(listed) if isinstance(listed, Listing) else ():
        if is_the_runners(str(scalar.value)):
            what = f"{scalar.value} belongs to the runner, or to signing in: no deployment may know it"
            yield document.problem(scalar, what, "Take it out.")


def _settings(file: RepositoryFile, root: Path) -> Settings:
    targets = {name: _target(name, entry, file.owner, root) for name, entry in file.targets.items()}
    targets.setdefault(LOCAL, EmulatorTarget(LOCAL, str(root / EMULATOR_HOME), file.owner))
    secrets = None if file.secrets is None else frozenset(file.secrets)
    return Settings(file.owner, targets, _safety(file.safety), secrets)


def _safety(entry: SafetyEntry) -> Safety:
    return Safety(
        max_deletes=entry.max_deletes,
        max_changed_percent=entry.max_changed_percent,
        update_groups=entry.update_groups,
        prune=entry.prune,
        update_ownership=entry.ownership.update,
        prune_ownership=entry.ownership.prune,
    )


def _target(name: str, entry: EmulatorTargetEntry | OciTargetEntry, owner: str, root: Path) -> Target:
    values = cast("Mapping[str, Json]", entry.values)
    match entry:
        case EmulatorTargetEntry():
            home = os.path.normpath(root / (entry.emulator.home or EMULATOR_HOME))
            return EmulatorTarget(name, home, entry.project or owner, values)
        case OciTargetEntry():
            return OciTarget(
                name=name,
                region=entry.region,
                compartment=entry.compartment,
                project=entry.project,
                auth=entry.auth,
                profile=entry.profile,
                create_project=entry.create_project,
                values=values,
            )
