"""OciCloud against the emulator as a process: the life of a deployment, over real HTTP, really signed."""

from dataclasses import replace
from typing import Any

import oci
import pytest

from reconciler.adapters.connect import Connection
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    QueryRule,
    ThresholdRule,
)
from reconciler.core.model.errors import CloudError, EtagMismatch, IncorrectState
from reconciler.core.model.live import State
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deploying import (
    MARKS,
    artifact,
    as_told,
    configuration,
    deployed,
    ended,
    published,
    reached,
    seen,
    token,
)
from tests.support.deployment_updates import update_of
from tests.support.waiting import wait_for


def test_what_was_asked_for_is_what_is_listed(cloud: OciCloud) -> None:
    content = artifact()
    wanted = configuration(content.digest)
    ocid = deployed(cloud, wanted, published(cloud, content))

    (live,) = [item for item in cloud.snapshot().deployments if item.ocid == ocid]
    assert live.configuration is not None
    digest = live.configuration.container.digest
    assert digest is not None
    assert digest.startswith("sha256:")
    plain = (("MODE", "fast"), ("TOKEN", "s3cret"))
    expected = replace(wanted, container=replace(wanted.container, digest=digest, environment=plain))
    assert live.configuration == expected
    assert live.marks == MARKS
    assert live.url.endswith(ocid)
    assert cloud.deployment_states()[ocid] is State.ACTIVE
    alone, etag = cloud.get_deployment(ocid)
    assert etag
    assert alone.fingerprint == live.fingerprint


def test_the_same_token_makes_no_second_deployment(cloud: OciCloud) -> None:
    content = artifact()
    model, once = published(cloud, content), token()
    first = cloud.create_deployment(configuration(content.digest), model, MARKS, once)
    again = cloud.create_deployment(configuration(content.digest), model, MARKS, once)
    assert (again.ocid, again.work_request) == (first.ocid, first.work_request)
    reached(cloud, first.ocid, State.ACTIVE)


LOGS = Logs(access=LogRef("ocid1.loggroup.oc1.iad.g", "ocid1.log.oc1.iad.l"))
AUTOSCALING = Autoscaling(1, 3, ThresholdRule(Metric.MEMORY, 70, 30, 300), cool_down_seconds=600, initial=1)
QUERIES = Autoscaling(1, 4, QueryRule("CPU[1m].mean() > 70", "CPU[1m].mean() < 30"), initial=2)
SUBNET = "ocid1.subnet.oc1.iad.s"


@pytest.fixture
def custom(running: Running) -> Network:
    """Networking of one's own, by a private endpoint that there is."""
    config = oci.config.from_file(running.config_file)
    client = oci.data_science.DataScienceClient(config, service_endpoint=running.endpoint)
    details = oci.data_science.models.CreateDataSciencePrivateEndpointDetails(
        compartment_id=running.compartment, subnet_id=SUBNET, data_science_resource_type="MODEL_DEPLOYMENT"
    )
    endpoint = client.create_data_science_private_endpoint(details).data.id
    wait_for(lambda: client.get_data_science_private_endpoint(endpoint).data.lifecycle_state == "ACTIVE")
    return Network(NetworkAccess.CUSTOM, SUBNET, endpoint)


def test_each_group_changes_alone_while_it_serves(cloud: OciCloud, custom: Network) -> None:
    content, other = artifact(), artifact("other weights")
    model, second = published(cloud, content), published(cloud, other)
    now = configuration(content.digest)
    ocid = deployed(cloud, now, model)
    listed = cloud.get_deployment(ocid)[0].configuration
    assert listed is not None
    now = replace(now, container=replace(now.container, digest=listed.container.digest))

    steps: list[tuple[OptionGroup, dict[str, Any]]] = [
        (OptionGroup.METADATA, {"description": "", "labels": (("team", "other"),)}),
        (OptionGroup.METADATA, {"defined_tags": (("cost.center", "43"), ("ops.tier", "1"))}),
        (OptionGroup.LOGS, {"logs": LOGS}),
        (OptionGroup.BANDWIDTH, {"bandwidth": Bandwidth(20, 40)}),
        (OptionGroup.SCALING, {"scaling": AUTOSCALING}),
        (OptionGroup.SCALING, {"scaling": QUERIES}),
        (OptionGroup.SCALING, {"scaling": FixedScaling(2)}),
        (OptionGroup.NETWORK, {"network": custom}),
        (OptionGroup.CONTAINER, {"container": replace(now.container, command=(), port=8001, environment=())}),
        (
            OptionGroup.CORE,
            {"instance": replace(now.instance, ocpus=4.0, memory_gbs=32.0), "artifact": other.digest},
        ),
        (OptionGroup.CORE, {"instance": Instance("VM.Standard.E5.Flex", 4.0, 32.0, "BASELINE_1_8", ())}),
        (OptionGroup.CORE, {"scaling": FixedScaling(3)}),
    ]
    for group, change in steps:
        now = replace(now, **change)
        used = second if now.artifact == other.digest else model
        etag = reached(cloud, ocid, State.ACTIVE)
        accepted = cloud.update_deployment(update_of(ocid, [group], now, MARKS), used, etag)
        assert not ended(cloud, accepted).failed, cloud.trouble(accepted.work_request)
        reached(cloud, ocid, State.ACTIVE)
        live = seen(cloud, ocid)
        assert live.configuration == as_told(now), group
        assert live.marks == MARKS


def test_an_update_that_leaves_the_container_alone_keeps_its_variables(cloud: OciCloud) -> None:
    """A plan does not know what is live in them: they may be secrets."""
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    live, etag = cloud.get_deployment(ocid)
    assert live.configuration is not None
    untold = replace(live.configuration.container, environment=None)
    wanted = replace(configuration(content.digest), container=untold, scaling=FixedScaling(2))
    assert not ended(
        cloud, cloud.update_deployment(update_of(ocid, [OptionGroup.CORE], wanted, MARKS), model, etag)
    ).failed
    after = cloud.get_deployment(ocid)[0].configuration
    assert after is not None
    assert after.container == live.configuration.container
    assert after.scaling == FixedScaling(2)


def test_two_groups_at_once_are_refused_while_it_serves(cloud: OciCloud) -> None:
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    changed = replace(configuration(content.digest), scaling=FixedScaling(2), bandwidth=Bandwidth(20, 40))
    live, etag = cloud.get_deployment(ocid)
    assert live.configuration is not None
    changed = replace(changed, container=live.configuration.container)
    with pytest.raises(CloudError) as caught:
        cloud.update_deployment(
            update_of(ocid, [OptionGroup.CORE, OptionGroup.BANDWIDTH], changed, MARKS), model, etag
        )
    assert caught.value.answer.status == 400
    assert caught.value.answer.request_id


def test_a_write_with_an_old_etag_is_refused(cloud: OciCloud) -> None:
    content = artifact()
    model = published(cloud, content)
    ocid = deployed(cloud, configuration(content.digest), model)
    _, old = cloud.get_deployment(ocid)
    renamed = replace(configuration(content.digest), name="other")
    ended(cloud, cloud.update_deployment(update_of(ocid, [OptionGroup.METADATA], renamed, MARKS), model, old))
    with pytest.raises(EtagMismatch):
        cloud.update_deployment(update_of(ocid, [OptionGroup.METADATA], renamed, MARKS), model, old)
    with pytest.raises(EtagMismatch):
        cloud.deactivate_deployment(ocid, old)
    with pytest.raises(EtagMismatch):
        cloud.delete_deployment(ocid, old)
    stopped = cloud.deactivate_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    assert not ended(cloud, stopped).failed
    with pytest.raises(EtagMismatch):
        cloud.activate_deployment(ocid, old)
    assert cloud.deployment_states()[ocid] is not State.DELETED


def test_stop_start_and_delete(cloud: OciCloud) -> None:
    content = artifact()
    ocid = deployed(cloud, configuration(content.digest), published(cloud, content))

    accepted = cloud.deactivate_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    assert not ended(cloud, accepted).failed
    etag = reached(cloud, ocid, State.INACTIVE)
    with pytest.raises(IncorrectState):
        cloud.deactivate_deployment(ocid, etag)
    ended(cloud, cloud.activate_deployment(ocid, etag))

    deleted = cloud.delete_deployment(ocid, reached(cloud, ocid, State.ACTIVE))
    progress = ended(cloud, deleted)
    assert (progress.percent, progress.done, progress.failed) == (100.0, True, False)
    assert cloud.deployment_states().get(ocid, State.DELETED) is State.DELETED
    assert cloud.work_request(deleted.work_request).message
    assert cloud.trouble(deleted.work_request).errors == ()


def test_a_failed_work_request_tells_why(cloud: OciCloud) -> None:
    content = artifact()
    model = cloud.create_model("vision", "acme", content.digest, token())
    wanted = configuration(content.digest)
    # A Triton server without any model repository cannot come up.
    triton = replace(wanted.container, environment=(("CONTAINER_TYPE", "TRITON"),))
    accepted = cloud.create_deployment(replace(wanted, container=triton), model, MARKS, token())
    progress = ended(cloud, accepted)
    assert progress.failed
    trouble = cloud.trouble(accepted.work_request)
    assert trouble.work_request == accepted.work_request
    assert trouble.errors
    reached(cloud, accepted.ocid, State.FAILED)
    assert cloud.last_failure(accepted.ocid) == trouble


def test_a_prediction_reaches_the_endpoint_signed(connection: Connection, cloud: OciCloud) -> None:
    content = artifact()
    ocid = deployed(cloud, configuration(content.digest), published(cloud, content))
    live, _ = cloud.get_deployment(ocid)
    answer = connection.predict(live.url, "resnet", "1", b"{}")
    # Not a Triton, so nothing serves; but it was routed there and the signature was good.
    assert answer.status not in {200, 401}
    assert "opc-request-id" in answer.headers
