"""Content that is too large for one upload: refused without a bucket, told with one."""

from dataclasses import replace

import pytest

from reconciler.core.model.artifact import (
    Artifact,
    DirectUploads,
    Entry,
    Remote,
    make_artifact,
    packed_at_most,
)
from reconciler.core.model.target import ArtifactBucket
from reconciler.core.planning.plan import Action
from tests.support.reviews import World, models, spec
from tests.support.transitions import the

GB = 10**9
BUCKET = ArtifactBucket("artifacts")


def of_size(size: int | None) -> Artifact:
    plain = models("trained in July")
    first, *others = plain.entries
    rest = [replace(entry, size=1) for entry in others]
    return replace(plain, entries=(replace(first, size=size), *rest))


@pytest.mark.parametrize("size", [1, 3 * GB, int(5.99 * GB)])
def test_without_a_bucket_one_upload_takes_6_gb(size: int) -> None:
    item = the(World().plan(spec(artifact=of_size(size))))
    assert (item.action, item.notes) == (Action.CREATE, ())


def test_without_a_bucket_more_is_refused() -> None:
    for world in (World(), World().of(spec())):
        item = the(world.plan(spec(artifact=of_size(7 * GB))))
        assert (item.action, item.steps) == (Action.BLOCKED, ())
        (refusal,) = item.refusals
        assert refusal.reason == (
            "the content of densenet_onnx, resnet has 7.0 GB, and one upload to the model catalog takes 6 GB "
            "at most; more goes through a bucket, and the target prod names none"
        )
        assert "artifacts: {bucket: NAME}" in refusal.choices[0]


@pytest.mark.parametrize(
    ("size", "told"), [(2 * GB, False), ((2 << 30) + 1, True), (7 * GB, True), (300 * GB, True)]
)
def test_with_a_bucket_what_is_not_sure_goes_through_it(size: int, told: bool) -> None:
    item = the(World().of(spec()).plan(spec(artifact=of_size(size)), bucket=BUCKET))
    assert item.action is Action.UPDATE
    words = f"the content of densenet_onnx, resnet ({size / GB:.1f} GB) goes through the bucket artifacts"
    assert any(note.startswith(words) for note in item.notes) is told


def test_what_the_catalog_has_needs_no_upload() -> None:
    large = spec(artifact=of_size(7 * GB))
    assert the(World().of(large).plan(large)).action is Action.NOTHING
    stopped = replace(large, active=False)
    assert the(World().of(large).plan(stopped)).action is Action.UPDATE


def test_a_size_that_is_not_known_yet_is_judged_when_it_is() -> None:
    assert packed_at_most(of_size(None)) is None
    assert the(World().plan(spec(artifact=of_size(None)))).action is Action.CREATE


def test_the_limit_is_a_value() -> None:
    small = DirectUploads(sure=1, most=2)
    assert the(World().plan(spec(), direct=small)).action is Action.BLOCKED
    remote = make_artifact([Entry("m/1/a", "0" * 64, 70_000, Remote("https://x/y"))], frozenset())
    most = packed_at_most(remote)
    assert most is not None
    assert 70_000 < most < 71_000
