"""The manifest of any live deployment, loaded again, plans to nothing but our marks; and none of its
variables' values is written down unless it is a known switch.
"""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    TRITON,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    QueryRule,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.live import Live, Marks, Project, Snapshot, State
from reconciler.core.planning.environment_secrets import with_secrets
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.transition.changes import MARKS_FIELDS
from reconciler.manifests.adopted.fields import AdoptedModels, manifest_fields, unsayable
from reconciler.manifests.adopted.text import manifest_text
from reconciler.manifests.adopted.variables import shown_secrets, written_variables
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.spec_draft import specs_of

OCID = "ocid1.datasciencemodeldeployment.oc1.iad.amaaaaaa"
MODEL = "ocid1.datasciencemodel.oc1.iad.amaaaaaa"
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30) | st.sampled_from(
    ["{% if x %}", "{{ a }}\r\n", "1.0", "yes", "0o7", "# x", "a: b", "{{{%", "\u2028\x85"]
)
log_refs = st.none() | st.just(LogRef("ocid1.loggroup.oc1.iad.g", "ocid1.log.oc1.iad.l"))
variables = st.dictionaries(
    st.sampled_from(["AA", "HF_TOKEN", "SHM_SIZE", "PATH", "OCI_REGION", "WEB_CONCURRENCY"]),
    texts,
    max_size=4,
)
scalings = st.builds(FixedScaling, st.integers(1, 5)) | st.builds(
    Autoscaling,
    st.integers(1, 2),
    st.integers(2, 4),
    st.builds(
        ThresholdRule,
        st.sampled_from(Metric),
        st.integers(60, 90),
        st.integers(10, 40),
        st.sampled_from([180, 600]),
    )
    | st.just(QueryRule("CpuUtilization[1m].mean() > 80", "a: '{{ b }}' # \"c\"", 300)),
    st.sampled_from([300, 301, 600]),
    st.sampled_from([None, 2]),
)
networks = st.sampled_from(
    [
        Network(NetworkAccess.NO_INTERNET),
        Network(NetworkAccess.INTERNET),
        Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.s"),
        Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.s", "ocid1.datascienceprivateendpoint.oc1.iad.p"),
    ]
)
configurations = st.builds(
    Configuration,
    name=st.just("taken"),
    artifact=st.none(),
    container=st.builds(
        Container,
        image=st.sampled_from(["iad.ocir.io/acme/triton:1.0.0", "iad.ocir.io/acme/triton"]),
        digest=st.just(f"sha256:{'a' * 64}"),
        command=st.lists(texts, max_size=3).map(lambda words: ("bash", *words)),
        entrypoint=st.just(()) | st.just(("/opt/start.sh", "{{x}}", "no", "1e3", "")),
        port=st.sampled_from([8000, 8080]),
        health_port=st.sampled_from([8000, 8080]),
        environment=variables.map(lambda found: tuple(sorted({**found, CONTAINER_TYPE: TRITON}.items()))),
    ),
    instance=st.builds(
        Instance,
        st.just("VM.Standard.E4.Flex"),
        st.sampled_from([1.0, 2.5]),
        st.sampled_from([16.0, 32.0]),
        st.sampled_from([None, "BASELINE_1_2"]),
        st.sampled_from([(), ("ocid1.capacityreservation.oc1.iad.r",)]),
    ),
    scaling=scalings,
    description=st.none() | texts,
    labels=st.dictionaries(st.sampled_from(["team", "no", "1", "x:y", "# z"[0]]), texts, max_size=3).map(
        lambda found: tuple(sorted(found.items()))
    ),
    bandwidth=st.sampled_from([None, Bandwidth(10), Bandwidth(10, 20)]),
    logs=st.builds(Logs, log_refs, log_refs),
    network=networks,
    defined_tags=st.sampled_from([(), (("Ns.cost", "1"),)]),
    kind=st.sampled_from(DeploymentType),
)
states = st.sampled_from([State.ACTIVE, State.INACTIVE, State.NEEDS_ATTENTION])


def live_with(configuration: Configuration, state: State = State.ACTIVE) -> Live:
    kind = configuration.kind
    return Live(OCID, "taken", state, configuration, MODEL, "project-1", Marks(), kind)


def plan_of(text: str, live: Live, environment: Mapping[str, str]) -> Plan:
    with tempfile.TemporaryDirectory() as root:
        path = Path(root, "manifests", "taken.yaml")
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        loaded = load_manifests((path,), Path(root), {})
        specs = specs_of(loaded.drafts, None, lambda done, total: None)
    desired = Desired("t", "acme", tuple(with_secrets(spec, environment) for spec in specs))
    return make_plan(desired, Snapshot(Project("ml", "project-1"), (live,)), {})


@given(configurations, states)
def test_the_way_there_and_back(configuration: Configuration, state: State) -> None:
    live = live_with(configuration, state)
    assert list(unsayable(live, configuration)) == []
    text = manifest_text(manifest_fields(live, configuration, "taken", AdoptedModels(MODEL)))
    written = written_variables(configuration.container.environment or (), "taken")
    secrets = [value for value in written.values() if isinstance(value, Secret)]
    try:
        plan = plan_of(text, live, {secret.name: secret.value or "" for secret in secrets})
    except InvalidManifests as error:
        # Values that manifests refuse are refused by `adopt` too; how they are spelt is no reason.
        if any("cannot be read" in finding.what for finding in error.findings):
            raise
        reject()
    (item,) = plan.deployments
    assert item.action is Action.UPDATE, item
    assert {change.field for change in item.changes} <= MARKS_FIELDS, (item.changes, text)
    assert any("metadata.adopt" in note for note in item.notes)


def test_only_what_is_not_a_default() -> None:
    container = Container("iad.ocir.io/a/b:1", None, environment=((CONTAINER_TYPE, TRITON),))
    network = Network(NetworkAccess.NO_INTERNET)
    plain = Configuration(
        "taken", None, container, Instance("VM.GPU.A10.1"), FixedScaling(1), network=network
    )
    text = manifest_text(manifest_fields(live_with(plain), plain, "taken", AdoptedModels(MODEL)))
    lines = [line for line in text.splitlines() if "#" not in line]
    assert lines == [
        "apiVersion: reconciler.oci/v1",
        "kind: ModelDeployment",
        "metadata:",
        "  name: taken",
        f"  adopt: {OCID}",
        "spec:",
        "  image:",
        "    repository: iad.ocir.io/a/b",
        '    tag: "1"',
        "  model:",
        f"    ocid: {MODEL}",
        "  instance:",
        "    shape: VM.GPU.A10.1",
    ]


def test_values_that_may_be_secrets_are_not_written() -> None:
    values = {"PLAIN": "looks-harmless", "SHM_SIZE": "1g", "WEB_CONCURRENCY": "", "HOME": "/x", "CI_X": "y"}
    written = written_variables(sorted(values.items()), "my-model")
    shown = {name: value for name, value in written.items() if isinstance(value, str)}
    assert shown == {"SHM_SIZE": "1g", "WEB_CONCURRENCY": ""}
    references = {name: value.name for name, value in written.items() if isinstance(value, Secret)}
    assert references == {"PLAIN": "PLAIN", "HOME": "MY_MODEL_HOME", "CI_X": "MY_MODEL_CI_X"}
    text = manifest_text({"spec": {"server": {"env": written}}})
    assert not re.search("looks-harmless|/x|y$", text)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scaling": Autoscaling(1, 2, None)}, "it scales by rules"),
        ({"container": Container("iad.ocir.io/a/b")}, "neither a tag nor a digest"),
        ({"logs": Logs(LogRef("", "ocid1.log.oc1.iad.l"))}, "the group of its access log"),
    ],
)
def test_what_no_manifest_can_say(changes: dict[str, Any], why: str) -> None:
    container = Container("iad.ocir.io/a/b:1")
    plain = Configuration("taken", None, container, Instance("VM.GPU.A10.1"), FixedScaling(1))
    configuration = replace(plain, **changes)
    live = replace(live_with(configuration), unsaid=("imageSignatureId",))
    reasons = list(unsayable(live, configuration))
    assert any(why in reason for reason in reasons)
    assert "imageSignatureId is set, and no manifest can say it" in reasons


def test_a_secret_that_stands_elsewhere_too() -> None:
    written = written_variables([("API_KEY", "k-123456"), ("LEVEL", "verbose")], "a")
    assert shown_secrets(written, ["--key=k-123456", "verbose"]) == ("API_KEY",)
