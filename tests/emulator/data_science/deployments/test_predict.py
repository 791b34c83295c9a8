"""The predict endpoints: what they refuse, how streams pass through, and what reaches the servers."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import oci
import pytest
import requests

from datascience_emulator.readings import Readings
from datascience_emulator.wire.limits import Limits, Rate
from tests.support.emulator import Emulator, FakeFleet, FakeServing, Reply, Stream
from tests.support.waiting import wait_for

EVENTS = {"content-type": "text/event-stream"}


@dataclass
class Speaker:
    """A server that streams: each chunk when the test has set its event; `closed` once nobody listens."""

    headers: dict[str, str] = field(default_factory=lambda: dict(EVENTS))
    status: int = 200
    allowed: list[threading.Event] = field(default_factory=lambda: [threading.Event() for _ in range(3)])
    closed: threading.Event = field(default_factory=threading.Event)
    breaks: bool = False

    @asynccontextmanager
    async def __call__(self, reply: Reply) -> AsyncIterator[Stream]:
        try:
            yield Stream(self.status, self.headers, self.chunks())
        finally:
            self.closed.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        for number, event in enumerate(self.allowed):
            while not event.is_set():
                await asyncio.sleep(0.005)
            if self.breaks and number:
                raise ConnectionError("the server is gone")
            yield f"data: {number}\n\n".encode()

    def allow_all(self) -> None:
        for event in self.allowed:
            event.set()


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def streaming(start: Callable[..., Emulator], speaker: Speaker) -> Emulator:
    return start(serving=FakeServing(stream=speaker))


def listen(emulator: Emulator, deployment: str) -> requests.Response:
    url = f"{emulator.endpoint}/{deployment}/predictWithResponseStream"
    return requests.post(url, data=b"{}", auth=emulator.auth, stream=True, timeout=10)


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestStreams:
    @pytest.mark.shows("streaming")
    def test_each_chunk_arrives_before_the_server_goes_on(
        self, streaming: Emulator, speaker: Speaker
    ) -> None:
        deployment = streaming.deploy()
        speaker.allowed[0].set()
        with listen(streaming, deployment) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["transfer-encoding"] == "chunked"
            assert answer.headers["trailer"] == "StreamFailure"
            assert answer.headers["opc-request-id"]
            chunks = answer.iter_content(None)
            assert next(chunks) == b"data: 0\n\n"
            assert not speaker.closed.is_set()
            speaker.allow_all()
            assert b"".join(chunks) == b"data: 1\n\ndata: 2\n\n"
        assert speaker.closed.wait(10)

    def test_who_hangs_up_ends_the_server_s_work(self, streaming: Emulator, speaker: Speaker) -> None:
        deployment = streaming.deploy()
        speaker.allowed[0].set()
        with listen(streaming, deployment) as answer:
            assert next(answer.iter_content(None)) == b"data: 0\n\n"
        assert speaker.closed.wait(10)

    def test_a_stream_that_breaks_off_is_not_taken_for_whole(
        self, streaming: Emulator, speaker: Speaker
    ) -> None:
        deployment = streaming.deploy()
        speaker.breaks = True
        speaker.allow_all()
        with listen(streaming, deployment) as answer, pytest.raises(requests.exceptions.ChunkedEncodingError):
            b"".join(answer.iter_content(None))
        assert speaker.closed.wait(10)
        assert streaming.predict(deployment).status_code == 200

    def test_a_stream_is_counted_once_it_is_over(self, streaming: Emulator, speaker: Speaker) -> None:
        deployment, cloud = streaming.deploy(), streaming.app.state.cloud
        speaker.allowed[0].set()
        with listen(streaming, deployment) as answer:
            chunks = answer.iter_content(None)
            size = len(next(chunks))
            assert cloud.metrics.series() == []
            speaker.allow_all()
            size += sum(len(chunk) for chunk in chunks)
        wait_for(lambda: cloud.logs.access(deployment))
        (line,) = cloud.logs.access(deployment)
        assert (line.text, line.facts["status"]) == ("POST /predictWithResponseStream 1.1", 200)
        always = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        ((_, _, shares),) = cloud.metrics.observed("PredictBandwidth", *always)
        share = 100 * (size + len(b"{}")) * 8 / (10e6 * 60)  # of 10 Mbps in a minute
        assert list(shares) == [pytest.approx(share)]

    def test_chunks_of_anything_are_a_stream(self, streaming: Emulator, speaker: Speaker) -> None:
        speaker.headers = {"content-type": "text/plain", "transfer-encoding": "chunked"}
        speaker.allow_all()
        with listen(streaming, streaming.deploy()) as answer:
            assert answer.status_code == 200
            assert answer.content.count(b"data") == 3

    def test_an_answer_that_is_no_stream_is_refused_and_closed(
        self, streaming: Emulator, speaker: Speaker
    ) -> None:
        speaker.headers = {"content-type": "application/json"}
        answer = listen(streaming, streaming.deploy())
        assert code(answer) == (409, "ExternalServerIncorrectState")
        assert speaker.closed.is_set()

    @pytest.mark.shows("servers-own-errors")
    def test_what_the_server_refuses_keeps_its_status(self, streaming: Emulator, speaker: Speaker) -> None:
        speaker.status, speaker.headers = 400, {"content-type": "application/json"}
        speaker.allow_all()
        answer = listen(streaming, streaming.deploy())
        assert (answer.status_code, answer.content) == (400, b"data: 0\n\ndata: 1\n\ndata: 2\n\n")

    def test_the_sdk_s_client_streams_and_predicts(self, streaming: Emulator, speaker: Speaker) -> None:
        deployment = streaming.deploy(variables={"MODEL_DEPLOY_PREDICT_ENDPOINT": "/v1/completions"})
        client = oci.model_deployment.ModelDeploymentClient(
            streaming.config,
            service_endpoint=streaming.endpoint,
            retry_strategy=oci.retry.NoneRetryStrategy(),
        )
        assert "one" in client.predict(deployment, '{"x": 1}').data
        speaker.allowed[0].set()
        events = client.predict_with_response_stream(deployment, "{}").data.events()
        assert next(events).data == "0"
        speaker.allow_all()
        assert [event.data for event in events] == ["1", "2"]
        with pytest.raises(oci.exceptions.ServiceError) as error:
            client.predict("ocid1.datasciencemodeldeployment.oc1.iad.nobody", "{}")
        assert (error.value.status, error.value.code) == (404, "NotAuthorizedOrNotFound")


async def _never(*arguments: Any) -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


class TestRefusals:
    def test_a_server_that_takes_too_long(
        self, start: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator = start(limits=Limits(predict_seconds=0.05))
        deployment = emulator.deploy()
        monkeypatch.setattr(FakeFleet, "predict", _never)
        assert code(emulator.predict(deployment)) == (500, "InternalServerError")
        assert code(listen(emulator, deployment)) == (500, "InternalServerError")

    def test_a_stream_may_last_longer(self, start: Callable[..., Emulator], speaker: Speaker) -> None:
        emulator = start(serving=FakeServing(stream=speaker), limits=Limits(predict_seconds=0.05))
        deployment = emulator.deploy()
        speaker.allowed[0].set()
        with listen(emulator, deployment) as answer:
            chunks = answer.iter_content(None)
            next(chunks)
            threading.Timer(0.2, speaker.allow_all).start()
            assert b"".join(chunks) == b"data: 1\n\ndata: 2\n\n"

    def test_over_the_rate_of_the_tenancy(self, start: Callable[..., Emulator]) -> None:
        emulator = start(limits=Limits(predict_rate=0))
        deployment = emulator.deploy()
        assert code(emulator.predict(deployment)) == (429, "TooManyRequests")
        assert code(listen(emulator, deployment)) == (429, "TooManyRequests")

    @pytest.mark.parametrize("endpoint", ["predict", "predictWithResponseStream"])
    def test_the_same_on_both_endpoints(self, emulator: Emulator, endpoint: str) -> None:
        deployment = emulator.deploy()
        url = f"{emulator.endpoint}/{deployment}/{endpoint}"
        unknown = url.replace(deployment, deployment[:-1])
        post = {"auth": emulator.auth, "timeout": 10}
        assert code(requests.post(url, data=iter([b"{}"]), timeout=10)) == (411, "LengthRequired")
        assert code(requests.post(url, data=b"x" * 10_500_000, **post)) == (413, "PayloadTooLarge")
        assert code(requests.post(url, data=b"{}", timeout=10)) == (401, "NotAuthenticated")
        assert code(requests.post(unknown, data=b"{}", **post)) == (404, "NotAuthorizedOrNotFound")
        assert code(requests.put(url, data=b"{}", **post)) == (405, "MethodNotAllowed")
        emulator.client.deactivate_model_deployment(deployment)
        emulator.settle(deployment)
        assert code(requests.post(url, data=b"{}", **post)) == (404, "NotAuthorizedOrNotFound")


def test_a_rate_is_a_bucket_that_fills_up_in_a_second() -> None:
    rate = Rate(150)
    assert sum(rate.take(100.0) for _ in range(1000)) == 150
    assert sum(rate.take(100.5) for _ in range(1000)) == 75
    assert sum(rate.take(200.0) for _ in range(1000)) == 150


@pytest.mark.parametrize(
    ("reading", "read"),
    [
        ("either", {"model_name", "model-name", "model_version", "model-version"}),
        ("underscores", {"model_name", "model_version"}),
        ("hyphens", {"model-name", "model-version"}),
    ],
)
@pytest.mark.shows("header-spelling")
def test_which_spelling_of_the_headers_counts(start: Any, reading: str, read: set[str]) -> None:
    emulator = start(readings=Readings(triton_headers=reading))
    given = {"model_name": "a", "model-name": "b", "model_version": "1", "model-version": "2"}
    answer = emulator.predict(emulator.deploy(), **given)
    assert {name for name in given if name in json.loads(answer.content)["headers"]} == read
