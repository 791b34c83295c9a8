"""Takes identities and control characters out of what a report quotes from the cloud.

OCIDs keep their kind and their last four characters. What is known of the place, such as the namespace of its
images, is replaced; so are addresses of mail and of the network, and whatever looks like a key.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from datascience_emulator.verify.values import NotTold, Outcome, Seen, Told

MOST = 400
_OCID = re.compile(r"\bocid1\.([a-z0-9]+)\.[a-z0-9-]*\.[a-z0-9-]*\.(?:[a-z0-9-]*\.)?[A-Za-z0-9_-]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IMAGE = re.compile(r"\b([a-z0-9-]+\.ocir\.io)/[^\s\"'\]]+")
_KEY = re.compile(
    r"\b(?:[0-9a-f]{2}:){15}[0-9a-f]{2}\b|-----BEGIN[^-]*-----.*|\b[A-Za-z0-9+/_-]{64,}={0,2}", re.DOTALL
)
_SHORT = 3
"""The most letters of a namespace that is not looked for by itself: it would be found in words."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9/_-]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def readable(text: str) -> str:
    """Without what would act on a terminal."""
    return _CONTROL.sub(" ", text)


def names_in_image(image: str | None) -> Iterator[str]:
    """What a cloud may say of an image beside its whole name: registry, repository, namespace."""
    if not image:
        return
    yield image
    host, _, path = image.rpartition("@")[0].partition("/") if "@" in image else image.partition("/")
    repository = path.rpartition(":")[0] or path
    namespace = repository.partition("/")[0]
    if "." in host and not host.endswith(".ocir.io"):
        yield host.partition(":")[0]
    if "/" in repository:
        yield repository
    if "/" in repository and len(namespace) > _SHORT:
        yield namespace


class Redactor:
    """`secret`: texts of the place that must not be shown, in any case of letters."""

    def __init__(self, secret: Iterable[str | None] = ()) -> None:
        self._texts = sorted({text for text in secret if text}, key=len, reverse=True)
        self._secret = [re.compile(re.escape(text), re.IGNORECASE) for text in self._texts]

    def also(self, secret: Iterable[str]) -> "Redactor":
        """One that takes these out, too."""
        return Redactor([*self._texts, *secret])

    def text(self, text: str) -> str:
        text = readable(text)
        text = _OCID.sub(lambda found: f"ocid1.{found[1]}…{found[0][-4:]}", text)
        for secret in self._secret:
            text = secret.sub("…", text)
        for pattern in (_IMAGE, _MAIL, _ADDRESS, _KEY):
            text = pattern.sub(r"\1/…" if pattern is _IMAGE else "…", text)
        return text if len(text) <= MOST else f"{text[:MOST]}…"

    def outcome(self, outcome: Outcome) -> Outcome:
        match outcome:
            case Told(choice, seen):
                return Told(self.text(choice), self._all(seen))
            case NotTold(why, seen):
                return NotTold(self.text(why), self._all(seen))
        return outcome

    def _all(self, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
        return tuple(
            replace(
                one,
                what=self.text(one.what),
                code=self.text(one.code),
                message=self.text(one.message),
                request_id=one.request_id if _REQUEST_ID.fullmatch(one.request_id) else "",
            )
            for one in seen
        )
