"""Deployments that others have made state what is not set, or leave it out. Both are read alike, nothing is
planned for the difference, and an update of one option group is, for the service, one of that group alone.
"""

from dataclasses import replace
from typing import Any

import pytest
from oci.data_science import models

from datascience_emulator.data_science.deployments.option_groups import changed_option_groups
from datascience_emulator.data_science.deployments.updates import merged
from reconciler.adapters.oci.conversion.requests import update_details
from reconciler.core.model.configuration import (
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    Network,
    NetworkAccess,
)
from reconciler.core.planning.diff.comparison import diff
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.documents import MODEL, NO_MARKS, configuration_with, created, live, read, wire
from tests.support.unset_values import Json, with_unset

EMPTY = ("cmd", "entrypoint", "environmentVariables")


def bare(kind: DeploymentType) -> Json:
    """As small as a deployment of own containers can be."""
    container = Container("iad.ocir.io/acme/triton:1", port=8080, health_port=8080)
    document = created(configuration_with(container=container, kind=kind))
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    for name in (*EMPTY, "serverPort", "healthCheckPort"):
        environment.pop(name, None)
    return document


def configuration(document: Json) -> Configuration:
    found = live(document, "sha256:1").configuration
    assert found is not None
    return found


DOCUMENTS = {
    f"{name}-{kind.value}": change(bare(kind))
    for kind in DeploymentType
    for name, change in {
        "left-out": lambda document: document,
        "stated": lambda document: with_unset(models.ModelDeployment, document),
    }.items()
}


@pytest.mark.parametrize("kind", list(DeploymentType))
def test_what_is_not_set_reads_as_what_is_left_out(kind: DeploymentType) -> None:
    stated = with_unset(models.ModelDeployment, bare(kind))
    environment = stated["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert all(environment[name] in ([], {}) for name in (*EMPTY, "customHttpEndpoints"))
    left_out = replace(live(bare(kind)), configuration=None)
    assert replace(live(stated), configuration=None) == left_out
    # A description that is missing is unknown, and an empty one is known.
    assert replace(configuration(stated), description=None) == configuration(bare(kind))
    wanted = replace(configuration(bare(kind)), description="")
    for seen in (bare(kind), stated):
        assert diff(wanted, configuration(seen)) == ()


def test_to_state_a_default_is_no_change() -> None:
    there = configuration(bare(DeploymentType.SINGLE_MODEL))
    for stated in (
        replace(there, instance=replace(there.instance, cpu_baseline="BASELINE_1_1", reservations=())),
        replace(there, network=Network(NetworkAccess.NO_INTERNET)),
        replace(there, container=replace(there.container, port=8080, health_port=8080, environment=())),
    ):
        assert diff(stated, there) == ()
    bursts = replace(there, instance=replace(there.instance, cpu_baseline="BASELINE_1_2"))
    assert [change.field for change in diff(bursts, there)] == ["spec.instance.cpuBaseline"]
    full = replace(there, instance=replace(there.instance, cpu_baseline="BASELINE_1_1"))
    assert [change.field for change in diff(full, bursts)] == ["spec.instance.cpuBaseline"]


CHANGES: dict[OptionGroup, dict[str, Any]] = {
    OptionGroup.CORE: {"instance": Instance("VM.Standard.E4.Flex", 4.0, 32.0)},
    OptionGroup.SCALING: {"scaling": FixedScaling(3)},
    OptionGroup.BANDWIDTH: {"bandwidth": Bandwidth(20)},
    OptionGroup.NETWORK: {"network": Network(NetworkAccess.INTERNET)},
    OptionGroup.CONTAINER: {"container": Container("iad.ocir.io/acme/triton:2", port=8080, health_port=8080)},
}


@pytest.mark.parametrize("omitted", ["reset", "kept"])
@pytest.mark.parametrize("group", CHANGES, ids=lambda group: group.name)
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_an_update_of_one_option_group_is_one(document: Json, group: OptionGroup, omitted: str) -> None:
    wanted = replace(configuration(document), **CHANGES[group])
    body = wire(update_details(update_of("", [group], wanted, NO_MARKS), MODEL, read(document)))
    body["modelDeploymentConfigurationDetails"].pop("updateType", None)
    assert len(changed_option_groups(document, merged(document, body, omitted))) == 1
