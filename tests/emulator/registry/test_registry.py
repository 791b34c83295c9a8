"""The container registry: tokens, tags, digests, the service Artifacts, and images of deployments."""

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import oci
import pytest
import requests
from oci.artifacts.models import LookupContainerImageByUriDetails

from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator

URI = "iad.ocir.io/acme/triton:1.0.0"
ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")


@pytest.fixture
def emulator(start: Callable[..., Emulator]) -> Emulator:
    return start(control=True)


def tell(emulator: Emulator, uri: str, digest: str | None = None) -> list[dict[str, str]]:
    body = {"uri": uri} | ({"digest": digest} if digest else {})
    answer = requests.post(f"{emulator.endpoint}/emulator/images", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["images"])


def registry(emulator: Emulator) -> oci.container_registry.ContainerRegistryClient:
    return oci.container_registry.ContainerRegistryClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def artifacts(emulator: Emulator) -> oci.artifacts.ArtifactsClient:
    return oci.artifacts.ArtifactsClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def v2(emulator: Emulator, path: str, token: str | None = None, method: str = "GET") -> requests.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{emulator.endpoint}/v2/{path}", headers=headers, timeout=10)


# -- telling the emulator


def test_images_are_told_shown_and_forgotten(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    tell(emulator, "iad.ocir.io/acme/triton:latest", ONE)
    shown = tell(emulator, f"iad.ocir.io/acme/other@{TWO}")
    assert [(one["uri"], one["digest"]) for one in shown] == [
        (URI, ONE),
        ("iad.ocir.io/acme/triton:latest", ONE),
        (f"iad.ocir.io/acme/other@{TWO}", TWO),
    ]
    url = f"{emulator.endpoint}/emulator/images"
    assert requests.get(url, timeout=10).json()["images"] == shown
    assert requests.delete(url, timeout=10).json() == {"images": []}
    assert artifacts(emulator).list_container_images(emulator.compartment).data.items == []


def test_a_digest_is_made_up_and_stays(emulator: Emulator) -> None:
    ((first),) = tell(emulator, URI)
    assert len(first["digest"]) == 71
    assert tell(emulator, URI) == [first]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uri": "triton"},
        {"uri": "iad.ocir.io/acme/triton@sha256:short"},
        {"uri": URI, "digest": "sha256:short"},
    ],
)
def test_what_is_no_image(emulator: Emulator, body: dict[str, str]) -> None:
    url = f"{emulator.endpoint}/emulator/images"
    assert requests.post(url, json=body, timeout=10).status_code == 400
    assert requests.get(url, timeout=10).json() == {"images": []}


def test_only_with_the_control_api(start: Callable[..., Emulator]) -> None:
    closed = start()
    assert requests.get(f"{closed.endpoint}/emulator/images", timeout=10).status_code == 404


# -- tokens and the registry's own API


@pytest.mark.shows("registry-token", "tag-to-digest")
def test_a_tag_is_resolved_with_a_token_of_the_sdk(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    scope = "repository:acme/triton:pull"
    given = registry(emulator).get_access_token(service="ocir", scope=scope).data
    assert (given.token, given.scope, given.expires_in) == (given.access_token, scope, 3600)
    assert v2(emulator, "", given.token).status_code == 200
    head = v2(emulator, "acme/triton/manifests/1.0.0", given.token, "HEAD")
    assert (head.status_code, head.headers["docker-content-digest"], head.content) == (200, ONE, b"")
    got = v2(emulator, f"acme/triton/manifests/{ONE}", given.token)
    assert (got.headers["docker-content-digest"], got.json()["schemaVersion"]) == (ONE, 2)
    assert head.headers["content-length"] == str(len(got.content))


def test_the_digest_that_is_made_up_is_the_manifests(emulator: Emulator, content_digest: Any) -> None:
    ((image),) = tell(emulator, URI)
    got = v2(emulator, "acme/triton/manifests/1.0.0", registry(emulator).get_access_token().data.token)
    assert image["digest"] == f"sha256:{content_digest(got.content)}"


def test_a_moved_tag(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    tell(emulator, URI, TWO)
    token = registry(emulator).get_access_token().data.token
    assert v2(emulator, "acme/triton/manifests/1.0.0", token).headers["docker-content-digest"] == TWO
    assert v2(emulator, f"acme/triton/manifests/{ONE}", token).status_code == 200
    listed = artifacts(emulator).list_container_images(emulator.compartment, is_versioned=False).data.items
    assert [(one.digest, one.version, one.display_name) for one in listed] == [
        (ONE, None, f"triton:unknown@{ONE}")
    ]


def test_the_password_of_the_registry_user(emulator: Emulator) -> None:
    known = json.loads((emulator.home / "oci" / "registry.json").read_text())
    url = f"{emulator.endpoint}/20180419/docker/token"
    given = requests.get(url, auth=(known["username"], known["password"]), timeout=10)
    assert v2(emulator, "", given.json()["token"]).status_code == 200
    refused = requests.get(url, auth=(known["username"], "wrong"), timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (401, "NotAuthenticated")
    assert requests.get(url, timeout=10).status_code == 401


def test_the_challenge_leads_to_the_token(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    asked = v2(emulator, "acme/triton/manifests/1.0.0")
    assert (asked.status_code, asked.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")
    parts = requests.utils.parse_dict_header(asked.headers["www-authenticate"].removeprefix("Bearer "))
    assert parts["scope"] == "repository:acme/triton:pull"
    given = requests.get(
        parts["realm"],
        params={"service": parts["service"], "scope": parts["scope"]},
        auth=emulator.auth,
        timeout=10,
    )
    assert v2(emulator, "acme/triton/manifests/1.0.0", given.json()["token"]).status_code == 200
    assert v2(emulator, "").headers["www-authenticate"].startswith('Bearer realm="http')


def test_tokens_that_do_not_open_it(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    other = registry(emulator).get_access_token(scope="repository:acme/other:pull").data.token
    push = registry(emulator).get_access_token(scope="repository:acme/triton:push").data.token
    session = (emulator.home / "oci" / "token").read_text()
    for token, error in (
        (other, "insufficient_scope"),
        (push, "insufficient_scope"),
        (session, "invalid_token"),
        ("nonsense", "invalid_token"),
    ):
        refused = v2(emulator, "acme/triton/manifests/1.0.0", token)
        assert refused.status_code == 401
        assert f'error="{error}"' in refused.headers["www-authenticate"]


def test_what_is_not_there(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    token = registry(emulator).get_access_token().data.token
    for path, code in (
        ("acme/triton/manifests/2", "MANIFEST_UNKNOWN"),
        (f"acme/triton/manifests/{TWO}", "MANIFEST_UNKNOWN"),
        ("acme/other/manifests/1.0.0", "NAME_UNKNOWN"),
    ):
        missed = v2(emulator, path, token)
        assert (missed.status_code, missed.json()["errors"][0]["code"]) == (404, code)


# -- Artifacts


def test_images_and_repositories(emulator: Emulator) -> None:
    client = artifacts(emulator)
    tell(emulator, URI, ONE)
    tell(emulator, "iad.ocir.io/acme/triton:2.0.0", TWO)
    tell(emulator, "iad.ocir.io/acme/team/other:1", THREE)
    everything = client.list_container_images(emulator.compartment).data
    assert [one.digest for one in everything.items] == [THREE, TWO, ONE]

    def digests(**query: Any) -> list[str]:
        return [one.digest for one in client.list_container_images(emulator.compartment, **query).data.items]

    assert digests(repository_name="triton", sort_by="DISPLAYNAME") == [ONE, TWO]
    assert digests(repository_name="team*") == [THREE]
    assert digests(version="1*") == [THREE, ONE]
    assert digests(image_digest=TWO) == digests(display_name="triton:2.0.0") == [TWO]
    assert digests(lifecycle_state="DELETED") == []
    image = client.get_container_image(everything.items[2].id).data
    assert (image.version, [one.version for one in image.versions]) == ("1.0.0", ["1.0.0"])
    assert digests(repository_id=image.repository_id) == [TWO, ONE]
    found = client.list_container_repositories(emulator.compartment).data
    assert (found.repository_count, found.image_count) == (2, 3)
    assert {(one.namespace, one.display_name, one.image_count) for one in found.items} == {
        ("acme", "triton", 2),
        ("acme", "team/other", 1),
    }
    assert client.get_container_repository(image.repository_id).data.display_name == "triton"


def test_pages_of_images(emulator: Emulator) -> None:
    client = artifacts(emulator)
    for digit in "12345":
        tell(emulator, f"iad.ocir.io/acme/triton:{digit}", f"sha256:{digit * 64}")
    first = client.list_container_images(emulator.compartment, limit=2)
    assert (len(first.data.items), first.data.remaining_items_count) == (2, 3)
    every = oci.pagination.list_call_get_all_results(
        client.list_container_images, emulator.compartment, limit=2
    ).data
    assert [one.version for one in every] == ["5", "4", "3", "2", "1"]


def test_the_tenancy_and_its_tree(emulator: Emulator) -> None:
    client, tenancy = artifacts(emulator), emulator.config["tenancy"]
    tell(emulator, URI, ONE)
    assert client.list_container_images(tenancy).data.items == []
    assert len(client.list_container_images(tenancy, compartment_id_in_subtree=True).data.items) == 1
    for compartment, query, status in (
        (emulator.compartment, {"compartment_id_in_subtree": True}, 400),
        ("ocid1.compartment.oc1..x", {}, 404),
    ):
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            client.list_container_images(compartment, **query)
        assert caught.value.status == status


@pytest.mark.shows("image-by-uri")
def test_an_image_by_its_uri(emulator: Emulator) -> None:
    client = artifacts(emulator)
    tell(emulator, URI, ONE)

    def digest(uri: str) -> str:
        return client.lookup_container_image_by_uri(
            LookupContainerImageByUriDetails(image_uri=uri)
        ).data.digest

    assert digest(URI) == digest(f"us-ashburn-1.ocir.io/acme/triton@{ONE}") == ONE
    for uri, status in (("iad.ocir.io/acme/triton:2", 404), ("nonsense", 400)):
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            digest(uri)
        assert caught.value.status == status


@pytest.mark.parametrize("kind", ["images", "repositories"])
def test_an_unknown_id(emulator: Emulator, kind: str) -> None:
    client = artifacts(emulator)
    get = client.get_container_image if kind == "images" else client.get_container_repository
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        get("ocid1.containerimage.oc1.iad.x")
    assert (caught.value.status, caught.value.code) == (404, "NotAuthorizedOrNotFound")


# -- deployments


def pinned(emulator: Emulator, deployment: str) -> str:
    found = emulator.settle(deployment).model_deployment_configuration_details
    return str(found.environment_configuration_details.image_digest)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        call()
    assert (caught.value.status, caught.value.code) == (400, "RelatedResourceNotAuthorizedOrNotFound")
    return str(caught.value.message)


@pytest.mark.shows("digest-filled", "moved-tag")
def test_a_deployments_tag_is_resolved(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    deployment = emulator.deploy(image=URI)
    assert pinned(emulator, deployment) == ONE
    tell(emulator, URI, TWO)
    assert pinned(emulator, deployment) == ONE
    emulator.update(deployment, image=URI)
    assert pinned(emulator, deployment) == TWO
    emulator.update(deployment, image=URI, image_digest=ONE)
    assert pinned(emulator, deployment) == ONE
    emulator.update(deployment, image=f"iad.ocir.io/acme/triton@{TWO}")
    assert pinned(emulator, deployment) == TWO


def test_a_digest_that_the_repository_does_not_hold(emulator: Emulator, make_artifact: Any) -> None:
    deployment = emulator.deploy(image=URI, image_digest=THREE)
    assert pinned(emulator, deployment) == THREE, "nobody told of the repository"
    tell(emulator, URI, ONE)
    assert URI in refusal(partial(emulator.update, deployment, image=URI, image_digest=TWO))
    assert pinned(emulator, deployment) == THREE
    details = oci.data_science.models.UpdateModelDeploymentDetails(display_name="renamed")
    emulator.client.update_model_deployment(deployment, details)
    assert emulator.settle(deployment).display_name == "renamed", "a container that stays is not looked at"


def test_an_unknown_image(start: Callable[..., Emulator], make_artifact: Any) -> None:
    strict = start(control=True, readings=Readings(unknown_image="refused"))
    project = strict.project()
    model = strict.model(project, make_artifact("one"))
    assert f"image {URI}" in refusal(lambda: strict.create(project, model, image=URI))
    assert strict.client.list_model_deployments(strict.compartment).data == []
    tell(strict, URI, ONE)
    assert pinned(strict, strict.create(project, model, image=URI).data.id) == ONE
    refusal(lambda: strict.create(project, model, image="iad.ocir.io/acme/triton:2"))
    assert len(strict.client.list_model_deployments(strict.compartment).data) == 1


@pytest.mark.shows("unknown-images")
def test_by_default_an_unknown_image_gets_some_digest(emulator: Emulator) -> None:
    tell(emulator, URI, ONE)
    digest = pinned(emulator, emulator.deploy(image="iad.ocir.io/acme/another:1"))
    assert digest.startswith("sha256:")
    assert digest != ONE


def test_a_password_that_is_not_base64(emulator: Emulator) -> None:
    url = f"{emulator.endpoint}/20180419/docker/token"
    bad = base64.b64encode(b"\xff\xfe:x").decode()
    assert requests.get(url, headers={"authorization": f"Basic {bad}"}, timeout=10).status_code == 401


@pytest.mark.parametrize("name", ["Upper", "a//b", "%F0%9F%8C%8D", "a.", "-a"])
def test_a_name_that_no_repository_can_have(emulator: Emulator, name: str) -> None:
    answer = requests.get(f"{emulator.endpoint}/v2/{name}/manifests/latest", timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "NAME_INVALID")
