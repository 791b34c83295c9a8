"""Signing in without an API key, judged by something that verifies tokens and signatures: the emulator.

GitHub's token endpoint cannot run here; a stand-in gives a token of its form. The identity domain that takes
it is the emulator's.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest

from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.signing.sign_in import sign_in
from reconciler.core.model.errors import SetupError
from reconciler.core.model.live import State
from reconciler.core.model.target import Auth, OciTarget
from tests.support.http_service import Asked, Reply, Service


def target(running: Running, auth: Auth, profile: str = "DEFAULT") -> OciTarget:
    return OciTarget("prod", running.region, running.compartment, "serving", auth, profile=profile)


def states(running: Running, access: tuple[dict[str, Any], Any]) -> Mapping[str, State]:
    """What the emulator answers to a request that was signed so."""
    config, signer = access
    there = ServiceAccess(config, signer, running.endpoint)
    return OciCloud(there, running.compartment, "serving", False, fetcher()).deployment_states()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An emulator of these tests alone, in which nothing is deployed."""
    home = tmp_path_factory.mktemp("emulator")
    yield process.ensure(home, lambda _: None)
    process.stop(home)


@pytest.fixture
def github(service: Service, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job on GitHub that may ask for tokens, and a client that the identity domain knows."""
    known = json.loads((Path(running.config_file).parent / "oauth.json").read_text())
    claims = {"iss": "https://token.actions.githubusercontent.com", "sub": "repo:acme/serving"}

    def answer(asked: Asked) -> Reply:
        token = jwt.encode({**claims, "exp": time.time() + 300}, "k" * 32, algorithm="HS256")
        return 200, {"content-type": "application/json"}, json.dumps({"value": token}).encode()

    service.answer = answer
    values = {
        "GITHUB_ACTIONS": "true",
        "OCI_DOMAIN_URL": running.endpoint,
        "OCI_CLIENT_ID": known["client_id"],
        "OCI_CLIENT_SECRET": known["client_secret"],
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{service.url}/github?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("github")
def test_github(running: Running) -> None:
    assert states(running, sign_in(target(running, Auth.GITHUB_OIDC))) == {}


@pytest.mark.usefixtures("github")
def test_a_client_that_the_domain_does_not_know(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCI_CLIENT_SECRET", "another")
    with pytest.raises(SetupError, match="did not exchange GitHub's token: 401") as caught:
        sign_in(target(running, Auth.GITHUB_OIDC))
    assert "another" not in str(caught.value)


def test_a_session_token(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", running.config_file)
    assert states(running, sign_in(target(running, Auth.SESSION, "SESSION"))) == {}
