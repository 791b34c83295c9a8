"""OciCloud against the emulator as a process: projects and models, over real HTTP, really signed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from oci.data_science.models import UpdateModelDetails

from reconciler.adapters.connect import Connection, connect
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.errors import EtagMismatch, NotFound
from reconciler.core.model.live import NAME
from reconciler.core.model.spec import Revision
from reconciler.core.model.target import EmulatorTarget
from tests.support.deploying import artifact, published, token


def test_a_project_is_made_once_and_found_again(connection: Connection) -> None:
    cloud = connection.cloud
    before = cloud.snapshot()
    assert (before.project.ocid, before.project.create, before.models) == (None, True, ())
    made = cloud.ensure_project(before.project.name, "t1")
    assert cloud.ensure_project(before.project.name, "t2") == made
    assert cloud.snapshot().project.ocid == made


def test_a_project_can_be_named_by_its_ocid(cloud: OciCloud) -> None:
    project = cloud.snapshot().project
    assert project.ocid
    assert cloud.ensure_project(project.ocid, "unused") == project.ocid
    with pytest.raises(NotFound):
        cloud.ensure_project(project.ocid + "x", "unused")


def test_publishing_marks_content_only_when_it_has_arrived(cloud: OciCloud) -> None:
    content = artifact("x" * 3_000_000)
    model = cloud.create_model("vision", "acme", content.digest, token())
    (fresh,) = cloud.snapshot().models
    assert (fresh.ocid, fresh.publishing, fresh.artifact) == (model, content.digest, None)
    assert not cloud.has_content(model)

    told: list[tuple[int, int]] = []
    cloud.upload(model, content, lambda sent, size: told.append((sent, size)))
    cloud.mark_published(model, "vision", "acme", content)

    assert cloud.has_content(model)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 3_000_000
    (done,) = cloud.snapshot().models
    assert (done.owner, done.name, done.artifact) == ("acme", "vision", content.digest)
    assert done.publishing is None
    assert done.active


def test_the_same_token_makes_no_second_model(cloud: OciCloud) -> None:
    once = token()
    first = cloud.create_model("vision", "acme", "sha256:1", once)
    assert cloud.create_model("vision", "acme", "sha256:1", once) == first
    assert len(cloud.snapshot().models) == 1


def test_provenance_may_be_told_twice(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    for commit in ("a" * 40, "b" * 40):
        cloud.set_provenance(model, Revision(commit, "main", "https://example.com/models.git"))
    told = cloud._client.get_model_provenance(model).data
    assert (told.git_commit, told.git_branch) == ("b" * 40, "main")
    assert told.repository_url == "https://example.com/models.git"


class Rival:
    """Another run, which acts when `cloud` has got an answer about this path, the first `times` times."""

    def __init__(self, cloud: OciCloud, path: str, act: Callable[[int], object], times: int) -> None:
        self.path, self.act, self.times, self.acted = path, act, times, 0
        cloud._client.base_client.session.hooks["response"].append(self)

    def __call__(self, response: Any, **_: object) -> None:
        met = response.request.method == "GET" and urlsplit(response.url).path.endswith(self.path)
        if met and self.acted < self.times:
            self.acted += 1
            self.act(self.acted)


@pytest.fixture
def other(cloud: OciCloud, connection: Connection, running: Running) -> OciCloud:
    """Another run's view of the same project."""
    home = str(Path(running.config_file).parents[1])
    target = EmulatorTarget("local", home, connection.cloud.snapshot().project.name)
    return connect(target, lambda _: None).cloud


def tagged(cloud: OciCloud, model: str, number: int) -> None:
    tags = {**cloud._client.get_model(model).data.freeform_tags, f"round{number}": "x"}
    cloud._client.update_model(model, UpdateModelDetails(freeform_tags=tags))


def test_two_runs_that_publish_the_same_end_with_one_entry(cloud: OciCloud, other: OciCloud) -> None:
    content = artifact()
    model = cloud.create_model("vision", "acme", content.digest, token())
    cloud.upload(model, content, lambda *_: None)

    def publish(_: int) -> None:
        tagged(other, model, 1)
        other.mark_published(model, "vision", "acme", content)

    rival = Rival(cloud, f"/models/{model}", publish, times=1)
    cloud.mark_published(model, "vision", "acme", content)
    assert rival.acted == 1
    (done,) = cloud.snapshot().models
    assert (done.artifact, done.publishing) == (content.digest, None)
    assert cloud._client.get_model(model).data.freeform_tags["round1"] == "x"


def test_somebody_who_is_always_faster_is_not_waited_for(cloud: OciCloud, other: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    rival = Rival(cloud, f"/models/{model}", lambda number: tagged(other, model, number), times=100)
    with pytest.raises(EtagMismatch):
        cloud.mark_published(model, "vision", "acme", artifact())
    assert 1 < rival.acted < 10


def test_two_runs_that_tell_a_provenance_end_with_the_last(cloud: OciCloud, other: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    theirs, ours = (Revision(letter * 40, "main", "https://example.com/models.git") for letter in "ab")
    rival = Rival(
        cloud, f"/models/{model}/provenance", lambda _: other.set_provenance(model, theirs), times=1
    )
    cloud.set_provenance(model, ours)
    assert rival.acted == 1
    assert cloud._client.get_model_provenance(model).data.git_commit == "b" * 40


def test_many_runs_publish_at_once(cloud: OciCloud) -> None:
    content = artifact()
    model = cloud.create_model("vision", "acme", content.digest, token())

    def publish(letter: str) -> None:
        cloud.set_provenance(model, Revision(letter * 40, "main", ""))
        cloud.mark_published(model, "vision", "acme", content)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, "ab"))
    assert cloud.snapshot().models[0].artifact == content.digest


def test_the_files_of_a_live_artifact(cloud: OciCloud) -> None:
    content = cloud.content(published(cloud, artifact()))
    assert set(content.paths()) == {"resnet/config.pbtxt", "resnet/1/model.bin"}
    assert content.read("resnet/config.pbtxt", 0, 99) == b'name: "resnet"'
    with pytest.raises(NotFound):
        cloud.content(cloud.create_model("empty", "acme", "sha256:2", token()))


def test_deleting_a_model_twice_is_no_error(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    _, etag = cloud.catalog_entry(model, False)
    cloud.delete_model(model, etag)
    cloud.delete_model(model, etag)
    (gone,) = cloud.snapshot().models
    assert (gone.ocid, gone.active) == (model, False)


def test_many_threads_share_one_cloud(cloud: OciCloud) -> None:
    def publish(number: int) -> str:
        return published(cloud, artifact(f"weights {number}"))

    with ThreadPoolExecutor(max_workers=32) as pool:
        models = list(pool.map(publish, range(64)))
    assert len(set(models)) == 64
    listed = cloud.snapshot().models
    assert {item.ocid for item in listed} == set(models)
    assert len({item.artifact for item in listed}) == 64


def test_renaming_a_model_keeps_its_other_tags_and_twice_is_no_second_change(cloud: OciCloud) -> None:
    content = artifact()
    model = published(cloud, content)
    told = cloud._client.get_model(model).data
    tags = {**told.freeform_tags, "team": "vision"}
    cloud._client.update_model(model, UpdateModelDetails(freeform_tags=tags))
    cloud.rename_model(model, "seeing", group=False)
    (renamed,) = cloud.snapshot().models
    assert (renamed.display_name, renamed.name, renamed.artifact) == ("seeing", "seeing", content.digest)
    assert cloud._client.get_model(model).data.freeform_tags == {**tags, NAME: "seeing"}
    etag = cloud._client.get_model(model).headers["etag"]
    cloud.rename_model(model, "seeing", group=False)
    assert cloud._client.get_model(model).headers["etag"] == etag
