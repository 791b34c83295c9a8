"""Verification of signed requests: draft-cavage HTTP signatures in the profile that OCI documents.

Pure: what was sent goes in, the caller comes out, or a ServiceError 401. The key lookup and the clock are
arguments. Profile: https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm. Signing string: one
line per covered header in the order named, `(request-target)` being the lower-case method and the path with
its query.
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

from .errors import not_authenticated

MAX_SKEW = timedelta(minutes=5)
_GENERIC = ("(request-target)", "host")
_WITH_BODY = (*_GENERIC, "content-length", "content-type", "x-content-sha256")
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed: an API key of a user. `body_sha256` (base64) is what the body must hash to, when it was
    signed.
    """

    tenancy: str
    user: str
    key_id: str
    body_sha256: str | None


def verify(
    method: str,
    target: str,
    headers: Mapping[str, str],
    *,
    body_signed: bool,
    now: datetime,
    public_key: Callable[[str], str | None],
) -> Caller:
    """Check everything but the body itself.

    `headers` has lower-case names. `body_signed`: whether the signature must cover the body (PUT and POST do,
    a streamed upload does not).
    """
    fields = _parse(headers.get("authorization"))
    covered = fields["headers"].lower().split()
    _check_covered(covered, _WITH_BODY if body_signed else _GENERIC)
    _check_date(headers, covered, now)
    _check_signature(fields, _signing_string(method, target, headers, covered), public_key)
    tenancy, user, _ = fields["keyId"].split("/")
    return Caller(
        tenancy,
        user,
        fields["keyId"],
        headers.get("x-content-sha256") if "x-content-sha256" in covered else None,
    )


def check_body(caller: Caller, sha256: bytes) -> None:
    """The body that arrived is the one that was signed."""
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


def _signing_string(method: str, target: str, headers: Mapping[str, str], covered: list[str]) -> bytes:
    lines = []
    for name in covered:
        value = f"{method.lower()} {target}" if name == "(request-target)" else headers.get(name)
        if value is None:
            raise not_authenticated(f"the signature covers {name}, which was not sent")
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode()


def _check_signature(fields: Mapping[str, str], text: bytes, public_key: Callable[[str], str | None]) -> None:
    key_id = fields["keyId"]
    pem = public_key(key_id) if key_id.count("/") == 2 else None
    if pem is None:
        raise not_authenticated("the keyId names no registered key; it must be tenancy/user/fingerprint")
    try:
        signature = base64.b64decode(fields["signature"], validate=True)
        _load(pem).verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:  # ValueError: not base64, not even ASCII
        raise not_authenticated("the signature does not match the request") from error


@lru_cache(maxsize=64)
def _load(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("only RSA keys are registered")
    return key
