"""Probes: their files, and the requests that they make."""

import hashlib
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.prediction.probe_requests import LiveProber
from reconciler.core.model.errors import StalePlan, Transient
from reconciler.core.model.proof.probes import File
from tests.support.http_service import Asked, Reply, Service


@pytest.fixture
def prober(access: ServiceAccess) -> LiveProber:
    return LiveProber(Predictor(access))


def test_a_file_is_read_as_it_was_planned(prober: LiveProber, tmp_path: Path) -> None:
    path = tmp_path / "bird.json"
    path.write_bytes(b'{"inputs": []}')
    file = File(str(path), hashlib.sha256(b'{"inputs": []}').hexdigest())
    assert prober.read(file) == b'{"inputs": []}'
    path.write_bytes(b'{"inputs": [1]}')
    with pytest.raises(StalePlan, match=r"bird\.json: it has changed"):
        prober.read(file)
    path.unlink()
    with pytest.raises(StalePlan, match=r"bird\.json: No such file"):
        prober.read(file)


def test_what_is_no_file_any_more_is_not_waited_for(prober: LiveProber, tmp_path: Path) -> None:
    pipe, folder, device = (tmp_path / name for name in ("pipe", "folder", "device"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    for path in (pipe, folder, device):
        with pytest.raises(StalePlan, match=f"{path.name}: it is not a regular file"):
            prober.read(File(str(path), ""))


def test_model_and_version_are_asked_and_the_time_is_taken(service: Service, prober: LiveProber) -> None:
    service.answer = lambda _: (200, {}, b'{"outputs": []}')
    answer = prober.ask(f"{service.url}/ocid1.d", "resnet", 3, b'{"inputs": []}')
    assert (answer.status, answer.body) == (200, b'{"outputs": []}')
    assert 0 < answer.latency_ms < 60_000
    (asked,) = service.asked
    assert (asked.path, asked.body) == ("/ocid1.d/predict", b'{"inputs": []}')
    assert (asked.headers["model_name"], asked.headers["model_version"]) == ("resnet", "3")


@pytest.mark.parametrize("status", [400, 429, 503])
def test_every_answer_is_returned_once(service: Service, prober: LiveProber, status: int) -> None:
    def answer(_: Asked) -> Reply:
        return status, {}, b"why"

    service.answer = answer
    found = prober.ask(service.url, "resnet", None, b"{}")
    assert (found.status, found.body) == (status, b"why")
    (asked,) = service.asked
    assert "model_version" not in asked.headers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"code": "NotAuthenticated", "message": "m"}'),
        (404, b'{"error": "Request for unknown model"}'),
        (502, b"<html>bad gateway</html>"),
        (200, b"\xff\x00 no text"),
    ],
)
def test_what_came_back_is_handed_on_untouched(
    service: Service, prober: LiveProber, status: int, body: bytes
) -> None:
    service.answer = lambda _: (status, {"location": service.url, "opc-request-id": "a/b/c"}, body)
    found = prober.ask(service.url, "resnet", None, b"{}")
    assert (found.status, found.body, found.request_id) == (status, body, "a/b/c")


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", b"nonsense\r\n\r\n"]
)
def test_an_answer_that_breaks_off_is_none(prober: LiveProber, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        answer = pool.submit(prober.ask, url, "resnet", None, b"{}")
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(said)
        with pytest.raises(Transient, match="asking resnet at"):
            answer.result(timeout=30)


def test_no_answer_is_transient(prober: LiveProber) -> None:
    with pytest.raises(Transient, match="asking resnet at"):
        prober.ask("http://127.0.0.1:1", "resnet", None, b"{}")


def test_a_model_may_be_called_anything(service: Service, prober: LiveProber) -> None:
    service.answer = lambda _: (400, {}, b"{}")
    assert prober.ask(service.url, "模型", 1, b"{}").status == 400
    (asked,) = service.asked
    assert asked.headers["model_name"].encode("latin-1").decode() == "模型"
