"""A service that refuses the metadata: how much the real one takes, nobody has seen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import CloudError
from reconciler.core.model.live import ARTIFACT
from tests.support.deploying import artifact
from tests.support.http_service import COMPARTMENT, Asked, Reply, Service
from tests.support.served import folder

DESCRIBED = replace(artifact(), models=(folder("resnet", [1]),))


@pytest.fixture
def cloud(access: ServiceAccess) -> OciCloud:
    def fetch(remote: Remote, sha256: str) -> Path:
        raise AssertionError("nothing is fetched")

    return OciCloud(access, COMPARTMENT, "serving", create_project=False, fetch=fetch)


def refusing(service: Service, status: int) -> list[dict[str, object]]:
    """The service refuses custom metadata with this status; what it took is in the list."""
    taken: list[dict[str, object]] = []

    def answer(asked: Asked) -> Reply:
        head = {"content-type": "application/json", "etag": "e"}
        if asked.method == "PUT" and "customMetadataList" in asked.json:
            body: dict[str, object] = {"code": "InvalidParameter", "message": "the value is too long"}
            return status, head, json.dumps(body).encode()
        if asked.method == "PUT":
            taken.append(asked.json)
        return 200, head, json.dumps({"id": "m", "freeformTags": {}, "lifecycleState": "ACTIVE"}).encode()

    service.answer = answer
    return taken


def test_a_service_that_refuses_the_metadata_gets_the_mark_alone(service: Service, cloud: OciCloud) -> None:
    taken = refusing(service, 400)
    cloud.mark_published("m", "vision", "acme", DESCRIBED)
    (sent,) = taken
    assert sent["freeformTags"][ARTIFACT] == DESCRIBED.digest  # type: ignore[index] # plain data


def test_another_refusal_is_an_error(service: Service, cloud: OciCloud) -> None:
    taken = refusing(service, 403)
    with pytest.raises(CloudError, match="marking m as published"):
        cloud.mark_published("m", "vision", "acme", DESCRIBED)
    assert taken == []
