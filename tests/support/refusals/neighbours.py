"""The registry, search, metrics, logs, limits and compartments."""

from typing import Any

import requests

from datascience_emulator.telemetry.metrics import NAMESPACE
from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator
from tests.support.refusals.proof import Cloud, deploy, deployment, ocid, refused


def _post(e: Emulator, path: str, body: Any) -> requests.Response:
    """Signed, below the endpoint; JSON."""
    return requests.post(f"{e.endpoint}{path}", json=body, auth=e.auth, timeout=10)


# -- registry


def _manifest(e: Emulator, name: str, scope: str = "") -> requests.Response:
    url = f"{e.endpoint}/20180419/docker/token?scope={scope}"
    token = requests.get(url, auth=e.auth, timeout=10).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    return requests.get(f"{e.endpoint}/v2/{name}", headers=headers, timeout=10)


@refused("registry-unsigned")
def registry_unsigned(cloud: Cloud) -> requests.Response:
    return requests.get(f"{cloud().endpoint}/v2/acme/triton/manifests/1.0.0", timeout=10)


@refused("registry-scope")
def registry_scope(cloud: Cloud) -> requests.Response:
    return _manifest(cloud(), "acme/triton/manifests/1.0.0", "repository:acme/other:pull")


@refused("no-tag")
def no_tag(cloud: Cloud) -> requests.Response:
    e = cloud(control=True)
    image = {"uri": "iad.ocir.io/acme/triton:1.0.0"}
    assert requests.post(f"{e.endpoint}/emulator/images", json=image, timeout=10).ok
    return _manifest(e, "acme/triton/manifests/2.0.0")


@refused("no-repository")
def no_repository(cloud: Cloud) -> requests.Response:
    return _manifest(cloud(), "acme/nothing/manifests/1.0.0")


@refused("registry-password")
def registry_password(cloud: Cloud) -> requests.Response:
    url = f"{cloud().endpoint}/20180419/docker/token"
    return requests.get(url, auth=("acme/nobody", "nothing"), timeout=10)


@refused("image-uri")
def image_uri(cloud: Cloud) -> requests.Response:
    uri = {"imageUri": "no image"}
    return _post(cloud(), "/20160918/container/images/actions/lookupImageByUri", uri)


def _get(e: Emulator, path: str, **query: str) -> requests.Response:
    return requests.get(f"{e.endpoint}/20160918/{path}", query, auth=e.auth, timeout=10)


@refused("no-image-ocid")
def no_image_ocid(cloud: Cloud) -> requests.Response:
    return _get(cloud(), f"container/images/{ocid('containerimage')}")


@refused("no-repository-ocid")
def no_repository_ocid(cloud: Cloud) -> requests.Response:
    return _get(cloud(), f"container/repositories/{ocid('containerrepo')}")


@refused("images-subtree")
def images_subtree(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _get(e, "container/images", compartmentId=e.compartment, compartmentIdInSubtree="true")


@refused("no-such-image")
def no_such_image(cloud: Cloud) -> requests.Response:
    uri = {"imageUri": "iad.ocir.io/acme/nothing:1.0.0"}
    return _post(cloud(), "/20160918/container/images/actions/lookupImageByUri", uri)


# -- search


def _search(cloud: Cloud, query: str, parameters: str = "") -> requests.Response:
    body = {"type": "Structured", "query": query}
    return _post(cloud(), f"/20180409/resources{parameters}", body)


@refused("search-syntax")
def search_syntax(cloud: Cloud) -> requests.Response:
    return _search(cloud, "query datasciencemodel resources where displayName =")


@refused("search-type")
def search_type(cloud: Cloud) -> requests.Response:
    return _search(cloud, "query bird resources")


@refused("search-field")
def search_field(cloud: Cloud) -> requests.Response:
    return _search(cloud, "query datasciencemodel resources where colour = 'red'")


@refused("search-no-type")
def search_no_type(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.get(f"{e.endpoint}/20180409/resourceTypes/Bird", auth=e.auth, timeout=10)


@refused("search-limit")
def search_limit(cloud: Cloud) -> requests.Response:
    return _search(cloud, "query all resources", "?limit=1001")


@refused("search-tenancy")
def search_tenancy(cloud: Cloud) -> requests.Response:
    return _search(cloud, "query all resources", f"?tenantId={ocid('tenancy')}")


# -- metrics


def _summarize(cloud: Cloud, query: str, scope: str = "", **more: Any) -> requests.Response:
    e = cloud()
    path = f"/20180401/metrics/actions/summarizeMetricsData?compartmentId={e.compartment}{scope}"
    return _post(e, path, {"namespace": NAMESPACE, "query": query, **more})


@refused("metric-syntax")
def metric_syntax(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency")


@refused("metric-interval")
def metric_interval(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[61m].mean()")


@refused("metric-statistic")
def metric_statistic(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].best()")


@refused("metric-percentile")
def metric_percentile(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].percentile(2)")


@refused("metric-dimension")
def metric_dimension(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m]{resourceId > 5}.mean()")


@refused("metric-group-by")
def metric_group_by(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].groupBy().mean()")


@refused("metric-grouping")
def metric_grouping(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].grouping(resourceId).mean()")


@refused("metric-subtree")
def metric_subtree(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].mean()", "&compartmentIdInSubtree=true")


@refused("metric-no-time")
def metric_no_time(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].mean()", startTime="yesterday")


@refused("metric-far-time")
def metric_far_time(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].mean()", startTime="9999-01-31T12:00:00Z")


@refused("metric-span")
def metric_span(cloud: Cloud) -> requests.Response:
    span = {"startTime": "2026-01-31T12:00:00Z", "endTime": "2026-01-31T11:00:00Z"}
    return _summarize(cloud, "PredictLatency[1m].mean()", **span)


@refused("metric-time")
def metric_time(cloud: Cloud) -> requests.Response:
    return _summarize(cloud, "PredictLatency[1m].mean()", startTime="2026-01-31T12:00:00")


# -- logs


def _logs(cloud: Cloud, query: str, start: str = "2026-01-31T12:00:00Z") -> requests.Response:
    body = {"timeStart": start, "timeEnd": "2026-01-31T13:00:00Z", "searchQuery": query}
    return _post(cloud(), "/20190909/search", body)


@refused("log-query")
def log_query(cloud: Cloud) -> requests.Response:
    return _logs(cloud, "find me")


@refused("log-stage")
def log_stage(cloud: Cloud) -> requests.Response:
    return _logs(cloud, 'search "any" | count')


@refused("log-no-time")
def log_no_time(cloud: Cloud) -> requests.Response:
    return _logs(cloud, 'search "any"', "yesterday")


@refused("log-time")
def log_time(cloud: Cloud) -> requests.Response:
    return _logs(cloud, 'search "any"', "2026-01-31T12:00:00")


def _group(e: Emulator, name: str = "group") -> str:
    """The path of a new log group."""
    made = {"compartmentId": e.compartment, "displayName": name}
    assert _post(e, _GROUPS, made).ok
    url = f"{e.endpoint}{_GROUPS}?compartmentId={e.compartment}&displayName={name}"
    found = requests.get(url, auth=e.auth, timeout=10).json()[0]["id"]
    return f"{e.endpoint}{_GROUPS}/{found}"


_GROUPS = "/20200531/logGroups"


@refused("no-log-group")
def no_log_group(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.get(f"{e.endpoint}{_GROUPS}/{ocid('loggroup')}", auth=e.auth, timeout=10)


@refused("no-log")
def no_log(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.get(f"{_group(e, 'empty')}/logs/{ocid('log')}", auth=e.auth, timeout=10)


@refused("log-elsewhere")
def log_elsewhere(cloud: Cloud) -> requests.Response:
    e = cloud()
    group, other = _group(e, "one"), _group(e, "other")
    body = {"displayName": "log", "logType": "CUSTOM"}
    assert requests.post(f"{group}/logs", json=body, auth=e.auth, timeout=10).ok
    log = requests.get(f"{group}/logs", auth=e.auth, timeout=10).json()[0]["id"]
    return requests.get(f"{other}/logs/{log}", auth=e.auth, timeout=10)


@refused("log-group-in-use")
def log_group_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    group = _group(e, "full")
    body = {"displayName": "log", "logType": "CUSTOM"}
    assert requests.post(f"{group}/logs", json=body, auth=e.auth, timeout=10).ok
    return requests.delete(group, auth=e.auth, timeout=10)


# -- service limits


@refused("over-the-limit")
def over_the_limit(cloud: Cloud) -> requests.Response:
    e = cloud(limits=Limits(service={"model-deploy-count": 1}))
    assert deploy(e, deployment(e)).ok
    return deploy(e, deployment(e))


@refused("no-limit")
def no_limit(cloud: Cloud) -> requests.Response:
    e = cloud()
    path = "/20190729/services/data-science/limits/ds-none-count/resourceAvailability"
    url = f"{e.endpoint}{path}?compartmentId={e.compartment}"
    return requests.get(url, auth=e.auth, timeout=10)


@refused("limits-elsewhere")
def limits_elsewhere(cloud: Cloud) -> requests.Response:
    e = cloud()
    url = f"{e.endpoint}/20190729/limitDefinitions?compartmentId={e.compartment}"
    return requests.get(url, auth=e.auth, timeout=10)


# -- compartments


def _compartment(e: Emulator, name: str) -> requests.Response:
    body = {"compartmentId": e.tenancy, "name": name, "description": "one"}
    return _post(e, "/20160918/compartments", body)


@refused("compartment-taken")
def compartment_taken(cloud: Cloud) -> requests.Response:
    e = cloud()
    assert _compartment(e, "taken").ok
    return _compartment(e, "taken")


@refused("compartment-in-use")
def compartment_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    e.project()
    return requests.delete(f"{e.endpoint}/20160918/compartments/{e.compartment}", auth=e.auth, timeout=10)


@refused("no-compartment")
def no_compartment(cloud: Cloud) -> requests.Response:
    return _get(cloud(), f"compartments/{ocid('compartment')}")


@refused("other-tenancy")
def other_tenancy(cloud: Cloud) -> requests.Response:
    return _get(cloud(), f"tenancies/{ocid('tenancy')}")


@refused("other-user")
def other_user(cloud: Cloud) -> requests.Response:
    return _get(cloud(), f"users/{ocid('user')}")


@refused("subtree")
def subtree(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _get(e, "compartments", compartmentId=e.compartment, compartmentIdInSubtree="true")
