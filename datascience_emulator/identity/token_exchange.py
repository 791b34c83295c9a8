"""The token endpoint of an identity domain, which exchanges a JWT of another issuer for a session token.

Its errors have the form of OAuth (RFC 6749, section 5.2), not that of the other services. Requests are as the
SDK's `TokenExchangeSigner` sends them; docs.oracle.com, Identity, "Token Exchange Grant Type: Exchanging a
JSON Web Token for a UPST".
"""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.api.basic_auth import basic_credentials, same
from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.credentials import Login, oauth_client, sign_in
from datascience_emulator.api.http_requests import json_response, signed_in
from datascience_emulator.api.operations import Service, StreamOperation
from datascience_emulator.api.tokens import TokenRefused, unverified
from datascience_emulator.wire.errors import payload_too_large

_MAX_FORM = 64 * 1024
# No document says how long the service's tokens are valid; sessions of the CLI are for an hour.
_LIFETIME = timedelta(hours=1)
_REQUIRED = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "requested_token_type": "urn:oci:token-type:oci-upst",
    "subject_token_type": "jwt",
}


class _Refused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error = status, error


async def exchange(cloud: Cloud, request: Request) -> Response:
    """POST of a form, with the client's id and secret as basic credentials: `{"token": …}`."""
    try:
        _check_client(request, oauth_client(cloud.store))
        signed_in(request)
        form = await _form(request)
        _check_form(form)
        token = sign_in(cloud.store, _public_key(form), datetime.now(UTC), _LIFETIME)
    except _Refused as refused:
        body = {"error": refused.error, "error_description": str(refused)}
        headers = {"www-authenticate": 'Basic realm="emulator"'} if refused.status == 401 else {}
        return json_response(refused.status, body, headers)
    return json_response(200, {"token": token}, {"cache-control": "no-store"})


async def _form(request: Request) -> dict[str, str]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_FORM:
            raise payload_too_large(f"The payload size limit is {_MAX_FORM // 1024} KB")
    return {name: values[-1] for name, values in parse_qs(raw.decode("latin-1")).items()}


def _check_client(request: Request, client: Login) -> None:
    if not same(basic_credentials(request), client):
        raise _Refused(
            401,
            "invalid_client",
            "no such client; the emulator's home names the one there is in oci/oauth.json",
        )


def _check_form(form: dict[str, str]) -> None:
    for name, value in _REQUIRED.items():
        if form.get(name) != value:
            error = "unsupported_grant_type" if name == "grant_type" else "invalid_request"
            raise _Refused(400, error, f"{name}: must be {value}")
    # The issuer of the JWT is not verified. That would take the issuer's keys from the network, and identity
    # propagation trusts, which the emulator does not have. Whoever knows the client's secret may sign in.
    try:
        claims = unverified(form.get("subject_token", ""), datetime.now(UTC))
    except TokenRefused as error:
        raise _Refused(400, "invalid_request", f"subject_token: {error}") from error
    absent = [name for name in ("iss", "sub") if not claims.get(name)]
    if absent:
        raise _Refused(400, "invalid_request", f"subject_token: it has no {' and no '.join(absent)}")


def _public_key(form: dict[str, str]) -> rsa.RSAPublicKey:
    """The key in the form, which is the body of a PEM: base64 of the DER form."""
    try:
        key = serialization.load_der_public_key(base64.b64decode(form.get("public_key", ""), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _Refused(400, "invalid_request", "public_key: must be an RSA key, as the body of a PEM")
    return key


IDENTITY_DOMAIN = Service(
    "Identity domain",
    "/oauth2/v1",
    (
        StreamOperation(
            "exchange_token",
            "POST",
            "/token",
            exchange,
            note="A JWT for a session token of the emulator's user. Who issued the JWT is not verified; it "
            "must name iss, sub and exp, and not have expired.",
        ),
    ),
)
