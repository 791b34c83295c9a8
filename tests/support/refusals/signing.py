"""Signatures that are not valid."""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from oci.auth.signers import SecurityTokenSigner

from datascience_emulator.api.credentials import sign_in, token_key
from tests.support.emulator import Emulator
from tests.support.refusals.proof import Cloud, refused


def _signed(e: Emulator, method: str = "GET", body: bytes | None = None) -> requests.PreparedRequest:
    url = f"{e.endpoint}/20190101/projects?compartmentId={e.compartment}"
    headers = {"content-type": "application/json"}
    return requests.Request(method, url, headers=headers, data=body, auth=e.auth).prepare()


def _send(request: requests.PreparedRequest, **changes: Any) -> requests.Response:
    request.headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    with requests.Session() as session:
        return session.send(request, timeout=10)


@refused("unsigned")
def unsigned(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.get(f"{e.endpoint}/20190101/projects", {"compartmentId": e.compartment}, timeout=10)


@refused("unknown-key")
def unknown_key(cloud: Cloud) -> requests.Response:
    request = _signed(cloud())
    text = request.headers["authorization"]
    key = text.split('keyId="')[1].split('"')[0]
    return _send(request, authorization=text.replace(key, key[:-2] + ("00" if key[-2:] != "00" else "11")))


@refused("uncovered-header")
def uncovered_header(cloud: Cloud) -> requests.Response:
    request = _signed(cloud())
    return _send(request, authorization=request.headers["authorization"].replace(" host", ""))


@refused("skewed-date")
def skewed_date(cloud: Cloud) -> requests.Response:
    e = cloud()
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=6), usegmt=True)
    url = f"{e.endpoint}/20190101/projects?compartmentId={e.compartment}"
    return _send(requests.Request("GET", url, headers={"date": late}, auth=e.auth).prepare())


@refused("wrong-body-hash")
def wrong_body_hash(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = {"compartmentId": e.compartment, "displayName": "one"}
    request = _signed(e, "POST", json.dumps(body).encode())
    request.body = json.dumps({**body, "displayName": "two"}).encode()
    return _send(request)


@refused("wrong-signature")
def wrong_signature(cloud: Cloud) -> requests.Response:
    request = _signed(cloud())
    text = request.headers["authorization"]
    other = base64.b64encode(bytes(256)).decode()
    return _send(request, authorization=text.replace(text.split('signature="')[1].split('"')[0], other))


@refused("other-scheme")
def other_scheme(cloud: Cloud) -> requests.Response:
    return _send(_signed(cloud()), authorization="Bearer token")


@refused("other-algorithm")
def other_algorithm(cloud: Cloud) -> requests.Response:
    request = _signed(cloud())
    return _send(request, authorization=request.headers["authorization"].replace("rsa-sha256", "hmac-sha256"))


@refused("covered-not-sent")
def covered_not_sent(cloud: Cloud) -> requests.Response:
    request = _signed(cloud())
    text = request.headers["authorization"].replace('host"', 'host x-more"')
    return _send(request, authorization=text)


@refused("no-date")
def no_date(cloud: Cloud) -> requests.Response:
    return _send(_signed(cloud()), date="yesterday")


# -- tokens


def _with_token(e: Emulator, token: str, key: Any) -> requests.Response:
    url = f"{e.endpoint}/20190101/projects?compartmentId={e.compartment}"
    return requests.get(url, auth=SecurityTokenSigner(token, key), timeout=10)


@refused("expired-token")
def expired_token(cloud: Cloud) -> requests.Response:
    e, key = cloud(), _key()
    store = e.app.state.cloud.store
    return _with_token(e, sign_in(store, key.public_key(), datetime.now(UTC), timedelta(hours=-1)), key)


@refused("foreign-token")
def foreign_token(cloud: Cloud) -> requests.Response:
    e, key = cloud(), _key()
    token = sign_in(e.app.state.cloud.store, key.public_key(), datetime.now(UTC), timedelta(hours=1))
    claims = jwt.decode(token, options={"verify_signature": False})
    return _with_token(e, jwt.encode(claims, key, "RS256"), key)


def _issued(e: Emulator, algorithm: str = "RS256", **claims: Any) -> requests.Response:
    """With a token of the emulator's own issuer that says just this."""
    issuer = token_key(e.app.state.cloud.store)
    secret = issuer if algorithm.startswith("RS") else "a secret that everybody knows about"
    return _with_token(e, jwt.encode(claims, secret, algorithm), _key())


def _later() -> float:
    return (datetime.now(UTC) + timedelta(hours=1)).timestamp()


@refused("token-algorithm")
def token_algorithm(cloud: Cloud) -> requests.Response:
    return _issued(cloud(), "HS256", exp=_later())


@refused("endless-token")
def endless_token(cloud: Cloud) -> requests.Response:
    return _issued(cloud(), sub="somebody")


@refused("no-session-token")
def no_session_token(cloud: Cloud) -> requests.Response:
    return _issued(cloud(), exp=_later())


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _exchange(e: Emulator, *, client: tuple[str, str] | None = None, **fields: str) -> requests.Response:
    known = json.loads((e.home / "oci" / "oauth.json").read_text())
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:oci:token-type:oci-upst",
        "subject_token_type": "jwt",
        **fields,
    }
    auth = client or (known["client_id"], known["client_secret"])
    return requests.post(f"{e.endpoint}/oauth2/v1/token", data=form, auth=auth, timeout=10)


@refused("exchange-client")
def exchange_client(cloud: Cloud) -> requests.Response:
    return _exchange(cloud(), client=("nobody", "nothing"))


@refused("exchange-grant")
def exchange_grant(cloud: Cloud) -> requests.Response:
    return _exchange(cloud(), grant_type="password")


@refused("exchange-subject")
def exchange_subject(cloud: Cloud) -> requests.Response:
    return _exchange(cloud(), subject_token="nonsense")


@refused("exchange-claims")
def exchange_claims(cloud: Cloud) -> requests.Response:
    return _exchange(cloud(), subject_token=jwt.encode({"exp": _later()}, _key(), "RS256"))


@refused("exchange-key")
def exchange_key(cloud: Cloud) -> requests.Response:
    subject = {"exp": _later(), "iss": "https://example.com", "sub": "somebody"}
    return _exchange(cloud(), subject_token=jwt.encode(subject, _key(), "RS256"), public_key="none")


@refused("exchange-too-large")
def exchange_too_large(cloud: Cloud) -> requests.Response:
    return _exchange(cloud(), subject_token="x" * 70_000)
