"""`reconcile doctor` against one local cloud: all fine, with one thing wrong at a time, and with ten at once.

The goldens are whole outputs. With UPDATE_GOLDEN=1 they are written anew, to be read before they are
committed.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as science
from oci.logging import models as logging

from datascience_emulator.embedded import Embedded
from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.wire.limits import Limits
from tests.support.hello import CONFIG, MODEL
from tests.support.here import start_here, stop_here
from tests.support.workspace import SETTINGS, Workspace

GOLDEN = Path(__file__).parent / "golden"
IMAGE = "iad.ocir.io/acme/triton"
MANIFEST = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: hello}
spec:
  image: {repository: <REPOSITORY>, tag: "<TAG>"}
  modelRepository: hello
  server: {env: {LOG_LEVEL: info, DEPLOYMENT_TIMEOUT_IN_MINUTES: "<MINUTES>"}}
  instance: {shape: <SHAPE>, ocpus: 1, memoryGBs: 8}
  scaling: {instances: <INSTANCES>}
  logs: {predict: {group: <GROUP>, log: <LOG>}}
  network: <NETWORK>
"""
SECOND = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: new}
spec:
  image: {repository: IMAGE, tag: "1"}
  modelRepository: hello
  instance: {shape: VM.Standard.E9.Flex, ocpus: 1, memoryGBs: 8}
""".replace("IMAGE", IMAGE)


@dataclass
class World:
    """A workspace, its cloud, and what its manifest says; `write` makes the files of it."""

    workspace: Workspace
    cloud: Embedded
    group: str
    log: str
    env: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def client(self, kind: Any) -> Any:
        return kind(
            self.cloud.config,
            service_endpoint=self.cloud.endpoint,
            retry_strategy=oci.retry.NoneRetryStrategy(),
        )

    def write(self) -> None:
        usual = {
            "REPOSITORY": IMAGE,
            "TAG": "1",
            "SHAPE": "VM.Standard.E4.Flex",
            "INSTANCES": "2",
            "GROUP": self.group,
            "LOG": self.log,
            "MINUTES": "120",
            "NETWORK": "{access: internet}",
        }
        text = MANIFEST
        for word, value in {**usual, **self.words}.items():
            text = text.replace(f"<{word}>", value)
        self.workspace.write("manifests/hello.yaml", text)
        self.workspace.write("manifests/hello/m/config.pbtxt", CONFIG)
        self.workspace.write("manifests/hello/m/1/model.py", MODEL)

    def doctor(self, *words: str, code: int) -> str:
        self.write()
        return self.workspace.run("doctor", *words, code=code, env=self.env).out


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[World]:
    root = tmp_path_factory.mktemp("doctor")
    workspace = Workspace(root)
    workspace.write("reconciler.yaml", SETTINGS)
    limits = Limits(service={"ds-standard-e4-core-count": 4})
    cloud = start_here(workspace.home, control=True, limits=limits)
    try:
        requests.post(f"{cloud.endpoint}/emulator/images", json={"uri": f"{IMAGE}:1"}, timeout=10)
        world = World(workspace, cloud, "", "")
        api = world.client(oci.logging.LoggingManagementClient)
        api.create_log_group(
            logging.CreateLogGroupDetails(compartment_id=cloud.compartment, display_name="group")
        )
        world.group = api.list_log_groups(cloud.compartment).data[0].id
        api.create_log(world.group, logging.CreateLogDetails(display_name="log", log_type="CUSTOM"))
        world.log = api.list_logs(world.group).data[0].id
        yield world
    finally:
        stop_here(workspace.home)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    shared.env, shared.words = {}, {}
    yield shared
    shared.cloud.orders.clear()


# -- what can be wrong


@contextmanager
def _order(world: World, order: Order) -> Iterator[None]:
    world.cloud.orders.add(order)
    yield
    world.cloud.orders.clear()


def sign_in(world: World) -> AbstractContextManager[None]:
    return _order(world, Order(Fault.NOT_AUTHENTICATED, times=0))


def clock(world: World) -> AbstractContextManager[None]:
    return _order(world, Order(Fault.CLOCK, times=0, seconds=1800.0))


def compartment(world: World) -> AbstractContextManager[None]:
    return _order(world, Order(Fault.NOT_AUTHORIZED, times=0))


def policies(world: World) -> AbstractContextManager[None]:
    return _order(world, Order(Fault.NOT_AUTHORIZED, "list_models", times=0))


@contextmanager
def project(world: World) -> Iterator[None]:
    api = world.client(oci.data_science.DataScienceClient)
    details = science.CreateProjectDetails(compartment_id=world.cloud.compartment, display_name="tests")
    made = [api.create_project(details).data.id for _ in range(2)]
    yield
    for ocid in made:
        api.delete_project(ocid)


@contextmanager
def manifests(world: World) -> Iterator[None]:
    file = world.workspace.write("manifests/broken.yaml", "kind: ModelDeployment\nspec: {replicas: 3}\n")
    yield
    file.unlink()


@contextmanager
def shapes(world: World) -> Iterator[None]:
    file = world.workspace.write("manifests/new.yaml", SECOND)
    yield
    file.unlink()


@contextmanager
def limits(world: World) -> Iterator[None]:
    world.words["INSTANCES"] = "5"
    yield


@contextmanager
def images(world: World) -> Iterator[None]:
    """By its address the cloud's registry is one like any other: it says what it does not have."""
    host = world.cloud.endpoint.removeprefix("http://")
    login = json.loads((world.workspace.home / "oci/registry.json").read_text())
    auth = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
    config = world.workspace.write("docker/config.json", json.dumps({"auths": {host: {"auth": auth}}}))
    world.env["DOCKER_CONFIG"] = str(config.parent)
    world.words |= {"REPOSITORY": f"{host}/acme/triton", "TAG": "2"}
    yield


@contextmanager
def logs(world: World) -> Iterator[None]:
    api = world.client(oci.logging.LoggingManagementClient)
    api.update_log(world.group, world.log, logging.UpdateLogDetails(is_enabled=False))
    yield
    api.update_log(world.group, world.log, logging.UpdateLogDetails(is_enabled=True))


@contextmanager
def no_such_log(world: World) -> Iterator[None]:
    world.words["LOG"] = world.log[:-4] + "none"
    yield


@contextmanager
def network(world: World) -> Iterator[None]:
    """A private endpoint for notebooks."""
    api = world.client(oci.data_science.DataScienceClient)
    details = science.CreateDataSciencePrivateEndpointDetails(
        compartment_id=world.cloud.compartment,
        subnet_id="ocid1.subnet.oc1.iad.one",
        data_science_resource_type="NOTEBOOK_SESSION",
    )
    made = api.create_data_science_private_endpoint(details).data.id
    world.words["NETWORK"] = f"{{access: no-internet, privateEndpoint: {made}}}"
    yield
    api.delete_data_science_private_endpoint(made)


@contextmanager
def variables(world: World) -> Iterator[None]:
    """Twenty gigabytes, of which the disk has nothing."""
    file = world.workspace.write("manifests/hello/m/1/weights.bin", "")
    with file.open("r+b") as weights:
        weights.truncate(20_000_000_000)
    yield
    file.unlink()


@contextmanager
def minutes(world: World) -> Iterator[None]:
    world.words["MINUTES"] = "300"
    yield


@contextmanager
def bucket(world: World) -> Iterator[None]:
    settings = f"{SETTINGS}    artifacts: {{bucket: nowhere}}\n"
    world.workspace.write("reconciler.yaml", settings)
    yield
    world.workspace.write("reconciler.yaml", SETTINGS)


ALONE: dict[str, Callable[[World], AbstractContextManager[None]]] = {
    "sign-in": sign_in,
    "clock": clock,
    "compartment": compartment,
    "project": project,
    "bucket": bucket,
    "policies": policies,
    "manifests": manifests,
    "variables": variables,
    "minutes": minutes,
    "shapes": shapes,
    "limits": limits,
    "images": images,
    "logs": logs,
    "no-such-log": no_such_log,
    "network": network,
}
TEN = (project, policies, manifests, variables, minutes, shapes, limits, images, logs, network)


def test_all_is_fine(world: World) -> None:
    golden(world, world.doctor(code=0), "fine.txt")


@pytest.mark.parametrize("name", ALONE)
def test_one_thing_is_wrong(world: World, name: str) -> None:
    topic = {"no-such-log": "logs", "minutes": "variables"}.get(name, name)
    with ALONE[name](world):
        said = world.doctor(code=1)
    assert re.search(rf"^wrong +{topic} ", said, re.MULTILINE)
    golden(world, said, f"{name}.txt")


def test_all_at_once(world: World) -> None:
    with ExitStack() as stack:
        for wrong in TEN:
            stack.enter_context(wrong(world))
        said = world.doctor(code=1)
    golden(world, said, "together.txt")


def test_without_a_sign_in_the_rest_is_not_seen(world: World) -> None:
    with ExitStack() as stack:
        for wrong in (*TEN, sign_in):
            stack.enter_context(wrong(world))
        said = world.doctor(code=1)
    golden(world, said, "together-without-sign-in.txt")


def test_what_does_not_answer_is_not_wrong(world: World) -> None:
    with _order(world, Order(Fault.UNAVAILABLE, times=0)):
        said = world.doctor(code=0)
    golden(world, said, "outage.txt")


def test_as_json_and_nothing_is_written(world: World) -> None:
    before = world.workspace.state()
    world.write()
    document = world.workspace.run("doctor", "--format", "json").json
    assert document["summary"]["wrong"] == document["summary"]["notSeen"] == 0
    assert {check["verdict"] for check in document["checks"]} == {"fine"}
    assert world.workspace.state() == before


def golden(world: World, said: str, name: str) -> None:
    """Compare with a golden file: what differs from run to run has a name in it."""
    said = said.replace(world.cloud.endpoint.removeprefix("http://"), "127.0.0.1:PORT")
    said = re.sub(r"(ocid1\.[a-z]+\.oc1\.[a-z-]*)\.[a-z0-9]{8,}", r"\1.UNIQUE", said)
    said = re.sub(r"the namespace [a-z0-9]+", "the namespace UNIQUE", said)
    said = re.sub(r"[0-9A-F]{32}(/[0-9A-F]{32})+", "REQUEST", said)
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said)
    assert said == file.read_text()
