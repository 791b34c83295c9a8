"""Looks at images in registries over HTTP (OCI Distribution Specification), without pulling them.

Nothing that a registry says is believed that does not have the digest that was asked for. Every request is
bounded, and so is the number of requests for one image: manifest, the manifest of the platform,
configuration, each with at most one renewal of the token.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.http.where_to import is_this_machine
from reconciler.adapters.registry.documents import (
    ACCEPTED,
    IndexDocument,
    ManifestDocument,
    WrongDocument,
    read_config,
    read_manifest,
)
from reconciler.adapters.registry.places import ImagePlace, origin_of
from reconciler.adapters.registry.tokens import Authorizations, challenge_of
from reconciler.adapters.registry.transport import (
    LONGEST_WORDS,
    NoTls,
    NotSaid,
    RegistryAnswer,
    RegistryTransport,
)
from reconciler.core.model.images.image import ImageFacts, Platform, composition_of
from reconciler.core.model.text import cut, joined

_HIDES = "which is also its answer to whoever may not read the repository"


class Missing(Exception):
    """The registry has no such image; the text is a clause that says what it lacks. With `taken` its name
    stands for images for other platforms.
    """

    def __init__(self, why: str, *, taken: bool = False) -> None:
        super().__init__(why)
        self.taken = taken


@dataclass(slots=True)
class RegistryClient:
    """Safe to use from many threads. Its methods raise Missing and NotSaid, and what the signer raises."""

    transport: RegistryTransport
    authorizations: Authorizations
    _headers: dict[str, str] = field(default_factory=dict)
    _origins: dict[str, str] = field(default_factory=dict)

    def facts(self, place: ImagePlace, digest: str | None, platform: Platform) -> ImageFacts:
        """What the registry says of the image with this digest, else of that behind the tag."""
        reading = _Reading(self, place, self.transport.deadline())
        try:
            return reading.facts(digest, platform)
        except WrongDocument as wrong:
            raise NotSaid(f"{place.host} sends something else than an image: {wrong}") from wrong

    def digest(self, place: ImagePlace) -> str:
        """The digest that the tag stands for."""
        return _Reading(self, place, self.transport.deadline()).manifest(place.tag).digest

    def get(self, place: ImagePlace, what: str, accept: Mapping[str, str], deadline: float) -> RegistryAnswer:
        """The answer for a part of this repository, such as `manifests/1.0`, with the token that it takes."""
        origin = self._origin(place, deadline)
        url, sent = f"{origin}/v2/{place.path}/{what}", self._headers.get(place.repository)
        for renewed in (False, True):
            headers = {"Authorization": sent} if sent else {}
            answer = self.transport.get_elsewhere(url, deadline, headers, accept)
            if answer.status != HTTPStatus.UNAUTHORIZED or renewed:
                break
            challenge = challenge_of(answer)
            if challenge is None:
                raise NotSaid(f"{place.host} wants to know who asks in a way that is not known here")
            sent = self.authorizations.header(place, origin, challenge, deadline)
            self._headers[place.repository] = sent
        if not answer.good:
            raise _refused(place, what, answer)
        return answer

    def _origin(self, place: ImagePlace, deadline: float) -> str:
        """Where the registry answers. One on this machine may do so without TLS."""
        known = self._origins.get(place.host)
        if known is None:
            known = origin_of(place.host)
            if is_this_machine(place.host):
                try:
                    self.transport.get(f"{known}/v2/", deadline, {})
                except NoTls:
                    known = origin_of(place.host, tls=False)
            self._origins[place.host] = known
        return known


@dataclass(frozen=True, slots=True)
class _Found:
    """A document of the registry with its digest."""

    digest: str
    document: IndexDocument | ManifestDocument


@dataclass(frozen=True, slots=True)
class _Reading:
    """One look at one image."""

    client: RegistryClient
    place: ImagePlace
    deadline: float

    def facts(self, digest: str | None, platform: Platform) -> ImageFacts:
        found = first = self.manifest(digest or self.place.tag)
        if isinstance(first.document, IndexDocument):
            found = self.manifest(_of_platform(self.place, first.document, platform))
        if not isinstance(found.document, ManifestDocument):
            raise WrongDocument("its index leads to another index")
        config = read_config(self._content(f"blobs/{found.document.config}", found.document.config))
        return ImageFacts(
            digest=found.digest,
            size=found.document.size,
            platform=config.platform,
            entrypoint=config.entrypoint,
            command=config.command,
            composition=composition_of(config.labels),
            index=first.digest if first is not found else "",
        )

    def manifest(self, reference: str) -> _Found:
        """The document behind a tag or a digest. Of a tag, the digest is that of what came."""
        what = f"manifests/{reference}"
        answer = self.client.get(self.place, what, {"Accept": ACCEPTED}, self.deadline)
        digest = _digest(answer.body)
        said = answer.headers.get("docker-content-digest", digest)
        if digest != (reference if ":" in reference else said):
            raise WrongDocument(f"the content of {reference} has another digest than it should")
        return _Found(digest, read_manifest(answer.body, answer.headers.get("content-type", "")))

    def _content(self, what: str, digest: str) -> bytes:
        body = self.client.get(self.place, what, {"Accept": "*/*"}, self.deadline).body
        if _digest(body) != digest:
            raise WrongDocument("its configuration has another digest than it should")
        return body


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _of_platform(place: ImagePlace, index: IndexDocument, platform: Platform) -> str:
    if platform in index.manifests:
        return index.manifests[platform]
    others = joined([str(known) for known in index.manifests], ", ") or "no platform"
    raise Missing(f"{place.repository}:{place.tag} is an image for {others}, not for {platform}", taken=True)


def _refused(place: ImagePlace, what: str, answer: RegistryAnswer) -> Exception:
    """The error for an answer that is not what was asked for."""
    code, message = _error_in(answer.body)
    if answer.status == HTTPStatus.NOT_FOUND and code:
        hidden = f", {_HIDES}" if place.is_ocir else ""
        return Missing(f"{_lacking(place, what, code)}{hidden}")
    said = f"{answer.status} {code}".strip() + (f": {message}" if message else "")
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        advice = "check its name, and that whoever signs in may read it"
        return NotSaid(f"{place.host} does not let us read {place.path} ({said}): {advice}")
    return NotSaid(f"{place.host} answers {said}")


def _lacking(place: ImagePlace, what: str, code: str) -> str:
    kind, _, reference = what.partition("/")
    if code == "NAME_UNKNOWN":
        return f"{place.host} has no repository {place.path}"
    if kind == "manifests":
        tag = "" if ":" in reference else "tag "
        return f"{place.repository} has no {tag}{reference}"
    return f"{place.repository} lacks a part of its image, {reference}"


def _error_in(body: bytes) -> tuple[str, str]:
    """Code and message of an error of a registry; empty when it has another form."""
    try:
        document = parsed_json(body)
    except BadAnswer:
        return "", ""
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    code, message = (str(first.get(name) or "") for name in ("code", "message"))
    return cut(code, LONGEST_WORDS), cut(message, LONGEST_WORDS)
