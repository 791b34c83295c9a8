"""What a run does with large content of which an earlier run has brought some of the way behind it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reconciler.adapters.clock import RealClock
from reconciler.core.model.artifact import Artifact, Part
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    Failed,
    ServiceAnswer,
    StepFailed,
    Transient,
    Trouble,
)
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.steps import PublishModel
from reconciler.engine.catalog import RunCatalog
from reconciler.engine.publishing.large_content import LargeContents
from reconciler.engine.retry import Caller
from tests.support.deploying import artifact
from tests.support.memory import MemoryCloud

RUNNING, DONE, FAILED = (
    WorkProgress(40.0, False, False),
    WorkProgress(100.0, True, False),
    WorkProgress(40.0, True, True),
)


class Service:
    """A catalog model that is filled by work requests, and the content for it, in three parts. `answers` are
    what is told of each work request, one after the other.
    """

    def __init__(self, **answers: list[WorkProgress]) -> None:
        self.answers = answers
        self.filled = False
        self.works = list(answers)
        self.stored, self.kept = False, True
        self.sent: list[int] = []
        self.tokens: list[str] = []
        self.trouble_with: dict[str, list[Exception]] = {}
        self.largest = self.holding = 0

    # -- the cloud

    def has_content(self, model: str) -> bool:
        return self.filled

    def newest_work(self, model: str) -> str:
        return self.works[-1] if self.works else ""

    def work_request(self, ocid: str) -> WorkProgress:
        left = self.answers[ocid]
        progress = left.pop(0) if len(left) > 1 else left[0]
        self.filled = self.filled or (progress.done and not progress.failed)
        return progress

    def trouble(self, work: str) -> Trouble:
        return Trouble(work, ("no leave",))

    def catalog_entry(self, entry: str, group: bool) -> None:
        """It is there."""

    # -- the content

    def size(self) -> int:
        return 30

    def held_parts(self) -> int:
        return 2

    def bucket_name(self) -> str:
        return "b"

    def open(self) -> None:
        self._parts: Iterator[int] = iter((1, 2, 3))

    def read(self) -> Part | None:
        number = next(self._parts, None)
        if number is None:
            return None
        self.holding += 1
        self.largest = max(self.largest, self.holding)
        return Part(number, 10, memoryview(b"x"), "", there=False)

    def send(self, part: Part) -> None:
        if errors := self.trouble_with.get("send"):
            raise errors.pop(0)
        self.sent.append(part.number)
        self.holding -= 1

    def commit(self) -> None:
        self.stored = True

    def abandon(self) -> None:
        raise AssertionError("nothing was to be dropped")

    def transfer(self, model: str, token: str) -> str:
        if errors := self.trouble_with.get("transfer"):
            raise errors.pop(0)
        self.tokens.append(token)
        self.works.append(f"new{len(self.tokens)}")
        self.answers.setdefault(self.works[-1], [RUNNING, DONE])
        return self.works[-1]

    def check(self, model: str) -> None:
        assert self.filled

    def remove(self) -> None:
        if errors := self.trouble_with.get("remove"):
            raise errors.pop(0)
        self.stored = self.kept = False


class Hasty(RealClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def publish(service: Any) -> list[str]:
    told: list[str] = []

    async def send() -> None:
        with ThreadPoolExecutor(8) as pool:
            call = Caller(pool, Hasty(), lambda: 0.0)
            large = LargeContents(service, tick=0.0)
            await large.send(call, call, service, "model", "token", lambda words, _: told.append(words))

    asyncio.run(send())
    return told


def answer(status: int) -> ServiceAnswer:
    return ServiceAnswer("asking", status, "", "said the service")


def test_all_the_way() -> None:
    service = Service()
    told = publish(service)
    assert sorted(service.sent) == [1, 2, 3]
    assert service.filled
    assert not service.stored
    assert service.largest <= 2
    assert told == [f"{size} of 30 bytes sent" for size in (10, 20, 30)] + [
        "the service takes it from the bucket"
    ]


def test_no_more_parts_are_held_than_may_be() -> None:
    class Slow(Service):
        """It takes a moment to send a part, in which more could be read than may be held."""

        def open(self) -> None:
            self._parts = iter(range(1, 6))
            self.full = threading.Condition()

        def read(self) -> Part | None:
            with self.full:
                part = super().read()
                self.full.notify_all()
                return part

        def send(self, part: Part) -> None:
            with self.full:
                self.full.wait_for(lambda: self.holding > 2, timeout=0.1)
                super().send(part)

    service = Slow()
    publish(service)
    assert sorted(service.sent) == list(range(1, 6))
    assert service.largest == 2


def test_what_the_catalog_has_is_not_sent_and_the_bucket_is_cleaned() -> None:
    service = Service()
    service.filled = service.stored = True
    publish(service)
    assert (service.sent, service.tokens, service.stored) == ([], [], False)


def test_work_that_an_earlier_run_has_begun_is_waited_for() -> None:
    service = Service(earlier=[RUNNING, RUNNING, DONE])
    publish(service)
    assert (service.sent, service.tokens) == ([], [])
    assert not service.kept


def test_work_of_an_earlier_run_that_failed_is_begun_again_with_another_token() -> None:
    fresh, again = Service(), Service(earlier=[RUNNING, FAILED])
    publish(fresh)
    publish(again)
    assert len(again.tokens) == 1
    assert again.tokens != fresh.tokens


def test_work_that_fails_is_told_with_the_policies() -> None:
    service = Service(new1=[RUNNING, FAILED])
    service.works = []
    with pytest.raises(StepFailed, match="allow service datascience") as caught:
        publish(service)
    assert "no leave" in str(caught.value)
    assert service.kept, "the object is there for the next run"


def test_another_run_that_is_faster_is_no_failure() -> None:
    service = Service()
    service.trouble_with = {"transfer": [Conflict(answer(409))]}
    publish(service)
    assert service.filled


def test_what_stays_refused_is_told() -> None:
    service = Service()
    service.trouble_with = {"transfer": [Conflict(answer(409)) for _ in range(20)]}
    with pytest.raises(Conflict):
        publish(service)


def test_a_part_whose_sending_broke_off_is_sent_again_alone() -> None:
    service = Service()
    service.trouble_with = {"send": [Transient(answer(503))]}
    publish(service)
    assert sorted(service.sent) == [1, 2, 3]


def test_a_part_that_is_refused_ends_it_with_that_error() -> None:
    service = Service()
    service.trouble_with = {"send": [CloudError(answer(400))]}
    with pytest.raises(CloudError, match="400"):
        publish(service)
    assert not service.stored


def test_an_object_that_cannot_be_deleted_spoils_nothing() -> None:
    service = Service()
    service.trouble_with = {"remove": [CloudError(answer(403))]}
    told = publish(service)
    assert service.filled
    assert told[-1].startswith("the object stays in the bucket: ")


def test_a_failure_of_our_own_is_raised_as_it_is() -> None:
    service = Service()
    service.trouble_with = {"send": [Failed("the disk is full")]}
    with pytest.raises(Failed, match="the disk is full"):
        publish(service)


class CloudWithBucket(MemoryCloud):
    """Takes content through a bucket alone."""

    def through(self, service: Service) -> "CloudWithBucket":
        self.service = service
        return self

    def large_content(self, artifact: Artifact) -> Any:
        return self.service

    def has_content(self, model: str) -> bool:
        return self.service.filled

    def newest_work(self, deployment: str) -> str:
        return self.service.newest_work(deployment)

    def work_request(self, ocid: str) -> WorkProgress:
        return self.service.work_request(ocid)


@pytest.mark.parametrize("killed_before", [False, True])
def test_a_catalog_model_is_marked_when_its_content_is_there(killed_before: bool) -> None:
    content = artifact("large")
    cloud = CloudWithBucket().through(Service())
    if killed_before:
        cloud.create_model("vision", "acme", content.digest, "of an earlier run")
    step = PublishModel(content, "vision", "acme", None, "token")

    async def publish() -> str:
        with ThreadPoolExecutor(8) as pool:
            call = Caller(pool, Hasty(), lambda: 0.0)
            return await RunCatalog.of(cloud, "acme", pool).publish(call, step, lambda words, percent: None)

    ocid = asyncio.run(publish())
    (model,) = cloud.models.values()
    assert (model.ocid, model.artifact, model.publishing) == (ocid, content.digest, None)
    assert sorted(cloud.service.sent) == [1, 2, 3]
    assert "upload" not in cloud.writes
