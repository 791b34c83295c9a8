"""Artifacts of models and of their metadata, and signatures."""

import requests

from datascience_emulator.readings import Readings
from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator
from tests.support.refusals.proof import CONFIG, MODEL, Cloud, Json, deploy, deployment, forever, refused
from tests.support.waiting import wait_for


@refused("no-artifact")
def no_artifact(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("GET", f"/models/{e.model(e.project())}/artifact/content")


@refused("second-artifact")
def second_artifact(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/models/{e.model(e.project(), b'one')}/artifact", b"two")


@refused("artifact-too-large")
def artifact_too_large(cloud: Cloud) -> requests.Response:
    """The limit is a small one here."""
    e = cloud(limits=Limits(artifact_bytes=3))
    return e.raw("POST", f"/models/{e.model(e.project())}/artifact", b"four")


@refused("artifact-without-length")
def artifact_without_length(cloud: Cloud) -> requests.Response:
    e = cloud()
    url = f"{e.endpoint}/20190101/models/{e.model(e.project())}/artifact"
    auth = e.auth.without_content_headers
    request = requests.Request("POST", url, headers={"content-length": "2"}, auth=auth).prepare()
    del request.headers["content-length"]
    request.body, request.headers["transfer-encoding"] = iter([b"on", b"e"]), "chunked"
    with requests.Session() as session:
        return session.send(request, timeout=10)


@refused("archive-not-there")
def archive_not_there(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/models/{e.model(e.project(), b'content')}/actions/restore")


@refused("restore-hours")
def restore_hours(cloud: Cloud) -> requests.Response:
    e = cloud()
    hours = "restoreModelForHoursSpecified=0.5"
    return e.raw("POST", f"/models/{e.model(e.project(), b'content')}/actions/restore?{hours}")


def _range(cloud: Cloud, text: str) -> requests.Response:
    e = cloud()
    return e.raw("GET", f"/models/{e.model(e.project(), b'content')}/artifact/content", range=text)


@refused("two-ranges")
def two_ranges(cloud: Cloud) -> requests.Response:
    return _range(cloud, "bytes=0-1,3-4")


@refused("range-outside")
def range_outside(cloud: Cloud) -> requests.Response:
    return _range(cloud, "bytes=7-")


def _export(e: Emulator, model: str, region: str = "us-ashburn-1") -> requests.Response:
    source = {
        "artifactSourceType": "ORACLE_OBJECT_STORAGE",
        "namespace": "any",
        "sourceBucket": "any",
        "sourceObjectName": "any",
        "sourceRegion": region,
    }
    return e.raw("POST", f"/models/{model}/actions/exportArtifact", {"artifactExportDetails": source})


@refused("export-to-filled")
def export_to_filled(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _export(e, e.model(e.project(), b"content"))


@refused("other-region")
def other_region(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _export(e, e.model(e.project()), "eu-frankfurt-1")


@refused("import-of-nothing")
def import_of_nothing(cloud: Cloud) -> requests.Response:
    e = cloud()
    target = {
        "artifactSourceType": "ORACLE_OBJECT_STORAGE",
        "namespace": "any",
        "destinationBucket": "any",
        "destinationObjectName": "any",
        "destinationRegion": "us-ashburn-1",
    }
    path = f"/models/{e.model(e.project())}/actions/importArtifact"
    return e.raw("POST", path, {"artifactImportDetails": target})


# -- artifacts of metadata


def _metadatum(e: Emulator, method: str = "POST", model: str | None = None) -> requests.Response:
    path = f"/models/{model or e.model(e.project())}/customMetadata/one/artifact"
    return e.raw(method, path, b"content")


@refused("second-metadata-artifact")
def second_metadata_artifact(cloud: Cloud) -> requests.Response:
    e = cloud()
    model = e.model(e.project())
    assert _metadatum(e, model=model).ok
    return _metadatum(e, model=model)


@refused("no-metadata-artifact")
def no_metadata_artifact(cloud: Cloud) -> requests.Response:
    return _metadatum(cloud(), "PUT")


@refused("no-metadata-entry")
def no_metadata_entry(cloud: Cloud) -> requests.Response:
    return _metadatum(cloud(readings=Readings(metadata_entry="refused")))


# -- signatures


def _sign(e: Emulator, model: str, algorithm: str = "SHA_256_RSA_PKCS_PSS") -> requests.Response:
    body = {
        "compartmentId": e.compartment,
        "kmsKeyId": "ocid1.key.oc1.iad.vault.abc",
        "kmsKeyVersionId": "ocid1.keyversion.oc1.iad.vault.def",
        "signingAlgorithm": algorithm,
    }
    return e.raw("POST", f"/models/{model}/artifactSignatures", body)


def _signed(e: Emulator) -> tuple[str, Json]:
    """A model and its signature, which may still be being made."""
    model = e.model(e.project(), b"content")
    answer = _sign(e, model)
    assert answer.ok, answer.text
    return model, answer.json()


@refused("sign-nothing")
def sign_nothing(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _sign(e, e.model(e.project()))


@refused("sign-deleted")
def sign_deleted(cloud: Cloud) -> requests.Response:
    e = cloud()
    model = e.model(e.project(), b"content")
    assert e.raw("DELETE", f"/models/{model}").ok
    return _sign(e, model)


@refused("signing-algorithm")
def signing_algorithm(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _sign(e, e.model(e.project(), b"content"), "MD5")


@refused("signature-of-another")
def signature_of_another(cloud: Cloud) -> requests.Response:
    e = cloud()
    _, signature = _signed(e)
    return e.raw("GET", f"/models/{e.model(e.project())}/artifactSignatures/{signature['id']}")


@refused("signature-in-use")
def signature_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    model, signature = _signed(e)
    path = f"/models/{model}/artifactSignatures/{signature['id']}"
    wait_for(lambda: e.raw("GET", path).json()["lifecycleState"] == "ACTIVE")
    body = deployment(e, model)
    body[CONFIG][MODEL]["modelArtifactSignatureId"] = signature["id"]
    assert deploy(e, body).ok
    return e.raw("DELETE", path)


@refused("signature-being-made")
def signature_being_made(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    model, made = _signed(e)
    return e.raw("DELETE", f"/models/{model}/artifactSignatures/{made['id']}")


@refused("signing-under-way")
def signing_under_way(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    model, _ = _signed(e)
    return e.raw("DELETE", f"/models/{model}")
