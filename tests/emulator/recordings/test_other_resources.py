"""What else answers as it did where somebody recorded it. Each test names its source: A is
oracle/accelerated-data-science, S oracle-samples/oci-data-science-ai-samples, TF the acceptance tests of
oracle/terraform-provider-oci.
"""

import re
from typing import Any

import oci
import pytest
from oci.object_storage.models import CreateBucketDetails
from oci.resource_search import ResourceSearchClient
from oci.resource_search.models import StructuredSearchDetails

from datascience_emulator.wire.ids_and_times import new_ocid
from tests.support.clusters import private_endpoint
from tests.support.emulator import Emulator, artifact
from tests.support.storage import storage


def test_a_private_endpoint(cloud: Emulator) -> None:
    """A tests/unitary/with_extras/aqua/test_data/ui/private_endpoints_list.json, 2024. The name: the kind and
    the second (UTC). The list: no details. The host is that of a test environment of Oracle's, where it and
    the kinds of OCIDs end in `-int`; without that here.
    """
    made = private_endpoint(cloud).data
    cloud.finished(private_endpoint(cloud))
    second = made.time_created.strftime("%Y%m%d%H%M%S")
    assert made.display_name == f"datascienceprivateendpoint{second}"
    assert made.fqdn.startswith(f"{made.id.rpartition('.')[2]}.md2-pe.modeldeployment.us-ashburn-1.oci.")
    path = f"/dataSciencePrivateEndpoints?compartmentId={cloud.compartment}"
    assert [one for one in cloud.raw("GET", path).json() if "lifecycleDetails" in one] == []


@pytest.mark.parametrize("more", ["", " return allAdditionalFields"])
def test_resource_search(cloud: Emulator, held: Any, more: str) -> None:
    """A tests/unitary/with_extras/aqua/test_evaluation.py, 2024: identityContext is there and empty, and so
    is additionalDetails where nothing more was asked for; what is being created is found.
    """
    client = ResourceSearchClient(
        cloud.config, service_endpoint=cloud.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
    with held("create_model_deployment"):
        project = cloud.project()
        made = cloud.create(project, cloud.model(project, artifact("one"))).data.id
        query = f"query datasciencemodeldeployment resources{more} where identifier = '{made}'"
        (found,) = client.search_resources(StructuredSearchDetails(query=query)).data.items
    assert (found.lifecycle_state, found.identity_context) == ("CREATING", {})
    assert (found.additional_details == {}) is not bool(more)


@pytest.mark.parametrize("category", [None, "category"])
def test_the_category_of_defined_metadata(cloud: Emulator, category: str | None) -> None:
    """TF internal/integrationtest/datascience_model_test.go sends and reads "category"; a list in A
    (tests/unitary/with_extras/aqua/test_evaluation.py) has null. Reading: defined-category.
    """
    entry = {"key": "UseCaseType", "value": "ner"} | ({"category": category} if category else {})
    body = {"compartmentId": cloud.compartment, "projectId": cloud.project(), "definedMetadataList": [entry]}
    made = cloud.raw("POST", "/models", body).json()
    assert made["definedMetadataList"] == [entry]


@pytest.mark.parametrize("region", ["iad", "phx", "eu-frankfurt-1", "uk-london-1", ""])
def test_ocids_have_the_key_of_a_region_or_its_name(cloud: Emulator, region: str) -> None:
    """S, several: keys of the oldest regions, and names such as eu-frankfurt-1."""
    log = {"logId": f"ocid1.log.oc1.{region}.amaaaa", "logGroupId": f"ocid1.loggroup.oc1.{region}.amaaaa"}
    made = cloud.deploy()
    answer = cloud.raw("PUT", f"/modelDeployments/{made}", {"categoryLogDetails": {"predict": log}})
    assert answer.status_code == 202, answer.text
    cloud.settle(made)
    assert cloud.raw("GET", f"/modelDeployments/{made}").json()["categoryLogDetails"] == {"predict": log}


def test_new_ocids_have_it_too() -> None:
    names = {
        region: new_ocid("datasciencemodel", region).split(".")[3]
        for region in ("us-ashburn-1", "us-phoenix-1", "eu-frankfurt-1")
    }
    assert names == {"us-ashburn-1": "iad", "us-phoenix-1": "phx", "eu-frankfurt-1": "eu-frankfurt-1"}


def test_times_of_other_services(cloud: Emulator) -> None:
    """A tests/unitary/with_extras/aqua/test_data/ui: buckets_list.json, log_groups_list.json, logs_list.json,
    compartments_list.json, modelversionsets_list.json have no more than milliseconds.
    """
    store = storage(cloud)
    store.client.create_bucket(
        store.namespace, CreateBucketDetails(name="times", compartment_id=cloud.compartment)
    )
    bucket = store.client.get_bucket(store.namespace, "times").data
    identity = oci.identity.IdentityClient(cloud.config, service_endpoint=cloud.endpoint)
    compartment = identity.get_compartment(cloud.other_compartment()).data
    times = [bucket.time_created, compartment.time_created]
    assert [time for time in times if time.microsecond % 1000] == []
    project = cloud.raw("GET", f"/projects/{cloud.project()}").json()
    assert re.fullmatch(r"[0-9T:-]{19}\.\d{3}Z", project["timeCreated"])
