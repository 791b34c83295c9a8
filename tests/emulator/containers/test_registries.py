"""What real registries are asked, and what they answer: tokens, credentials, and those that say no."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from datascience_emulator.containers import Registries
from datascience_emulator.wire.images import ImageMissing, ImageReference
from tests.support.containers.docker_cloud import Yard
from tests.support.http_service import Asked, Service, serve


def asked(image: ImageReference) -> str | ImageMissing:
    return asyncio.run(Registries().digest(image))


def tiny(yard: Yard, reference: str) -> ImageReference:
    return ImageReference(yard.registry.host, "ocean/tiny", reference)


def test_a_tag_and_a_digest_are_found_behind_tls_and_a_token_service(yard: Yard) -> None:
    with yard.around():
        assert asked(tiny(yard, "plain")) == yard.plain.digest
        assert asked(tiny(yard, yard.other.digest)) == yard.other.digest


def test_a_login_counts_at_once_and_a_wrong_one_is_told(yard: Yard, tmp_path: Path) -> None:
    with yard.around(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_CONFIG", str(tmp_path))
        nobody = asked(tiny(yard, "plain"))
        assert isinstance(nobody, ImageMissing)
        assert nobody.why.endswith(f"to anybody: docker login {yard.registry.host}")
        yard.registry.docker_config(tmp_path, password="wrong")
        wrong = asked(tiny(yard, "plain"))
        assert isinstance(wrong, ImageMissing)
        assert "does not give ocean/tiny to the name and password that Docker has for it" in wrong.why
        yard.registry.docker_config(tmp_path)
        assert asked(tiny(yard, "plain")) == yard.plain.digest


def test_a_certificate_that_is_not_trusted_is_told(yard: Yard) -> None:
    missing = asked(tiny(yard, "plain"))
    assert isinstance(missing, ImageMissing)
    assert "cannot be asked" in missing.why


def test_certificates_in_a_folder_and_certificates_that_are_not_there(yard: Yard, tmp_path: Path) -> None:
    with yard.around(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
        empty = asked(tiny(yard, "plain"))
        assert isinstance(empty, ImageMissing)
        assert "cannot be asked" in empty.why
        patch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        none = asked(tiny(yard, "plain"))
        assert isinstance(none, ImageMissing)
        assert none.why.startswith("the certificates of REQUESTS_CA_BUNDLE cannot be read: ")


# -- registries on this machine without TLS, which a test answers for

DIGEST = f"sha256:{7:064}"
MANIFEST = b"{}"


@pytest.fixture
def registry() -> Iterator[Service]:
    with serve() as service:
        yield service


@pytest.fixture(autouse=True)
def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Docker's file of credentials, which is not there yet."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def at(registry: Service) -> ImageReference:
    return ImageReference(urlsplit(registry.url).netloc, "acme/triton", "1.0")


def log_in(logins: Path, registry: Service, **entry: str) -> None:
    logins.write_text(json.dumps({"auths": {urlsplit(registry.url).netloc: entry}}))


def challenge(realm: str) -> dict[str, str]:
    return {"www-authenticate": f'Bearer realm="{realm}/token",service="s"'}


def test_without_the_header_the_digest_is_that_of_the_manifest(registry: Service) -> None:
    registry.answer = lambda _: (200, {}, MANIFEST)
    assert asked(at(registry)) == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
    assert {one.path for one in registry.asked} == {"/v2/acme/triton/manifests/1.0"}
    assert "manifest.list.v2+json" in registry.asked[-1].headers["accept"]


def test_a_registry_that_wants_a_name_and_a_password_gets_them(registry: Service, logins: Path) -> None:
    right = f"Basic {b64encode(b'robot:secret').decode()}"
    log_in(logins, registry, auth=b64encode(b"robot:secret").decode())

    def answer(one: Asked) -> tuple[int, dict[str, str], bytes]:
        if one.headers.get("authorization") == right:
            return 200, {"docker-content-digest": DIGEST}, b""
        return 401, {"www-authenticate": 'Basic realm="r"'}, b""

    registry.answer = answer
    assert asked(at(registry)) == DIGEST


def test_an_identity_token_is_changed_for_one_of_the_registry(registry: Service, logins: Path) -> None:
    log_in(logins, registry, identitytoken="mine")

    def answer(one: Asked) -> tuple[int, dict[str, str], bytes]:
        if one.path == "/token":
            form = {name: values[0] for name, values in parse_qs(one.body.decode()).items()}
            right = form["refresh_token"] == "mine" and form["scope"] == "repository:acme/triton:pull"
            return 200 if right else 401, {}, b'{"access_token": "theirs"}'
        if one.headers.get("authorization") == "Bearer theirs":
            return 200, {"docker-content-digest": DIGEST}, b""
        return 401, challenge(registry.url), b""

    registry.answer = answer
    assert asked(at(registry)) == DIGEST


@pytest.mark.parametrize(
    ("status", "headers", "body", "why"),
    [
        (404, {}, b"", "has no acme/triton with 1.0"),
        (403, {}, b"", "does not give acme/triton to anybody"),
        (401, {"www-authenticate": "Negotiate"}, b"", "does not give acme/triton to anybody"),
        (401, {"www-authenticate": "Bearer nothing"}, b"", "gave an answer that is none"),
        (503, {}, b"", "answered 503"),
    ],
)
def test_what_it_says_otherwise(
    registry: Service, status: int, headers: dict[str, str], body: bytes, why: str
) -> None:
    registry.answer = lambda _: (status, headers, body)
    missing = asked(at(registry))
    assert isinstance(missing, ImageMissing)
    assert why in missing.why


@pytest.mark.filterwarnings("ignore:docker-credential-nowhere")
def test_credentials_that_cannot_be_read_are_told(registry: Service, logins: Path) -> None:
    logins.write_text('{"auths": {}, "credsStore": "nowhere"}')
    missing = asked(at(registry))
    assert isinstance(missing, ImageMissing)
    assert "Docker's credentials for 127.0.0.1" in missing.why
