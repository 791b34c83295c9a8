"""Registries that lie, on this machine and without TLS: each ends in a clause, soon, and nothing of ours goes
where it should not.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.adapters.registry.transport import MOST_BYTES, RegistryPatience
from reconciler.core.model.images.image import ImageFacts, ImageRequest, NotLookedUp, Platform
from tests.adapters.registry.conftest import OCI, not_signed_in
from tests.support.containers.pushing import GOOD_CONFIG, INDEX, MANIFEST, digest, manifest
from tests.support.http_service import Asked, Reply, Service, serve

OLD = "application/vnd.docker.distribution.manifest.v1+json"
PASSWORD = "correct-horse-battery"


def host(service: Service) -> str:
    return service.url.partition("://")[2]


def look(registries: TargetRegistries, service: Service) -> ImageFacts | str:
    sight = registries.look(ImageRequest(f"{host(service)}/acme/x", "1"), Platform())
    assert isinstance(sight, ImageFacts | NotLookedUp), sight
    return sight if isinstance(sight, ImageFacts) else sight.why


def registry(blobs: dict[str, bytes], document: bytes, kind: str = MANIFEST) -> Any:
    """Answers as a registry without tokens does."""

    def answer(asked: Asked) -> Reply:
        what = asked.path.removeprefix("/v2/acme/x/")
        if what == "manifests/1":
            return 200, {"content-type": kind}, document
        if what.partition("/")[2] in blobs:
            return 200, {"content-type": kind}, blobs[what.partition("/")[2]]
        return (200, {}, b"{}") if asked.path == "/v2/" else (404, {}, b"no")

    return answer


def test_one_on_this_machine_may_do_without_tls(service: Service, registries: TargetRegistries) -> None:
    service.answer = registry({digest(GOOD_CONFIG): GOOD_CONFIG}, manifest(GOOD_CONFIG))
    assert look(registries, service) == ImageFacts(digest(manifest(GOOD_CONFIG)), 5, Platform())


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (b"<html>", "not the service's JSON"),
        (b"[]", "no JSON object"),
        (manifest(GOOD_CONFIG, manifests=[]), "two kinds at once"),
        (manifest(GOOD_CONFIG, mediaType=OLD), "of a kind that is not"),
        (manifest(GOOD_CONFIG, layers=[{"size": -1}]), "the size of a layer is none"),
        (manifest(GOOD_CONFIG, layers=[{"size": 1e300}]), "the size of a layer is none"),
        (manifest(GOOD_CONFIG, layers="x"), "layers is no list"),
        (manifest(GOOD_CONFIG, config={"digest": "sha256:../../etc/passwd"}), "none by SHA-256"),
        (manifest(GOOD_CONFIG, config={"digest": f"sha512:{'0' * 128}"}), "none by SHA-256"),
        (json.dumps({"mediaType": INDEX, "manifests": [{"platform": {"os": 1}}]}).encode(), "is no text"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "nested too deeply"),
        (b"[" + b"1," * 400_000 + b"1]", "values"),
        (manifest(GOOD_CONFIG) + b" " * MOST_BYTES, "larger than 4 MiB"),
    ],
)
def test_a_manifest_that_is_none(
    service: Service, registries: TargetRegistries, document: bytes, what: str
) -> None:
    service.answer = registry({}, document)
    said = look(registries, service)
    assert isinstance(said, str)
    assert what in said
    assert host(service) in said


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (b'{"architecture":"amd64","os":"linux","config":[]}', "config is no object"),
        (b'{"architecture":7,"os":"linux"}', "architecture is no text"),
        (b'{"architecture":"amd64","os":"linux","config":{"Labels":{"a":1}}}', "labels that are none"),
        (b'{"architecture":"amd64","os":"linux","config":{"Cmd":"sh"}}', "Cmd is no list"),
    ],
)
def test_a_configuration_that_is_none(
    service: Service, registries: TargetRegistries, config: bytes, what: str
) -> None:
    service.answer = registry({digest(config): config}, manifest(config))
    said = look(registries, service)
    assert isinstance(said, str)
    assert what in said


def test_other_content_than_the_digest_says(service: Service, registries: TargetRegistries) -> None:
    service.answer = registry({digest(GOOD_CONFIG): GOOD_CONFIG + b" "}, manifest(GOOD_CONFIG))
    assert "its configuration has another digest" in str(look(registries, service))
    service.answer = lambda asked: (200, {"docker-content-digest": digest(b"other")}, manifest(GOOD_CONFIG))
    assert "the content of 1 has another digest" in str(look(registries, service))


def test_a_child_of_an_index_with_other_content(service: Service, registries: TargetRegistries) -> None:
    entry = {"digest": digest(b"promised"), "platform": {"architecture": "amd64", "os": "linux"}}
    index = json.dumps({"mediaType": INDEX, "manifests": [entry]}).encode()
    service.answer = registry({digest(b"promised"): manifest(GOOD_CONFIG)}, index)
    assert "has another digest than it should" in str(look(registries, service))


def test_a_look_ends_even_if_each_answer_comes_in_time(service: Service) -> None:
    """By this clock the manifest takes longer than a look may."""
    now = [0.0]
    honest = registry({digest(GOOD_CONFIG): GOOD_CONFIG}, manifest(GOOD_CONFIG))

    def slow(asked: Asked) -> Reply:
        now[0] += 100 if "manifests" in asked.path else 0
        return honest(asked)

    service.answer = slow
    patience = RegistryPatience(sleep=lambda seconds: None, elapsed=lambda: now[0])
    registries = TargetRegistries(OCI, not_signed_in, patience)
    assert look(registries, service) == f"{host(service)} takes too long to answer"
    assert not any("blobs" in asked.path for asked in service.asked)


def test_redirects_end(service: Service, registries: TargetRegistries) -> None:
    service.answer = lambda asked: (307, {"location": "/v2/again"}, b"")
    assert look(registries, service) == f"{host(service)} redirects more than 3 times"
    assert len(service.asked) < 12


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("http://example.com/blob", "is not an https:// address"),
        ("file:///etc/passwd", "is not an https:// address"),
        ("https://169.254.169.254/opc/v2/identity/key.pem", "leads to 169.254.169.254, a link-local address"),
        ("https://user:pass@example.com/", "names a user or a password"),
    ],
)
def test_redirects_lead_to_no_place_that_a_model_may_not_come_from(
    service: Service, registries: TargetRegistries, location: str, what: str
) -> None:
    service.answer = lambda asked: (307, {"location": location}, b"")
    assert what in str(look(registries, service))


def test_a_redirect_takes_no_token_to_another_server(service: Service, registries: TargetRegistries) -> None:
    with serve() as storage:
        storage.answer = lambda asked: (200, {}, GOOD_CONFIG)

        def answer(asked: Asked) -> Reply:
            if asked.path.startswith("/token"):
                return 200, {}, b'{"token": "ours"}'
            if asked.headers.get("authorization") != "Bearer ours":
                return 401, {"www-authenticate": f'Bearer realm="{service.url}/token",service="s"'}, b"{}"
            if "/blobs/" in asked.path:
                return 307, {"location": f"{storage.url}/blob?permission=x"}, b""
            return 200, {"content-type": MANIFEST}, manifest(GOOD_CONFIG)

        service.answer = answer
        assert isinstance(look(registries, service), ImageFacts)
        (asked,) = storage.asked
        assert asked.path == "/blob?permission=x"
        assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("realm", "what"),
    [
        ("http://example.com/token", "is not an https:// address"),
        ("https://169.254.169.254/token", "a link-local address"),
        ("https://127.0.0.1:1@example.com/token", "names a user"),
    ],
)
def test_a_realm_to_which_no_password_goes(
    service: Service, registries: TargetRegistries, nothing_kept: Path, realm: str, what: str
) -> None:
    keep(nothing_kept, host(service))
    challenge = {"www-authenticate": f'Bearer realm="{realm}",service="s"'}
    service.answer = lambda asked: (401, challenge, b"{}")
    said = str(look(registries, service))
    assert said.startswith(f"{host(service)} sends us for a token to a URL that")
    assert what in said


def keep(folder: Path, registry: str, password: str = PASSWORD) -> None:
    folder.mkdir(exist_ok=True)
    login = base64.b64encode(f"robot:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {registry: {"auth": login}}}))


def test_a_registry_that_repeats_what_it_was_sent(
    service: Service, registries: TargetRegistries, nothing_kept: Path
) -> None:
    keep(nothing_kept, host(service))

    def answer(asked: Asked) -> Reply:
        sent = asked.headers.get("authorization")
        if sent is None:
            return 401, {"www-authenticate": 'Basic realm="x"'}, b"{}"
        message = f"{sent} is {base64.b64decode(sent.split()[1]).decode()}"
        return 403, {}, json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()

    service.answer = answer
    said = str(look(registries, service))
    assert "does not let us read acme/x (403 DENIED" in said
    assert PASSWORD not in said
    assert base64.b64encode(f"robot:{PASSWORD}".encode()).decode() not in said


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b'{"token": 7}', b'{"token": "a\\r\\nX-Other: b"}', b'{"token": "' + b"x" * 70_000 + b'"}'],
)
def test_a_token_that_is_none(service: Service, registries: TargetRegistries, answer: bytes) -> None:
    challenge = {"www-authenticate": f'Bearer realm="{service.url}/token",service="s"'}
    service.answer = lambda asked: (200, {}, answer) if "/token" in asked.path else (401, challenge, b"{}")
    assert "token" in str(look(registries, service))


def test_one_that_never_accepts_a_token_is_asked_once_more(
    service: Service, registries: TargetRegistries
) -> None:
    challenge = {"www-authenticate": f'Bearer realm="{service.url}/token",service="s"'}
    token = b'{"token": "a-long-token"}'
    service.answer = lambda asked: (200, {}, token) if "/token" in asked.path else (401, challenge, b"{}")
    assert "does not let us read acme/x (401)" in str(look(registries, service))
    assert len(service.asked) == 3


@pytest.mark.parametrize("challenge", ["", "Negotiate", "Bearer", 'Bearer service="s"'])
def test_a_challenge_that_nobody_knows(
    service: Service, registries: TargetRegistries, challenge: str
) -> None:
    service.answer = lambda asked: (401, {"www-authenticate": challenge}, b"{}")
    assert "in a way that is not known here" in str(look(registries, service))


def test_what_may_pass_is_asked_again(service: Service, registries: TargetRegistries) -> None:
    good = registry({digest(GOOD_CONFIG): GOOD_CONFIG}, manifest(GOOD_CONFIG))
    troubles = [(503, {"retry-after": "1"}, b""), (429, {}, b"")]

    def answer(asked: Asked) -> Reply:
        return troubles.pop() if troubles and "manifests" in asked.path else good(asked)

    service.answer = answer
    assert isinstance(look(registries, service), ImageFacts)


def test_what_does_not_pass_ends(service: Service, registries: TargetRegistries) -> None:
    service.say(503, {"errors": [{"code": "UNAVAILABLE", "message": "later"}]})
    assert look(registries, service) == f"{host(service)} answers 503 UNAVAILABLE: later"
    assert len(service.asked) == 3


def test_a_404_of_something_else_is_no_word_about_the_image(
    service: Service, registries: TargetRegistries
) -> None:
    service.answer = lambda asked: (404, {}, b"<html>not found</html>")
    assert look(registries, service) == f"{host(service)} answers 404"
