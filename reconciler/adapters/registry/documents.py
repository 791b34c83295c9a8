"""What a registry keeps of an image: index, manifest, configuration, as values. Nothing is believed that is
not of the form that the OCI Image Format Specification, or Docker's Image Manifest V2 Schema 2, says. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.http.json_text import parsed_json
from reconciler.core.model.images.image import Platform

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPTED = ", ".join((*INDEXES, *MANIFESTS))

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_WORDS = 4096
"""Words of an entry point, or labels; images have some tens."""


class WrongDocument(Exception):
    """What the registry sent is no such document; the text is a clause."""


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """The manifests of an image for several platforms, by platform, the first one where there are several."""

    manifests: Mapping[Platform, str]


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """`config` is the digest of the configuration, `size` the bytes of all layers as they are sent."""

    config: str
    size: int


@dataclass(frozen=True, slots=True)
class ConfigDocument:
    """What an image says of itself."""

    platform: Platform
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    labels: Mapping[str, str]


def read_manifest(body: bytes, content_type: str) -> IndexDocument | ManifestDocument:
    """The document that a tag or a digest stands for. Raises WrongDocument."""
    document = _document(body)
    kind = document.get("mediaType") or content_type.partition(";")[0].strip()
    # One that is both is read differently by different programs, and so may be two images.
    if "manifests" in document and ("layers" in document or "config" in document):
        raise WrongDocument("the manifest is two kinds at once")
    if kind in INDEXES and "manifests" in document:
        return _index(document)
    if kind in MANIFESTS and "layers" in document:
        layers = _list(document, "layers")
        return ManifestDocument(_digest(_object(document, "config")), sum(map(_size, layers)))
    raise WrongDocument("its manifest is of a kind that is not read here (Docker's schema 2, or OCI's)")


def read_config(body: bytes) -> ConfigDocument:
    """The configuration of an image. Raises WrongDocument."""
    document = _document(body)
    settings = _object(document, "config")
    labels = _object(settings, "Labels")
    if len(labels) > _MOST_WORDS or not all(isinstance(value, str) for value in labels.values()):
        raise WrongDocument("the configuration has labels that are none")
    return ConfigDocument(
        Platform(_text(document, "architecture"), _text(document, "os")),
        _words(settings, "Entrypoint"),
        _words(settings, "Cmd"),
        labels,
    )


Object: TypeAlias = dict[str, Any]


def _document(body: bytes) -> Object:
    try:
        document = parsed_json(body)
    except BadAnswer as bad:
        raise WrongDocument(str(bad)) from bad
    if not isinstance(document, dict):
        raise WrongDocument("a document of the image is no JSON object")
    return document


def _index(document: Object) -> IndexDocument:
    manifests: dict[Platform, str] = {}
    for entry in _list(document, "manifests"):
        platform = entry.get("platform")
        # Attestations and the like are in an index too, without a platform or for the platform `unknown`.
        if isinstance(platform, dict) and entry.get("mediaType", MANIFESTS[0]) in MANIFESTS:
            key = Platform(_text(platform, "architecture"), _text(platform, "os"))
            manifests.setdefault(key, _digest(entry))
    return IndexDocument(manifests)


def _object(document: Object, name: str) -> Object:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongDocument(f"{name} is no object")
    return value


def _list(document: Object, name: str) -> list[Object]:
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise WrongDocument(f"{name} is no list of objects")
    return value


def _text(document: Object, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise WrongDocument(f"{name} is no text")
    return value


def _digest(document: Object) -> str:
    value = document.get("digest")
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise WrongDocument("a digest in it is none by SHA-256")
    return value


def _size(document: Object) -> int:
    value = document.get("size")
    if type(value) is not int or value < 0:
        raise WrongDocument("the size of a layer is none")
    return value


def _words(document: Object, name: str) -> tuple[str, ...]:
    value = document.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and len(value) <= _MOST_WORDS and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise WrongDocument(f"{name} is no list of words")
