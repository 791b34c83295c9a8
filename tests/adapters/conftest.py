"""What the adapters' tests share: a key, an HTTP server that answers as told, and a running emulator."""

from collections.abc import Iterator
from pathlib import Path

import oci
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.adapters.connect import Connection, connect
from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.target import EmulatorTarget
from tests.support.deploying import token
from tests.support.http_service import Service, serve


@pytest.fixture
def service() -> Iterator[Service]:
    with serve() as running:
        yield running


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def key_file(private_key: rsa.RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("key") / "key.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def access(service: Service, key_file: Path) -> ServiceAccess:
    signer = oci.signer.Signer("ocid1.tenancy.oc1..t", "ocid1.user.oc1..u", "aa:bb", str(key_file))
    config = {
        "tenancy": "ocid1.tenancy.oc1..t",
        "user": "ocid1.user.oc1..u",
        "fingerprint": ":".join(["aa"] * 16),
        "key_file": str(key_file),
        "region": "us-ashburn-1",
    }
    return ServiceAccess(config, signer, service.url)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("emulator")
    yield process.ensure(home, lambda _: None)
    process.stop(home)


@pytest.fixture
def connection(running: Running, request: pytest.FixtureRequest) -> Connection:
    home = str(Path(running.config_file).parents[1])
    # One emulator for all, a project for each test.
    return connect(EmulatorTarget("local", home, f"project of {request.node.name}"), lambda _: None)


@pytest.fixture
def cloud(connection: Connection) -> OciCloud:
    assert connection.cloud.snapshot().project.ocid is None
    connection.cloud.ensure_project(connection.cloud.snapshot().project.name, token())
    return connection.cloud
