"""The table of fields, and the diff that is made from it."""

from dataclasses import replace

import pytest
from support.drive import CONTAINER, spec

from reconciler.core.fields import FIELDS, Change, Group, Impact, diff, fill, only
from reconciler.core.values import (
    Autoscaling,
    Bandwidth,
    Configuration,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Secret,
)

BASE = spec().configuration
LOG = LogRef("ocid1.loggroup.g", "ocid1.log.l")

ROWS = [
    ("metadata.name", replace(BASE, name="other"), Group.METADATA),
    ("metadata.description", replace(BASE, description="other"), Group.METADATA),
    ("metadata.labels", replace(BASE, labels=(("a", "b"),)), Group.METADATA),
    ("spec.logs.access", replace(BASE, logs=Logs(access=LOG)), Group.LOGS),
    ("spec.logs.predict", replace(BASE, logs=Logs(predict=LOG)), Group.LOGS),
    ("spec.bandwidthMbps.min", replace(BASE, bandwidth=Bandwidth(20)), Group.BANDWIDTH),
    ("spec.image", replace(BASE, container=replace(CONTAINER, image="x:2")), Group.CONTAINER),
    ("spec.image.digest", replace(BASE, container=replace(CONTAINER, digest="sha256:1")), Group.CONTAINER),
    ("spec.server.command", replace(BASE, container=replace(CONTAINER, command=("x",))), Group.CONTAINER),
    (
        "spec.server.entrypoint",
        replace(BASE, container=replace(CONTAINER, entrypoint=("x",))),
        Group.CONTAINER,
    ),
    ("spec.server.port", replace(BASE, container=replace(CONTAINER, port=8001)), Group.CONTAINER),
    (
        "spec.server.healthPort",
        replace(BASE, container=replace(CONTAINER, health_port=8001)),
        Group.CONTAINER,
    ),
    (
        "spec.server.env.A",
        replace(BASE, container=replace(CONTAINER, environment=(*CONTAINER.environment, ("A", "1")))),
        Group.CONTAINER,
    ),
    ("spec.models", replace(BASE, artifact="sha256:other"), Group.CORE),
    ("spec.instance.shape", replace(BASE, instance=Instance("VM.Standard3.Flex", 4.0, 32.0)), Group.CORE),
    ("spec.instance.ocpus", replace(BASE, instance=replace(BASE.instance, ocpus=8.0)), Group.CORE),
    ("spec.instance.memoryGBs", replace(BASE, instance=replace(BASE.instance, memory_gbs=64.0)), Group.CORE),
    ("spec.scaling.instances", replace(BASE, scaling=FixedScaling(3)), Group.CORE),
    ("spec.scaling", replace(BASE, scaling=Autoscaling(1, 2, 70, 30)), Group.SCALING),
]


@pytest.mark.parametrize(("path", "desired", "group"), ROWS, ids=[row[0] for row in ROWS])
def test_a_changed_field_is_one_change_in_its_group_with_its_source(
    path: str, desired: Configuration, group: Group
) -> None:
    (change,) = diff(desired, BASE)
    assert (change.field, change.group) == (path, group)
    assert change.impact is (Impact.METADATA if group is Group.METADATA else Impact.ZERO_DOWNTIME)
    assert "docs/service.md §" in change.source
    assert only({group}, fill(desired, BASE), BASE) == kept(desired, group)


def kept(desired: Configuration, group: Group) -> Configuration:
    """An update of another group than the container leaves the container's variables where they are."""
    if group is Group.CONTAINER:
        return desired
    return replace(desired, container=replace(desired.container, environment=None))


def test_every_row_of_the_table_is_tested() -> None:
    assert {row.path for row in FIELDS} - {"spec.bandwidthMbps.max"} <= {row[0] for row in ROWS}


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
