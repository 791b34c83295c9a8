"""Content that is too large for one upload, on its way through a bucket of the emulator: engine, adapter and
service are real, only the limit is a small one.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.object_storage import models as s

from datascience_emulator.wire.limits import Limits
from reconciler.adapters.clock import RealClock
from reconciler.adapters.connect import Connection
from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.oci.object_storage.large_content import ContentThroughBucket
from reconciler.adapters.oci.object_storage.way import ContentWay
from reconciler.core.model.artifact import (
    Artifact,
    DirectUploads,
    Entry,
    LocalFile,
    Part,
    make_artifact,
    packed_at_most,
)
from reconciler.core.model.errors import Failed, SetupError, StalePlan, StepFailed
from reconciler.core.model.target import ArtifactBucket
from reconciler.engine.publishing.large_content import LargeContents
from reconciler.engine.retry import Caller
from tests.support.deploying import artifact, token
from tests.support.here import start_here, stop_here

PART = 50_000
SMALL = DirectUploads(sure=100_000, most=150_000)


class Killed(BaseException):
    """The process died here."""


@dataclass
class Desk:
    """One run with the bucket. `sent` has the numbers of the parts that it sent."""

    cloud: OciCloud
    bucket: str
    storage: Any
    namespace: str
    sent: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def content(self, what: Artifact) -> ContentThroughBucket:
        content = self.cloud.large_content(what)
        assert content is not None
        send = content.send

        def counted(part: Part) -> None:
            self.sent.append(part.number)
            send(part)

        vars(content).update(send=counted)
        return content

    def publish(
        self,
        what: Artifact,
        model: str,
        prepared: Callable[[ContentThroughBucket], object] = lambda content: None,
    ) -> None:
        content = self.content(what)
        prepared(content)

        async def publish() -> None:
            with ThreadPoolExecutor(4) as pool:
                call = Caller(pool, RealClock(), lambda: 0.0)
                large = LargeContents(self.cloud, tick=0.05)
                await large.send(call, call, content, model, "token", lambda word, _: self.told.append(word))

        asyncio.run(publish())

    def model(self, what: Artifact) -> str:
        return self.cloud.create_model("vision", "acme", what.digest, token())

    def objects(self) -> list[str]:
        return [one.name for one in self.storage.list_objects(self.namespace, self.bucket).data.objects]

    def uploads(self) -> list[Any]:
        found: list[Any] = self.storage.list_multipart_uploads(self.namespace, self.bucket).data
        return found

    def digest_in_catalog(self, model: str) -> str:
        content = self.cloud._client.get_model_artifact_content(model).data.content
        return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cloud in which parts may be small."""
    home = tmp_path_factory.mktemp("emulator")
    start_here(home, limits=Limits(part_bytes=1))
    yield process.ensure(home, lambda _: None)
    stop_here(home)


@pytest.fixture
def desks(connection: Connection, running: Running, request: pytest.FixtureRequest) -> Callable[[], Desk]:
    """Runs of one after the other, which know nothing of each other, on one bucket."""
    access = connection.cloud._access
    name = request.node.name.replace("[", ".").replace("]", "")
    storage = oci.object_storage.ObjectStorageClient(access.config, service_endpoint=access.endpoint)
    namespace = storage.get_namespace().data
    storage.create_bucket(namespace, s.CreateBucketDetails(name=name, compartment_id=running.compartment))
    way = ContentWay(ArtifactBucket(name, "", "models/large"), SMALL, PART)

    def desk() -> Desk:
        cloud = OciCloud(access, running.compartment, f"project of {name}", True, fetcher(), way)
        cloud.ensure_project(f"project of {name}", token())
        return Desk(cloud, name, storage, namespace)

    return desk


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Four parts: in the middle of one a small file, of which nothing may go out before it is known."""
    folder = tmp_path_factory.mktemp("large")
    sizes = {"a/config.pbtxt": 20, "a/1/one.bin": PART + 1000, "a/1/two.bin": 2 * PART, "b/1/m": 3}
    return make_artifact([entry(folder, path, size) for path, size in sizes.items()], frozenset())


def entry(folder: Path, path: str, size: int) -> Entry:
    content = hashlib.shake_256(path.encode()).digest(1000) * (size // 1000 + 1)
    file = folder / path.replace("/", "-")
    file.write_bytes(content[:size])
    return Entry(path, hashlib.sha256(content[:size]).hexdigest(), size, LocalFile(str(file)))


def packed(cloud: OciCloud, what: Artifact) -> str:
    """What a direct upload of the same would put into the catalog."""
    model = cloud.create_model("vision", "acme", what.digest, token())
    cloud.upload(model, what, lambda sent, size: None)
    return hashlib.sha256(cloud._client.get_model_artifact_content(model).data.content).hexdigest()


def test_the_catalog_gets_the_same_bytes_and_the_bucket_is_left_empty(
    desks: Callable[[], Desk], large: Artifact
) -> None:
    desk = desks()
    model = desk.model(large)
    desk.publish(large, model)
    assert desk.digest_in_catalog(model) == packed(desk.cloud, large)
    assert (desk.objects(), desk.uploads()) == ([], [])
    assert sorted(desk.sent) == [1, 2, 3, 4]
    size = desk.content(large).size()
    assert f"{size:,} of {size:,} bytes sent" in desk.told


def test_small_content_is_sent_directly(desks: Callable[[], Desk]) -> None:
    assert desks().cloud.large_content(artifact("x" * 1000)) is None


def test_without_a_bucket_more_is_refused_before_anything_is_sent(
    connection: Connection, running: Running, large: Artifact
) -> None:
    access = connection.cloud._access
    cloud = OciCloud(access, running.compartment, "p", True, fetcher(), ContentWay(None, SMALL))
    with pytest.raises(Failed, match=r"Nothing was sent: give the target .* \(artifacts: \{bucket: NAME\}\)"):
        cloud.large_content(large)
    assert cloud.large_content(artifact("x" * 120_000)) is None  # more than is sure, and not too much


@pytest.mark.parametrize("killed_at", [2, 4])
def test_a_killed_run_is_gone_on_with(desks: Callable[[], Desk], large: Artifact, killed_at: int) -> None:
    first = desks()
    model = first.model(large)

    def kill(content: ContentThroughBucket) -> None:
        send = content.send

        def dying(part: Part) -> None:
            if part.number == killed_at:
                raise Killed
            send(part)

        vars(content).update(send=dying, held_parts=lambda: 1)

    with pytest.raises(Killed):
        first.publish(large, model, kill)
    assert first.sent == list(range(1, killed_at))
    second = desks()
    second.publish(large, model)
    assert sorted(second.sent) == list(range(killed_at, 5))
    assert second.digest_in_catalog(model) == packed(second.cloud, large)
    assert (second.objects(), second.uploads()) == ([], [])


@pytest.mark.parametrize("step", ["commit", "transfer", "check", "remove"])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_killed_around_a_step_is_gone_on_with(
    desks: Callable[[], Desk], large: Artifact, step: str, after: bool
) -> None:
    first = desks()
    model = first.model(large)

    def kill(content: ContentThroughBucket) -> None:
        method = getattr(content, step)

        def dying(*arguments: Any) -> None:
            if after:
                method(*arguments)
            raise Killed

        setattr(content, step, dying)

    with pytest.raises(Killed):
        first.publish(large, model, kill)
    second = desks()
    second.publish(large, model)
    assert second.sent == []
    assert second.digest_in_catalog(model) == packed(second.cloud, large)
    assert (second.objects(), second.uploads()) == ([], [])
    works = second.cloud._client.list_work_requests(
        second.cloud._compartment, resource_id=model, operation_type="EXPORT_MODEL_ARTIFACT"
    ).data
    assert len(works) == 1


def test_a_part_of_something_else_is_sent_again(desks: Callable[[], Desk], large: Artifact) -> None:
    first = desks()
    model = first.model(large)
    content = first.content(large)
    content.open()
    first.storage.upload_part(
        first.namespace, first.bucket, content._name, content._upload, 2, b"what was sent by a broken run"
    )
    first.storage.upload_part(first.namespace, first.bucket, content._name, content._upload, 9, b"one more")
    second = desks()
    second.publish(large, model)
    assert sorted(second.sent) == [1, 2, 3, 4]
    assert second.digest_in_catalog(model) == packed(second.cloud, large)


def test_two_runs_at_the_same_time_both_end_well(desks: Callable[[], Desk], large: Artifact) -> None:
    one, two = desks(), desks()
    model = one.model(large)
    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(desk.publish, large, model) for desk in (one, two)]:
            run.result()
    assert one.digest_in_catalog(model) == packed(one.cloud, large)
    assert (one.objects(), one.uploads()) == ([], [])


def test_a_part_that_another_run_has_sent_meanwhile_stays(desks: Callable[[], Desk], large: Artifact) -> None:
    """A part that is sent once more has another etag, and whoever puts the parts together now would fail."""
    one, two = desks(), desks()
    contents = [one.content(large), two.content(large)]
    for content in contents:
        content.open()
    etags = []
    for content in contents:
        part = content.read()
        assert part is not None
        assert not part.there
        content.send(part)
        etags.append(content._bucket.parts(content._name, content._upload)[1])
    assert etags[0] == etags[1]


def test_parts_are_as_large_as_the_service_wants_them() -> None:
    """Two packages that know nothing of each other."""
    assert ContentWay().part >= Limits().part_bytes


def test_what_is_still_being_sent_by_an_earlier_try_spoils_nothing(
    desks: Callable[[], Desk], large: Artifact
) -> None:
    """A try that has failed ends before the threads that send its parts."""
    content = desks().content(large)
    content.open()
    late = content.read()
    content.open()
    first = content.read()
    assert late is not None
    assert first is not None
    before = bytes(first.content)
    content.send(late)
    assert content.read() is not None
    assert bytes(first.content) == before
    content.send(first)


def test_an_object_of_somebody_else_stays(desks: Callable[[], Desk], large: Artifact) -> None:
    desk = desks()
    model = desk.model(large)
    name = desk.content(large)._name
    assert name == f"models/large/{large.digest.removeprefix('sha256:')}.zip"
    desk.storage.put_object(desk.namespace, desk.bucket, name, b"theirs")
    with pytest.raises(Failed, match="is in the way: it was not put there by this tool"):
        desk.publish(large, model)
    assert desk.storage.get_object(desk.namespace, desk.bucket, name).data.content == b"theirs"
    assert not desk.cloud.has_content(model)


def test_an_object_that_was_tampered_with_is_not_published(
    desks: Callable[[], Desk], large: Artifact
) -> None:
    desk = desks()
    model = desk.model(large)
    content = desk.content(large)
    mark = {"triton-artifact": large.digest}
    desk.storage.put_object(desk.namespace, desk.bucket, content._name, b"x" * content.size(), opc_meta=mark)
    with pytest.raises(Failed, match="holds something else than this content"):
        desk.publish(large, model)
    assert not desk.cloud.has_content(model)


def test_a_file_that_changes_meanwhile_leaves_nothing_behind(
    desks: Callable[[], Desk], tmp_path: Path
) -> None:
    desk = desks()
    changing = make_artifact([entry(tmp_path, "m/1/a", 2 << 20)], frozenset())
    model = desk.model(changing)
    (source,) = tmp_path.iterdir()
    with source.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    with pytest.raises(StalePlan):
        desk.publish(changing, model)
    assert (desk.objects(), desk.uploads()) == ([], [])
    assert not desk.cloud.has_content(model)


def test_a_bucket_that_is_not_there_is_told(
    connection: Connection, running: Running, large: Artifact
) -> None:
    way = ContentWay(ArtifactBucket("nowhere"), SMALL)
    cloud = OciCloud(connection.cloud._access, running.compartment, "p", True, fetcher(), way)
    content = cloud.large_content(large)
    assert content is not None
    with pytest.raises(SetupError, match=r"there is no bucket nowhere in the namespace .*: create it"):
        content.open()


def test_a_transfer_that_fails_is_told_with_what_it_needs(desks: Callable[[], Desk], large: Artifact) -> None:
    """The object goes away between the call and the work, as it would where the service may not read it."""
    desk = desks()
    model = desk.model(large)

    def vanishing(content: ContentThroughBucket) -> None:
        transfer = content.transfer

        def begin(model: str, token: str) -> str:
            content.remove()
            return transfer(model, token)

        vars(content).update(transfer=begin)

    with pytest.raises(StepFailed, match="allow service datascience to manage object-family") as caught:
        desk.publish(large, model, vanishing)
    assert "ObjectNotFound" in str(caught.value) or "does not exist" in str(caught.value)
    again = desks()  # with another token, or it would get the same failure again
    again.publish(large, model)
    assert again.digest_in_catalog(model) == packed(again.cloud, large)


def test_content_of_another_size_is_never_taken_for_ours(desks: Callable[[], Desk], large: Artifact) -> None:
    desk = desks()
    model = desk.model(large)
    desk.cloud.upload(model, artifact("something else"), lambda sent, size: None)
    with pytest.raises(Failed, match=r"holds .* bytes and not .*Delete that catalog model"):
        desk.publish(large, model)


def test_what_it_packs_to_is_never_more_than_planned(desks: Callable[[], Desk], large: Artifact) -> None:
    most = packed_at_most(large)
    assert most is not None
    assert 0 <= most - desks().content(large).size() < 2000
    assert Counter(type(item.source) for item in large.entries) == {LocalFile: 4}
