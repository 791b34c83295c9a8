"""Who we are for a registry: OCI's gets a signature and nobody else does, others what Docker keeps."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.adapters.registry import places
from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.core.model.errors import SetupError
from reconciler.core.model.images.image import ImageFacts, ImageRequest, NoSuchImage, NotLookedUp, Platform
from tests.adapters.registry.conftest import LOCAL, OCI, not_signed_in
from tests.adapters.registry.test_hostile_registries import GOOD_CONFIG, digest, manifest
from tests.support.containers.pushing import MANIFEST
from tests.support.file_server import trusted
from tests.support.http_service import Asked, Reply, Service, serve

HOST = "iad.ocir.io"
IMAGE = ImageRequest(f"{HOST}/acme/triton", "1")
TOKEN = "a-token-of-the-registry"


@pytest.fixture
def ocir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Stands where OCI's registry is, and asks for tokens as it does."""
    with trusted(), serve(tls=True) as service:
        monkeypatch.setitem(places._HOSTS, HOST, service.url.partition("://")[2])
        service.answer = lambda asked: registry(asked)
        yield service


def registry(asked: Asked) -> Reply:
    if asked.path.startswith("/20180419/docker/token"):
        signed = asked.headers.get("authorization", "").startswith("Signature ")
        return (200, {}, json.dumps({"token": TOKEN}).encode()) if signed else (401, {}, b"{}")
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        # As a registry could that is after signatures.
        return 401, {"www-authenticate": 'Bearer realm="https://example.com/token",service="ocir"'}, b"{}"
    if asked.path == "/v2/acme/triton/manifests/1":
        return 200, {"content-type": MANIFEST}, manifest(GOOD_CONFIG)
    if "/blobs/" in asked.path:
        return 200, {}, GOOD_CONFIG
    return 404, {}, b'{"errors": [{"code": "NAME_UNKNOWN", "message": "unknown"}]}'


def test_ocis_registry_gives_a_token_for_a_signature(ocir: Service, signed_in: TargetRegistries) -> None:
    assert signed_in.look(IMAGE, Platform()) == ImageFacts(digest(manifest(GOOD_CONFIG)), 5, Platform())
    (token,) = [asked for asked in ocir.asked if "/token" in asked.path]
    assert token.path == "/20180419/docker/token?service=ocir&scope=repository%3Aacme%2Ftriton%3Apull"
    assert all(
        asked.headers.get("authorization") in (None, f"Bearer {TOKEN}")
        for asked in ocir.asked
        if asked is not token
    )


def test_what_it_does_not_show_may_be_there(ocir: Service, signed_in: TargetRegistries) -> None:
    sight = signed_in.look(ImageRequest(f"{HOST}/acme/other", "1"), Platform())
    assert sight == NoSuchImage(
        f"{HOST} has no repository acme/other, which is also its answer to whoever may not read the "
        "repository"
    )


def test_who_may_not_have_a_token_hears_of_policies(ocir: Service, signed_in: TargetRegistries) -> None:
    refuse = (401, {}, b'{"code": "NotAuthenticated"}')
    ocir.answer = lambda asked: refuse if "/token" in asked.path else registry(asked)
    sight = signed_in.look(IMAGE, Platform())
    assert isinstance(sight, NotLookedUp)
    assert sight.why == (
        f"{ocir.url.partition('://')[2]} gives no token (401) to whoever the target signs in as: "
        "a policy has to allow it to read repos"
    )


def test_a_sign_in_that_fails_fails_once(ocir: Service) -> None:
    tries = []

    def access() -> None:
        tries.append(1)
        raise SetupError("no key here")

    broken = TargetRegistries(OCI, access)
    assert [broken.look(IMAGE, Platform()) for _ in range(2)] == [NotLookedUp("no key here")] * 2
    assert len(tries) == 1


def test_no_other_registry_gets_a_signature(service: Service, registries: TargetRegistries) -> None:
    """`registries` fail when they are to sign in."""
    service.answer = lambda asked: (
        401,
        {"www-authenticate": f'Bearer realm="{service.url}/20180419/docker/token",service="{HOST}"'},
        b"{}",
    )
    host = service.url.partition("://")[2]
    sight = registries.look(ImageRequest(f"{host}/acme/triton", "1"), Platform())
    assert isinstance(sight, NotLookedUp)
    assert not any(asked.headers.get("authorization") for asked in service.asked)


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("iad.ocir.io", True),
        ("us-ashburn-1.ocir.io", True),
        ("ocir.us-ashburn-1.oci.oraclecloud.com", True),
        ("ocir.uk-gov-london-1.oci.oraclegovcloud.uk", True),
        ("ocir.io", False),
        ("iad.ocir.io:443", False),
        ("iad.ocir.io.example.com", False),
        ("evil-ocir.io", False),
        ("a.b.ocir.io", False),
        ("ocir.x.oci.oraclecloud.com.evil.example", False),
        ("ocirxiad.oci.oraclecloud.com", False),
    ],
)
def test_which_hosts_are_ocis_registry(host: str, is_one: bool) -> None:
    assert places.is_ocir(host) is is_one


def test_the_engine_gets_a_token_for_ocis_registry(ocir: Service, signed_in: TargetRegistries) -> None:
    assert signed_in.credentials_for(HOST) == {"username": "BEARER_TOKEN", "password": TOKEN}
    ocir.answer = lambda asked: (403, {}, b"{}")
    with pytest.raises(SetupError, match=f"cannot sign in to {HOST}: .* gives no token"):
        signed_in.credentials_for(HOST)


def test_the_engine_gets_what_docker_keeps(registries: TargetRegistries, nothing_kept: Path) -> None:
    assert registries.credentials_for("registry.example.com") is None
    keep(nothing_kept, {"auths": {"https://registry.example.com/v2/": {"auth": "cm9ib3Q6c2VjcmV0"}}})
    login = {"username": "robot", "password": "secret"}
    assert registries.credentials_for("registry.example.com") == login
    assert TargetRegistries(LOCAL, not_signed_in).credentials_for(HOST) is None, "not the emulator's affair"


def test_credential_helpers_are_asked(
    registries: TargetRegistries, nothing_kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(nothing_kept, {"credHelpers": {"registry.example.com": "tests", "broken.example.com": "missing"}})
    helper = tmp_path / "bin" / "docker-credential-tests"
    helper.parent.mkdir()
    answer = '{"Username": "robot", "Secret": "of %s"}'
    helper.write_text(f"#!/bin/sh\nread host\nprintf '{answer}' \"$host\"\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helper.parent}:/usr/bin:/bin")
    login = {"username": "robot", "password": "of registry.example.com"}
    assert registries.credentials_for("registry.example.com") == login
    with pytest.raises(SetupError, match=r"with docker-credential-missing, which is not installed"):
        registries.credentials_for("broken.example.com")


@pytest.mark.parametrize(
    "settings",
    [
        {"auths": {"registry.example.com": {"auth": "!!"}}},
        {"auths": {"registry.example.com": {"auth": 7}}},
        {"auths": {"registry.example.com": {"identitytoken": "secret-token"}}},
        {"auths": {"registry.example.com": "text"}},
    ],
)
def test_what_docker_keeps_may_be_damaged(
    registries: TargetRegistries, nothing_kept: Path, settings: object
) -> None:
    keep(nothing_kept, settings)
    with pytest.raises(SetupError, match=r"docker login registry\.example\.com") as refused:
        registries.credentials_for("registry.example.com")
    assert "secret-token" not in str(refused.value)


def keep(folder: Path, settings: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(settings))
