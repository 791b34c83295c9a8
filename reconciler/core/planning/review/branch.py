"""What a branch changes against its base: in what manifests ask for, in the rules by which plans are judged,
and in the workflows. It compares what is written with what is written: what is live has no part in it.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.model.configuration import Json, to_json
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.comparison import written_changes
from reconciler.core.privacy.credential_patterns import looks_secret
from reconciler.core.privacy.redactor import MASK


class Touch(StrEnum):
    """What a branch does to a manifest or a file; the value is the word for it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is another than in the base, by its path from the root; `before` is its former path, where
    it was renamed.
    """

    path: str
    touch: Touch
    before: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a manifest, or a setting, as the base has it and as the branch has it; what is secret is
    masked already. A `rule` decides how plans are made, or judged; what is `live` is to become live.
    """

    field: str
    old: Json
    new: Json
    rule: bool = False
    live: bool = True


@dataclass(frozen=True, slots=True)
class ManifestChange:
    """What the branch changes of one deployment. `absent` says that its manifest is there, and not for the
    target any more. `applied_before` is what the mark *last applied* is after an apply of the base; empty
    where the base has no such manifest. `ignore` has the JSON pointers that the branch leaves alone. `unread`
    says why the manifest of the base cannot be read, so that only the files are known.
    """

    name: str
    touch: Touch
    manifest: str
    fields: tuple[FieldChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    absent: bool = False
    applied_before: str = ""
    ignore: tuple[str, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class BranchChanges:
    """All that a branch changes against its base, a commit, for one target."""

    base: str
    deployments: tuple[ManifestChange, ...] = ()
    settings: tuple[FieldChange, ...] = ()
    workflows: tuple[FileChange, ...] = ()

    @property
    def rules(self) -> tuple[FieldChange, ...]:
        """The settings, and those fields of manifests that decide how plans are made or judged; these with
        the name of their deployment.
        """
        of_manifests = (
            replace(field, field=f"{change.name}: {field.field}")
            for change in self.deployments
            for field in change.fields
            if field.rule
        )
        return (*self.settings, *of_manifests)

    def of(self, name: str) -> ManifestChange | None:
        """What it changes of the deployment of this name."""
        return next((change for change in self.deployments if change.name == name), None)


class WrittenManifest(NamedTuple):
    """A manifest on one side, and the paths of its model files and probes from the root."""

    spec: Spec
    files: Collection[str]


def manifest_changes(
    base: Iterable[WrittenManifest],
    branch: Iterable[WrittenManifest],
    touched: Mapping[str, FileChange],
    absent: Collection[str] = (),
    unread: Mapping[str, str] = MappingProxyType({}),
) -> tuple[ManifestChange, ...]:
    """What differs between the manifests of both sides, by name. `touched` are all files that the branch
    changes, by path, `absent` the names that have a manifest which is not for the target, and `unread` the
    paths of those manifests of the base that cannot be read, and why.
    """
    before = {one.spec.name: one for one in base}
    found: list[ManifestChange] = []
    for now in branch:
        if why := unread.get(now.spec.where.path):
            found += filter(None, [_unread(now, touched, why)])
            continue
        then = before.pop(now.spec.name, None) or before.pop(now.spec.renamed_from, None)
        found += filter(None, [_added(now) if then is None else _changed(then, now, touched)])
    found += (_removed(then, then.spec.name in absent) for then in before.values())
    return tuple(sorted(found, key=lambda change: change.name))


def _unread(now: WrittenManifest, touched: Mapping[str, FileChange], why: str) -> ManifestChange | None:
    """What nobody touched is as it was, whatever that is."""
    path = now.spec.where.path
    files = tuple(touched[one] for one in sorted({path, *now.files}) if one in touched)
    return ManifestChange(now.spec.name, Touch.CHANGED, path, files=files, unread=why) if files else None


def _added(now: WrittenManifest) -> ManifestChange:
    return ManifestChange(now.spec.name, Touch.ADDED, now.spec.where.path)


def _removed(then: WrittenManifest, absent: bool) -> ManifestChange:
    spec = then.spec
    mark = spec.applied_mark
    return ManifestChange(spec.name, Touch.REMOVED, spec.where.path, absent=absent, applied_before=mark)


def _changed(
    then: WrittenManifest, now: WrittenManifest, touched: Mapping[str, FileChange]
) -> ManifestChange | None:
    spec = now.spec
    fields = tuple(_fields(then.spec, spec))
    former = {touched[path].before for path in now.files if path in touched}
    paths = sorted({*now.files, *then.files} - former)
    files = tuple(touched[path] for path in paths if path in touched)
    if not fields and not files:
        return None
    return ManifestChange(
        name=spec.name,
        touch=Touch.CHANGED,
        manifest=spec.where.path,
        fields=fields,
        files=files,
        applied_before=then.spec.applied_mark,
        ignore=spec.policy.ignore,
    )


def _fields(then: Spec, now: Spec) -> Iterator[FieldChange]:
    for change in written_changes(then.written, now.written):
        yield FieldChange(change.field, change.old, change.new)
    for field in _BESIDE_CONFIGURATION:
        old, new = field.read(then), field.read(now)
        if old != new:
            yield FieldChange(field.path, old, new, field.rule, field.live)


class _Beside(NamedTuple):
    """A field of a manifest that is no part of its configuration."""

    path: str
    read: Callable[[Spec], Json]
    rule: bool = True
    live: bool = False


_BESIDE_CONFIGURATION = (
    _Beside("metadata.renamedFrom", lambda spec: spec.renamed_from or None, rule=False),
    _Beside("metadata.adopt", lambda spec: spec.adopt or None),
    _Beside("spec.state", lambda spec: "active" if spec.active else "inactive", False, live=True),
    _Beside("spec.image.build", lambda spec: to_json(spec.image.build), rule=False),
    _Beside("spec.rollout.downtime", lambda spec: spec.rollout.downtime.value),
    _Beside("spec.rollout.versions", lambda spec: spec.rollout.versions.value),
    _Beside("spec.rollout.tensorChanges", lambda spec: list(spec.rollout.tensor_changes)),
    _Beside("spec.rollout.onFailure", lambda spec: spec.rollout.on_failure.value),
    _Beside("spec.rollout.update", lambda spec: spec.rollout.model_group_update.value),
    _Beside("spec.rollout.probes", lambda spec: [*_probes(spec)]),
    _Beside("spec.policy.paused", lambda spec: spec.policy.paused),
    _Beside("spec.policy.protect", lambda spec: spec.policy.protect, live=True),
    _Beside("spec.policy.prune", lambda spec: spec.policy.prune and spec.policy.prune.value, live=True),
    _Beside("spec.policy.ignore", lambda spec: list(spec.policy.ignore)),
)


def _probes(spec: Spec) -> Iterator[Json]:
    """What each probe asks for; its files are told as files."""
    for probe in spec.rollout.probes:
        rest = f"status {probe.status}, tolerance {probe.tolerance:g}"
        within = "" if probe.latency_ms is None else f", within {probe.latency_ms:g} ms"
        answer = ", and compares the answer" if probe.expect else ""
        yield f"{probe.title}: {rest}{within}{answer}"


WORKFLOWS = ".github/"
"""Where workflows and actions are, from the top of the repository."""

ACTION_FILES = frozenset({"action.yml", "action.yaml"})
"""What a folder has that is an action, wherever it is."""

WHO_IS_ASKED = frozenset({"CODEOWNERS", "docs/CODEOWNERS"})
"""Where else GitHub looks for who has to approve what (GitHub docs, "About code owners")."""


def settings_changes(base: Json, branch: Json) -> tuple[FieldChange, ...]:
    """What differs between the settings of both sides, each as its file has it."""
    before, after = dict(_leaves((), base)), dict(_leaves((), branch))
    found = []
    for place in dict.fromkeys((*before, *after)):
        old, new = before.get(place), after.get(place)
        if old != new:
            path, item = place
            shown = ".".join(map(_key_words, path)) + (f": {item}" if item else "")
            found.append(FieldChange(shown, _shown(path, old), _shown(path, new), rule=True, live=False))
    return tuple(found)


def _leaves(path: tuple[str, ...], value: Json) -> Iterator[tuple[tuple[tuple[str, ...], str], Json]]:
    """Each single value with its place, which is the keys on the way to it; each item of a list of words with
    itself as the end of its place. What is secret is one value, whatever is in it.
    """
    match value:
        case _ if path and _is_secret(path):
            yield (path, ""), value
        case dict() if value:
            for key, below in value.items():
                yield from _leaves((*path, key), below)
        case list() if value and all(isinstance(item, str) and item for item in value):
            yield from (((path, str(item)), LISTED) for item in value)
        case _ if path:
            yield (path, ""), value


LISTED = "listed"


def _is_secret(path: tuple[str, ...]) -> bool:
    """The setting that lists the secrets has only their names."""
    return path != ("secrets",) and looks_secret(path[-1])


def _shown(path: tuple[str, ...], value: Json) -> Json:
    return MASK if value is not None and _is_secret(path) else value


def _key_words(key: str) -> str:
    """A key, so that it cannot be taken for several."""
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


_PLAIN_KEY = re.compile(r"[\w-]+")


def touched_workflows(files: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """Those that are, or were, workflows or actions, or decide who is asked about them."""
    return tuple(file for file in files if _is_workflow(file.path) or _is_workflow(file.before))


def _is_workflow(path: str) -> bool:
    return path.startswith(WORKFLOWS) or path in WHO_IS_ASKED or path.rpartition("/")[2] in ACTION_FILES
