"""Verification of signed requests: draft-cavage HTTP signatures in the profile that OCI documents.

Pure: takes what was sent and returns the caller, or raises a ServiceError 401. The key lookups and the clock
are arguments. A keyId names a registered API key (tenancy/user/fingerprint), or is a session token
(`ST$<token>`), which names the key that signed.
Profile: https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm. The text that is signed has
one line for each covered header, in the order named; `(request-target)` stands for the method in lower case
and the path with its query.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from datascience_emulator.api.tokens import TokenRefused, open_session
from datascience_emulator.wire.calls import Caller
from datascience_emulator.wire.errors import not_authenticated

MAX_SKEW = timedelta(minutes=5)
_GENERIC = ("(request-target)", "host")
_WITH_BODY = (*_GENERIC, "content-length", "content-type", "x-content-sha256")
_SESSION = "ST$"
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature can cover. `target`: the path with its query. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are known. `registered`: keyId of an API key → its public key, as PEM. `issuer`: the key
    that session tokens are signed with.
    """

    registered: Callable[[str], str | None]
    issuer: Callable[[], rsa.RSAPublicKey]


def verify(request: SignedRequest, keys: Keys, *, body_signed: bool, now: datetime) -> Caller:
    """Check everything but the body itself.

    `body_signed`: whether the signature must cover the body (PUT and POST do, a streamed upload does not).
    """
    headers = request.headers
    fields = _parse(headers.get("authorization"))
    covered = fields["headers"].lower().split()
    _check_covered(covered, _WITH_BODY if body_signed else _GENERIC)
    _check_date(headers, covered, now)
    body_sha256 = headers.get("x-content-sha256") if "x-content-sha256" in covered else None
    text = _signing_string(request, covered)
    key_id = fields["keyId"]
    if key_id.startswith(_SESSION):
        caller, key = _session(key_id.removeprefix(_SESSION), body_sha256, keys.issuer(), now)
    else:
        caller, key = _api_key(key_id, body_sha256, keys.registered)
    _check_signature(fields["signature"], text, key)
    return caller


def check_body(caller: Caller, sha256: bytes) -> None:
    """Raises 401 unless the body that arrived is the one that was signed."""
    if caller.body_sha256 is not None and caller.body_sha256 != base64.b64encode(sha256).decode():
        raise not_authenticated("x-content-sha256 is not the SHA-256 of the body")


def _parse(authorization: str | None) -> dict[str, str]:
    if authorization is None:
        raise not_authenticated("no authorization header: sign the request")
    scheme, _, rest = authorization.partition(" ")
    fields = dict(_FIELD.findall(rest))
    if scheme.lower() != "signature" or not {"keyId", "headers", "signature"} <= fields.keys():
        raise not_authenticated('authorization must be: Signature keyId="…",headers="…",signature="…"')
    if fields.get("algorithm", "rsa-sha256") != "rsa-sha256" or fields.get("version", "1") != "1":
        raise not_authenticated('the algorithm must be "rsa-sha256", the version "1"')
    return fields


def _check_covered(covered: list[str], required: tuple[str, ...]) -> None:
    absent = [name for name in required if name not in covered]
    if "date" not in covered and "x-date" not in covered:
        absent.append("date")
    if absent:
        raise not_authenticated(f"the signature does not cover: {', '.join(absent)}")


def _check_date(headers: Mapping[str, str], covered: list[str], now: datetime) -> None:
    text = headers.get("x-date" if "x-date" in covered else "date", "")
    try:
        date = parsedate_to_datetime(text)
        skew = abs(now - (date if date.tzinfo else date.replace(tzinfo=UTC)))
    except (ValueError, OverflowError, IndexError, TypeError) as error:
        raise not_authenticated(f"the date {text!r} is not an HTTP date") from error
    if skew > MAX_SKEW:
        raise not_authenticated("the date is more than 5 minutes from the server's clock")


def _signing_string(request: SignedRequest, covered: list[str]) -> bytes:
    lines = []
    for name in covered:
        target = f"{request.method.lower()} {request.target}"
        value = target if name == "(request-target)" else request.headers.get(name)
        if value is None:
            raise not_authenticated(f"the signature covers {name}, which was not sent")
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode()


def _session(
    token: str, body_sha256: str | None, issuer: rsa.RSAPublicKey, now: datetime
) -> tuple[Caller, rsa.RSAPublicKey]:
    try:
        session = open_session(token, issuer, now)
    except TokenRefused as error:
        raise not_authenticated(f"the session token is refused: {error}") from error
    return Caller(session.tenancy, session.user, session.token_id, body_sha256), session.key


def _api_key(
    key_id: str, body_sha256: str | None, registered: Callable[[str], str | None]
) -> tuple[Caller, rsa.RSAPublicKey]:
    pem = registered(key_id) if key_id.count("/") == 2 else None
    if pem is None:
        raise not_authenticated(
            "the keyId names no registered key; it must be tenancy/user/fingerprint, or ST$ and a token"
        )
    tenancy, user, _ = key_id.split("/")
    return Caller(tenancy, user, key_id, body_sha256), _load(pem)


def _check_signature(signature: str, text: bytes, key: rsa.RSAPublicKey) -> None:
    try:
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:  # ValueError: not base64, not even ASCII
        raise not_authenticated("the signature does not match the request") from error


@lru_cache(maxsize=64)
def _load(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("only RSA keys are registered")
    return key
