"""Law 1 on the emulator: random manifests, random clouds, through the real SDK, real HTTP and real
signatures.

The emulator judges by its own reading of the service's rules. Its model servers are fakes here (see
`support.emulator`): what a real Triton does is tested end to end.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datascience_emulator.lifecycle.progression import Reads
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import GONE, IN_FLIGHT, Marks, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Safety
from tests.support.clusters import known_endpoint
from tests.support.drive import OWNER, apply_on, artifact, desired, errors_of, plan_on
from tests.support.emulator import Emulator
from tests.support.examples import examples
from tests.support.worlds import ENDPOINT, NAMES, PLAIN_VARIABLES, configurations, containers, specs

NO_LIMIT = Safety(max_deletes=99)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("emulator") / "home", Reads(1))
    known_endpoint(running, ENDPOINT)
    yield running
    running.close()


def new_cloud(emulator: Emulator, number: list[int]) -> OciCloud:
    """A project of its own for each example."""
    number.append(0)
    access = ServiceAccess(emulator.config, emulator.auth, emulator.endpoint)

    def fetch(remote: object, sha256: str) -> Path:
        raise AssertionError("no remote files here")

    return OciCloud(access, emulator.compartment, f"project-{len(number)}", True, fetch)


@st.composite
def starts(draw: st.DrawFn) -> list[tuple[Configuration, Marks, str, bool]]:
    """What is deployed before: configuration, marks, content, and whether it was stopped."""
    found = []
    for name in sorted(draw(st.sets(NAMES, max_size=2))):
        content = draw(st.sampled_from(["one", "two"]))
        configuration = draw(configurations(name, content, containers(PLAIN_VARIABLES)))
        owner = draw(st.sampled_from([OWNER, OWNER, "other"]))
        found.append((accepted(configuration), Marks(owner, name, "old"), content, draw(st.booleans())))
    return found


def accepted(configuration: Configuration) -> Configuration:
    """As the service would take it: the validator refuses the rest before anything is sent."""
    instance = replace(
        configuration.instance, ocpus=2.0, memory_gbs=configuration.instance.memory_gbs or 16.0
    )
    variables = tuple((key, value) for key, value in configuration.container.environment)
    container = replace(configuration.container, environment=variables)
    return replace(configuration, instance=instance, container=container)


def legal(spec: Spec) -> Spec:
    return replace(spec, configuration=accepted(spec.configuration))


def place(cloud: OciCloud, start: tuple[Configuration, Marks, str, bool], token: Callable[[], str]) -> None:
    configuration, marks, content, stopped = start
    built = artifact(content)
    digests = {model.artifact: model.ocid for model in cloud.snapshot().models if model.active}
    model = digests.get(built.digest)
    if model is None:
        model = cloud.create_model("x", OWNER, built.digest, token())
        cloud.upload(model, built, lambda sent, total: None)
        cloud.mark_published(model, "x", OWNER, built)
    ocid = cloud.create_deployment(configuration, model, marks, token()).ocid
    settle(cloud, ocid)
    if stopped:
        cloud.deactivate_deployment(ocid, cloud.get_deployment(ocid)[1])
        settle(cloud, ocid)


def settle(cloud: OciCloud, ocid: str) -> None:
    deadline = time.monotonic() + 20
    while cloud.deployment_states()[ocid] in IN_FLIGHT:
        assert time.monotonic() < deadline
        time.sleep(0.005)


NUMBER: list[int] = []


@settings(
    max_examples=examples(8),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(specs(), starts())
def test_apply_then_plan_and_nothing_is_left_but_what_is_blocked(
    emulator: Emulator, wanted: tuple[Spec, ...], before: list
) -> None:
    cloud = new_cloud(emulator, NUMBER)
    project = cloud.ensure_project(f"project-{len(NUMBER)}", f"p{time.monotonic_ns()}")
    counter = iter(range(1000))
    for start in before:
        place(cloud, start, lambda: f"{project[-20:]}{next(counter)}")
    wanted = tuple(legal(spec) for spec in wanted)

    plan = plan_on(cloud, desired(*wanted, safety=NO_LIMIT))
    if plan.refusals:
        assert not wanted
        return
    assert errors_of(apply_on(cloud, plan)) == []

    again = plan_on(cloud, desired(*wanted, safety=NO_LIMIT))
    assert not again.sends, [item for item in again.deployments if item.steps]
    blocked = {item.name for item in plan.blocked}
    assert {item.name for item in again.blocked} == blocked
    alive = [
        live for live in cloud.snapshot().deployments if live.project_id == project and live.state not in GONE
    ]
    for spec in (spec for spec in wanted if spec.name not in blocked):
        states = [live.state for live in alive if live.marks.name == spec.name]
        if not spec.policy.paused and "/spec/state" not in spec.policy.ignore:
            assert states == [State.ACTIVE if spec.active else State.INACTIVE]
