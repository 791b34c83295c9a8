"""The model repository as a value: its files, the digest of their content, and the versions that a server
would serve.

Reading files, packing and uploading happen elsewhere; here is only what follows from names and digests.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.core.model.configuration import digest_of
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.served.structure import Versions

LARGEST_ARTIFACT = 400 << 30
"""Bytes: what the catalog takes for an artifact (docs/service.md §1.3), 400 GB, read as GiB."""


@dataclass(frozen=True, slots=True)
class DirectUploads:
    """The bytes that content may have which is sent in one upload. Sources disagree (docs/service.md §1.3):
    up to `sure` all of them allow it, and none that sets a limit allows more than `most`.
    """

    sure: int = 2 << 30
    most: int = 6 * 10**9

    def allow(self, size: int, *, bucket: bool) -> bool:
        """Whether content of this size is sent directly. With a bucket, what is not sure goes through it."""
        return size <= (self.sure if bucket else self.most)


DIRECT_UPLOADS = DirectUploads()
"""What the documents say."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, by its absolute path."""

    path: str


@dataclass(frozen=True, slots=True)
class Inline:
    """Text written by the reconciler itself, for example a config.pbtxt made from the manifest."""

    text: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that is fetched when it is needed; its digest is in the manifest, so planning needs no
    download.
    """

    url: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that has to exist although it is empty: Triton wants a version folder even for an ensemble."""


Source: TypeAlias = LocalFile | Inline | Remote | Folder


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the artifact: its path inside (with `/`), SHA-256 as 64 hex digits, size in bytes (None:
    not known yet).
    """

    path: str
    sha256: str
    size: int | None
    source: Source


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model repository's content. `digest` depends on paths and bytes alone, never on times, order or
    place. `versions` are those that a server serves which loads every model of it; `models` say what any
    server makes of it, sorted by name.
    """

    digest: str
    entries: tuple[Entry, ...]
    versions: Versions
    models: tuple[ModelFolder, ...] = ()


def make_artifact(
    entries: Iterable[Entry], versions: Versions, models: tuple[ModelFolder, ...] = ()
) -> Artifact:
    """The artifact of these entries, in the order in which they are packed."""
    ordered = tuple(sorted(entries, key=lambda entry: entry.path))
    content = [(entry.path, entry.sha256) for entry in ordered]
    return Artifact(f"sha256:{digest_of(content)}", ordered, versions, models)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an archive that is sent in parts, which are numbered from 1. `md5` is in base64, `there` says
    that it has arrived already; its `content` is not kept then, and no longer than it takes to send it else.
    """

    number: int
    size: int
    content: memoryview
    md5: str
    there: bool


def packed_at_most(artifact: Artifact) -> int | None:
    """Bytes that the archive of an artifact has at most; None when the size of a file is not known yet.

    Five bytes come with each block of 65,535, and headers with each file.
    """
    sizes = [entry.size for entry in artifact.entries]
    if None in sizes:
        return None
    content = sum(size + 5 * (size // 0xFFFF + 1) for size in sizes if size is not None)
    names = sum(len(entry.path.encode()) for entry in artifact.entries)
    return content + 2 * names + 200 * len(sizes) + 200


CONTENT_DIGITS = 32
"""Hex digits of the digest of a model's content: each catalog model is kept with those of its models."""


def with_contents(
    models: Iterable[ModelFolder], entries: Iterable[Entry], *, of_member: bool = False
) -> tuple[ModelFolder, ...]:
    """The models, with the digests of their content. `of_member`: these are files of one model alone."""
    inside: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        name, _, path = ("", "", entry.path) if of_member else entry.path.partition("/")
        inside.setdefault(name, []).append((path, entry.sha256))
    digests = {name: digest_of(sorted(files))[:CONTENT_DIGITS] for name, files in inside.items()}
    return tuple(replace(model, content=digests.get("" if of_member else model.name, "")) for model in models)


@dataclass(frozen=True, slots=True)
class ModelGroupMember:
    """One model of a model group: the key by which the group knows it, which is the model's name, and its
    own content.
    """

    key: str
    artifact: Artifact


def model_group_of(members: Iterable[ModelGroupMember]) -> Artifact:
    """What a model group serves, as one artifact without files; its digest is that of its members."""
    ordered = sorted(members, key=lambda member: member.key)
    digest = model_group_digest((member.key, member.artifact.digest) for member in ordered)
    versions = frozenset(item for member in ordered for item in member.artifact.versions)
    models = tuple(model for member in ordered for model in member.artifact.models)
    return Artifact(digest, (), versions, models)


def model_group_digest(members: Iterable[tuple[str, str]]) -> str:
    """The digest of a model group, from the key and the digest of each member."""
    return f"sha256:{digest_of(['MODEL_GROUP', *sorted(members)])}"
