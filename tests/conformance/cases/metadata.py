"""Artifacts of metadata: of the custom and of the defined list, by the same rules."""

import base64
import hashlib
from collections.abc import Callable

from oci.data_science import models as m

from tests.conformance.cases import models
from tests.support.operations import World, case

# Word in the names of the operations → list of the model, and a key in it.
LISTS = {"custom": ("custom_metadata_list", "notes"), "defined": ("defined_metadata_list", "readme")}
CONTENT, OTHER = b"what one should know", b"and more of it"
AS_FILE = "attachment; filename=notes.md"


def make(world: World, word: str) -> tuple[str, str, str]:
    """Model, key, and the etag of the model."""
    field, key = LISTS[word]
    model = models.make(world, **{field: [m.Metadata(key=key, value="see the artifact")]})
    return model.data.id, key, model.headers["etag"]


def with_artifact(world: World, word: str) -> tuple[str, str, str]:
    """Model, key, and the etag of the artifact."""
    model, key, _ = make(world, word)
    made = getattr(world.client, f"create_model_{word}_metadatum_artifact")(model, key, CONTENT)
    return model, key, made.headers["etag"]


def content(world: World, word: str, model: str, key: str, **more: str) -> bytes:
    got = getattr(world.client, f"get_model_{word}_metadatum_artifact_content")(model, key, **more)
    return bytes(got.data.content)


def has_artifact(world: World, word: str, model: str) -> bool:
    field, key = LISTS[word]
    (entry,) = [one for one in getattr(world.client.get_model(model).data, field) if one.key == key]
    return bool(entry.has_artifact)


def both(operation: str) -> Callable[[Callable[[World, str], None]], None]:
    """The case of `operation`, where `{}` stands for one list or the other."""

    def register(function: Callable[[World, str], None]) -> None:
        def of(word: str) -> Callable[[World], None]:
            return lambda world: function(world, word)

        for word in LISTS:
            case(operation.format(word))(of(word))

    return register


@both("create_model_{}_metadatum_artifact")
def create(world: World, word: str) -> None:
    model, key, etag = make(world, word)
    assert not has_artifact(world, word, model)
    made = world.guarded(
        f"create_model_{word}_metadatum_artifact",
        model,
        key,
        CONTENT,
        etag=etag,
        content_length=str(len(CONTENT)),
        content_disposition=AS_FILE,
    )
    assert made.status == 204
    assert content(world, word, model, key) == CONTENT
    assert has_artifact(world, word, model)


@both("update_model_{}_metadatum_artifact")
def update(world: World, word: str) -> None:
    model, key, etag = with_artifact(world, word)
    changed = world.guarded(
        f"update_model_{word}_metadatum_artifact",
        model,
        key,
        OTHER,
        etag=etag,
        content_length=str(len(OTHER)),
        content_disposition=AS_FILE,
    )
    assert changed.status == 204
    assert content(world, word, model, key) == OTHER
    assert changed.headers["etag"] != etag


@both("get_model_{}_metadatum_artifact_content")
def get(world: World, word: str) -> None:
    model, key, _ = with_artifact(world, word)
    assert content(world, word, model, key) == CONTENT
    assert content(world, word, model, key, range="bytes=5-7") == CONTENT[5:8]
    call = getattr(world.client, f"get_model_{word}_metadatum_artifact_content")
    world.refused(404, "NotAuthorizedOrNotFound", call, models.make(world).data.id, key)


@both("head_model_{}_metadatum_artifact")
def head(world: World, word: str) -> None:
    model, key, etag = with_artifact(world, word)
    found = getattr(world.client, f"head_model_{word}_metadatum_artifact")(model, key).headers
    assert (found["etag"], found["content-length"]) == (etag, str(len(CONTENT)))
    assert found["content-md5"] == base64.b64encode(hashlib.md5(CONTENT).digest()).decode()


@both("delete_model_{}_metadatum_artifact")
def delete(world: World, word: str) -> None:
    model, key, etag = with_artifact(world, word)
    gone = world.guarded(f"delete_model_{word}_metadatum_artifact", model, key, etag=etag)
    assert gone.status == 204
    assert not has_artifact(world, word, model)
    world.refused(404, None, getattr(world.client, f"head_model_{word}_metadatum_artifact"), model, key)
