"""Signing in from a job of GitHub Actions: an identity domain exchanges the job's ID token for one of OCI's.

No secret is ever part of a message.
"""

import os
from collections.abc import Mapping
from threading import Lock
from typing import Any

import requests
from oci.auth import signers

from reconciler.adapters.http.bounded_answers import AnswerBounds, BadAnswer, BoundedAdapter, body_of
from reconciler.adapters.http.bounded_sdk_answers import WholeAdapter
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.http.unsigned import unsigned
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import SetupError, quoting

DOMAIN = ("OCI_DOMAIN_URL", "OCI_CLIENT_ID", "OCI_CLIENT_SECRET")
"""The identity domain that exchanges GitHub's token for one of OCI's, and an application of it."""

IN_A_JOB = "GITHUB_ACTIONS"
GITHUB_URL, GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
AUDIENCE = "OCI_OIDC_AUDIENCE"
DEFAULT_AUDIENCE = "https://cloud.oracle.com"

TIMEOUT = (10.0, 30.0)
"""Seconds to connect to what gives tokens, and to wait for its answer."""

BOUNDS = AnswerBounds(seconds=60.0, body=1 << 20)
"""A token has some thousand bytes."""


def github_signer(region: str) -> Sdk:
    """A signer for this region. Raises SetupError when something is missing, or no token is exchanged."""
    _require_github()
    url, client, secret = (os.environ[name] for name in DOMAIN)
    try:
        # A callable, because GitHub's token lives for minutes: a fresh one is fetched for every exchange.
        return _ExchangedTokenSigner(github_token, url, client, secret, region)
    except SetupError:
        raise
    except Exception as error:
        failure = SetupError(
            f"the identity domain at {url} did not exchange GitHub's token: {error}\n"
            f"    check {', '.join(DOMAIN)} and the domain's identity propagation trust"
        )
        raise quoting(failure, error) from error


class _ExchangedTokenSigner(signers.TokenExchangeSigner):  # type: ignore[misc]  # the SDK has no types
    """The SDK's signer changes key and token while other threads sign with them: here one thread signs at a
    time. And it would wait for an identity domain for ever, and follow redirects anywhere.
    """

    def __init__(self, *arguments: object) -> None:
        self._signing = Lock()
        super().__init__(*arguments)

    def _get_new_token(self) -> Sdk:
        if not isinstance(self.requests_session.get_adapter("https://"), WholeAdapter):
            for scheme in ("https://", "http://"):
                self.requests_session.mount(scheme, WholeAdapter(BOUNDS, TIMEOUT))
            self.requests_session.auth = unsigned
        return super()._get_new_token()

    def __call__(self, request: Sdk, enforce_content_headers: bool = True) -> Sdk:
        with self._signing:
            return super().__call__(request, enforce_content_headers)


def _require_github() -> None:
    if not os.environ.get(IN_A_JOB):
        raise SetupError(
            "auth github-oidc works only in a job of GitHub Actions: elsewhere set RECONCILER_AUTH to "
            "another way to sign in, such as api-key or session"
        )
    if missing := [name for name in DOMAIN if not os.environ.get(name)]:
        raise SetupError(
            f"auth github-oidc needs {', '.join(missing)} in the environment: the URL of the identity "
            "domain, and the id and secret of a confidential application in it that an identity propagation "
            "trust for https://token.actions.githubusercontent.com names"
        )
    if missing := [name for name in (GITHUB_URL, GITHUB_TOKEN) if not os.environ.get(name)]:
        raise SetupError(
            f"auth github-oidc needs {', '.join(missing)}, which GitHub Actions sets: give the job "
            "`permissions: {id-token: write}`"
        )


def github_token() -> str:
    """A fresh ID token of the job, for the audience that the identity domain expects."""
    audience = os.environ.get(AUDIENCE) or DEFAULT_AUDIENCE
    headers = {"Authorization": f"bearer {os.environ[GITHUB_TOKEN]}"}
    url = os.environ[GITHUB_URL]
    try:
        token = _answered(url, audience, headers)["value"]
    except (requests.RequestException, BadAnswer, KeyError, TypeError) as error:
        failure = SetupError(f"GitHub gave no ID token for the audience {audience}: {error}")
        raise quoting(failure, error) from error
    if not isinstance(token, str):
        raise SetupError(f"GitHub gave no ID token for the audience {audience}: it is no text")
    return token


def _answered(url: str, audience: str, headers: Mapping[str, str]) -> Any:
    with requests.Session() as session:
        session.auth = unsigned
        for scheme in ("https://", "http://"):
            session.mount(scheme, BoundedAdapter(BOUNDS, TIMEOUT))
        with session.get(url, params={"audience": audience}, headers=headers, stream=True) as answer:
            answer.raise_for_status()
            return parsed_json(body_of(answer, BOUNDS))
