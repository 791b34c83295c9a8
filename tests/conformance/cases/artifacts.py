"""Artifacts of models: up, down, to and from Object Storage, by reference, and back from the archive."""

import base64
import hashlib

import oci
from oci.data_science import models as m

from tests.conformance.cases import models
from tests.support.operations import World, case

CONTENT = bytes(range(256)) * 40
AS_FILE = "attachment; filename=model.zip"


def bucket(world: World) -> tuple[str, str]:
    """Namespace and name of a bucket that is emptied and deleted at the end."""
    namespace, name = world.storage.get_namespace().data, world.named("conformance")
    given = oci.object_storage.models.CreateBucketDetails(name=name, compartment_id=world.compartment)
    world.storage.create_bucket(namespace, given)

    def remove() -> None:
        for one in world.storage.list_objects(namespace, name).data.objects:
            world.storage.delete_object(namespace, name, one.name)
        world.storage.delete_bucket(namespace, name)

    world.later(remove)
    return namespace, name


@case("create_model_artifact")
def create(world: World) -> None:
    model = models.make(world)
    token = world.named("artifact")
    made = world.guarded(
        "create_model_artifact",
        model.data.id,
        CONTENT,
        etag=model.headers["etag"],
        content_length=str(len(CONTENT)),
        content_disposition=AS_FILE,
        opc_retry_token=token,
    )
    assert made.status == 204
    world.client.create_model_artifact(
        model.data.id, CONTENT, content_disposition=AS_FILE, opc_retry_token=token
    )
    found = world.client.get_model_artifact_content(model.data.id)
    assert found.data.content == CONTENT
    assert found.headers["etag"] == made.headers["etag"]
    assert found.headers["content-disposition"] == AS_FILE


@case("create_model_artifact")
def create_only_once(world: World) -> None:
    model = models.ready(world, content=CONTENT)
    world.refused(409, "Conflict", world.client.create_model_artifact, model, b"other")
    assert world.client.get_model_artifact_content(model).data.content == CONTENT


@case("head_model_artifact")
def head(world: World) -> None:
    model = models.make(world).data.id
    world.refused(404, None, world.client.head_model_artifact, model)
    world.client.create_model_artifact(model, CONTENT)
    found = world.client.head_model_artifact(model).headers
    assert found["content-length"] == str(len(CONTENT))
    assert found["content-md5"] == base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    assert model in found["content-disposition"]
    assert {"etag", "last-modified"} <= {name.lower() for name in found}


@case("get_model_artifact_content")
def get(world: World) -> None:
    model = models.ready(world, content=CONTENT)
    call = world.client.get_model_artifact_content
    assert call(model).data.content == CONTENT
    for asked, wanted in (
        ("bytes=0-9", CONTENT[:10]),
        ("bytes=10000-", CONTENT[10000:]),
        ("bytes=-7", CONTENT[-7:]),
    ):
        part = call(model, range=asked)
        assert (part.status, part.data.content) == (206, wanted)
    world.refused(404, "NotAuthorizedOrNotFound", call, models.make(world).data.id)


# -- Object Storage


def export_details(
    world: World, model: str, place: tuple[str, str], name: str
) -> m.ExportModelArtifactDetails:
    namespace, bucket_name = place
    source = m.ArtifactExportDetailsObjectStorage(
        namespace=namespace, source_bucket=bucket_name, source_object_name=name, source_region=world.region
    )
    return m.ExportModelArtifactDetails(artifact_export_details=source)


@case("export_model_artifact")
def export(world: World) -> None:
    """From a bucket into the catalog."""
    place, model = bucket(world), models.make(world)
    world.storage.put_object(*place, "folder/model.zip", CONTENT)
    given = export_details(world, model.data.id, place, "folder/model.zip")
    token = world.named("export")
    answer = world.guarded(
        "export_model_artifact", model.data.id, given, etag=model.headers["etag"], opc_retry_token=token
    )
    again = world.client.export_model_artifact(model.data.id, given, opc_retry_token=token)
    assert again.headers["opc-work-request-id"] == answer.headers["opc-work-request-id"]
    world.succeeded(answer, "EXPORT_MODEL_ARTIFACT")
    assert world.client.get_model_artifact_content(model.data.id).data.content == CONTENT


def failed_export(world: World, model: str | None = None) -> oci.Response:
    """A work request that fails: there is no such object."""
    model = model or models.make(world).data.id
    return world.client.export_model_artifact(model, export_details(world, model, bucket(world), "none"))


@case("export_model_artifact")
def export_of_nothing(world: World) -> None:
    answer = failed_export(world)
    work = world.finished(answer)
    assert (work.operation_type, work.status) == ("EXPORT_MODEL_ARTIFACT", "FAILED")
    assert world.client.list_work_request_errors(work.id).data


def import_details(world: World, place: tuple[str, str], name: str) -> m.ImportModelArtifactDetails:
    namespace, bucket_name = place
    there = m.ArtifactImportDetailsObjectStorage(
        namespace=namespace,
        destination_bucket=bucket_name,
        destination_object_name=name,
        destination_region=world.region,
    )
    return m.ImportModelArtifactDetails(artifact_import_details=there)


@case("import_model_artifact")
def import_(world: World) -> None:
    """From the catalog into a bucket."""
    place, model = bucket(world), models.ready(world, content=CONTENT)
    given = import_details(world, place, "folder/model.zip")
    answer = world.guarded("import_model_artifact", model, given, etag=models.etag_of(world, model))
    world.succeeded(answer, "IMPORT_MODEL_ARTIFACT")
    found = world.storage.get_object(*place, "folder/model.zip")
    assert found.data.content == CONTENT


@case("register_model_artifact_reference")
def register(world: World) -> None:
    namespace, bucket_name = bucket(world)
    world.storage.put_object(namespace, bucket_name, "models/one/model.onnx", CONTENT)
    model = models.make(world)
    one = m.OSSModelArtifactReferenceDetails(
        namespace=namespace, bucket_name=bucket_name, prefix="models/one/"
    )
    given = m.RegisterModelArtifactReferenceDetails(model_artifact_references=[one])
    token = world.named("register")
    answer = world.guarded(
        "register_model_artifact_reference",
        given,
        model.data.id,
        etag=model.headers["etag"],
        opc_retry_token=token,
    )
    again = world.client.register_model_artifact_reference(given, model.data.id, opc_retry_token=token)
    assert again.headers["opc-work-request-id"] == answer.headers["opc-work-request-id"]
    world.succeeded(answer, "REGISTER_MODEL_ARTIFACT")
    assert world.client.get_model(model.data.id).data.is_model_by_reference is True


@case("restore_archived_model_artifact")
def restore(world: World) -> None:
    """Archiving takes days, so all that can be seen here is the refusal of what is not archived."""
    model = models.ready(world)
    restore = world.client.restore_archived_model_artifact
    more = {"restore_model_for_hours_specified": 2, "opc_retry_token": world.named("restore")}
    etag = models.etag_of(world, model)
    world.refused(409, "Conflict", restore, model, if_match=etag, **more)
    assert models.etag_of(world, model) == etag
