"""Who gave an answer, the model server or the gateway before it, can be read from what a probe gets: Triton's
errors are `{"error"}`, the service's own `{"code", "message"}`. Against a real Triton, really signed.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import oci
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.prediction.probe_requests import LiveProber
from reconciler.core.model.proof.probes import Answer
from tests.support.serving import Client, emulator_process, mark_body, packed, servers_in
from tests.support.tiny_models import mark_repository
from tests.support.waiting import wait_for

# While the file GATE is there, it neither starts nor answers; it says when it is asked.
GATED = """

def wait():
    while os.path.exists(os.environ["GATE"]):
        time.sleep(0.05)


class Gated(TritonPythonModel):
    def initialize(self, arguments):
        wait()

    def execute(self, requests):
        open(os.environ["GATE"] + ".asked", "w").close()
        wait()
        return super().execute(requests)


TritonPythonModel = Gated
"""


@dataclass(frozen=True)
class Stand:
    """One deployment with one server, and the gate of its model."""

    home: Path
    client: Client
    deployment: str
    gate: Path

    @property
    def access(self) -> ServiceAccess:
        return ServiceAccess({}, self.client.auth, self.client.endpoint)

    def ask(
        self,
        model: str = "mark",
        version: int | None = None,
        body: bytes | None = None,
        access: ServiceAccess | None = None,
    ) -> Answer:
        prober = LiveProber(Predictor(access or self.access))
        return prober.ask(f"{self.client.endpoint}/{self.deployment}", model, version, body or mark_body())

    def order(self, **order: Any) -> None:
        answer = requests.post(f"{self.client.endpoint}/emulator/orders", json=order, timeout=10)
        assert answer.status_code == 200


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("who")
    with (mark_repository(folder / "models", 5) / "mark/1/model.py").open("a") as model:
        model.write(GATED)
    gate = folder / "gate"
    with emulator_process(folder / "home", "--control") as (_, client):
        deployment = client.deploy(packed(folder / "models"), variables={"GATE": str(gate)})
        stand = Stand(folder / "home", client, deployment, gate)
        wait_for(lambda: client.get(deployment).lifecycle_state == "ACTIVE", 60)
        yield stand


def gateway_s(answer: Answer) -> tuple[int, str]:
    """Status and code of an answer in the service's own form."""
    body = json.loads(answer.body)
    assert body.keys() == {"code", "message"}
    assert answer.request_id
    return answer.status, body["code"]


def test_what_the_model_server_answers_comes_as_it_gave_it(stand: Stand) -> None:
    assert json.loads(stand.ask().body)["outputs"][0]["data"] == [5]
    for model, version, body, status in (
        ("nowhere", None, mark_body(), 404),
        ("mark", 7, mark_body(), 404),
        ("mark", None, b"{", 500),
    ):
        answer = stand.ask(model, version, body)
        assert (answer.status, json.loads(answer.body).keys()) == (status, {"error"})


def test_who_may_not_ask(stand: Stand) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stranger = oci.auth.signers.SecurityTokenSigner("nobody", key)
    answer = stand.ask(access=replace(stand.access, signer=stranger))
    assert gateway_s(answer) == (401, "NotAuthenticated")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("too-many-requests", (429, "TooManyRequests")),
        ("not-authorized", (404, "NotAuthorizedOrNotFound")),
        ("internal-error", (500, "InternalServerError")),
        ("unavailable", (503, "ServiceUnavailable")),
    ],
)
def test_what_the_gateway_refuses(stand: Stand, fault: str, expected: tuple[int, str]) -> None:
    stand.order(fault=fault, operation="predict")
    assert gateway_s(stand.ask()) == expected


@pytest.fixture
def closed(stand: Stand) -> Iterator[Callable[[], None]]:
    yield stand.gate.touch
    stand.gate.unlink(missing_ok=True)
    wait_for(lambda: stand.ask().status == 200, 60)


def test_a_server_that_dies_over_a_request_and_is_gone_then(stand: Stand, closed: Callable[[], None]) -> None:
    asked = stand.gate.with_suffix(".asked")
    asked.unlink(missing_ok=True)
    closed()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(stand.ask)
        wait_for(asked.exists)
        os.kill(servers_in(stand.home)[0], signal.SIGKILL)
        assert gateway_s(answer.result(timeout=30)) == (503, "ServiceUnavailable")
    assert gateway_s(stand.ask()) == (503, "ServiceUnavailable"), "no other has started yet"


def test_an_inactive_deployment(stand: Stand) -> None:
    sdk = stand.client.sdk
    for act, state in (
        (sdk.deactivate_model_deployment, "INACTIVE"),
        (sdk.activate_model_deployment, "ACTIVE"),
    ):
        act(stand.deployment)
        wait_for(lambda state=state: stand.client.get(stand.deployment).lifecycle_state == state, 60)
        if state == "INACTIVE":
            assert gateway_s(stand.ask()) == (404, "NotAuthorizedOrNotFound")
