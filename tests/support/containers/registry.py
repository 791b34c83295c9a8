"""A real registry for tests: Debian's docker-registry behind TLS, and a token service that insists on
credentials, on one address, as OCI's registry is.

`scripts/images` installs what it takes. The certificate is one of `tests.support.certificates`: engines trust
it by `running_engine(folder, trusted=registry.authority)`, this process and those that it starts by
`registry.trusted()`.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.certificates import authority, key_and_certificate
from tests.support.containers.kept import kept
from tests.support.containers.registry_front import Front, Refusal, fronting

SERVICE, ISSUER = "registry-of-the-tests", "tokens-of-the-tests"
_STARTED_SECONDS = 30

QUOTA = Refusal(
    403, "DENIED", "the limit of images in this repository is reached", "POST", r"/v2/.+/blobs/uploads/"
)
"""The registry takes nothing more."""

TOO_MANY = Refusal(429, "TOOMANYREQUESTS", "too many requests", "POST", r"/v2/.+/blobs/uploads/")
"""The registry wants to be left alone for a while; engines try again for half a minute."""


@dataclass
class Registry:
    """A running registry. `host` is what references begin with; `authority` the file of the certificate to
    trust.
    """

    host: str
    authority: Path
    front: Front
    user: str
    password: str
    plain: str = field(repr=False)
    """The address behind token service and TLS, where nobody asks who one is."""

    @property
    def asked(self) -> list[str]:
        """Method and path of each request, in order."""
        return self.front.asked

    @property
    def auth(self) -> dict[str, str]:
        """What the `docker` package takes as `auth_config`."""
        return {"username": self.user, "password": self.password}

    def allow_only(self, *repositories: str) -> None:
        """From now on the user may use these and no others; without any, all."""
        self.front.allowed = frozenset(repositories) or None

    @contextlib.contextmanager
    def refusing(self, refusal: Refusal) -> Iterator[None]:
        """Meanwhile, requests that fit are refused."""
        self.front.refusals.append(refusal)
        yield
        self.front.refusals.remove(refusal)

    def docker_config(self, folder: Path, password: str = "") -> Path:
        """A folder for DOCKER_CONFIG with the user's credentials, or with a wrong password."""
        folder.mkdir(parents=True, exist_ok=True)
        login = b64encode(f"{self.user}:{password or self.password}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": login}}}))
        return folder

    @contextlib.contextmanager
    def trusted(self) -> Iterator[None]:
        """Meanwhile, this process and those that it starts trust the registry's certificate."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
                patch.delenv(name)
            patch.setenv("REQUESTS_CA_BUNDLE", str(self.authority))
            yield


def why_no_registry() -> str:
    """Why no registry can run here; empty when one can."""
    missing = shutil.which("docker-registry") is None
    return "scripts/images installs what is missing: docker-registry" if missing else ""


@contextlib.contextmanager
def running_registry(folder: Path) -> Iterator[Registry]:
    """An empty registry, whose images are kept in the folder while it runs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "authority.pem").write_bytes(authority())
    key, certificate = key_and_certificate("127.0.0.1", "localhost")
    (folder / "tokens.pem").write_bytes(certificate)
    with fronting(SERVICE, ISSUER, key, certificate) as front, _distribution(folder, front.host) as plain:
        front.behind = plain
        yield Registry(front.host, folder / "authority.pem", front, front.user, front.password, plain)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _distribution(folder: Path, host: str) -> Iterator[str]:
    """Debian's registry, without TLS; yields its address."""
    settings, log = folder / "registry.json", folder / "registry.log"
    token = {
        "realm": f"https://{host}/token",
        "service": SERVICE,
        "issuer": ISSUER,
        "rootcertbundle": str(folder / "tokens.pem"),
    }
    content = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}, "delete": {"enabled": True}},
        "http": {"addr": "127.0.0.1:0"},
        "auth": {"token": token},
    }
    settings.write_text(json.dumps(content))  # JSON is YAML
    with log.open("wb") as out, kept(("docker-registry", "serve", str(settings)), out) as process:
        yield _address(process, log)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + _STARTED_SECONDS
    while not (found := re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text())):
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the registry did not start: {log.read_text()}")
        time.sleep(0.02)
    return found[1]
