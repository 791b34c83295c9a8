"""Asks real registries which digest an image has, by the HTTP API of the OCI Distribution Specification.

Credentials are those that Docker has for whoever started the emulator. Certificates are checked against those
of this machine, or of SSL_CERT_FILE or REQUESTS_CA_BUNDLE. As for Docker, a registry on this machine may do
without TLS. It must not pull anything.
"""

import hashlib
import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from datascience_emulator.containers.connecting import credentials
from datascience_emulator.containers.threads import beside
from datascience_emulator.containers.values import EngineError
from datascience_emulator.wire.images import ImageMissing, ImageReference

TIMEOUT_SECONDS = 30.0
ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Registries:
    """Stateless: credentials are read for each question, so that a `docker login` counts at once."""

    async def digest(self, image: ImageReference) -> str | ImageMissing:
        try:
            login = await beside(lambda: credentials(image.host))
            return await _asked(image, login or {})
        except EngineError as error:
            return ImageMissing(str(error))
        except httpx.HTTPError as error:
            return ImageMissing(f"the registry {image.host} cannot be asked: {_said(error)}")
        except OSError as error:
            return ImageMissing(f"the certificates of REQUESTS_CA_BUNDLE cannot be read: {error}")
        except (ValueError, KeyError) as error:
            return ImageMissing(f"the registry {image.host} gave an answer that is none: {error!r}")


async def _asked(image: ImageReference, login: Mapping[str, str]) -> str | ImageMissing:
    async with httpx.AsyncClient(
        verify=_certificates(), timeout=TIMEOUT_SECONDS, follow_redirects=True
    ) as client:
        try:
            return await _from(client, f"https://{image.host}", image, login)
        except httpx.ConnectError:
            if not _is_here(image.host):
                raise
        return await _from(client, f"http://{image.host}", image, login)


async def _from(
    client: httpx.AsyncClient, base: str, image: ImageReference, login: Mapping[str, str]
) -> str | ImageMissing:
    url = f"{base}/v2/{image.path}/manifests/{image.reference}"
    headers = {"accept": ", ".join(ACCEPTED)}
    answer = await client.head(url, headers=headers)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        allowed = await _authorization(client, answer.headers.get("www-authenticate", ""), image.path, login)
        if allowed is not None:
            headers["authorization"] = allowed
            answer = await client.head(url, headers=headers)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return ImageMissing(f"the registry {image.host} has no {image.path} with {image.reference}")
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        who = (
            "the name and password that Docker has for it" if login else "anybody: docker login " + image.host
        )
        return ImageMissing(f"the registry {image.host} does not give {image.path} to {who}")
    if answer.status_code != httpx.codes.OK:
        return ImageMissing(f"the registry {image.host} answered {answer.status_code}")
    return await _digest_of(client, url, headers, answer)


async def _digest_of(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], answer: httpx.Response
) -> str:
    """A registry may leave the header out (OCI Distribution Specification, "Pulling manifests")."""
    if told := answer.headers.get("docker-content-digest"):
        return str(told)
    manifest = (await client.get(url, headers=headers)).raise_for_status()
    return f"sha256:{hashlib.sha256(manifest.content).hexdigest()}"


async def _authorization(
    client: httpx.AsyncClient, challenge: str, path: str, login: Mapping[str, str]
) -> str | None:
    """The header that the registry wants; None when there is no way to it. The names of a login have small
    letters in Docker's file, and capitals from its credential helpers.
    """
    known = {name.lower(): value for name, value in login.items() if value}
    basic = httpx.BasicAuth(known["username"], known["password"]) if "username" in known else None
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() == "basic" and basic is not None:
        return str(next(basic.auth_flow(httpx.Request("GET", "http://x"))).headers["authorization"])
    if scheme.lower() != "bearer":
        return None
    asked = dict(_PARAMETER.findall(rest))
    scope = {"service": asked.get("service", ""), "scope": f"repository:{path}:pull"}
    if token := known.get("identitytoken"):
        grant = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "datascience-emulator"}
        answer = await client.post(asked["realm"], data={**scope, **grant})
    else:
        answer = await client.get(asked["realm"], params=scope, auth=basic or httpx.USE_CLIENT_DEFAULT)
    if answer.status_code != httpx.codes.OK:
        return None
    given: dict[str, Any] = answer.json()
    return f"Bearer {given.get('token') or given['access_token']}"


def _certificates() -> ssl.SSLContext:
    """A file or a folder, as `requests` takes them; OpenSSL itself reads SSL_CERT_FILE. Raises OSError."""
    place = os.environ.get("REQUESTS_CA_BUNDLE") or None
    if place is not None and Path(place).is_dir():
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)


def _is_here(host: str) -> bool:
    name = httpx.URL(f"http://{host}").host
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _said(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
