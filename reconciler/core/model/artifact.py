"""The model repository as a value: its files, the digest of their content, and the versions that a server
would serve.

Reading files, packing and uploading happen elsewhere; here is only what follows from names and digests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.model.configuration import digest_of

LARGEST_ARTIFACT = 400 << 30
"""Bytes: what the catalog takes for an artifact (docs/service.md §1.3), 400 GB, read as GiB."""


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


ModelVersion: TypeAlias = tuple[str, int]
"""A model's name and the number of a version of it."""

Versions: TypeAlias = frozenset[ModelVersion]
"""A version structure: what the server serves."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model: its name, Triton's data type, its dimensions (-1: any)."""

    name: str
    datatype: str
    dims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensors:
    """What a model takes and gives, as its config.pbtxt declares it, sorted by name; `batch` says that the
    dimensions come after one for the batch.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    batch: bool = False


ModelTensors: TypeAlias = tuple[tuple[str, Tensors], ...]
"""Tensors by model name, sorted; a model whose config.pbtxt does not declare them is not among them."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What clients rely on: the versions that are served, and the tensors of the models, as far as they are
    declared.
    """

    versions: Versions
    tensors: ModelTensors = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model repository's content. `digest` depends on paths and bytes alone, never on times, order or
    place.
    """

    digest: str
    entries: tuple[Entry, ...]
    versions: Versions
    tensors: ModelTensors = ()

    @property
    def structure(self) -> Structure:
        """What clients of a server on this content rely on."""
        return Structure(self.versions, self.tensors)


def make_artifact(entries: Iterable[Entry], versions: Versions, tensors: ModelTensors = ()) -> Artifact:
    """The artifact of these entries, in the order in which they are packed."""
    ordered = tuple(sorted(entries, key=lambda entry: entry.path))
    content = [(entry.path, entry.sha256) for entry in ordered]
    return Artifact(f"sha256:{digest_of(content)}", ordered, versions, tensors)


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
    tensors = tuple(sorted(item for member in ordered for item in member.artifact.tensors))
    return Artifact(digest, (), versions, tensors)


def model_group_digest(members: Iterable[tuple[str, str]]) -> str:
    """The digest of a model group, from the key and the digest of each member."""
    return f"sha256:{digest_of(['MODEL_GROUP', *sorted(members)])}"
