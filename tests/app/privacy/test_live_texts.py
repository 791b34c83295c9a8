"""What somebody has written on a live deployment, and has the form of a credential, is in no plan and in no
output; and an apply of that plan, its rollback too, leaves it as it is.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.configuration import (
    Autoscaling,
    Configuration,
    Instance,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
    QueryRule,
)
from reconciler.core.model.errors import RolledBack
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Policy, Rollout, Spec
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.events import DeploymentFailed, Event
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.release import plan_release_of_names
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.core.planning.withheld.seen import is_what_was_seen
from reconciler.core.privacy.texts import texts_in, with_texts
from reconciler.report.apply.events import event_line
from reconciler.report.plan.json import plan_document, read_plan
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN
from tests.support.applied import alive, deployed
from tests.support.drive import OWNER, FakeProber, apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud

CANARY = "hf_" + "CanaryThatMustNotSing" * 2
PROVEN = Rollout(probes=(Probe("m", File("in.json", "0" * 64)),))
RIGHT = Answer(200, b'{"outputs": []}', 1.0)
WRONG = Answer(500, b'{"error": "boom"}', 1.0)


def text(live: Configuration) -> str:
    return f"{live.name} says {CANARY}!"


def in_container(**changes: Any) -> Callable[[Configuration], Configuration]:
    return lambda live: replace(live, container=replace(live.container, **changes))


FIELDS: dict[str, Callable[[Configuration], Configuration]] = {
    "metadata.name": lambda live: replace(live, name=f"was-{CANARY}"),
    "metadata.description": lambda live: replace(live, description=text(live)),
    "metadata.labels.note": lambda live: replace(live, labels=(("note", text(live)),)),
    "metadata.definedTags.ns.cost": lambda live: replace(live, defined_tags=(("ns.cost", text(live)),)),
    "spec.image": in_container(image=f"iad.ocir.io/acme/triton:{CANARY}"),
    "spec.server.command": in_container(command=("tritonserver", f"--password={CANARY}")),
    "spec.server.entrypoint": in_container(entrypoint=("sh", "-c", f"login {CANARY}")),
    "spec.instance.shape": lambda live: replace(live, instance=Instance(f"VM.{CANARY}", 4.0, 32.0)),
    "spec.instance.cpuBaseline": lambda live: replace(
        live, instance=replace(live.instance, cpu_baseline=CANARY)
    ),
    "spec.instance.capacityReservations": lambda live: replace(
        live, instance=replace(live.instance, reservations=(CANARY,))
    ),
    "spec.scaling": lambda live: replace(
        live, scaling=Autoscaling(1, 2, QueryRule(f"a > 1 # {CANARY}", "a < 1"), 300)
    ),
    "spec.logs.access": lambda live: replace(live, logs=Logs(access=LogRef("group", CANARY))),
    "spec.network.subnet": lambda live: replace(live, network=Network(NetworkAccess.CUSTOM, CANARY)),
    "spec.network.privateEndpoint": lambda live: replace(
        live, network=Network(NetworkAccess.CUSTOM, "subnet", CANARY)
    ),
}
"""Every field of a live deployment in which there may be a text, and somebody who writes there."""

KEPT = {
    "metadata.definedTags.ns.cost",
    "spec.logs.access",
    "spec.network.subnet",
    "spec.network.privateEndpoint",
}
KEPT |= {"spec.instance.cpuBaseline", "spec.instance.capacityReservations"}
"""Those that a manifest which says nothing of them leaves as they are."""


def asked(content: str = "new") -> Spec:
    """The models, the container and the description change."""
    wanted = spec("a", content, description="as the manifest says")
    container = replace(wanted.configuration.container, port=8080, health_port=8080)
    return replace(wanted, configuration=replace(wanted.configuration, container=container), rollout=PROVEN)


def written_on(cloud: MemoryCloud, field: str) -> Live:
    """It serves, and somebody has written there."""
    deployed(cloud, spec("a"))
    (live,) = alive(cloud)
    changed = FIELDS[field](live.configuration)
    cloud.somebody(live.ocid, configuration=changed, display_name=changed.name)
    return the(cloud)


def the(cloud: MemoryCloud) -> Live:
    (live,) = alive(cloud)
    return live


def planned(cloud: MemoryCloud, wanted: Spec, redaction: Redaction, **changes: Any) -> Plan:
    """As `plan --out` and `apply --plan` have it; whatever shows it shows no canary."""
    port = redacted(cloud, redaction)
    made = redaction.plan(plan_on(port, desired(wanted, **changes)), port.snapshot().deployments, [wanted])
    return through_the_file(made)


def through_the_file(made: Plan) -> Plan:
    saved = json.dumps(plan_document(made))
    assert CANARY not in saved
    assert CANARY not in "\n".join(plan_lines(made, PLAIN))
    assert CANARY not in plan_markdown(made)
    assert list(faults(made)) == []
    found = read_plan(json.loads(saved), lambda secret: secret)
    assert found == made
    return found


def silent(events: list[Event], redaction: Redaction) -> list[Event]:
    """None of what is told of a run, as `apply` tells it, holds the canary."""
    told = [
        replace(event, error=redaction.error(event.error)) if isinstance(event, DeploymentFailed) else event
        for event in events
    ]
    assert CANARY not in "\n".join(str(event_line(event)) for event in told)
    return told


@pytest.mark.parametrize("field", FIELDS)
def test_it_comes_back_with_a_rollback_and_stays_where_the_manifest_leaves_it_open(field: str) -> None:
    """Although neither plan holds it."""
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    before = written_on(cloud, field)
    plan = planned(cloud, asked(), redaction)
    (item,) = plan.deployments
    assert item.seen is not None
    assert [path for path, _ in item.seen.withheld] == [field]
    answers = iter([RIGHT, *[WRONG] * 99])
    prober = FakeProber(lambda url, model: next(answers), {"in.json": b"{}"})
    (error,) = errors_of(silent(apply_on(redacted(cloud, redaction), plan, prober), redaction))
    assert isinstance(error, RolledBack), error
    assert (the(cloud).configuration, the(cloud).model_id) == (before.configuration, before.model_id)

    plan = planned(cloud, asked(), redaction, retry_failed=True)
    prober = FakeProber(files={"in.json": b"{}"})
    assert errors_of(silent(apply_on(redacted(cloud, redaction), plan, prober), redaction)) == []
    after = the(cloud).configuration
    assert after is not None
    assert (after.description, after.container.port) == ("as the manifest says", 8080)
    assert (CANARY in repr(after)) is (field in KEPT)
    if field in KEPT:
        assert FIELDS[field](after) == after
    assert not plan_on(cloud, desired(asked())).sends, "law 1"
    assert before.ocid == the(cloud).ocid


def test_what_is_ignored_survives_a_replacement() -> None:
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    written_on(cloud, "metadata.labels.note")
    cloud._set(the(cloud).ocid, state=State.FAILED)
    wanted = replace(asked(), policy=Policy(ignore=("/metadata/labels",)), rollout=Rollout())
    plan = planned(cloud, wanted, redaction)
    assert plan.deployments[0].action is Action.REPLACE
    assert errors_of(silent(apply_on(redacted(cloud, redaction), plan), redaction)) == []
    assert the(cloud).configuration.labels == (("note", f"a says {CANARY}!"),)


def test_a_change_of_what_is_shown_makes_the_plan_stale_and_one_of_the_secret_alone_is_kept() -> None:
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    live = written_on(cloud, "metadata.definedTags.ns.cost")
    plan = planned(cloud, asked(), redaction)
    seen = plan.deployments[0].seen
    assert seen is not None
    assert is_what_was_seen(live, seen)
    for value, same in (("a says nothing", False), (f"a says {CANARY}?", False), ("a says other!", True)):
        moved = replace(live, configuration=replace(live.configuration, defined_tags=(("ns.cost", value),)))
        assert is_what_was_seen(moved, seen) is same
    cloud.somebody(
        live.ocid, configuration=replace(live.configuration, defined_tags=(("ns.cost", "a says other!"),))
    )
    assert errors_of(apply_on(cloud, plan, FakeProber(files={"in.json": b"{}"}))) == []
    assert the(cloud).configuration.defined_tags == (("ns.cost", "a says other!"),)


def test_a_value_that_a_live_variable_has_is_in_no_plan_either() -> None:
    """Short as it is, no digest of it is saved: whoever has the plan could guess."""
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    deployed(cloud, spec("a"))
    live = the(cloud)
    container = live.configuration.container
    secret = (*container.environment, ("DB_PASSWORD", "hunter22"))
    container = replace(container, environment=secret, command=("tritonserver", "--password=hunter22"))
    cloud.somebody(live.ocid, configuration=replace(live.configuration, container=container))
    plan = planned(cloud, spec("a", description="another"), redaction)
    assert "hunter22" not in json.dumps(plan_document(plan))
    (item,) = plan.deployments
    assert dict(item.seen.withheld) == {"spec.server.command": ["tritonserver", "--password=(not shown)"]}
    guess = replace(the(cloud), configuration=replace(the(cloud).configuration, artifact=None))
    assert item.seen.fingerprint != guess.fingerprint


def test_what_a_manifest_says_stays_in_the_plan_even_if_a_secret_is_equal_to_it() -> None:
    """Else whoever writes the manifest could find out a secret by guessing."""
    cloud, guess = MemoryCloud(), "is-it-this-one-of-the-runner"
    for secret in (guess, "it-is-another-one-of-the-runner"):
        redaction = Redaction({"OCI_CLIENT_SECRET": secret}, OWNER)
        assert (redaction.value(guess) == guess) is (secret != guess), "or this proves nothing"
        wanted = spec("a", "new", description=guess, labels=(("guess", guess),))
        deployed(cloud, spec("a", description=guess, labels=(("guess", guess),)))
        port = redacted(cloud, redaction)
        made = redaction.plan(plan_on(port, desired(wanted)), port.snapshot().deployments, [wanted])
        assert json.dumps(plan_document(made)).count(guess) >= 4
        assert made.deployments[0].seen.withheld == ()


def test_a_tag_whose_key_is_one_blocks_the_deployment_and_nothing_tells_it() -> None:
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    deployed(cloud, spec("a"))
    live = the(cloud)
    cloud.somebody(live.ocid, configuration=replace(live.configuration, labels=((CANARY, "x"),)))
    (item,) = planned(cloud, asked(), redaction).deployments
    assert item.action is Action.BLOCKED
    assert "take that tag off in the console" in item.refusals[0].choices[0]
    assert any(change.field == "metadata.labels.(not shown)" for change in item.changes)


@pytest.mark.parametrize(
    "marks",
    [{"failed_why": CANARY}, {"revision": CANARY}, {"owner": CANARY, "name": CANARY}, {"applied": CANARY}],
    ids=str,
)
def test_what_somebody_wrote_into_our_marks_is_in_no_plan(marks: dict[str, str]) -> None:
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    deployed(cloud, spec("a"))
    live = the(cloud)
    cloud.somebody(live.ocid, marks=replace(live.marks, failed="0" * 64, **marks))
    planned(cloud, asked(), redaction)


def test_manifests_that_cannot_be_read_hold_up_no_deletion() -> None:
    def broken() -> Any:
        raise KeyError("a bug")

    cloud, redaction = MemoryCloud(), Redaction({}, OWNER, broken)
    written_on(cloud, "metadata.description")
    port = redacted(cloud, redaction)
    plan = redaction.plan(plan_on(port, desired(only=frozenset({"a"}))), port.snapshot().deployments)
    (item,) = plan.deployments
    assert is_what_was_seen(the(cloud), item.seen)
    assert CANARY not in json.dumps(plan_document(plan))


def test_no_text_of_a_configuration_is_left_out_and_a_release_leaves_all_as_it_is() -> None:
    """A new field has to be in the table of fields, or in `rows_with_text`."""
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    deployed(cloud, spec("a"))
    live = the(cloud)
    whole = replace(FIELDS["spec.scaling"](live.configuration), description="x", kind=live.configuration.kind)
    whole = replace(whole, logs=Logs(LogRef("x", "x"), LogRef("x", "x")))
    whole = replace(whole, network=Network(NetworkAccess.CUSTOM, "x", "x"))
    container = replace(whole.container, command=("x",), entrypoint=("x",), digest="x", environment=())
    whole = replace(whole, container=container, instance=Instance("x", 1.0, 1.0, "x", ("x",)), artifact=None)
    assert all(value is not None for part in (whole, container, whole.instance) for value in texts_in(part))
    written = with_texts(whole, lambda text: CANARY)
    tags = {"labels": (("x", CANARY),), "defined_tags": (("ns.x", CANARY),)}
    cloud.somebody(live.ocid, configuration=replace(written, **tags), display_name=CANARY)
    snapshot = redacted(cloud, redaction).snapshot()
    made = plan_release_of_names("test", OWNER, ["a"], snapshot)
    plan = through_the_file(redaction.plan(made, snapshot.deployments))
    (update,) = (step for step in plan.deployments[0].steps if isinstance(step, UpdateDeployment))
    assert {*FIELDS, "spec.image.digest", "spec.logs.predict"} - {"metadata.labels.note"} <= {
        *update.from_live,
        "metadata.definedTags.ns.cost",
    }
    events = apply_on(redacted(cloud, redaction), plan)
    assert errors_of(silent(events, redaction)) == []
    after = the(cloud)
    assert replace(after.configuration, artifact=None) == replace(written, **tags)
    assert after.marks == Marks()


def test_what_is_read_back_instead_of_what_was_sent_is_told_without_it() -> None:
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    deployed(cloud, spec("a"))

    def fault(moment: str, operation: str) -> None:
        if (moment, operation) == ("before", "get_deployment"):
            live = the(cloud)
            cloud._set(live.ocid, configuration=replace(live.configuration, description=CANARY))

    plan = planned(cloud, spec("a", description="as it should be"), redaction)
    begun = cloud.update_deployment

    def update(*arguments: Any) -> Any:
        accepted = begun(*arguments)
        cloud.fault = fault
        return accepted

    cloud.update_deployment = update  # type: ignore[method-assign]  # of this one cloud
    (error,) = errors_of(silent(apply_on(redacted(cloud, redaction), plan), redaction))
    assert "metadata.description is '(not shown)', not 'as it should be'" in str(redaction.error(error))


def test_logs_stay_as_they_are_in_a_rollback_whatever_they_were() -> None:
    """They explain the failure."""
    cloud, redaction = MemoryCloud(), Redaction({}, OWNER)
    cloud._set(written_on(cloud, "spec.logs.access").ocid, state=State.INACTIVE)
    wanted, logs = asked(), Logs(access=LogRef("group", "another"))
    wanted = replace(wanted, configuration=replace(wanted.configuration, logs=logs))
    prober = FakeProber(lambda url, model: WRONG, {"in.json": b"{}"})
    events = apply_on(redacted(cloud, redaction), planned(cloud, wanted, redaction), prober)
    (error,) = errors_of(silent(events, redaction))
    assert isinstance(error, RolledBack), error
    assert the(cloud).configuration.logs == logs
