"""What plans change in capacity is the difference between what runs before and after they were applied."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.core.model.configuration import FixedScaling, Instance
from reconciler.core.model.live import GONE, Live, Marks, State
from reconciler.core.model.machines import Machines
from reconciler.core.model.spec import Hold
from reconciler.core.model.target import Safety
from reconciler.core.planning.capacity.amounts import Amount, Bound, Unknown
from reconciler.core.planning.capacity.changes import capacity_of, change_of
from reconciler.core.planning.capacity.compute_shapes import FIXED, FLEXIBLE, size_of
from reconciler.core.planning.capacity.headroom import headroom
from reconciler.core.planning.capacity.measures import COUNTED, Unit
from reconciler.core.planning.plan import Action, DeploymentPlan, Seen
from reconciler.core.planning.release import plan_release_of_names
from reconciler.core.planning.rolling_back.ending import plan_end_of_holds
from reconciler.core.planning.steps import CreateDeployment, DeleteDeployment
from tests.support.drive import apply_on, desired, errors_of, plan_on, settle_on, spec
from tests.support.examples import examples
from tests.support.memory import MemoryCloud
from tests.support.reviews import OWNER as REVIEWED
from tests.support.reviews import World
from tests.support.reviews import spec as reviewed
from tests.support.worlds import clouds, specs

FIGURES = (Unit.INSTANCES, Unit.OCPUS, Unit.MEMORY)


def runs(live: Live) -> bool:
    return live.state not in GONE | {State.INACTIVE, State.FAILED}


def capacity(deployments: Iterable[Live]) -> list[tuple[float, float]]:
    """Instances, OCPUs and GB at the least and at the most, counted here a second time; what is not known is
    left out.
    """
    totals = [[0.0, 0.0] for _ in FIGURES]
    for live in filter(runs, deployments):
        scaling, instance = live.configuration.scaling, live.configuration.instance
        ends = (
            (scaling.instances,) * 2
            if isinstance(scaling, FixedScaling)
            else (scaling.minimum, scaling.maximum)
        )
        for total, each in zip(totals, (1, instance.ocpus or 0, instance.memory_gbs or 0), strict=True):
            total[0] += ends[0] * each
            total[1] += ends[1] * each
    return [(least, most) for least, most in totals]


@settings(max_examples=examples(6), deadline=None)
@given(specs(), clouds(), st.booleans())
def test_deltas_add_up_to_what_is_there_before_and_after(wanted, cloud, prune) -> None:
    settle_on(cloud)
    plan = plan_on(cloud, desired(*wanted, prune=prune, safety=Safety(max_deletes=9)))
    assume(not plan.refusals and plan.sends)
    before = capacity(cloud.deployments.values())
    events = apply_on(cloud, plan)
    assume(not errors_of(events))
    after = capacity(cloud.deployments.values())
    total = capacity_of(plan).total
    for unit, old, new in zip(FIGURES, before, after, strict=True):
        span = total.delta[unit]
        assert (float(span.least.known), float(span.most.known)) == (new[0] - old[0], new[1] - old[1]), unit
        if (needed := total.meanwhile(unit)) is not None:
            assert needed.known >= max(0, span.most.known)


@given(specs(), clouds())
@settings(max_examples=examples(3), deadline=None)
def test_the_whole_is_the_sum_of_its_parts(wanted, cloud) -> None:
    plan = plan_on(cloud, desired(*wanted))
    whole = capacity_of(plan).total
    for unit in COUNTED:
        least, most = Amount(), Amount()
        for item in plan.deployments:
            span = change_of(item).delta[unit]
            least, most = least + span.least, most + span.most
        assert (least, most) == (whole.delta[unit].least, whole.delta[unit].most)


@settings(max_examples=examples(6), deadline=None)
@given(specs(), clouds())
def test_no_plan_needs_more_than_the_headroom(wanted, cloud) -> None:
    settle_on(cloud)
    configurations = {one.name: one.configuration for one in wanted}
    for item in plan_on(cloud, desired(*wanted)).deployments:
        if item.name not in configurations or not item.steps or item.machines_unknown:
            continue
        room, change = headroom(configurations[item.name], item.machines), change_of(item)
        for place, unit in enumerate((Unit.OCPUS, Unit.MEMORY, Unit.GPUS)):
            needed = room.needed(lambda instance, place=place: size_of(instance)[place])
            more = change.peak[unit].most - change.before[unit].most
            assert needed is None or more.known <= needed, (item.name, unit)


def test_what_grows_rolls_at_its_new_size_as_well() -> None:
    """The number first, then the size, then the container: 4 of 2 OCPUs run in the end, and 4 more roll."""
    small, large = (Instance("VM.Standard.E4.Flex", ocpus, 8.0) for ocpus in (1.0, 2.0))
    room = headroom(spec(instance=large, scaling=FixedScaling(4)).configuration, Machines(small, 1, 1))
    assert room.needed(lambda instance: instance.ocpus) == 2 * 4 * 2 - 1
    stopped = replace(room.now, stopped=True)
    assert headroom(spec(instance=large).configuration, stopped).needed(lambda instance: instance.ocpus) == 2


def test_a_creation_before_a_deletion_needs_both() -> None:
    """No plan is made so today: if one ever is, it is told right."""
    one = spec(scaling=FixedScaling(2))
    (create,) = plan_on(MemoryCloud(), desired(one)).deployments
    made = next(step for step in create.steps if isinstance(step, CreateDeployment))
    old = Seen("ocid1.old", "")
    item = DeploymentPlan(
        "vision",
        Action.REPLACE,
        "",
        seen=old,
        steps=(made, DeleteDeployment(old.ocid)),
        machines=Machines(one.configuration.instance, 2, 2),
    )
    change = change_of(item)
    assert change.delta[Unit.INSTANCES].most == Amount()
    assert change.meanwhile(Unit.INSTANCES) == Amount.of(2, Unknown(""))


def test_who_only_changes_marks_changes_no_capacity() -> None:
    """Whichever command makes the plan."""
    kept = reviewed()
    marks = Marks(REVIEWED, "vision", kept.applied_mark, hold=Hold("refused", "c" * 40))
    snapshot = World().of(kept, marks=marks).snapshot
    (live,) = snapshot.deployments
    plans = (
        plan_release_of_names("prod", REVIEWED, ["vision"], snapshot),
        plan_end_of_holds("prod", REVIEWED, (live,), snapshot),
    )
    for plan in plans:
        assert plan.sends
        assert capacity_of(plan).total.empty
        assert not capacity_of(plan).deployments


def test_unknown_parts_cancel_out_and_bound_the_rest() -> None:
    shape, other = Unknown("VM.New"), Unknown("VM.Other")
    one = Amount.of(3, shape) + Amount.of(None, shape)
    assert (one - one, one.bound) == (Amount(), Bound.AT_LEAST)
    assert (one - one.times(2)).bound is Bound.AT_MOST
    assert (one - Amount.of(None, other)).bound is Bound.PART
    assert one.times(0) == Amount()
    assert one.or_more(Amount.of(5, shape)) == Amount.of(5, shape) + Amount.of(None, shape)


def test_the_table_has_what_the_local_cloud_has() -> None:
    """Two packages that know nothing of each other."""
    from datascience_emulator.data_science.offerings.compute_shapes import COMPUTE_SHAPES

    ours = {name: (machine.ocpus, machine.memory_gbs) for name, machine in FIXED.items()}
    ours |= {name: (largest.ocpus, largest.memory_gbs) for name, largest in FLEXIBLE.items()}
    assert ours == {name: (shape.cores, shape.memory) for name, shape in COMPUTE_SHAPES.items()}
