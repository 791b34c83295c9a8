"""Signatures of model artifacts."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import models
from tests.support.operations import World, case


def details(world: World, **more: object) -> m.CreateModelArtifactSignatureDetails:
    """Every field of a signature."""
    given = {
        "display_name": "conformance",
        "compartment_id": world.compartment,
        "kms_key_id": world.outside["key"],
        "kms_key_version_id": world.outside["key_version"],
        "signing_algorithm": "SHA_256_RSA_PKCS_PSS",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    return m.CreateModelArtifactSignatureDetails(**{**given, **more})


def make(world: World, model: str | None = None, **more: object) -> oci.Response:
    """A signature that is made: what get answers."""
    model = model or models.ready(world)
    made = world.client.create_model_artifact_signature(details(world, **more), model)
    world.delete_later("delete_model_artifact_signature", model, made.data.id)
    world.succeeded(made, "CREATE_MODEL_ARTIFACT_SIGNATURE")
    return world.client.get_model_artifact_signature(model, made.data.id)


@case("create_model_artifact_signature")
def create(world: World) -> None:
    model, given = models.ready(world), details(world)
    made = world.once(
        "create_model_artifact_signature",
        given,
        model,
        token="create-signature",
        other=details(world, display_name="other"),
        place=0,
    )
    world.delete_later("delete_model_artifact_signature", model, made.data.id)
    world.succeeded(made, "CREATE_MODEL_ARTIFACT_SIGNATURE")
    found = world.client.get_model_artifact_signature(model, made.data.id).data
    assert (found.lifecycle_state, found.model_id) == ("ACTIVE", model)
    for name in ("display_name", "kms_key_id", "kms_key_version_id", "signing_algorithm", "freeform_tags"):
        assert getattr(found, name) == getattr(given, name), name
    assert found.digest
    assert found.signature


@case("get_model_artifact_signature")
def get(world: World) -> None:
    made = make(world).data
    call = world.client.get_model_artifact_signature
    assert call(made.model_id, made.id, opc_retry_token=world.named("get")).data == made
    world.refused(404, "NotAuthorizedOrNotFound", call, made.model_id, f"{made.id}none")
    world.refused(404, "NotAuthorizedOrNotFound", call, models.make(world).data.id, made.id)


@case("list_model_artifact_signatures")
def list_all(world: World) -> None:
    model = models.ready(world)
    first, second = (make(world, model, display_name=name).data for name in ("first", "second"))
    world.client.delete_model_artifact_signature(model, second.id)
    found = world.listed(
        "list_model_artifact_signatures",
        model,
        world.compartment,
        filters={
            "display_name": ("second", "nobody"),
            "digest": (first.digest, "none"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
        },
        sorts={
            "timeCreated": "time_created",
            "displayName": "display_name",
            "lifecycleState": "lifecycle_state",
        },
    )
    assert {one.id for one in found} == {first.id, second.id}


@case("update_model_artifact_signature")
def update(world: World) -> None:
    made = make(world)
    changed = m.UpdateModelArtifactSignatureDetails(
        display_name="changed", freeform_tags={"a": "b"}, defined_tags={}
    )
    ids = made.data.model_id, made.data.id
    answer = world.guarded("update_model_artifact_signature", changed, *ids, etag=made.headers["etag"])
    found = world.client.get_model_artifact_signature(*ids)
    assert found.headers["etag"] == answer.headers["etag"] != made.headers["etag"]
    assert (found.data.display_name, found.data.freeform_tags) == ("changed", {"a": "b"})
    assert found.data.signature == made.data.signature


@case("verify_model_artifact_signature")
def verify(world: World) -> None:
    made = make(world)
    ids, token = (made.data.model_id, made.data.id), world.named("verify")
    answer = world.guarded(
        "verify_model_artifact_signature", *ids, etag=made.headers["etag"], opc_retry_token=token
    )
    again = world.client.verify_model_artifact_signature(*ids, opc_retry_token=token)
    assert again.headers["opc-work-request-id"] == answer.headers["opc-work-request-id"]
    world.succeeded(answer, "VERIFY_MODEL_ARTIFACT_SIGNATURE")
    assert world.client.get_model_artifact_signature(*ids).data.lifecycle_state == "ACTIVE"


@case("delete_model_artifact_signature")
def delete(world: World) -> None:
    made = make(world)
    ids = made.data.model_id, made.data.id
    world.guarded("delete_model_artifact_signature", *ids, etag=made.headers["etag"])
    assert world.client.get_model_artifact_signature(*ids).data.lifecycle_state == "DELETED"
    assert world.client.get_model(made.data.model_id).data.lifecycle_state == "ACTIVE"


@case("change_model_artifact_signature_compartment")
def move(world: World) -> None:
    made = make(world)
    world.moved(
        "model_artifact_signature",
        m.ChangeModelArtifactSignatureCompartmentDetails,
        made.data.model_id,
        made.data.id,
        etag=made.headers["etag"],
        first=True,
    )
