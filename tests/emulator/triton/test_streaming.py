"""Streams of a real decoupled model reach the caller as they come, and end when the caller leaves.

The model writes a word, then waits until the test has put a file in its place: what a test sees before that,
has not waited for the rest.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import oci
import pytest
import requests
from oci.data_science import models as m

from datascience_emulator.triton import Fleet, Reply, new_fleet
from datascience_emulator.triton import fleet as fleets
from datascience_emulator.triton import server as servers
from tests.support.serving import (
    Client,
    Loop,
    emulator_process,
    headers,
    mark_body,
    outputs,
    packed,
    revision,
)
from tests.support.tiny_models import mark_repository, write
from tests.support.waiting import wait_for

SPEAKER_CONFIG = """backend: "python"
max_batch_size: 0
model_transaction_policy { decoupled: true }
input [
  { name: "TEXT" data_type: TYPE_STRING dims: [ 1 ] },
  { name: "PLACE" data_type: TYPE_STRING dims: [ 1 ] }
]
output [ { name: "WORD" data_type: TYPE_STRING dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""
SPEAKER_MODEL = """import pathlib
import time
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            self.answer(request)

    def answer(self, request):
        text, place = self.given(request, "TEXT"), pathlib.Path(self.given(request, "PLACE"))
        sender = request.get_response_sender()
        for number, word in enumerate(text.split()):
            if word == "FAIL":
                error = pb_utils.TritonError("lost for words")
                sender.send(pb_utils.InferenceResponse(error=error))
                break
            tensor = pb_utils.Tensor("WORD", np.array([word], dtype=object))
            sender.send(pb_utils.InferenceResponse([tensor]))
            while not (place / str(number)).exists():
                if sender.is_cancelled():
                    (place / "cancelled").touch()
                    return sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
                time.sleep(0.005)
        sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def given(self, request, name):
        return pb_utils.get_input_tensor_by_name(request, name).as_numpy()[0].decode()
"""


def speaker_repository(folder: Path) -> Path:
    write(folder / "speaker" / "config.pbtxt", SPEAKER_CONFIG)
    write(folder / "speaker" / "1" / "model.py", SPEAKER_MODEL)
    return mark_repository(folder, 7)


def spoken(place: Path, text: str) -> bytes:
    place.mkdir(exist_ok=True)
    return json.dumps({"TEXT": text, "PLACE": str(place)}).encode()


def words(chunks: bytes) -> list[str]:
    events = [line.removeprefix(b"data: ") for line in chunks.splitlines() if line.startswith(b"data: ")]
    return [json.loads(event)["WORD"] for event in events]


@pytest.fixture(scope="module")
def speaker(loop: Loop, work_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("speaker")
    fleet = new_fleet("speaker", work_dir, folder / "logs")
    loop.run(fleet.roll(revision(speaker_repository(folder / "models")), print))
    yield fleet
    loop.run(fleet.stop())


@pytest.mark.shows("streaming")
def test_each_word_arrives_before_the_model_is_allowed_the_next(
    loop: Loop, speaker: Fleet, tmp_path: Path
) -> None:
    async def listen() -> tuple[str, list[list[str]], bytes]:
        heard, body = [], spoken(tmp_path / "place", "a stream of words")
        async with asyncio.timeout(30), speaker.stream(headers("speaker"), body) as stream:
            arrived = b""
            for number in range(4):
                while len(words(arrived)) <= number:
                    arrived += await anext(stream.chunks)
                heard.append(words(arrived))
                (tmp_path / "place" / str(number)).touch()
            rest = [chunk async for chunk in stream.chunks]
            return stream.headers["content-type"], heard, b"".join(rest)

    kind, heard, rest = loop.run(listen())
    assert kind.startswith("text/event-stream")
    assert heard == [["a"], ["a", "stream"], ["a", "stream", "of"], ["a", "stream", "of", "words"]]
    assert words(rest) == []


def test_who_leaves_ends_the_model_s_work(loop: Loop, speaker: Fleet, tmp_path: Path) -> None:
    async def leave() -> None:
        body = spoken(tmp_path / "place", "a stream of words")
        async with asyncio.timeout(30), speaker.stream(headers("speaker"), body) as stream:
            await anext(stream.chunks)

    loop.run(leave())
    wait_for((tmp_path / "place" / "cancelled").exists)


@pytest.mark.parametrize(
    ("model", "text", "status", "said"),
    [
        ("speaker", "FAIL", 400, b"lost for words"),
        ("speaker", None, 400, b"missing required input"),
        ("nobody", "x", 404, b"unknown model"),
    ],
)
def test_what_triton_refuses_keeps_its_status(
    loop: Loop, speaker: Fleet, tmp_path: Path, model: str, text: str | None, status: int, said: bytes
) -> None:
    body = b"{}" if text is None else spoken(tmp_path / "place", text)

    async def ask() -> tuple[int, bytes]:
        async with speaker.stream(headers(model), body) as stream:
            return stream.status, b"".join([chunk async for chunk in stream.chunks])

    found, answer = loop.run(ask())
    assert found == status
    assert said in answer


def test_a_path_of_the_container_is_asked_by_its_method(loop: Loop, speaker: Fleet) -> None:
    ready = loop.run(speaker.predict({}, b"", "GET", "/v2/models/mark/ready"))
    unknown = loop.run(speaker.predict({}, b"", "GET", "/v2/models/nobody"))
    inferred = loop.run(speaker.predict({}, mark_body(), "POST", "/v2/models/mark/infer"))
    assert (ready.status, unknown.status) == (200, 404)
    assert outputs(inferred)["MARK"]["data"] == [7]


@pytest.mark.shows("drained")
def test_a_stream_under_way_at_an_update_is_finished_by_the_old_server(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path
) -> None:
    place, events = tmp_path / "place", []
    fleet = new_fleet()
    loop.run(fleet.roll(revision(speaker_repository(tmp_path / "old")), print))

    async def update() -> tuple[bytes, Reply]:
        arrived = b""
        async with (
            asyncio.timeout(60),
            fleet.stream(headers("speaker"), spoken(place, "old words")) as stream,
        ):
            arrived += await anext(stream.chunks)
            new = revision(mark_repository(tmp_path / "new", 8))
            roll = asyncio.create_task(fleet.roll(new, events.append))
            while (reply := await fleet.predict(headers("mark"), mark_body())) and mark(reply) != 8:
                await asyncio.sleep(0.02)
            assert not roll.done(), "the update waits for the stream"
            for number in ("0", "1"):
                (place / number).touch()
            arrived += b"".join([chunk async for chunk in stream.chunks])
        await roll
        return arrived, await fleet.predict(headers("mark"), mark_body())

    arrived, reply = loop.run(update())
    assert words(arrived) == ["old", "words"]
    assert mark(reply) == 8
    assert any("drained" in event for event in events)


def test_a_stream_without_an_end_does_not_hold_an_update_up(
    loop: Loop, new_fleet: Callable[[], Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleets, "DRAIN_SECONDS", 0.1)
    monkeypatch.setattr(servers, "GRACE_SECONDS", 0.5)
    fleet, arrived = new_fleet(), []
    loop.run(fleet.roll(revision(speaker_repository(tmp_path / "old")), print))

    async def update() -> None:
        body = spoken(tmp_path / "place", "old words")
        async with asyncio.timeout(60), fleet.stream(headers("speaker"), body) as stream:
            arrived.append(await anext(stream.chunks))
            await fleet.roll(revision(mark_repository(tmp_path / "new", 8)), print)
            arrived.extend([chunk async for chunk in stream.chunks])

    with pytest.raises(httpx.TransportError):
        loop.run(update())
    assert words(b"".join(arrived)) == ["old"]
    assert mark(loop.run(fleet.predict(headers("mark"), mark_body()))) == 8


def mark(reply: Reply) -> int:
    return int(outputs(reply)["MARK"]["data"][0])


def artifact(folder: Path) -> bytes:
    return packed(speaker_repository(folder))


def test_through_the_emulator_by_the_sdk_and_by_plain_requests(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "place"
    endpoint = m.InferenceHttpEndpoint(endpoint_uri_suffix="/v2/models/{}/ready", http_methods=["GET"])
    with emulator_process(home) as (_, client):
        deployment = client.deploy(
            artifact(tmp_path / "models"),
            variables={"MODEL_DEPLOY_PREDICT_ENDPOINT": "/v2/models/speaker/generate_stream"},
            custom_http_endpoints=[endpoint],
        )
        wait_for(lambda: client.get(deployment).lifecycle_state == "ACTIVE")
        url = f"{client.endpoint}/{deployment}"

        answer = model_deployment_client(home, client).predict_with_response_stream(
            deployment, spoken(place, "one two").decode()
        )
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = answer.data.raw.stream(decode_content=False)
        heard = next(chunks)
        assert words(heard) == ["one"]
        (place / "0").touch()
        (place / "1").touch()
        assert words(heard + b"".join(chunks)) == ["one", "two"]

        left = tmp_path / "left"
        with requests.post(
            f"{url}/predictWithResponseStream",
            data=spoken(left, "one two"),
            auth=client.auth,
            stream=True,
            timeout=30,
        ) as response:
            assert next(response.iter_lines()).startswith(b"data: ")
        wait_for((left / "cancelled").exists)

        for model, status in (("mark", 200), ("speaker", 200), ("nobody", 400)):
            path = f"{url}/predict/v2/models/{model}/ready"
            assert requests.get(path, auth=client.auth, timeout=30).status_code == status


def model_deployment_client(home: Path, client: Client) -> oci.model_deployment.ModelDeploymentClient:
    config = oci.config.from_file(str(home / "oci" / "config"))
    return oci.model_deployment.ModelDeploymentClient(
        config, service_endpoint=client.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
