"""A request for every operation beside Data Science's that the emulator is to accept."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import oci
import requests
from cryptography.hazmat.primitives import serialization
from oci.artifacts import models as artifacts
from oci.data_science import models as m
from oci.identity import models as identity
from oci.logging import models as logging
from oci.loggingsearch.models import SearchLogsDetails
from oci.monitoring import models as monitoring
from oci.object_storage import models as storage
from oci.resource_search import models as search

from tests.strangers.fuzz_seeds import NUMBER, Seeds
from tests.support.emulator import configuration
from tests.support.serving import mark_body, packed
from tests.support.tiny_models import mark_repository, write
from tests.support.waiting import wait_for

SERVICE, LIMIT = "data-science", "model-deploy-count"
IMAGE = "iad.ocir.io/acme/triton:1.0.0"
ARCHIVE = b"0123456789"
ECHO_CONFIG = """backend: "python"
max_batch_size: 0
model_transaction_policy { decoupled: true }
input [ { name: "TEXT" data_type: TYPE_STRING dims: [ 1 ] } ]
output [ { name: "TEXT" data_type: TYPE_STRING dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""
ECHO_MODEL = """import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            text = pb_utils.get_input_tensor_by_name(request, "TEXT").as_numpy()
            sender = request.get_response_sender()
            sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("TEXT", text)]))
            sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
"""


def predictions(s: Seeds, folder: Path) -> None:
    """By a real Triton. From now on the registry knows the image of all deployments."""
    pushed = requests.post(f"{s.endpoint}/emulator/images", json={"uri": IMAGE}, timeout=10)
    assert pushed.ok, pushed.text
    write(folder / "echo" / "config.pbtxt", ECHO_CONFIG)
    write(folder / "echo" / "1" / "model.py", ECHO_MODEL)
    opened = m.InferenceHttpEndpoint(
        endpoint_uri_suffix="/v2/models/{}/{}", http_methods=["GET", "POST", "PUT", "DELETE"]
    )
    config = configuration(s.model(packed(mark_repository(folder, 1))), custom_http_endpoints=[opened])
    deployment = s.cloud.create(s.project, config)
    wait_for(lambda: s.cloud.get(deployment).lifecycle_state == "ACTIVE", 120)
    mark, text, below = mark_body(), b'{"TEXT": "a word"}', "v2/models/mark"
    s.note("POST", f"/{deployment}/predict", mark, **{"model_name": "mark", "model_version": "1"})
    s.note("POST", f"/{deployment}/predictWithResponseStream", text, **{"model_name": "echo"})
    s.note("GET", f"/{deployment}/predict/{below}/config")
    s.note("POST", f"/{deployment}/predict/{below}/infer", mark)
    s.note("PUT", f"/{deployment}/predict/{below}/infer", mark)
    s.note("DELETE", f"/{deployment}/predict/{below}/infer")
    s.note("GET", f"/{deployment}/predictWithResponseStream/{below}/config")
    s.note("POST", f"/{deployment}/predictWithResponseStream/v2/models/echo/generate_stream", text)
    s.note("PUT", f"/{deployment}/predictWithResponseStream/{below}/infer", mark)
    s.note("DELETE", f"/{deployment}/predictWithResponseStream/{below}/infer")


def metrics(s: Seeds) -> None:
    api, now = s.silent(oci.monitoring.MonitoringClient), datetime.now(UTC)
    namespace = "oci_datascience_modeldeploy"
    api.list_metrics(s.compartment, monitoring.ListMetricsDetails(namespace=namespace), limit=5)
    asked = monitoring.SummarizeMetricsDataDetails(
        namespace=namespace,
        query="PredictRequestCount[1m].sum()",
        start_time=now - timedelta(hours=1),
        end_time=now + timedelta(minutes=1),
    )
    api.summarize_metrics_data(s.compartment, asked)


def searches(s: Seeds) -> None:
    api, now = s.silent(oci.loggingsearch.LogSearchClient), datetime.now(UTC)
    query = f'search "{s.compartment}" | sort by datetime desc'
    asked = SearchLogsDetails(
        time_start=now - timedelta(hours=1), time_end=now, search_query=query, is_return_field_info=False
    )
    api.search_logs(asked, limit=5)
    found = s.silent(oci.resource_search.ResourceSearchClient)
    where = "query datasciencemodel resources where displayName = 'm' sorted by timeCreated desc"
    found.search_resources(search.StructuredSearchDetails(query=where), limit=5)
    found.search_resources(search.FreeTextSearchDetails(text="m"), limit=5)
    found.list_resource_types(limit=5)
    found.get_resource_type("DataScienceModel")


def buckets(s: Seeds) -> None:
    api, real = s.silent(oci.object_storage.ObjectStorageClient), storage_of(s)
    namespace = real.get_namespace().data
    for name in ("fuzzed", "empty"):
        given = storage.CreateBucketDetails(name=name, compartment_id=s.compartment)
        real.create_bucket(namespace, given)
    here = (namespace, "fuzzed")
    api.get_namespace()
    api.get_namespace_metadata(namespace)
    made = storage.CreateBucketDetails(
        name=f"b{NUMBER}", compartment_id=s.compartment, metadata={"a": "b"}, storage_tier="Standard"
    )
    api.create_bucket(namespace, made)
    api.list_buckets(namespace, s.compartment, limit=5)
    api.get_bucket(*here, fields=["approximateCount"])
    api.head_bucket(*here)
    api.update_bucket(*here, storage.UpdateBucketDetails(metadata={"c": "d"}))
    api.delete_bucket(namespace, "empty")
    objects(api, real, here)
    uploads(api, real, here)
    transfers(s, real, here)


def storage_of(s: Seeds) -> Any:
    return oci.object_storage.ObjectStorageClient(s.config, service_endpoint=s.endpoint)


def objects(api: Any, real: Any, here: tuple[str, str]) -> None:
    for name in ("a/one", "a/old", "a/gone"):
        real.put_object(*here, name, ARCHIVE)
    api.put_object(*here, "a/two", ARCHIVE, opc_meta={"of": "mine"})
    api.list_objects(*here, prefix="a/", delimiter="/", limit=5, fields="name,size,etag")
    api.get_object(*here, "a/one", range="bytes=1-3")
    api.head_object(*here, "a/one")
    api.rename_object(*here, storage.RenameObjectDetails(source_name="a/old", new_name=f"a/new{NUMBER}"))
    api.delete_object(*here, "a/gone")


def uploads(api: Any, real: Any, here: tuple[str, str]) -> None:
    def begun(name: str) -> str:
        details = storage.CreateMultipartUploadDetails(object=name)
        upload = real.create_multipart_upload(*here, details).data.upload_id
        real.upload_part(*here, name, upload, 1, ARCHIVE)
        return str(upload)

    open_, whole, gone = begun("open"), begun("whole"), begun("gone")
    (part,) = real.list_multipart_upload_parts(*here, "whole", whole).data
    parts = [storage.CommitMultipartUploadPartDetails(part_num=1, etag=part.etag)]
    api.create_multipart_upload(*here, storage.CreateMultipartUploadDetails(object="another", metadata={}))
    api.list_multipart_uploads(*here, limit=5)
    api.list_multipart_upload_parts(*here, "open", open_, limit=5)
    api.upload_part(*here, "open", open_, 2, ARCHIVE)
    api.commit_multipart_upload(
        *here, "whole", whole, storage.CommitMultipartUploadDetails(parts_to_commit=parts)
    )
    api.abort_multipart_upload(*here, "gone", gone)


def transfers(s: Seeds, real: Any, here: tuple[str, str]) -> None:
    """Between the catalog and a bucket."""
    namespace, bucket = here
    source = m.ArtifactExportDetailsObjectStorage(
        namespace=namespace,
        source_bucket=bucket,
        source_object_name="a/one",
        source_region=s.config["region"],
    )
    there = m.ArtifactImportDetailsObjectStorage(
        namespace=namespace,
        destination_bucket=bucket,
        destination_object_name="out.zip",
        destination_region=s.config["region"],
    )
    real.put_object(*here, "models/one/model.onnx", ARCHIVE)
    reference = m.OSSModelArtifactReferenceDetails(
        namespace=namespace, bucket_name=bucket, prefix="models/one/"
    )
    exported = m.ExportModelArtifactDetails(artifact_export_details=source)
    s.science.export_model_artifact(s.model(None), exported)
    imported = m.ImportModelArtifactDetails(artifact_import_details=there)
    s.science.import_model_artifact(s.model(), imported)
    registered = m.RegisterModelArtifactReferenceDetails(model_artifact_references=[reference])
    s.science.register_model_artifact_reference(registered, s.model(None))


def people_and_places(s: Seeds) -> None:
    api, tenancy = s.silent(oci.identity.IdentityClient), s.config["tenancy"]
    api.get_tenancy(tenancy)
    api.get_user(s.config["user"])
    api.list_regions()
    api.list_region_subscriptions(tenancy)
    api.list_availability_domains(tenancy)
    api.list_compartments(tenancy, limit=5, sort_by="NAME", sort_order="ASC", compartment_id_in_subtree=True)
    api.list_compartments(tenancy, name="other", lifecycle_state="ACTIVE")
    api.get_compartment(s.compartment)
    given = {"compartment_id": tenancy, "description": "one more"}
    api.create_compartment(identity.CreateCompartmentDetails(name=f"c{NUMBER}", **given))
    api.update_compartment(s.other, identity.UpdateCompartmentDetails(description="changed"))
    real = oci.identity.IdentityClient(s.config, service_endpoint=s.endpoint)
    gone = real.create_compartment(identity.CreateCompartmentDetails(name="gone", **given)).data.id
    api.delete_compartment(gone)


def tokens(s: Seeds) -> None:
    """As a workload of another cloud signs in."""
    known = json.loads((Path(s.config["key_file"]).parent / "oauth.json").read_text())
    claims = {"iss": "https://issuer", "sub": "me", "exp": datetime.now(UTC).timestamp() + 3600}
    der = s.cloud.auth.private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:oci:token-type:oci-upst",
        "subject_token": jwt.encode(claims, "a secret of some length, thirty-two at least", "HS256"),
        "subject_token_type": "jwt",
        "public_key": base64.b64encode(der).decode(),
    }
    basic = base64.b64encode(f"{known['client_id']}:{known['client_secret']}".encode()).decode()
    headers = {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"}
    s.note("POST", "/oauth2/v1/token", urlencode(form), **headers)


def limits(s: Seeds) -> None:
    api, tenancy = s.silent(oci.limits.LimitsClient), s.config["tenancy"]
    api.list_limit_definitions(tenancy, service_name=SERVICE, name=LIMIT, limit=5)
    api.list_limit_values(tenancy, SERVICE, scope_type="REGION", name=LIMIT, limit=5)
    api.get_resource_availability(SERVICE, LIMIT, s.compartment)


def logs(s: Seeds) -> None:
    """Logs that are kept, one that goes, and a group that goes."""
    kind = oci.logging.LoggingManagementClient
    api, real = s.silent(kind), kind(s.config, service_endpoint=s.endpoint)

    def group(name: str) -> str:
        real.create_log_group(logging.CreateLogGroupDetails(compartment_id=s.compartment, display_name=name))
        (made,) = real.list_log_groups(s.compartment, display_name=name).data
        return str(made.id)

    def log(name: str) -> str:
        real.create_log(kept, logging.CreateLogDetails(display_name=name, log_type="CUSTOM"))
        (made,) = real.list_logs(kept, display_name=name).data
        return str(made.id)

    kept, empty = group("kept"), group("empty")
    one, gone = log("one"), log("gone")
    named = logging.CreateLogGroupDetails(compartment_id=s.compartment, display_name=f"g{NUMBER}")
    api.create_log_group(named)
    api.list_log_groups(s.compartment, display_name="kept", limit=5, sort_by="timeCreated", sort_order="ASC")
    api.get_log_group(kept)
    api.delete_log_group(empty)
    api.create_log(kept, logging.CreateLogDetails(display_name=f"l{NUMBER}", log_type="CUSTOM"))
    api.list_logs(kept, log_type="CUSTOM", lifecycle_state="ACTIVE", limit=5, sort_by="displayName")
    api.get_log(kept, one)
    api.update_log(kept, one, logging.UpdateLogDetails(is_enabled=False))
    api.delete_log(kept, gone)


def images(s: Seeds) -> None:
    asked = {"service": "registry", "scope": "repository:acme/triton:pull"}
    url = f"{s.endpoint}/20180419/docker/token"
    token = requests.get(url, params=asked, auth=s.cloud.auth, timeout=10).json()["token"]
    s.note("GET", "/20180419/docker/token", query=asked)
    for method, path in (
        ("GET", "/v2/"),
        ("HEAD", "/v2/acme/triton/manifests/1.0.0"),
        ("GET", "/v2/acme/triton/manifests/1.0.0"),
    ):
        s.note(method, path, authorization=f"Bearer {token}")
    real = oci.artifacts.ArtifactsClient(s.config, service_endpoint=s.endpoint)
    uri = artifacts.LookupContainerImageByUriDetails(image_uri=IMAGE)
    image = real.lookup_container_image_by_uri(uri).data
    api = s.silent(oci.artifacts.ArtifactsClient)
    api.lookup_container_image_by_uri(uri)
    api.list_container_images(s.compartment, limit=5, sort_by="TIMECREATED", sort_order="DESC")
    api.list_container_images(
        s.compartment, repository_name="acme/triton", version="1.0.0", is_versioned=True
    )
    api.get_container_image(image.id)
    api.list_container_repositories(s.compartment, limit=5, display_name="acme/triton")
    api.get_container_repository(image.repository_id)


PARTS = (metrics, searches, buckets, people_and_places, tokens, limits, logs, images)
