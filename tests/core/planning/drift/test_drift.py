"""Who has moved: for each field of the table of fields live, the manifest, both, and nobody; and the kinds
of what is no field.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.core.model.configuration import (
    Autoscaling,
    Bandwidth,
    Configuration,
    DeploymentType,
    FixedScaling,
    Json,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    Secret,
    ThresholdRule,
    to_json,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import CatalogModel, Marks, State
from reconciler.core.model.spec import Hold, Policy, Prune, Spec
from reconciler.core.planning.diff.comparison import Mover
from reconciler.core.planning.diff.fields import FIELDS
from reconciler.core.planning.drift.drift import drift_report, suspects
from reconciler.core.planning.drift.report import Drift, DriftKind, DriftReport
from reconciler.core.planning.explain.explanation import FieldStanding, LastApplied
from reconciler.core.planning.plan import Action
from reconciler.core.privacy.redactor import MASK
from tests.support.drive import desired, plan_on
from tests.support.examples import examples
from tests.support.reviews import BEFORE, OWNER, REVISION, SUBNET, World, as_served, spec
from tests.support.worlds import clouds, specs

BASE = spec().configuration
AUTO = Autoscaling(1, 2, ThresholdRule(Metric.CPU, 70, 30))
CUSTOM = NetworkAccess.CUSTOM
UNKNOWN = LastApplied(unknown="revision 123 is not in this clone")


def log(name: str) -> LogRef:
    return LogRef("ocid1.loggroup.g", f"ocid1.log.{name}")


def container(**changes: object) -> Configuration:
    return replace(BASE, container=replace(BASE.container, **changes))


def variable(value: str | Secret) -> Configuration:
    return container(
        environment=tuple(sorted({**dict(BASE.container.environment or ()), "A": value}.items()))
    )


def instance(**changes: object) -> Configuration:
    return replace(BASE, instance=replace(BASE.instance, **changes))


def network(access: NetworkAccess, *more: str) -> Configuration:
    return replace(BASE, network=Network(access, *more))


Make = Callable[[Any], Configuration]

ROWS: dict[str, tuple[Make, Any, Any, Any]] = {
    "metadata.name": (lambda v: replace(BASE, name=v), "vision", "seeing", "sight"),
    "metadata.description": (lambda v: replace(BASE, description=v), "one", "two", "three"),
    "metadata.labels.team": (lambda v: replace(BASE, labels=(("team", v),)), "a", "b", "c"),
    "metadata.definedTags.n.k": (lambda v: replace(BASE, defined_tags=(("n.k", v),)), "a", "b", "c"),
    "spec.deploymentType": (lambda v: replace(BASE, kind=v), *DeploymentType, None),
    "spec.logs.access": (lambda v: replace(BASE, logs=Logs(access=v)), log("a"), log("b"), log("c")),
    "spec.logs.predict": (lambda v: replace(BASE, logs=Logs(predict=v)), log("a"), log("b"), log("c")),
    "spec.bandwidthMbps.min": (lambda v: replace(BASE, bandwidth=Bandwidth(v, 90)), 10, 20, 30),
    "spec.bandwidthMbps.max": (lambda v: replace(BASE, bandwidth=Bandwidth(5, v)), 10, 20, 30),
    "spec.scaling": (
        lambda v: replace(BASE, scaling=replace(AUTO, cool_down_seconds=v)),
        *(300, 600, 900),
    ),
    "spec.network.access": (network, NetworkAccess.NO_INTERNET, NetworkAccess.INTERNET, None),
    "spec.network.subnet": (lambda v: network(CUSTOM, v), "subnet-a", "subnet-b", "subnet-c"),
    "spec.network.privateEndpoint": (lambda v: network(CUSTOM, "subnet", v), "pe-a", "pe-b", "pe-c"),
    "spec.image": (lambda v: container(image=v, digest="sha256:0"), "x:1", "x:2", "x:3"),
    "spec.image.digest": (lambda v: container(digest=v), "sha256:1", "sha256:2", "sha256:3"),
    "spec.server.command": (lambda v: container(command=(v,)), "a", "b", "c"),
    "spec.server.entrypoint": (lambda v: container(entrypoint=(v,)), "a", "b", "c"),
    "spec.server.port": (lambda v: container(port=v), 8000, 8001, 8002),
    "spec.server.healthPort": (lambda v: container(health_port=v), 8000, 8001, 8002),
    "spec.server.env.A": (variable, "1", "2", "3"),
    "spec.models": (lambda v: replace(BASE, artifact=v), "sha256:1", "sha256:2", "sha256:3"),
    "spec.instance.shape": (
        lambda v: instance(shape=v),
        *("VM.Standard.E4.Flex", "VM.Standard.E3.Flex", "VM.Standard3.Flex"),
    ),
    "spec.instance.ocpus": (lambda v: instance(ocpus=v), 1.0, 2.0, 3.0),
    "spec.instance.memoryGBs": (lambda v: instance(memory_gbs=v), 16.0, 32.0, 64.0),
    "spec.instance.cpuBaseline": (
        lambda v: instance(cpu_baseline=v),
        *("BASELINE_1_1", "BASELINE_1_2", "BASELINE_1_8"),
    ),
    "spec.instance.capacityReservations": (lambda v: instance(reservations=(v,)), "r", "s", "t"),
    "spec.scaling.instances": (lambda v: replace(BASE, scaling=FixedScaling(v)), 1, 2, 3),
}
"""By each field: how a configuration with a value of it is made, and three values of it."""

TAKEN_OUT = {"spec.scaling": lambda v: {**to_json(AUTO), "cool_down_seconds": v}}
LISTS = ("spec.server.command", "spec.server.entrypoint", "spec.instance.capacityReservations")


def said(path: str, value: Any, *, live: bool = False) -> Json:
    """The value as it is reported."""
    if path.startswith("spec.server.env.") and live:
        return MASK
    if path in LISTS:
        return [value]
    return TAKEN_OUT.get(path, to_json)(value)


def with_configuration(configuration: Configuration, **changes: Any) -> Spec:
    made = replace(spec(configuration.name), configuration=configuration)
    return replace(made, name="vision", **changes)


def report(asked: Spec | None, world: World, *applied: LastApplied, **changes: Any) -> DriftReport:
    others = () if asked else (spec("other"),)
    wanted = (asked,) if asked else others
    plan = world.plan(*wanted, **changes)
    run = Desired("prod", OWNER, wanted, REVISION, prune=True, **changes)
    found = suspects(plan, run, world.snapshot)
    past = applied or (UNKNOWN,)
    return drift_report(plan, run, world.snapshot, found, past * len(found))


def drift_of(
    applied: Configuration, live: Configuration, manifest: Configuration, known: bool = True, **changes: Any
) -> Drift | None:
    before = with_configuration(applied)
    served = as_served(live)
    digest = live.container.digest or served.container.digest
    served = replace(served, container=replace(served.container, digest=digest))
    world = World().of(before, configuration=served)
    past = LastApplied(applied, spec=before) if known else UNKNOWN
    found = report(with_configuration(manifest, **changes), world, past).drifts
    assert len(found) <= 1
    return found[0] if found else None


MOVES = {
    "nobody": (0, 0, 0, Mover.NOBODY, None),
    "live": (0, 1, 0, Mover.LIVE, DriftKind.DRIFT),
    "manifest": (0, 0, 1, Mover.MANIFEST, DriftKind.PENDING),
    "both": (0, 1, 2, Mover.BOTH, DriftKind.BOTH),
    "both to the same": (0, 1, 1, Mover.BOTH, DriftKind.BOTH),
}
CASES = [
    pytest.param(path, move, id=f"{path}-{move}")
    for path, row in ROWS.items()
    for move, (*at, _, _) in MOVES.items()
    if row[3] is not None or 2 not in at
]


@pytest.mark.parametrize(("path", "move"), CASES)
def test_each_field_says_who_has_moved_it_and_the_values(path: str, move: str) -> None:
    make, *values = ROWS[path]
    *at, moved, kind = MOVES[move]
    applied, live, manifest = (values[place] for place in at)
    found = drift_of(make(applied), make(live), make(manifest))
    if kind is None:
        assert found is None
        return
    assert found is not None
    (field,) = (field for field in found.fields if field.field == path)
    assert (field.moved, found.kind) == (moved, kind)
    assert (field.applied, field.live, field.manifest) == (
        said(path, applied),
        said(path, live, live=True),
        said(path, manifest),
    )
    assert {field.field for field in found.fields} <= {path, *ALONG.get(path, ())}
    assert field.standing is (FieldStanding.EQUAL if live == manifest else field.standing)


ALONG = {"spec.deploymentType": ("spec.models",), "metadata.name": ("metadata.renamedFrom",)}


def test_every_row_of_the_table_is_tested() -> None:
    assert {row.path for row in FIELDS} <= set(ROWS)


@pytest.mark.parametrize("path", ROWS)
def test_where_it_is_not_known_what_was_applied_a_field_differs_and_the_mark_tells_the_kind(
    path: str,
) -> None:
    make, before, after, _ = ROWS[path]
    pending = drift_of(make(before), make(before), make(after), known=False)
    assert pending is not None
    assert pending.kind is DriftKind.PENDING
    assert {field.moved for field in pending.fields if field.field == path} == {Mover.UNKNOWN}
    assert pending.unknown == UNKNOWN.unknown
    assert "whether live was changed too cannot be told" in pending.why


@pytest.mark.parametrize("path", ROWS)
def test_what_is_ignored_is_nobodys_move(path: str) -> None:
    make, *values = ROWS[path]
    ignore = Policy(ignore=(f"/{path.replace('.', '/')}",))
    found = drift_of(make(values[0]), make(values[1]), make(values[0]), policy=ignore)
    assert found is None or path not in {field.field for field in found.fields}


def test_what_is_ignored_is_nobodys_move_though_it_was_another_field_before() -> None:
    before, ignore = replace(BASE, scaling=AUTO), Policy(ignore=("/spec/scaling/instances",))
    live = replace(BASE, scaling=FixedScaling(5))
    found = drift_of(before, live, BASE, policy=ignore)
    assert found is not None
    assert [field.field for field in found.fields] == ["lastApplied"]


def test_drift_and_pending_of_two_fields_are_both() -> None:
    found = drift_of(BASE, replace(BASE, scaling=FixedScaling(7)), replace(BASE, description="new"))
    assert found is not None
    assert found.kind is DriftKind.BOTH
    assert {field.field: field.moved for field in found.fields} == {
        "metadata.description": Mover.MANIFEST,
        "spec.scaling.instances": Mover.LIVE,
    }


def test_what_was_applied_and_is_nowhere_any_more_is_told() -> None:
    """A label, and a variable, that neither live nor the manifest has."""
    before = replace(variable("1"), labels=(("gone", "1"), *BASE.labels))
    found = drift_of(before, BASE, BASE)
    assert found is not None
    told = {field.field: (field.applied, field.live, field.manifest, field.moved) for field in found.fields}
    assert told == {
        "metadata.labels.gone": ("1", None, None, Mover.BOTH),
        "spec.server.env.A": ("1", None, None, Mover.BOTH),
    }


def test_what_the_manifest_left_open_is_moved_by_nobody() -> None:
    loose = replace(BASE, bandwidth=None)
    live = replace(BASE, bandwidth=Bandwidth(10, 20))
    assert drift_of(loose, live, loose) is None
    now = drift_of(loose, live, replace(BASE, bandwidth=Bandwidth(10, 30)))
    assert now is not None
    assert {field.field: field.moved for field in now.fields} == {"spec.bandwidthMbps.max": Mover.MANIFEST}


def test_fixed_instances_that_were_scaled_by_themselves_before() -> None:
    before = replace(BASE, scaling=AUTO)
    found = drift_of(before, BASE, replace(BASE, scaling=FixedScaling(4)))
    assert found is not None
    (field,) = found.fields
    assert (field.field, field.moved, field.applied) == ("spec.scaling.instances", Mover.BOTH, to_json(AUTO))


# -- secrets


def test_of_a_secret_that_differs_nobody_can_tell_who_has_moved() -> None:
    """It may have been rotated where we run, or changed live: no trace of it is kept."""
    secret = variable(Secret("env.X", "rotated-1"))
    found = drift_of(secret, variable("hunter-22"), secret)
    assert found is not None
    (field,) = found.fields
    assert (found.kind, field.moved) == (DriftKind.DIFFERS, Mover.UNKNOWN)
    assert (field.applied, field.live, field.manifest) == ({"secret": "env.X"}, MASK, {"secret": "env.X"})
    assert "hunter-22" not in repr(found)
    assert "rotated-1" not in repr(found)


def test_a_secret_from_elsewhere_is_pending() -> None:
    found = drift_of(variable(Secret("env.X", "old")), variable("old"), variable(Secret("env.Y", "new")))
    assert found is not None
    assert [(field.field, field.moved) for field in found.fields] == [("spec.server.env.A", Mover.MANIFEST)]


# -- state and marks


@pytest.mark.parametrize(
    ("before", "state", "now", "kind"),
    [
        (True, State.ACTIVE, True, None),
        (True, State.INACTIVE, True, DriftKind.DRIFT),
        (True, State.FAILED, True, DriftKind.DRIFT),
        (True, State.ACTIVE, False, DriftKind.PENDING),
        (False, State.INACTIVE, True, DriftKind.PENDING),
        (False, State.ACTIVE, False, DriftKind.DRIFT),
        (False, State.FAILED, True, DriftKind.BOTH),
    ],
)
def test_the_state(before: bool, state: State, now: bool, kind: DriftKind | None) -> None:
    was = replace(spec(), active=before)
    found = report(
        replace(spec(), active=now),
        World().of(was, state=state),
        LastApplied(was.configuration, spec=was),
    ).drifts
    assert [drift.kind for drift in found] == ([kind] if kind else [])
    assert [field.field for drift in found for field in drift.fields] == (["spec.state"] if kind else [])


@pytest.mark.parametrize(
    ("before", "marked", "now", "kind"),
    [
        (True, True, True, None),
        (True, False, True, DriftKind.DRIFT),
        (None, False, True, DriftKind.PENDING),
        (False, False, True, DriftKind.PENDING),
        (True, False, None, None),
    ],
)
def test_protection(before: bool | None, marked: bool, now: bool | None, kind: DriftKind | None) -> None:
    was, wanted = spec(policy=Policy(protect=before)), spec(policy=Policy(protect=now))
    marks = Marks(OWNER, "vision", was.applied_mark, BEFORE, protect=marked)
    found = report(wanted, World().of(was, marks=marks), LastApplied(was.configuration, spec=was)).drifts
    assert [drift.kind for drift in found] == ([kind] if kind else [])


def test_what_no_digest_covers_differs_where_the_revision_is_not_known() -> None:
    wanted = spec(policy=Policy(prune=Prune.CONFIRM))
    found = report(wanted, World().of(spec()), LastApplied(wanted.configuration)).drifts
    assert [(drift.kind, drift.fields[0].field) for drift in found] == [
        (DriftKind.DIFFERS, "spec.policy.prune")
    ]


def test_only_the_mark_differs() -> None:
    """The manifest has moved in what it tells to ignore."""
    wanted = spec(scaling=FixedScaling(9), policy=Policy(ignore=("/spec/scaling",)))
    was = spec(policy=Policy(ignore=("/spec/scaling",)))
    found = report(wanted, World().of(was), LastApplied(was.configuration, spec=was)).drifts
    assert [(drift.kind, [field.field for field in drift.fields]) for drift in found] == [
        (DriftKind.PENDING, ["lastApplied"])
    ]


def test_nothing_was_applied_to_it() -> None:
    marks = Marks(OWNER, "vision")
    (found,) = report(
        spec(scaling=FixedScaling(3)),
        World().of(spec(), marks=marks, state=State.INACTIVE),
        LastApplied(unknown="nothing of ours was applied to it", untouched=True),
    ).drifts
    assert found.kind is DriftKind.PENDING
    assert {field.field: field.moved for field in found.fields} == {
        "spec.scaling.instances": Mover.MANIFEST,
        "spec.state": Mover.MANIFEST,
    }


def test_what_is_paused_is_told_and_says_so() -> None:
    found = drift_of(BASE, replace(BASE, scaling=FixedScaling(9)), BASE, policy=Policy(paused=True))
    assert found is not None
    assert (found.kind, found.kept) == (DriftKind.DRIFT, "paused")
    assert found.fields[0].standing is FieldStanding.PAUSED


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("spec.scaling.instances", spec(scaling=FixedScaling(9))),
        ("spec.state", replace(spec(), active=False)),
        ("spec.policy.protect", replace(spec(scaling=FixedScaling(9)), policy=Policy(protect=True))),
    ],
)
def test_what_is_held_is_pending_and_says_so(field: str, refused: Spec) -> None:
    was = spec()
    marks = Marks(OWNER, "vision", was.applied_mark, "c" * 40, hold=Hold(refused.refused_mark, "c" * 40))
    (found,) = report(refused, World().of(was, marks=marks), LastApplied(was.configuration, spec=was)).drifts
    assert (found.kind, found.kept) == (DriftKind.PENDING, "held")
    moved = {field.field: (field.moved, field.standing) for field in found.fields}
    assert moved[field] == (Mover.MANIFEST, FieldStanding.HELD)


@pytest.mark.parametrize(
    ("world", "kind"),
    [
        (World(), DriftKind.PENDING),
        (World().of(spec(), marks=Marks("somebody", "vision")), DriftKind.FOREIGN),
    ],
)
def test_what_is_paused_and_is_not_there_is_told(world: World, kind: DriftKind) -> None:
    (found,) = report(spec(policy=Policy(paused=True)), world).drifts
    assert (found.kind, found.kept) == (kind, "paused")


def test_that_a_failure_is_remembered_is_nobodys_move() -> None:
    marks = Marks(OWNER, "vision", spec().applied_mark, BEFORE, failed="1" * 64)
    past = LastApplied(spec().configuration, spec=spec())
    assert report(spec(), World().of(spec(), marks=marks), past).drifts == ()


def test_what_blocks_it_is_told() -> None:
    custom = replace(BASE, network=SUBNET)
    found = drift_of(custom, custom, replace(BASE, network=Network(NetworkAccess.NO_INTERNET)))
    assert found is not None
    assert any(note.startswith("apply leaves it: ") for note in found.notes)


# -- what is no field


def test_an_orphan() -> None:
    found = report(None, World().of(spec()).of(spec("other"))).drifts
    assert [(drift.name, drift.kind, drift.manifest) for drift in found] == [("vision", DriftKind.ORPHAN, "")]


def test_a_foreign_one() -> None:
    found = report(spec(), World().of(spec(), marks=Marks("somebody", "vision"))).drifts
    assert [drift.kind for drift in found] == [DriftKind.FOREIGN]
    assert "belongs to the owner 'somebody'" in found[0].why
    assert found[0].ocid.endswith(".vision")


def test_several_of_ours_by_one_name_are_unclear() -> None:
    world = World().of(spec()).of(spec(), ocid="ocid1.datasciencemodeldeployment.oc1.iad.copy")
    assert [drift.kind for drift in report(spec(), world).drifts] == [DriftKind.UNCLEAR]


def test_one_that_cannot_be_compared_is_unclear() -> None:
    world = World().of(spec(), configuration=None, deployment_type="UNKNOWN")
    (found,) = report(spec(), world).drifts
    assert (found.kind, "UNKNOWN" in found.why) == (DriftKind.UNCLEAR, True)


def test_one_that_the_service_lists_as_deleted_is_gone() -> None:
    (found,) = report(spec(), World().of(spec(), state=State.DELETED)).drifts
    assert (found.kind, found.state, found.revision) == (DriftKind.GONE, State.DELETED, BEFORE)
    assert found.ocid in found.why


@pytest.mark.parametrize(
    "changes",
    [{"marks": Marks("somebody", "vision")}, {"project_id": "another"}, {"marks": Marks(OWNER, "another")}],
)
def test_a_deleted_one_that_was_not_this_one_is_no_trace(changes: dict[str, Any]) -> None:
    world = World().of(spec(), state=State.DELETED, **changes)
    snapshot = replace(world.snapshot, models=())
    assert [drift.kind for drift in without_deployment(snapshot)] == [DriftKind.PENDING]


def without_deployment(snapshot: Any) -> tuple[Drift, ...]:
    wanted = Desired("prod", OWNER, (spec(),), REVISION, prune=True)
    plan = World().plan(spec())
    found = suspects(plan, wanted, snapshot)
    return drift_report(plan, wanted, snapshot, found, [UNKNOWN] * len(found)).drifts


def test_a_catalog_model_without_a_deployment_is_a_trace_and_says_what_it_may_mean() -> None:
    entry = CatalogModel("ocid1.model", "vision", True, OWNER, "vision", "sha256:1")
    entry = replace(entry, created="2026-11-27T22:00:31Z")
    (found,) = without_deployment(replace(World().snapshot, models=(entry,)))
    assert found.kind is DriftKind.GONE
    assert "2026-11-27 22:00 UTC" in found.why
    assert "or an apply ended before it was made" in found.why


def test_without_a_trace_it_says_that_the_service_forgets() -> None:
    (found,) = without_deployment(World().snapshot)
    assert found.kind is DriftKind.PENDING
    assert "no trace" in found.why
    assert "for a time only" in found.why


# -- plan and drift are of one mind


@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
@given(specs(), clouds())
def test_what_a_plan_changes_is_out_of_step_and_what_is_in_step_is_not_changed(wanted, cloud) -> None:
    asked = desired(*wanted)
    plan, snapshot = plan_on(cloud, asked), cloud.snapshot()
    found = suspects(plan, asked, snapshot)
    told = drift_report(plan, asked, snapshot, found, [UNKNOWN] * len(found))
    out = {(drift.name, drift.kind is DriftKind.ORPHAN) for drift in told.drifts}
    for item in plan.deployments:
        moves = [change for change in item.changes if change.field != "lastFailed"]
        if moves or item.action in (Action.CREATE, Action.DELETE):
            assert (item.name, not item.manifest) in out
        if item.action is Action.NOTHING:
            assert (item.name, not item.manifest) not in out
