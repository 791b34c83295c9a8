"""OciCloud against the emulator as a process: projects and models, over real HTTP, really signed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.deploying import artifact, published, token

from reconciler.adapters.connect import Connection
from reconciler.adapters.oci_cloud import OciCloud
from reconciler.core.errors import NotFound
from reconciler.core.spec import Revision


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
    cloud.mark_published(model, "vision", "acme", content.digest)

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


def test_the_listing_of_a_live_artifact(cloud: OciCloud) -> None:
    model = published(cloud, artifact())
    names, configs = cloud.listing(model)
    assert set(names) == {"resnet/config.pbtxt", "resnet/1/model.bin"}
    assert configs == {"resnet": 'name: "resnet"'}
    with pytest.raises(NotFound):
        cloud.listing(cloud.create_model("empty", "acme", "sha256:2", token()))


def test_deleting_a_model_twice_is_no_error(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", "sha256:1", token())
    cloud.delete_model(model)
    cloud.delete_model(model)
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
