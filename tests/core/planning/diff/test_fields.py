"""The table of fields, and the diff that is made from it."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    Secret,
    ThresholdRule,
)
from reconciler.core.planning.diff.comparison import Change, diff
from reconciler.core.planning.diff.fields import FIELDS
from reconciler.core.planning.diff.merge import fill, with_groups
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from tests.support.drive import CONTAINER, spec

BASE = spec().configuration
LOG = LogRef("ocid1.loggroup.g", "ocid1.log.l")
AUTO = Autoscaling(1, 2, ThresholdRule(Metric.CPU, 70, 30))

SUBNET, ENDPOINT = "ocid1.subnet.oc1.iad.s", "ocid1.datascienceprivateendpoint.oc1.iad.p"
CUSTOM = Network(NetworkAccess.CUSTOM, SUBNET)
META = "docs/service.md §3.3 META"
CORE = "docs/service.md §3.1 B, §3.2"
SCALING = "docs/service.md §3.1 D"
BANDWIDTH = "docs/service.md §3.1 A, B: load balancer"
LOGS = "docs/service.md §3.1 A, B: logs"
ENV = "docs/service.md §3.3 ENV"
NET = "docs/service.md §3.1 A: default to custom"
GROUP = "docs/service.md §3.3 GROUP"
KIND = "docs/service.md §1.6"


def container(**changes: object) -> Configuration:
    return replace(BASE, container=replace(CONTAINER, **changes))


def instance(**changes: object) -> Configuration:
    return replace(BASE, instance=replace(BASE.instance, **changes))


def grouped(configuration: Configuration) -> Configuration:
    return replace(configuration, kind=DeploymentType.MODEL_GROUP)


# Field, base, desired, group, the document that says so.
ROWS = [
    ("metadata.name", BASE, replace(BASE, name="other"), OptionGroup.METADATA, META),
    ("metadata.description", BASE, replace(BASE, description="other"), OptionGroup.METADATA, META),
    ("metadata.labels.a", BASE, replace(BASE, labels=(("a", "b"),)), OptionGroup.METADATA, META),
    (
        "metadata.definedTags.n.k",
        BASE,
        replace(BASE, defined_tags=(("n.k", "v"),)),
        OptionGroup.METADATA,
        META,
    ),
    ("spec.logs.access", BASE, replace(BASE, logs=Logs(access=LOG)), OptionGroup.LOGS, LOGS),
    ("spec.logs.predict", BASE, replace(BASE, logs=Logs(predict=LOG)), OptionGroup.LOGS, LOGS),
    (
        "spec.bandwidthMbps.min",
        BASE,
        replace(BASE, bandwidth=Bandwidth(20)),
        OptionGroup.BANDWIDTH,
        BANDWIDTH,
    ),
    (
        "spec.bandwidthMbps.max",
        replace(BASE, bandwidth=Bandwidth(20, 30)),
        replace(BASE, bandwidth=Bandwidth(20, 40)),
        OptionGroup.BANDWIDTH,
        BANDWIDTH,
    ),
    (
        "spec.network.access",
        replace(BASE, network=Network(NetworkAccess.NO_INTERNET)),
        replace(BASE, network=Network(NetworkAccess.INTERNET)),
        OptionGroup.NETWORK,
        NET,
    ),
    (
        "spec.network.subnet",
        replace(BASE, network=CUSTOM),
        replace(BASE, network=replace(CUSTOM, subnet="ocid1.subnet.oc1.iad.t")),
        OptionGroup.NETWORK,
        NET,
    ),
    (
        "spec.network.privateEndpoint",
        replace(BASE, network=CUSTOM),
        replace(BASE, network=replace(CUSTOM, private_endpoint=ENDPOINT)),
        OptionGroup.NETWORK,
        NET,
    ),
    ("spec.image", BASE, container(image="x:2"), OptionGroup.CONTAINER, ENV),
    ("spec.image.digest", BASE, container(digest="sha256:1"), OptionGroup.CONTAINER, ENV),
    ("spec.server.command", BASE, container(command=("x",)), OptionGroup.CONTAINER, ENV),
    ("spec.server.entrypoint", BASE, container(entrypoint=("x",)), OptionGroup.CONTAINER, ENV),
    ("spec.server.port", BASE, container(port=8001), OptionGroup.CONTAINER, ENV),
    ("spec.server.healthPort", BASE, container(health_port=8001), OptionGroup.CONTAINER, ENV),
    (
        "spec.server.env.A",
        BASE,
        container(environment=(("A", "1"), *CONTAINER.environment)),
        OptionGroup.CONTAINER,
        ENV,
    ),
    ("spec.models", BASE, replace(BASE, artifact="sha256:other"), OptionGroup.CORE, CORE),
    (
        "spec.models",
        grouped(BASE),
        grouped(replace(BASE, artifact="sha256:other")),
        OptionGroup.MODELS,
        GROUP,
    ),
    ("spec.deploymentType", BASE, grouped(BASE), OptionGroup.KIND, KIND),
    ("spec.instance.shape", BASE, instance(shape="VM.Standard3.Flex"), OptionGroup.CORE, CORE),
    ("spec.instance.ocpus", BASE, instance(ocpus=8.0), OptionGroup.CORE, CORE),
    ("spec.instance.memoryGBs", BASE, instance(memory_gbs=64.0), OptionGroup.CORE, CORE),
    ("spec.instance.cpuBaseline", BASE, instance(cpu_baseline="BASELINE_1_2"), OptionGroup.CORE, CORE),
    ("spec.instance.capacityReservations", BASE, instance(reservations=("r",)), OptionGroup.CORE, CORE),
    ("spec.scaling.instances", BASE, replace(BASE, scaling=FixedScaling(3)), OptionGroup.CORE, CORE),
    ("spec.scaling", BASE, replace(BASE, scaling=AUTO), OptionGroup.SCALING, SCALING),
    (
        "spec.scaling",
        replace(BASE, scaling=AUTO),
        replace(BASE, scaling=replace(AUTO, cool_down_seconds=600)),
        OptionGroup.SCALING,
        SCALING,
    ),
]
IMPACTS = {OptionGroup.METADATA: Impact.METADATA, OptionGroup.KIND: Impact.REPLACE}


@pytest.mark.parametrize(
    ("path", "base", "desired", "group", "source"), ROWS, ids=[f"{row[0]}-{row[3].name}" for row in ROWS]
)
def test_a_changed_field_is_one_change_in_its_group_with_its_source(
    path: str, base: Configuration, desired: Configuration, group: OptionGroup, source: str
) -> None:
    (change,) = diff(desired, base)
    assert (change.field, change.option_group) == (path, group)
    assert change.impact is IMPACTS.get(group, Impact.ZERO_DOWNTIME)
    assert change.source.startswith(source)
    assert with_groups({group}, fill(desired, base), base) == kept(desired, group)
    assert diff(desired, base, [f"/{path.replace('.', '/')}"]) == ()


def kept(desired: Configuration, group: OptionGroup) -> Configuration:
    """An update of another group than the container leaves the container's variables where they are."""
    if group is OptionGroup.CONTAINER:
        return desired
    return replace(desired, container=replace(desired.container, environment=None))


def test_every_row_of_the_table_is_tested() -> None:
    assert {(row.path, row.option_group) for row in FIELDS} <= {(row[0], row[3]) for row in ROWS}


def test_equal_configurations_do_not_differ() -> None:
    assert diff(BASE, BASE) == ()


def test_what_the_manifest_leaves_open_is_the_services() -> None:
    live = replace(
        BASE,
        container=replace(CONTAINER, digest="sha256:live"),
        bandwidth=Bandwidth(10, 20),
        logs=Logs(LOG, LOG),
    )
    loose = replace(BASE, instance=Instance(BASE.instance.shape), bandwidth=None)
    assert diff(loose, live) == ()
    assert diff(replace(loose, bandwidth=Bandwidth(10)), live) == ()


def test_a_digest_stays_while_the_image_stays_and_is_the_services_when_it_changes() -> None:
    live = replace(BASE, container=replace(CONTAINER, digest="sha256:live"))
    assert fill(BASE, live).container.digest == "sha256:live"
    moved = replace(BASE, container=replace(CONTAINER, image="x:2"))
    assert [change.field for change in diff(moved, live)] == ["spec.image"]
    assert fill(moved, live).container.digest is None


def test_ocpus_of_another_shape_are_not_carried_over() -> None:
    moved = replace(BASE, instance=Instance("VM.Standard2.4"))
    assert fill(moved, BASE).instance == Instance("VM.Standard2.4")


def test_a_description_that_the_service_does_not_tell_is_unknown_not_different() -> None:
    assert diff(replace(BASE, description="x"), replace(BASE, description=None)) == ()


def test_a_description_that_was_not_known_and_is_there_is_somebodys_edit() -> None:
    (change,) = diff(replace(BASE, description=None), replace(BASE, description="x"))
    assert change.field == "metadata.description"


def variables(**found: str | Secret) -> Configuration:
    return replace(BASE, container=replace(CONTAINER, environment=tuple(sorted(found.items()))))


def env_change(desired: Configuration, live: Configuration) -> Change:
    (change,) = diff(desired, live)
    return change


def test_what_is_live_in_a_variable_is_never_shown() -> None:
    change = env_change(variables(), variables(DATABASE="postgres://user:hunter2@db"))
    assert (change.old, change.new) == ("(not shown)", None)


def test_a_secret_is_compared_by_value_and_shown_by_reference() -> None:
    secret = Secret("env.DB", "hunter2")
    assert diff(variables(DATABASE=secret), variables(DATABASE="hunter2")) == ()
    change = env_change(variables(DATABASE=secret), variables(DATABASE="old"))
    assert (change.old, change.new) == ("(not shown)", {"secret": "env.DB"})
    assert "hunter2" not in repr(change)


def test_a_name_that_looks_secret_hides_its_value() -> None:
    change = env_change(variables(API_TOKEN="x"), variables())
    assert change.new == "(not shown)"
