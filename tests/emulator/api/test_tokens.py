"""Signing in with tokens: sessions of the CLI, and JWTs of other issuers that are exchanged for sessions."""

import base64
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import oci
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from oci.auth.signers import SecurityTokenSigner, TokenExchangeSigner

from datascience_emulator.api.credentials import sign_in, token_key
from datascience_emulator.api.tokens import issue
from tests.support.emulator import Emulator, sdk


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def store(emulator: Emulator) -> Any:
    return emulator.app.state.cloud.store


def session_of(emulator: Emulator, key: rsa.RSAPrivateKey, hours: float = 1) -> str:
    return sign_in(store(emulator), key.public_key(), datetime.now(UTC), timedelta(hours=hours))


def projects(emulator: Emulator, signer: Any) -> requests.Response:
    url = f"{emulator.endpoint}/20190101/projects?compartmentId={emulator.compartment}"
    return requests.get(url, auth=signer, timeout=10)


def refused(emulator: Emulator, token: str, key: rsa.RSAPrivateKey) -> str:
    """The message of the 401, which never holds the token."""
    answer = projects(emulator, SecurityTokenSigner(token, key))
    assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")
    assert all(part not in answer.text for part in token.split(".") if len(part) > 8)
    return str(answer.json()["message"])


# -- sessions


def session_profile(emulator: Emulator) -> tuple[dict[str, Any], SecurityTokenSigner]:
    config = oci.config.from_file(str(emulator.home / "oci" / "config"), "SESSION")
    key = oci.signer.load_private_key_from_file(config["key_file"])
    return config, SecurityTokenSigner(Path(config["security_token_file"]).read_text(), key)


@pytest.mark.shows("session-tokens")
def test_the_session_profile_signs_in(emulator: Emulator) -> None:
    config, signer = session_profile(emulator)
    assert config["fingerprint"] == emulator.config["fingerprint"]
    client = oci.data_science.DataScienceClient(config, signer=signer, service_endpoint=emulator.endpoint)
    details = oci.data_science.models.CreateProjectDetails(compartment_id=emulator.compartment)
    made = client.create_project(details).data
    assert made.created_by == emulator.config["user"]
    assert [one.id for one in emulator.client.list_projects(emulator.compartment).data] == [made.id]


def test_the_session_lasts_a_day_and_is_renewed_at_each_start(start: Callable[..., Emulator]) -> None:
    first = start()
    file = first.home / "oci" / "token"
    before = file.read_text()
    claims = jwt.decode(before, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert (claims["sub"], claims["tenant"]) == (first.config["user"], first.config["tenancy"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first.close()
    second = start()
    assert file.read_text() != before
    _, signer = session_profile(second)
    assert projects(second, signer).status_code == 200
    earlier = SecurityTokenSigner(before, signer.private_key)
    assert projects(second, earlier).status_code == 200, "a session outlives the process"


def test_a_library_reads_what_is_issued(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    token = session_of(emulator, key)
    claims = jwt.decode(token, token_key(store(emulator)).public_key(), algorithms=["RS256"])
    assert jwt.PyJWK(json.loads(claims["jwk"]), "RS256").key == key.public_key()


def test_the_sessions_own_key_has_to_sign(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    assert projects(emulator, SecurityTokenSigner(session_of(emulator, key), key)).status_code == 200
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert "does not match" in refused(emulator, session_of(emulator, key), other)


@pytest.mark.shows("session-tokens")
def test_an_expired_session(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    assert "expired" in refused(emulator, session_of(emulator, key, hours=-1), key)


def test_a_session_of_another_issuer(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    claims = jwt.decode(session_of(emulator, key), options={"verify_signature": False})
    assert "not issued here" in refused(emulator, jwt.encode(claims, key, "RS256"), key)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_another_algorithm(emulator: Emulator, key: rsa.RSAPrivateKey, algorithm: str) -> None:
    claims = jwt.decode(session_of(emulator, key), options={"verify_signature": False})
    secret = "a secret of some length, thirty-two at least" if algorithm == "HS256" else None
    assert "algorithm" in refused(emulator, jwt.encode(claims, secret, algorithm), key)


def test_a_changed_session(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    head, payload, signature = session_of(emulator, key).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "ocid1.user.oc1..x"}).encode())
    assert "changed" in refused(emulator, f"{head}.{changed.decode().rstrip('=')}.{signature}", key)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "e30.e30.e30", "W10.W10.W10", "ä.ö.ü"])
def test_what_is_no_token(emulator: Emulator, key: rsa.RSAPrivateKey, token: str) -> None:
    assert "session token" in refused(emulator, token, key)


def test_a_token_for_something_else(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    token = issue(token_key(store(emulator)), {"aud": "registry"}, datetime.now(UTC), timedelta(hours=1))
    assert "not a session token" in refused(emulator, token, key)


# -- exchange


def subject(**changes: Any) -> str:
    """As GitHub's, signed by somebody that the emulator does not know."""
    claims = {"iss": "https://token.actions.githubusercontent.com", "sub": "repo:acme/models:ref:main"}
    claims |= {"exp": datetime.now(UTC).timestamp() + 300, **changes}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, "a secret of some length, thirty-two at least", "HS256")


def client_of(emulator: Emulator) -> tuple[str, str]:
    file = emulator.home / "oci" / "oauth.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    known = json.loads(file.read_text())
    return known["client_id"], known["client_secret"]


@pytest.mark.shows("token-exchange")
def test_an_exchanged_token_signs_in(emulator: Emulator) -> None:
    signer = TokenExchangeSigner(subject, emulator.endpoint, *client_of(emulator), "us-ashburn-1")
    client = oci.data_science.DataScienceClient({}, signer=signer, service_endpoint=emulator.endpoint)
    details = oci.data_science.models.CreateProjectDetails(compartment_id=emulator.compartment)
    assert client.create_project(details).data.created_by == emulator.config["user"]
    before = signer.security_token_container.security_token
    assert signer.refresh_security_token() != before
    assert len(client.list_projects(emulator.compartment).data) == 1


def test_the_client_stays_the_same(start: Callable[..., Emulator]) -> None:
    first = start()
    before = client_of(first)
    first.close()
    assert client_of(start()) == before


def form(key: rsa.RSAPrivateKey, *, claims: Any = None, **changes: str) -> dict[str, str]:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    asked = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:oci:token-type:oci-upst",
        "subject_token": subject(**(claims or {})),
        "subject_token_type": "jwt",
        "public_key": base64.b64encode(der).decode(),
    }
    return asked | changes


OF_ANOTHER_KIND = base64.b64encode(
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


def exchange(emulator: Emulator, fields: dict[str, str], auth: Any) -> requests.Response:
    return requests.post(f"{emulator.endpoint}/oauth2/v1/token", data=fields, auth=auth, timeout=10)


def test_the_form_of_the_answer(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    answer = exchange(emulator, form(key), client_of(emulator))
    assert (answer.status_code, list(answer.json())) == (200, ["token"])
    assert projects(emulator, SecurityTokenSigner(answer.json()["token"], key)).status_code == 200


def damaged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["authorization"] = "Basic ä"
    return request


@pytest.mark.parametrize("wrong", ["id", "secret", "both", "absent", "damaged"])
def test_a_wrong_client(emulator: Emulator, key: rsa.RSAPrivateKey, wrong: str) -> None:
    name, secret = client_of(emulator)
    auth: Any = {"id": ("x", secret), "secret": (name, "x"), "both": ("x", "y")}.get(wrong)
    if wrong == "damaged":
        auth = damaged
    answer = exchange(emulator, form(key), auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert secret not in answer.text


@pytest.mark.parametrize(
    ("changes", "error", "hint"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", "grant_type"),
        ({"requested_token_type": "x"}, "invalid_request", "requested_token_type"),
        ({"subject_token_type": "saml"}, "invalid_request", "subject_token_type"),
        ({"subject_token": "nonsense"}, "invalid_request", "no JWT"),
        ({"claims": {"exp": 1}}, "invalid_request", "expired"),
        ({"claims": {"exp": None}}, "invalid_request", "no exp"),
        ({"claims": {"iss": None}}, "invalid_request", "no iss"),
        ({"claims": {"sub": None}}, "invalid_request", "no sub"),
        ({"public_key": ""}, "invalid_request", "public_key"),
        ({"public_key": "AAAA"}, "invalid_request", "public_key"),
        ({"public_key": OF_ANOTHER_KIND}, "invalid_request", "must be an RSA key"),
    ],
)
def test_a_wrong_form(
    emulator: Emulator, key: rsa.RSAPrivateKey, changes: dict[str, Any], error: str, hint: str
) -> None:
    answer = exchange(emulator, form(key, **changes), client_of(emulator))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert hint in answer.json()["error_description"]


def test_a_form_without_end(emulator: Emulator, key: rsa.RSAPrivateKey) -> None:
    answer = exchange(emulator, form(key, more="x" * 70_000), client_of(emulator))
    assert answer.status_code == 413


def test_the_usual_key_still_signs_in(emulator: Emulator) -> None:
    assert sdk(emulator.config, emulator.endpoint).list_projects(emulator.compartment).status == 200
