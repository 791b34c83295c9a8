"""Fewest and legal: random pairs of live and desired, all fields, all states, against the emulator's own
reading of what may change together.

The plan is carried out through the real SDK. The least number of updates is found by brute force over the two
documents that the service stored before and after, with nothing of the planner's.
"""

import copy
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import oci
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from datascience_emulator.data_science.deployments import option_groups as rules
from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.lifecycle.progression import Reads
from datascience_emulator.readings import Readings
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.configuration import CONTAINER_TYPE, Configuration
from reconciler.core.model.desired import Desired
from reconciler.core.model.findings import Location
from reconciler.core.model.live import IN_FLIGHT, Live, State
from reconciler.core.model.served.structure import Structure
from reconciler.core.model.spec import Downtime, Spec
from reconciler.core.model.target import OptionGroupsReading, Safety
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.steps import CreateDeployment
from tests.support.clusters import known_endpoint
from tests.support.deployment_updates import update_of
from tests.support.drive import OWNER, apply_on, artifact, desired, errors_of
from tests.support.emulator import Emulator
from tests.support.examples import examples
from tests.support.served import servings
from tests.support.worlds import (
    ENDPOINT,
    PLAIN_VARIABLES,
    configurations,
    containers,
    grouped,
    live_networks,
    specs,
)

SERVING = ("ACTIVE", "NEEDS_ATTENTION", "UPDATING")
SAME = Structure(frozenset({("m", 1)}))
OTHER = Structure(frozenset({("m", 2)}))
CONFIG = "modelDeploymentConfigurationDetails"
INSTANCE = "instanceConfiguration"


class ReadingEmulator(Emulator):
    """An emulator that goes by one reading of what may change together, and says which."""

    def __init__(self, home: Path, reading: OptionGroupsReading) -> None:
        super().__init__(home, Reads(1), readings=Readings(update_groups=reading.value))
        self.reading = reading


@pytest.fixture(scope="module", params=list(OptionGroupsReading))
def emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReadingEmulator]:
    home = tmp_path_factory.mktemp("emulator") / "home"
    running = ReadingEmulator(home, request.param)
    known_endpoint(running, ENDPOINT)
    yield running
    running.close()


@dataclass(frozen=True)
class Start:
    """What is deployed before, and the state it is brought to."""

    spec: Spec
    state: State


STATES = st.sampled_from(
    [
        State.ACTIVE,
        State.ACTIVE,
        State.ACTIVE,
        State.UPDATING,
        State.INACTIVE,
        State.NEEDS_ATTENTION,
        State.FAILED,
    ]
)


@st.composite
def starts(draw: st.DrawFn) -> Start:
    content = draw(st.sampled_from(["one", "two"]))
    container = containers(PLAIN_VARIABLES)
    configuration = draw(configurations("a", content, container, live_networks))
    plain = Spec("a", Location("a.yaml"), configuration, artifact(content))
    return Start(draw(st.sampled_from([plain, plain, grouped(plain)])), draw(STATES))


wanted = specs().filter(bool).map(lambda found: renamed(found[0]))


def renamed(spec: Spec) -> Spec:
    """Of pauses there is nothing to count."""
    configuration = replace(spec.configuration, name="a")
    policy = replace(spec.policy, paused=False)
    return accepted(replace(spec, name="a", configuration=configuration, policy=policy))


def accepted(spec: Spec) -> Spec:
    """As the validator lets it through: sizes that the shape has, and Triton."""
    instance = spec.configuration.instance
    sized = replace(instance, ocpus=instance.ocpus or 2.0, memory_gbs=32.0)
    configuration = replace(spec.configuration, instance=sized)
    return replace(spec, configuration=with_variable(configuration, CONTAINER_TYPE, "TRITON"))


NUMBER = itertools.count(1)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each example takes about a tenth of a second; making one smaller takes minutes."""
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much]


@settings(max_examples=examples(8), suppress_health_check=SLOW, phases=NO_SHRINKING)
@given(starts(), wanted, st.sampled_from([SAME, SAME, OTHER]))
def test_every_update_is_legal_there_are_as_few_as_can_be_and_nothing_stops_that_may_not(
    emulator: ReadingEmulator, start: Start, spec: Spec, served: Structure
) -> None:
    world = World(emulator)
    ocid = world.place(start)
    before = world.document(ocid)
    plan = world.plan(spec, served)
    emulator.orders.release()
    if plan.blocked:
        event("blocked")
        assert world.updates(ocid) == set()
        return
    world.forget_stops()
    assert errors_of(apply_on(world.cloud, plan)) == [], plan

    after = world.document(world.alive().ocid)
    updates = world.updates(ocid)
    if world.alive().ocid == ocid:
        serving = before["lifecycleState"] in SERVING and not world.stops(ocid)
        event(f"{before['lifecycleState']}: {len(updates)} updates")
        assert len(updates) == fewest(before, after, world.reading if serving else None)
    stopped = world.stops(ocid) and before["lifecycleState"] in SERVING
    assert not stopped or spec.rollout.downtime is Downtime.ALLOW or not spec.active
    assert world.alive().state is world.asked(spec, start)
    again = world.plan(spec, served)
    assert again.empty, [(item.reason, item.changes, item.refusals) for item in again.deployments]


class World:
    """A project of its own on the emulator."""

    def __init__(self, emulator: ReadingEmulator) -> None:
        self.emulator, self.reading = emulator, emulator.reading
        self._token = f"f{time.monotonic_ns()}-{next(NUMBER)}"
        access = ServiceAccess(emulator.config, emulator.auth, emulator.endpoint)
        self.cloud = OciCloud(access, emulator.compartment, f"p-{self._token}", True, no_fetch)
        self.project = self.cloud.ensure_project(f"p-{self._token}", self._token)
        self._stopped = 0

    def place(self, start: Start) -> str:
        """Create it, and bring it to its state by what really leads there."""
        spec = accepted(start.spec)
        wanted = desired(replace(spec, active=True), prune=False)
        plan = make_plan(wanted, self.cloud.snapshot(), {})
        if start.state is State.FAILED:
            plan = broken(plan)
        errors = errors_of(apply_on(self.cloud, plan))
        assert bool(errors) == (start.state is State.FAILED)
        ocid = self.alive().ocid
        if start.state is State.INACTIVE:
            self.cloud.deactivate_deployment(ocid, self.cloud.get_deployment(ocid)[1])
        if start.state is State.NEEDS_ATTENTION:
            self.need_attention(ocid)
        if start.state is State.UPDATING:
            self.begin_an_update(ocid)
        else:
            self.settle(ocid)
        assert self.alive().state is start.state
        self._done = self.all_updates(ocid)
        return ocid

    def begin_an_update(self, ocid: str) -> None:
        """Somebody else's, which is under way while this is planned."""
        self.emulator.orders.add(Order(Fault.HOLD, "update_model_deployment", ocid))
        live, etag = self.cloud.get_deployment(ocid)
        assert live.configuration
        assert live.model_id
        same = live.configuration
        self.cloud.update_deployment(
            update_of(ocid, [OptionGroup.METADATA], same, live.marks), live.model_id, etag
        )

    def need_attention(self, ocid: str) -> None:
        """An update whose new servers do not start: the old ones serve on."""
        live, etag = self.cloud.get_deployment(ocid)
        assert live.configuration
        assert live.model_id
        bad = with_variable(live.configuration, "BREAK", "it does not start")
        self.cloud.update_deployment(
            update_of(ocid, [OptionGroup.CONTAINER], bad, live.marks), live.model_id, etag
        )

    def settle(self, ocid: str) -> None:
        deadline = time.monotonic() + 20
        while self.cloud.deployment_states()[ocid] in IN_FLIGHT:
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def plan(self, spec: Spec, served: Structure) -> Plan:
        safety = Safety(option_groups=self.reading)
        wanted = Desired("test", OWNER, (spec,), safety=safety, retry_failed=True)
        snapshot = self.cloud.snapshot()
        return make_plan(wanted, snapshot, servings(wanted, snapshot, lambda live: served))

    def alive(self) -> Live:
        (live,) = self.cloud.snapshot().alive()
        return live

    def document(self, ocid: str) -> dict[str, Any]:
        found: dict[str, Any] = self.emulator.raw("GET", f"/modelDeployments/{ocid}").json()
        return found

    def all_updates(self, ocid: str) -> set[str]:
        """The updates of this deployment that the service has ever accepted."""
        client, compartment = self.emulator.client, self.emulator.compartment
        listed = oci.pagination.list_call_get_all_results(
            client.list_work_requests, compartment, resource_id=ocid, limit=100
        )
        return {item.id for item in listed.data if item.operation_type == "MODEL_DEPLOYMENT_UPDATE"}

    def updates(self, ocid: str) -> set[str]:
        """Those since it was placed."""
        return self.all_updates(ocid) - self._done

    def forget_stops(self) -> None:
        self._stopped = len(self.emulator.serving.stops)

    def stops(self, ocid: str) -> bool:
        return ocid in self.emulator.serving.stops[self._stopped :]

    def asked(self, spec: Spec, start: Start) -> State:
        if "/spec/state" in spec.policy.ignore and start.state is not State.FAILED:
            return State.INACTIVE if start.state is State.INACTIVE else State.ACTIVE
        return State.ACTIVE if spec.active else State.INACTIVE


def broken(plan: Plan) -> Plan:
    """The same creation, of servers that do not start."""
    (item,) = plan.deployments
    steps = tuple(
        replace(step, configuration=with_variable(step.configuration, "BREAK", "it does not start"))
        if isinstance(step, CreateDeployment)
        else step
        for step in item.steps
    )
    return replace(plan, deployments=(replace(item, steps=steps),))


def with_variable(configuration: Configuration, key: str, value: str) -> Configuration:
    container = configuration.container
    variables = (*(container.environment or ()), (key, value))
    return replace(configuration, container=replace(container, environment=variables))


def no_fetch(remote: object, sha256: str) -> Path:
    raise AssertionError("no remote files here")


# -- the least number of updates, found by trying them all

POOLS = ("modelConfigurationDetails", "infrastructureConfigurationDetails")
SHARED = ("displayName", "description", "freeformTags", "definedTags")
ENVIRONMENT = (CONFIG, "environmentConfigurationDetails")
UNITS: tuple[tuple[tuple[str, ...], ...], ...] = (
    tuple((name,) for name in SHARED),
    (("categoryLogDetails",),),
    tuple((CONFIG, pool, "scalingPolicy") for pool in POOLS),
    tuple((CONFIG, pool, name) for pool in POOLS for name in ("bandwidthMbps", "maximumBandwidthMbps")),
    tuple(
        (CONFIG, pool, INSTANCE, name)
        for pool in POOLS
        for name in ("subnetId", "networkAccessType", "privateEndpointId")
    ),
    ((CONFIG, POOLS[0], "modelId"), (CONFIG, "modelGroupConfigurationDetails")),
    tuple(
        (CONFIG, pool, INSTANCE, name)
        for pool in POOLS
        for name in ("instanceShapeName", "modelDeploymentInstanceShapeConfigDetails")
    ),
    tuple((CONFIG, pool, INSTANCE, "capacityReservationIds") for pool in POOLS),
    ((*ENVIRONMENT, "environmentVariables"),),
    tuple(
        (*ENVIRONMENT, name)
        for name in ("image", "imageDigest", "cmd", "entrypoint", "serverPort", "healthCheckPort")
    ),
)
"""What may be sent or left out of an update by itself: paths into the document of a deployment."""


def fewest(before: dict[str, Any], after: dict[str, Any], reading: OptionGroupsReading | None) -> int:
    """The length of the shortest way from one document to the other in legal updates; without a reading,
    while nobody is served.
    """
    changed = [unit for unit in UNITS if any(at(before, path) != at(after, path) for path in unit)]
    everything = frozenset(range(len(changed)))

    @cache
    def document(done: frozenset[int]) -> dict[str, Any]:
        found = copy.deepcopy(before)
        for number in done:
            for path in changed[number]:
                put(found, path, at(after, path))
        return found

    def legal(done: frozenset[int], then: frozenset[int]) -> bool:
        if reading is None:
            return rules.refusal_anytime(document(done), document(then)) is None
        return rules.refusal(document(done), document(then), reading.value) is None

    frontier, seen, length = {frozenset[int]()}, {frozenset[int]()}, 0
    while everything not in frontier:
        frontier = {
            then for done in frontier for then in supersets(done, everything) - seen if legal(done, then)
        }
        assert frontier, "there is no way at all"
        seen |= frontier
        length += 1
    return length


def supersets(done: frozenset[int], everything: frozenset[int]) -> set[frozenset[int]]:
    left = sorted(everything - done)
    return {
        done | frozenset(more)
        for size in range(1, len(left) + 1)
        for more in itertools.combinations(left, size)
    }


def at(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = document
    for name in path:
        value = value.get(name) if value is not None else None
    return value


def put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *parents, name = path
    for parent in parents:
        if parent not in document:
            return
        document = document[parent]
    if value is None:
        document.pop(name, None)
    else:
        document[name] = copy.deepcopy(value)


def test_every_field_of_a_document_is_in_some_unit(emulator: Emulator) -> None:
    """What brute force does not try would make every plan look like the fewest."""
    table = {path for path, _ in rules._TABLE}
    tried = {path for unit in UNITS for path in unit}
    missing = {
        path
        for path in table
        if not any(path[: len(unit)] == unit or unit[: len(path)] == path for unit in tried)
    }
    assert missing == {
        (CONFIG, POOLS[0], "modelArtifactSignatureId"),
        (CONFIG, POOLS[1], "modelDeploymentResourceConfiguration"),
    }, "no manifest asks for signatures or compute targets"
