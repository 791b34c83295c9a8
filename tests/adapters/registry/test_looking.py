"""Looking at images in a real registry, behind TLS and a token service: what is found and what is missing."""

from pathlib import Path

import pytest

from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import (
    Composition,
    ImageFacts,
    ImageRequest,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from tests.support.containers.pushing import (
    DOCKER,
    INDEX,
    LAYER,
    MANIFEST,
    Pushed,
    config,
    push_image,
    push_index,
    put_manifest,
)
from tests.support.containers.registry import Registry, running_registry, why_no_registry

AMD, ARM = Platform(), Platform("arm64")
LABELS = {
    "reconciler.triton": "2.51.0",
    "reconciler.backends": "python,onnxruntime",
    "reconciler.repo-agents": "",
    "reconciler.build": "b" * 64,
    "other": "label",
}


def request(registry: Registry, name: str, digest: str | None = None) -> ImageRequest:
    repository, _, tag = name.partition(":")
    return ImageRequest(f"{registry.host}/{repository}", tag or None, digest)


def looked_up(sight: ImageSight | None) -> ImageFacts:
    assert isinstance(sight, ImageFacts), sight
    return sight


def why(sight: ImageSight | None, kind: type[NoSuchImage | NotLookedUp]) -> str:
    assert isinstance(sight, kind), sight
    return sight.why


def test_an_image_is_looked_at_without_pulling_it(known: Registry, registries: TargetRegistries) -> None:
    content = config(Labels=LABELS, Entrypoint=["/opt/entry"], Cmd=["tritonserver", "--help"])
    pushed = push_image(known, "looking/one:1.0", content)
    asked = len(known.asked)
    facts = looked_up(registries.look(request(known, "looking/one:1.0"), AMD))
    composition = Composition("2.51.0", ("onnxruntime", "python"), (), "b" * 64)
    command = ("tritonserver", "--help")
    assert facts == ImageFacts(pushed.digest, len(LAYER), AMD, ("/opt/entry",), command, composition)
    blobs = [line for line in known.asked[asked:] if "/blobs/" in line]
    assert len(blobs) == 1, "the configuration and no layer"


def test_an_image_of_others_says_nothing_of_what_it_holds(
    known: Registry, registries: TargetRegistries
) -> None:
    pushed = push_image(known, "looking/foreign:1", config(Labels=None), DOCKER)
    facts = looked_up(registries.look(request(known, "looking/foreign:1"), AMD))
    assert facts == ImageFacts(pushed.digest, len(LAYER), AMD)


def test_without_a_tag_it_is_latest(known: Registry, registries: TargetRegistries) -> None:
    pushed = push_image(known, "looking/plain:latest", config())
    assert looked_up(registries.look(request(known, "looking/plain"), AMD)).digest == pushed.digest


def test_a_digest_decides_and_the_tag_does_not(known: Registry, registries: TargetRegistries) -> None:
    before = push_image(known, "looking/moved:1", config(Labels={"a": "before"}))
    after = push_image(known, "looking/moved:1", config(Labels={"a": "after"}))
    assert looked_up(registries.look(request(known, "looking/moved:1"), AMD)).digest == after.digest
    pinned = request(known, "looking/moved:1", before.digest)
    assert looked_up(registries.look(pinned, AMD)).digest == before.digest
    assert registries.digest_of(f"{known.host}/looking/moved:1") == after.digest


def several(registry: Registry) -> tuple[Pushed, Pushed, Pushed]:
    amd = push_image(registry, "looking/several:amd", config())
    arm = push_image(registry, "looking/several:arm", config("arm64"))
    other = {"architecture": "unknown", "os": "unknown"}
    attestation = Pushed(amd.digest, amd.size, other)
    return amd, arm, push_index(registry, "looking/several:1", attestation, amd, arm)


def test_of_an_index_it_is_the_manifest_of_the_platform(
    known: Registry, registries: TargetRegistries
) -> None:
    amd, arm, index = several(known)
    for platform, manifest in ((AMD, amd), (ARM, arm)):
        facts = looked_up(registries.look(request(known, "looking/several:1"), platform))
        assert (facts.digest, facts.platform, facts.index) == (manifest.digest, platform, index.digest)
        assert facts.pinned_by(index.digest)
        assert facts.pinned_by(manifest.digest)
        pinned = request(known, "looking/several:1", index.digest)
        assert looked_up(registries.look(pinned, platform)) == facts
    assert registries.digest_of(f"{known.host}/looking/several:1") == index.digest


def test_an_index_without_the_platform_is_no_such_image(
    known: Registry, registries: TargetRegistries
) -> None:
    arm = push_image(known, "looking/arm-only:arm", config("arm64"))
    push_index(known, "looking/arm-only:1", arm)
    sight = registries.look(request(known, "looking/arm-only:1"), AMD)
    missing = why(sight, NoSuchImage)
    assert isinstance(sight, NoSuchImage)
    assert sight.taken, "nothing is to be built over it"
    name = f"{known.host}/looking/arm-only:1"
    assert missing == f"{name} is an image for linux/arm64, not for linux/amd64"
    facts = looked_up(registries.look(request(known, "looking/arm-only:arm"), AMD))
    assert facts.platform == ARM, "without an index the image itself says what it is for"


def test_what_is_missing_is_told(known: Registry, registries: TargetRegistries) -> None:
    push_image(known, "looking/there:1", config())
    repository = f"{known.host}/looking/there"
    unknown = f"sha256:{'0' * 64}"
    no_tag = why(registries.look(request(known, "looking/there:2"), AMD), NoSuchImage)
    assert no_tag == f"{repository} has no tag 2"
    no_digest = why(registries.look(request(known, "looking/there:1", unknown), AMD), NoSuchImage)
    assert no_digest == f"{repository} has no {unknown}"
    nothing = why(registries.look(request(known, "looking/nowhere:1"), AMD), NoSuchImage)
    # Debian's registry knows no repository without a manifest, and so says that of the tag.
    assert nothing in (
        f"{known.host} has no repository looking/nowhere",
        f"{known.host}/looking/nowhere has no tag 1",
    )
    with pytest.raises(Failed, match="looking/there has no tag 2"):
        registries.digest_of(f"{repository}:2")


def test_a_repository_that_one_may_not_read_was_not_looked_at(
    known: Registry, registries: TargetRegistries
) -> None:
    push_image(known, "looking/private:1", config())
    known.allow_only("looking/there")
    said = why(registries.look(request(known, "looking/private:1"), AMD), NotLookedUp)
    assert said.startswith(f"{known.host} does not let us read looking/private (401 UNAUTHORIZED")
    assert "check its name" in said


def test_a_wrong_password_and_none_say_how_to_sign_in(
    known: Registry, registries: TargetRegistries, nothing_kept: Path
) -> None:
    push_image(known, "looking/closed:1", config())
    known.docker_config(nothing_kept, password="wrong")
    said = why(registries.look(request(known, "looking/closed:1"), AMD), NotLookedUp)
    assert said == (
        f"{known.host} does not accept the user or the password that Docker keeps for it: "
        f"sign in anew with docker login {known.host}"
    )


def test_without_credentials_it_says_so(
    known: Registry, registries: TargetRegistries, nothing_kept: Path
) -> None:
    (nothing_kept / "config.json").unlink()
    said = why(registries.look(request(known, "looking/closed:1"), AMD), NotLookedUp)
    assert said == f"{known.host} wants to know who asks: sign in with docker login {known.host}"


def test_an_authority_that_is_not_trusted_is_named(known: Registry, registries: TargetRegistries) -> None:
    with pytest.MonkeyPatch.context() as patch:  # taken back before the trust of the fixture is
        patch.delenv("REQUESTS_CA_BUNDLE")
        said = why(registries.look(request(known, "looking/one:1"), AMD), NotLookedUp)
    assert said.startswith(f"the certificate of {known.host} is not trusted here: set REQUESTS_CA_BUNDLE")


def test_a_manifest_of_a_kind_that_is_not_read(known: Registry, registries: TargetRegistries) -> None:
    inner = push_index(known, "looking/odd:inner")
    platform = {"architecture": "amd64", "os": "linux"}
    entry = {"mediaType": MANIFEST, "digest": inner.digest, "size": inner.size, "platform": platform}
    nested = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    put_manifest(known, "looking/odd", "1", nested, INDEX, {})
    said = why(registries.look(request(known, "looking/odd:1"), AMD), NotLookedUp)
    assert said.endswith("something else than an image: its index leads to another index")


def test_a_token_that_has_run_out_is_renewed_once(known: Registry, registries: TargetRegistries) -> None:
    push_image(known, "looking/long:1", config())
    looked_up(registries.look(request(known, "looking/long:1"), AMD))
    asked = len(known.asked)
    looked_up(registries.look(request(known, "looking/long:1"), AMD))
    assert not [line for line in known.asked[asked:] if "/token" in line], "the token is used again"
    client = registries._client
    for repository in client._headers:
        client._headers[repository] = "Bearer stale"
    looked_up(registries.look(request(known, "looking/long:1"), AMD))
    assert len([line for line in known.asked[asked:] if "/token" in line]) == 1


def test_a_registry_that_is_gone_was_not_looked_at(tmp_path: Path, registries: TargetRegistries) -> None:
    if lacking := why_no_registry():
        pytest.skip(lacking)
    with running_registry(tmp_path / "gone") as registry:
        name = request(registry, "looking/gone:1")
    said = why(registries.look(name, AMD), NotLookedUp)
    assert said == f"{registry.host} does not answer ([Errno 111] Connection refused)"
