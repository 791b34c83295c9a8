"""Projects, models and version sets."""

from typing import Any

import requests

from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator
from tests.support.refusals.proof import Cloud, deploy, deployment, forever, ocid, refused


def _model(e: Emulator, **fields: Any) -> requests.Response:
    return e.raw("POST", "/models", {"compartmentId": e.compartment, "projectId": e.project(), **fields})


def _metadata(cloud: Cloud, **fields: Any) -> requests.Response:
    return _model(cloud(), customMetadataList=[{"key": "one", "value": "1", "category": "other", **fields}])


def _deployed(e: Emulator) -> tuple[str, str]:
    """A model and the deployment that uses it."""
    model = e.model(e.project(), b"content")
    answer = deploy(e, deployment(e, model))
    assert answer.ok, answer.text
    made = str(answer.json()["id"])
    e.settle(made)
    return model, made


def _version_set(e: Emulator, name: str) -> dict[str, Any]:
    body = {"compartmentId": e.compartment, "projectId": e.project(), "name": name}
    answer = e.raw("POST", "/modelVersionSets", body)
    assert answer.ok, answer.text
    return dict(answer.json())


@refused("project-in-use")
def project_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    project = e.project()
    e.model(project)
    return e.raw("DELETE", f"/projects/{project}")


@refused("unknown-project")
def unknown_project(cloud: Cloud) -> requests.Response:
    return _model(cloud(), projectId=ocid("datascienceproject"))


@refused("long-metadata-value")
def long_metadata_value(cloud: Cloud) -> requests.Response:
    return _metadata(cloud, value="v" * 16_001)


@refused("long-metadata-description")
def long_metadata_description(cloud: Cloud) -> requests.Response:
    return _metadata(cloud, description="d" * 256)


@refused("large-metadata")
def large_metadata(cloud: Cloud) -> requests.Response:
    entries = [{"key": f"key{number}", "value": "v" * 15_000, "category": "other"} for number in range(3)]
    return _model(cloud(), customMetadataList=entries)


@refused("metadata-category")
def metadata_category(cloud: Cloud) -> requests.Response:
    return _metadata(cloud, category="Weather")


@refused("no-provenance")
def no_provenance(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("GET", f"/models/{e.model(e.project())}/provenance")


@refused("member-being-grouped")
def member_being_grouped(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    project = e.project()
    model = e.model(project, b"content")
    e.group(project, {"one": model})
    return e.raw("DELETE", f"/models/{model}")


@refused("model-in-use")
def model_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    model, _ = _deployed(e)
    return e.raw("DELETE", f"/models/{model}")


@refused("activate-active-model")
def activate_active_model(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/models/{e.model(e.project())}/actions/activate")


@refused("same-version-set")
def same_version_set(cloud: Cloud) -> requests.Response:
    e = cloud()
    found = _version_set(e, "same")
    model = _model(e, modelVersionSetId=found["id"], projectId=found["projectId"]).json()["id"]
    return e.raw("PUT", f"/models/{model}", {"modelVersionSetId": found["id"]})


@refused("version-set-name-taken")
def version_set_name_taken(cloud: Cloud) -> requests.Response:
    e = cloud()
    found = _version_set(e, "taken")
    body = {name: found[name] for name in ("compartmentId", "projectId", "name")}
    return e.raw("POST", "/modelVersionSets", body)


@refused("version-set-in-use")
def version_set_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    found = _version_set(e, "used")
    assert _model(e, modelVersionSetId=found["id"], projectId=found["projectId"]).ok
    return e.raw("DELETE", f"/modelVersionSets/{found['id']}")


@refused("unknown-version-set")
def unknown_version_set(cloud: Cloud) -> requests.Response:
    return _model(cloud(), modelVersionSetId=ocid("datasciencemodelversionset"))


@refused("project-going")
def project_going(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    project = e.project()
    assert e.raw("DELETE", f"/projects/{project}").ok
    return e.raw("PUT", f"/projects/{project}", {"displayName": "other"})


@refused("defined-category")
def defined_category(cloud: Cloud) -> requests.Response:
    none = Readings(defined_category="none")
    return _model(cloud(readings=none), definedMetadataList=[{"key": "readme", "category": "other"}])


@refused("unknown-metadata-key")
def unknown_metadata_key(cloud: Cloud) -> requests.Response:
    return _model(cloud(), definedMetadataList=[{"key": "mine"}])


@refused("twin-metadata-keys")
def twin_metadata_keys(cloud: Cloud) -> requests.Response:
    return _model(cloud(), customMetadataList=[{"key": "one", "value": value} for value in "ab"])


@refused("second-provenance")
def second_provenance(cloud: Cloud) -> requests.Response:
    e = cloud()
    path = f"/models/{e.model(e.project())}/provenance"
    assert e.raw("POST", path, {"gitBranch": "main"}).ok
    return e.raw("POST", path, {"gitBranch": "main"})


@refused("deactivate-inactive-model")
def deactivate_inactive_model(cloud: Cloud) -> requests.Response:
    e = cloud()
    path = f"/models/{e.model(e.project())}/actions/deactivate"
    assert e.raw("POST", path).ok
    return e.raw("POST", path)


@refused("version-set-serving")
def version_set_serving(cloud: Cloud) -> requests.Response:
    e = cloud()
    found = _version_set(e, "serving")
    model = e.model(found["projectId"], b"content", model_version_set_id=found["id"])
    assert deploy(e, deployment(e, model)).ok
    return e.raw("DELETE", f"/modelVersionSets/{found['id']}?isDeleteRelatedModels=true")


@refused("version-set-flag")
def version_set_flag(cloud: Cloud) -> requests.Response:
    e = cloud()
    found = _version_set(e, "flag")
    return e.raw("DELETE", f"/modelVersionSets/{found['id']}?isDeleteRelatedModels=perhaps")


@refused("version-set-going")
def version_set_going(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    found = _version_set(e, "going")
    assert e.raw("DELETE", f"/modelVersionSets/{found['id']}").ok
    return e.raw("PUT", f"/modelVersionSets/{found['id']}", {"description": "other"})
