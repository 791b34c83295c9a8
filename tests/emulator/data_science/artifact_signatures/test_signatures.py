"""Signatures of model artifacts, through the real SDK: documents, states and work requests."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from tests.support.emulator import configuration
from tests.support.refusing import refused

GONE = (404, "NotAuthorizedOrNotFound")
KEY = "ocid1.key.oc1.iad.vault.abc"
VERSION = "ocid1.keyversion.oc1.iad.vault.def"


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def model(emulator: Any, project: str, make_artifact: Any) -> str:
    return str(emulator.model(project, make_artifact("one")))


@pytest.fixture
def sign(emulator: Any) -> Callable[..., Any]:
    """Creates a signature; the whole response."""

    def one(model: str, **more: Any) -> Any:
        details = {
            "compartment_id": emulator.compartment,
            "kms_key_id": KEY,
            "kms_key_version_id": VERSION,
            "signing_algorithm": "SHA_256_RSA_PKCS_PSS",
            **more,
        }
        details = m.CreateModelArtifactSignatureDetails(**details)
        return emulator.client.create_model_artifact_signature(details, model)

    return one


@pytest.fixture
def signed(emulator: Any, sign: Any) -> Callable[..., str]:
    """A signature that is made."""

    def one(model: str, **more: Any) -> str:
        response = sign(model, **more)
        emulator.finished(response)
        return str(response.data.id)

    return one


@pytest.mark.shows("signatures")
def test_the_life_of_a_signature(emulator: Any, model: str, sign: Any, make_artifact: Any) -> None:
    client = emulator.client
    created = sign(model, display_name="s", freeform_tags={"a": "b"})
    assert (created.data.lifecycle_state, created.data.digest) == ("CREATING", None)
    work = emulator.finished(created)
    assert (work.operation_type, work.status) == ("CREATE_MODEL_ARTIFACT_SIGNATURE", "SUCCEEDED")
    path = f"/20190101/models/{model}/artifactSignatures/{created.data.id}"
    assert (work.resources[0].action_type, work.resources[0].entity_uri) == ("CREATED", path)

    got = client.get_model_artifact_signature(model, created.data.id)
    made = got.data
    assert (made.lifecycle_state, made.model_id, made.display_name) == ("ACTIVE", model, "s")
    assert (made.kms_key_id, made.kms_key_version_id) == (KEY, VERSION)
    assert made.signing_algorithm == "SHA_256_RSA_PKCS_PSS"
    assert made.digest == base64.b64encode(hashlib.sha256(make_artifact("one")).digest()).decode()
    assert made.signature

    change = m.UpdateModelArtifactSignatureDetails(display_name="t", freeform_tags={})
    changed = client.update_model_artifact_signature(change, model, made.id, if_match=got.headers["etag"])
    assert (changed.data.display_name, changed.data.freeform_tags) == ("t", {})
    stale = refused(
        client.update_model_artifact_signature, change, model, made.id, if_match=got.headers["etag"]
    )
    assert stale[:2] == (412, "NoEtagMatch")

    tenancy = emulator.config["tenancy"]
    move = m.ChangeModelArtifactSignatureCompartmentDetails(compartment_id=tenancy)
    client.change_model_artifact_signature_compartment(move, model, made.id)
    assert client.get_model_artifact_signature(model, made.id).data.compartment_id == tenancy

    assert client.delete_model_artifact_signature(model, made.id).status == 204
    assert client.get_model_artifact_signature(model, made.id).data.lifecycle_state == "DELETED"
    assert refused(client.delete_model_artifact_signature, model, made.id)[:2] == GONE


@pytest.mark.shows("verifying")
def test_verifying(emulator: Any, model: str, signed: Any) -> None:
    signature = signed(model)
    asked = emulator.client.verify_model_artifact_signature(model, signature)
    assert asked.data.id == signature
    work = emulator.finished(asked)
    assert (work.operation_type, work.status) == ("VERIFY_MODEL_ARTIFACT_SIGNATURE", "SUCCEEDED")
    after = emulator.client.get_model_artifact_signature(model, signature).data
    assert after.lifecycle_state == "ACTIVE"


def test_lists(emulator: Any, project: str, model: str, signed: Any, make_artifact: Any) -> None:
    client, other = emulator.client, emulator.model(project, make_artifact("two"))
    one, two = signed(model, display_name="one"), signed(model, display_name="two")
    signed(other, display_name="other")
    client.delete_model_artifact_signature(model, one)

    def names(**more: Any) -> list[str]:
        found = client.list_model_artifact_signatures(model, emulator.compartment, **more).data
        return [signature.display_name for signature in found]

    assert names() == ["two", "one"]
    assert names(sort_order="ASC") == ["one", "two"]
    assert names(sort_by="displayName", sort_order="DESC") == ["two", "one"]
    assert names(sort_by="lifecycleState") == ["two", "one"]
    assert names(display_name="one") == ["one"]
    assert names(lifecycle_state="ACTIVE") == ["two"]
    digest = client.get_model_artifact_signature(model, two).data.digest
    assert names(digest=digest) == ["two", "one"]
    assert names(digest="none") == []
    page = client.list_model_artifact_signatures(model, emulator.compartment, limit=1)
    assert names(limit=1, page=page.headers["opc-next-page"]) == ["one"]
    assert page.data[0].digest == digest
    path = f"/models/{model}/artifactSignatures?compartmentId={emulator.compartment}"
    assert "signature" not in emulator.raw("GET", path).json()[0]


def test_what_cannot_be_signed(emulator: Any, project: str, model: str, sign: Any) -> None:
    assert refused(sign, emulator.model(project))[:2] == (400, "InvalidParameter")
    assert refused(sign, model[:-3] + "abc")[:2] == GONE
    emulator.client.delete_model(model)
    assert refused(sign, model)[:2] == GONE


def test_a_bad_algorithm(emulator: Any, model: str) -> None:
    body = {"compartmentId": emulator.compartment, "kmsKeyId": KEY, "kmsKeyVersionId": VERSION}
    path = f"/models/{model}/artifactSignatures"
    assert emulator.raw("POST", path, body).json()["code"] == "MissingParameter"
    bad = emulator.raw("POST", path, {**body, "signingAlgorithm": "MD5"})
    assert (bad.status_code, bad.json()["code"]) == (400, "InvalidParameter")


def test_a_signature_belongs_to_its_model(
    emulator: Any, project: str, model: str, signed: Any, make_artifact: Any
) -> None:
    other, signature = emulator.model(project, make_artifact("two")), signed(model)
    client = emulator.client
    for call in (
        client.get_model_artifact_signature,
        client.verify_model_artifact_signature,
        client.delete_model_artifact_signature,
    ):
        assert refused(call, other, signature)[:2] == GONE


def test_a_deleted_model_takes_its_signatures_along(emulator: Any, model: str, signed: Any) -> None:
    signature = signed(model)
    emulator.client.delete_model(model)
    found = emulator.client.get_model_artifact_signature(model, signature).data
    assert found.lifecycle_state == "DELETED"


def test_a_model_waits_for_its_signature(emulator: Any, model: str, sign: Any, until: Any) -> None:
    emulator.orders.add(Order(Fault.HOLD, "create_model_artifact_signature"))
    made = sign(model)
    until(lambda: emulator.orders.held)
    assert refused(emulator.client.delete_model, model)[:2] == (409, "Conflict")
    early = refused(emulator.client.verify_model_artifact_signature, model, made.data.id)
    assert early[:2] == (409, "IncorrectState")
    emulator.orders.release()
    assert emulator.finished(made).status == "SUCCEEDED"
    emulator.client.delete_model(model)


def test_a_signature_that_goes_while_it_is_verified(
    emulator: Any, model: str, signed: Any, until: Any
) -> None:
    signature = signed(model)
    emulator.orders.add(Order(Fault.HOLD, "verify_model_artifact_signature"))
    asked = emulator.client.verify_model_artifact_signature(model, signature)
    until(lambda: emulator.orders.held)
    emulator.client.delete_model_artifact_signature(model, signature)
    emulator.orders.release()
    work = emulator.finished(asked)
    assert work.status == "FAILED"
    (error,) = emulator.client.list_work_request_errors(work.id).data
    assert error.code == "SIGNATURE_NOT_FOUND"
    after = emulator.client.get_model_artifact_signature(model, signature).data
    assert after.lifecycle_state == "DELETED"


# -- deployments that pin one


@pytest.fixture
def pin(emulator: Any, project: str) -> Callable[[str, str], Any]:
    """Creates a deployment of a model with a signature."""

    def one(model: str, signature: str) -> Any:
        pinned = configuration(model)
        pinned.model_configuration_details.model_artifact_signature_id = signature
        details = m.CreateModelDeploymentDetails(
            compartment_id=emulator.compartment,
            project_id=project,
            model_deployment_configuration_details=pinned,
        )
        return emulator.client.create_model_deployment(details)

    return one


def test_a_pinned_signature_stays(emulator: Any, model: str, signed: Any, pin: Any) -> None:
    signature = signed(model)
    deployment = pin(model, signature).data
    part = deployment.model_deployment_configuration_details.model_configuration_details
    assert part.model_artifact_signature_id == signature
    told = refused(emulator.client.delete_model_artifact_signature, model, signature)
    assert told[:2] == (409, "Conflict")
    assert deployment.id in told[2]
    emulator.settle(deployment.id)
    emulator.finished(emulator.client.delete_model_deployment(deployment.id))
    emulator.client.delete_model_artifact_signature(model, signature)


def test_what_cannot_be_pinned(
    emulator: Any, project: str, model: str, signed: Any, pin: Any, make_artifact: Any
) -> None:
    of_another = signed(emulator.model(project, make_artifact("two")))
    gone = signed(model)
    emulator.client.delete_model_artifact_signature(model, gone)
    for signature in (of_another, gone, of_another[:-3] + "abc"):
        told = refused(pin, model, signature)
        assert told[:2] == (400, "RelatedResourceNotAuthorizedOrNotFound")
        assert signature in told[2]
