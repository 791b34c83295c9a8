"""The tokens that the emulator issues: making and reading RS256 JWTs. Pure: keys and the clock are arguments.

Session tokens carry what OCI's do: `sub` (user), `tenant` (tenancy), `exp`, and `jwk`, the session's public
key as JSON text (OCI SDK, `oci.auth.security_token_container`; the key's form: oci-cli, `cli_util.to_jwk`).
RS256 takes about twenty lines with `cryptography`; another dependency would make every start slower.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from datascience_emulator.wire.json_values import Json, parse_json


class TokenRefused(Exception):
    """The token is not valid. The message says why, and never contains a part of the token."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a session token says: who signs in, and with which key. `token_id` names the token without
    revealing it.
    """

    tenancy: str
    user: str
    token_id: str
    key: rsa.RSAPublicKey


def issue(key: rsa.RSAPrivateKey, claims: Json, now: datetime, lifetime: timedelta) -> str:
    """A signed token with `claims`, its time of issue and of expiry, and an id."""
    issued = int(now.timestamp())
    times = {"iat": issued, "exp": issued + int(lifetime.total_seconds()), "jti": str(uuid.uuid4())}
    text = f"{_encode({'alg': 'RS256', 'typ': 'JWT'})}.{_encode({**claims, **times})}"
    return f"{text}.{_base64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def issue_session(
    key: rsa.RSAPrivateKey,
    tenancy: str,
    user: str,
    public: rsa.RSAPublicKey,
    now: datetime,
    lifetime: timedelta,
) -> str:
    claims = {
        "iss": "emulator",
        "sub": user,
        "tenant": tenancy,
        "ptype": "user",
        "ttype": "login",
        "jwk": json.dumps(_as_jwk(public)),
    }
    return issue(key, claims, now, lifetime)


def verified(token: str, issuer: rsa.RSAPublicKey, now: datetime) -> Json:
    """The claims of a token that `issuer` signed and that has not expired. Raises TokenRefused."""
    claims = unverified(token, now)
    text, _, signature = token.rpartition(".")
    try:
        if _decode(text.partition(".")[0]).get("alg") != "RS256":
            raise TokenRefused("its algorithm is not RS256")
        issuer.verify(_unbase64(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:
        raise TokenRefused("it was not issued here, or was changed since") from error
    return claims


def unverified(token: str, now: datetime) -> Json:
    """The claims of any JWT that has not expired. Raises TokenRefused."""
    try:
        _, payload, _ = token.split(".")
        claims = _decode(payload)
    except ValueError as error:
        raise TokenRefused("it is no JWT") from error
    expires = claims.get("exp")
    if not isinstance(expires, int | float):
        raise TokenRefused("it has no exp")
    if now.timestamp() > expires:
        raise TokenRefused("it has expired")
    return claims


def open_session(token: str, issuer: rsa.RSAPublicKey, now: datetime) -> Session:
    """Raises TokenRefused."""
    claims = verified(token, issuer, now)
    try:
        key = _from_jwk(parse_json(str(claims["jwk"]).encode()))
        return Session(claims["tenant"], claims["sub"], claims["jti"], key)
    except (KeyError, TypeError, ValueError) as error:
        raise TokenRefused("it is not a session token") from error


def _as_jwk(key: rsa.RSAPublicKey) -> Json:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), "kid": "Ignored"}


def _from_jwk(jwk: Mapping[str, str]) -> rsa.RSAPublicKey:
    exponent, modulus = (int.from_bytes(_unbase64(jwk[name])) for name in ("e", "n"))
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8))


def _encode(value: Json) -> str:
    return _base64(json.dumps(value).encode())


def _decode(text: str) -> Json:
    value = parse_json(_unbase64(text))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
