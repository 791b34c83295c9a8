"""What is not asked of the control plane as JSON: predictions, artifacts, tokens. The same holds there."""

import json
from typing import Any

import pytest

from reconciler.adapters.http.bounded_answers import AnswerBounds
from reconciler.adapters.signing import github_oidc
from reconciler.adapters.signing.sign_in import sign_in
from reconciler.core.model.errors import SetupError
from reconciler.core.model.target import Auth, OciTarget
from tests.support.hostile import (
    GIGABYTES,
    JSON,
    Behaviour,
    World,
    bomb,
    changed,
    chunked,
    drips,
    hangs_up,
    head,
    pours,
    raw,
    says,
)

ITEMS = {**JSON, "transfer-encoding": "chunked"}
BLOCK = chunked(b" " * 65536)
LATE = "the answer did not end within 1 s"

PREDICTIONS: dict[str, tuple[Behaviour, str]] = {
    "5 GB": (pours(head(200, ITEMS), BLOCK), "larger than 32 MiB"),
    "5 GB told": (raw(head(200, {**JSON, "content-length": str(GIGABYTES)})), "larger than 32 MiB"),
    "5 GB packed": (bomb, "larger than 32 MiB"),
    "an error of 5 GB": (pours(head(500, ITEMS), BLOCK), "hello answered 500"),
    "a redirect": (says("{}", status=302, location="https://example.invalid/"), "which is not followed"),
    "a redirect for good": (says("{}", status=308, location="/elsewhere"), "which is not followed"),
    "drips": (drips(head(200, {**JSON, "content-length": "9999"})), LATE),
    "drips the head": (drips(b"HTTP/1.1 200 OK\r\nx:"), LATE),
    "interim answers without end": (pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "too many bytes"),
    "cut off": (says("{}", content_length="99"), "error: asking m at"),
    "garbage": (raw(b"hello\r\n"), "error: asking m at"),
    "hangs up": (hangs_up, "error: asking m at"),
}


@pytest.fixture
def asked(world: World) -> World:
    """The endpoint that the service names is the one that lies."""
    world.workspace.write("body.json", "{}")
    return world


@pytest.mark.parametrize("case", PREDICTIONS)
def test_no_prediction_is_endless_or_elsewhere(
    asked: World, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave, what = PREDICTIONS[case]

    def serve(client: Any, request: Any) -> None:
        if request.method == "POST":
            behave(client, request)
        else:
            here = [{"modelDeploymentUrl": f"{asked.service.url}/ocid1.d"}]
            changed(lambda listed: [{**one, **here[0]} for one in listed])(client, request)

    asked.service.lie(r"^(GET /20190101/modelDeployments\?|POST .*/predict)", serve)
    assert asked.reconcile("predict", "hello", "--model", "m", "--input", "body.json") == 1
    told = asked.told()
    assert what in told
    assert "Traceback" not in told
    assert len(told) < 70_000


SIZE = r"^HEAD /20190101/models/.*/artifact/content"
CONTENT = r"^(HEAD|GET) /20190101/models/.*/artifact/content"

ARTIFACTS: dict[str, tuple[str, Behaviour]] = {
    "no size": (SIZE, raw(head(200, {"connection": "close"}))),
    "a size that is none": (SIZE, raw(head(200, {"content-length": "many", "connection": "close"}))),
    "a size below nothing": (SIZE, raw(head(200, {"content-length": "-5", "connection": "close"}))),
    "a size of 400 digits": (SIZE, raw(head(200, {"content-length": "9" * 400, "connection": "close"}))),
    "a size of 8 EB": (SIZE, raw(head(200, {"content-length": str(2**63), "connection": "close"}))),
    "a redirect": (SIZE, says("", status=307, location="/x")),
    "a part of 5 GB": (r"^GET .*/content", pours(head(206, ITEMS), BLOCK)),
    "a part that drips": (r"^GET .*/content", drips(head(206, {**JSON, "content-length": "9999"}))),
    "a part that is none": (r"^GET .*/content", says("<html>")),
    "a redirect of a part": (r"^GET .*/content", says("", status=302, location="file:///etc/passwd")),
}


@pytest.mark.parametrize("case", ARTIFACTS)
def test_no_artifact_is_more_than_was_asked_of_it(world: World, case: str) -> None:
    """What is served cannot be told then; that is all."""
    on, behave = ARTIFACTS[case]
    world.service.lie(on, behave)
    code = world.reconcile("status")
    told = world.told()
    assert world.service.lies, "it was asked"
    assert "Traceback" not in told
    assert (code == 0 and "hello" in told) or (code == 1 and "error: " in told), told


SECONDS = 0.5


class Domain:
    """An identity domain and GitHub's token endpoint, one of which lies."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        url = world.service.url
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "OCI_DOMAIN_URL": url,
            "OCI_CLIENT_ID": "client",
            "OCI_CLIENT_SECRET": "s3cret",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/github?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(github_oidc, "BOUNDS", AnswerBounds(SECONDS, 1 << 20))
        self._service = world.service

    def lies(self, where: str, behave: Behaviour) -> str:
        """What signing in ends with."""

        def serve(client: Any, request: Any) -> None:
            if where in request.path:
                behave(client, request)
            else:
                says(json.dumps({"value": "github-token"}))(client, request)

        self._service.lie(r"/(github|oauth2)", serve)
        with pytest.raises(SetupError) as caught:
            sign_in(OciTarget("prod", "us-ashburn-1", "ocid1.compartment.oc1..c", "p", Auth.GITHUB_OIDC))
        return str(caught.value)


TOKENS: dict[str, Behaviour] = {
    "a redirect": says("{}", status=302, location="/elsewhere"),
    "a redirect that keeps the method": says("{}", status=307, location="https://example.invalid/"),
    "drips": drips(head(200, {**JSON, "content-length": "9999"}) + b"{"),
    "drips the head": drips(b"HTTP/1.1 200 OK\r\nx:"),
    "says nothing": drips(b"", pause=99.0),
    "5 GB": pours(head(200, ITEMS), BLOCK),
    "5 GB packed": bomb,
    "no JSON": says("<html>Sign in</html>"),
    "a list": says("[]"),
    "null": says("null"),
    "a token that is a number": says('{"token": 7, "value": null}'),
    "nested": says(b"[" * 100_000),
}


@pytest.mark.parametrize("where", ["github", "oauth2"])
@pytest.mark.parametrize("case", TOKENS)
def test_no_token_is_waited_for_without_end_or_fetched_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, case: str, where: str
) -> None:
    told = Domain(world, monkeypatch).lies(where, TOKENS[case])
    assert ("GitHub gave no ID token" if where == "github" else "did not exchange GitHub's token") in told
    assert "s3cret" not in told
    assert "request-token" not in told
    assert len(told) < 4000
    assert not any("elsewhere" in line for line in world.service.heard)
