"""Saved plans that somebody has edited, with a digest that fits them: the real command, the real cloud.

Nothing is sent, and it is said what was wrong. Each test leaves the one deployment as it found it.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oci.data_science import models

from reconciler.core.model.artifact import Remote
from reconciler.core.model.configuration import Secret
from reconciler.core.model.live import Marks, State
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Seen
from reconciler.core.planning.steps import (
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    PublishedModel,
    UpdateDeployment,
    WaitFor,
)
from reconciler.report.plan.json import plan_document, read_plan
from tests.support.hello import MANIFEST, write_hello
from tests.support.served import folder
from tests.support.serving import processes_in, servers_in
from tests.support.workspace import Workspace, make, stop, wait_until

CANARY = "hunter2-of-the-runner"


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One deployment of ours, one of a stranger, and secrets of the runner."""
    made = make(tmp_path_factory.mktemp("forged"))
    write_hello(made)
    made.run("apply", "--yes", env={"CANARY_TOKEN": CANARY})
    yield made
    stop(made)


@pytest.fixture(scope="module")
def stranger(hello: Workspace) -> str:
    """A copy of it that carries no mark."""
    client, compartment = hello.sdk(), hello.note["compartment"]
    ours = next(one for one in live_ones(hello) if one.display_name == "hello")
    found = client.get_model_deployment(ours.id).data
    details = models.CreateModelDeploymentDetails(
        display_name="theirs",
        compartment_id=compartment,
        project_id=found.project_id,
        model_deployment_configuration_details=found.model_deployment_configuration_details,
    )
    made = str(client.create_model_deployment(details).data.id)
    wait_until(lambda: client.get_model_deployment(made).data.lifecycle_state == "ACTIVE", "it is there")
    return made


def live_ones(workspace: Workspace) -> list[Any]:
    client = workspace.sdk()
    found = client.list_model_deployments(workspace.note["compartment"]).data
    return [one for one in found if one.lifecycle_state not in ("DELETED", "DELETING")]


def with_policy(workspace: Workspace, policy: str) -> None:
    write_hello(workspace)
    text = MANIFEST.replace("DESCRIPTION", "with a policy")
    workspace.write("manifests/hello.yaml", f"{text}  policy: {{{policy}}}\n")
    workspace.run("apply", "--yes")


def planned(workspace: Workspace, description: str = "another") -> Plan:
    """A plan that changes one word."""
    write_hello(workspace, description=description)
    workspace.run("plan", "--out", "plan.json")
    return read_plan(json.loads((workspace.root / "plan.json").read_text()), str)


def refused(workspace: Workspace, plan: Plan, *more: str, code: int = 5) -> str:
    """What the command says of it; and nothing has changed."""
    workspace.write("forged.json", json.dumps(plan_document(plan)))
    before = workspace.state()
    done = workspace.run("apply", "--plan", "forged.json", "--yes", *more, code=code)
    assert workspace.state() == before
    assert "Traceback" not in done.err
    return " ".join((done.out + done.err).split())


def with_item(plan: Plan, **changes: Any) -> Plan:
    (item,) = plan.deployments
    return replace(plan, deployments=(replace(item, **changes),))


def with_update(plan: Plan, **changes: Any) -> Plan:
    (item,) = plan.deployments
    steps = tuple(replace(one, **changes) if isinstance(one, UpdateDeployment) else one for one in item.steps)
    return with_item(plan, steps=steps)


def delete(ocid: str, name: str) -> DeploymentPlan:
    steps = (DeleteDeployment(ocid), WaitFor(State.DELETED))
    return DeploymentPlan(name, Action.DELETE, "it is to go", seen=Seen(ocid, ""), steps=steps)


def test_what_is_a_strangers_is_not_deleted(hello: Workspace, stranger: str) -> None:
    plan = planned(hello)
    told = refused(hello, replace(plan, deployments=(delete(stranger, "theirs"),)))
    assert f"{stranger} carries no owner's mark, and safety.ownership.prune is match" in told


def test_one_that_is_refused_holds_back_no_other(hello: Workspace, stranger: str) -> None:
    plan = planned(hello, "one and another")
    both = replace(plan, deployments=(*plan.deployments, delete(stranger, "theirs")))
    hello.write("forged.json", json.dumps(plan_document(both)))
    hello.run("apply", "--plan", "forged.json", "--yes", code=5)
    found = {one.display_name: one for one in live_ones(hello)}
    assert found["hello"].description == "one and another"
    assert found["theirs"].id == stranger


FORGED: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "a delete in an update": (
        lambda plan: with_item(plan, steps=delete(seen(plan), "").steps),
        "its steps are none of the action update: deleteDeployment, waitFor",
    ),
    "an update of another": (
        lambda plan: with_update(plan, ocid="ocid1.datasciencemodeldeployment.oc1.iad.other"),
        "step 1 (updateDeployment): it is about ocid1.datasciencemodeldeployment.oc1.iad.other",
    ),
    "a mark of another owner": (
        lambda plan: with_update(plan, marks=Marks("somebody", "hello")),
        "it would be marked as 'hello' of the owner 'somebody'",
    ),
    "an image that is not told": (
        lambda plan: with_update(plan, configuration=other_image(plan)),
        "spec.image would change, and the plan does not tell that",
    ),
    "another one in its place that is not told": (
        lambda plan: made_anew(plan),
        "spec.image would change, and the plan does not tell that",
    ),
    "a stop that is not told": (
        lambda plan: with_item(plan, steps=(DeactivateDeployment(seen(plan)), WaitFor(State.INACTIVE))),
        "spec.state would change, and the plan does not tell that",
    ),
    "a delete of what is ours, without its manifest's word, above the limit": (
        lambda plan: replace(plan, deployments=(delete(seen(plan), "hello"),)),
        "at most 0 may be at once",
    ),
    "another owner": (
        lambda plan: replace(plan, owner="somebody"),
        "made for target 'local' of owner 'somebody'",
    ),
    "another project": (
        lambda plan: replace(plan, project=replace(plan.project, ocid="ocid1.datascienceproject.other")),
        "made for the project tests (ocid1.datascienceproject.other)",
    ),
}
STALE = {"another owner", "another project"}


def seen(plan: Plan) -> str:
    (item,) = plan.deployments
    return item.seen.ocid if item.seen else ""


def other_image(plan: Plan) -> Any:
    (item,) = plan.deployments
    configuration = next(step.configuration for step in item.steps if isinstance(step, UpdateDeployment))
    return replace(configuration, container=replace(configuration.container, image="evil.example/x:1"))


def made_anew(plan: Plan) -> Plan:
    """Another image, with a secret that no manifest has given it."""
    (item,) = plan.deployments
    update = next(step for step in item.steps if isinstance(step, UpdateDeployment))
    configuration = other_image(plan)
    variables = (("EXFIL", Secret("env.CANARY_TOKEN", CANARY)),)
    container = replace(configuration.container, environment=variables)
    create = CreateDeployment(
        replace(configuration, container=container),
        PublishedModel(configuration.artifact),
        update.marks,
        "token",
    )
    steps = (*delete(seen(plan), "").steps, create, WaitFor(State.ACTIVE))
    return with_item(plan, action=Action.REPLACE, changes=(), steps=steps, rollbacks=())


@pytest.mark.parametrize("name", FORGED)
def test_an_edited_plan_sends_nothing(hello: Workspace, name: str) -> None:
    forge, words = FORGED[name]
    plan = planned(hello)
    settings = hello.root / "reconciler.yaml"
    before = settings.read_text()
    settings.write_text(f"{before}safety: {{maxDeletes: 0}}\n")
    try:
        told = refused(hello, forge(plan), code=4 if name in STALE else 5)
    finally:
        settings.write_text(before)
    assert words in told


def test_protection_and_a_confirmation_are_asked_of_what_is_live(hello: Workspace) -> None:
    with_policy(hello, "protect: true, prune: confirm")
    plan = planned(hello)
    going = replace(plan, deployments=(delete(seen(plan), "hello"),))
    told = refused(hello, going)
    assert "hello is protected from being deleted or replaced" in told
    assert "reconcile apply --plan FILE --confirm hello" in told
    assert "is protected" in refused(hello, going, "--confirm", "hello")
    assert "deletes nothing of that name" in refused(hello, going, "--confirm", "other", code=1)
    with_policy(hello, "protect: false, prune: auto")


def test_another_version_structure_is_not_sent_without_a_stop(hello: Workspace) -> None:
    """The stop is taken out of a plan whose manifest allows it, and the plan lies of what it would serve."""
    write_hello(hello, version="2")
    manifest = hello.root / "manifests/hello.yaml"
    manifest.write_text(manifest.read_text() + "  rollout: {downtime: allow}\n")
    hello.run("plan", "--out", "plan.json")
    plan = read_plan(json.loads((hello.root / "plan.json").read_text()), str)
    (item,) = plan.deployments
    publish, _, _, update, *_ = item.steps
    lying = replace(publish, artifact=replace(publish.artifact, versions=frozenset({("m", 1)})))
    rolled = (lying, update, WaitFor(State.ACTIVE))
    told = refused(hello, with_item(plan, steps=rolled, rollbacks=()))
    assert "the version structure would change while it serves: m version 1 would no longer be served" in told


def test_what_is_kept_of_the_models_is_what_their_content_holds(hello: Workspace) -> None:
    """Otherwise the next plan would believe it."""
    write_hello(hello, factor=5)
    hello.run("plan", "--out", "plan.json")
    plan = read_plan(json.loads((hello.root / "plan.json").read_text()), str)
    (item,) = plan.deployments
    publish, *rest = item.steps
    lying = replace(publish, artifact=replace(publish.artifact, models=(folder("m", [1, 2]),)))
    told = refused(hello, with_item(plan, steps=(lying, *rest)))
    assert "what it says of the models in sha256:" in told
    entries = tuple(
        replace(entry, source=Remote("https://example.com/")) for entry in publish.artifact.entries
    )
    far_away = replace(publish, artifact=replace(lying.artifact, entries=entries))
    told = refused(hello, with_item(plan, steps=(far_away, *rest)))
    assert "what it says of the models in sha256:" in told


def test_a_confirmed_delete_of_a_saved_plan(hello: Workspace) -> None:
    """It is confirmed where it is planned, and again where it is done."""
    with_policy(hello, "prune: confirm")
    manifest = hello.root / "manifests/hello.yaml"
    hello.write("manifests/other.yaml", manifest.read_text().replace("name: hello", "name: other"))
    manifest.unlink()
    hello.run("plan", "--only", "hello", "--confirm", "hello", "--out", "plan.json")
    hello.run("apply", "--plan", "plan.json", "--yes", code=5)
    assert "hello" in {one.display_name for one in live_ones(hello)}
    hello.run("apply", "--plan", "plan.json", "--yes", "--confirm", "hello")
    assert "hello" not in {one.display_name for one in live_ones(hello)}
    (hello.root / "manifests/other.yaml").unlink()
    write_hello(hello)
    hello.run("apply", "--yes")


def test_no_place_for_a_plan_is_told_before_anything_is_planned(hello: Workspace) -> None:
    write_hello(hello)
    manifest = hello.root / "manifests/hello.yaml"
    before = manifest.read_bytes()
    told = hello.run("plan", "--out", "manifests/hello.yaml", "-t", "local", code=5).err
    assert "what is there is no saved plan. Nothing was written" in told
    assert manifest.read_bytes() == before
    manifest.write_text("no manifest at all: [")
    assert "no saved plan" in hello.run("plan", "--out", "manifests/hello.yaml", code=5).err
    os.mkfifo(hello.root / "pipe")
    assert "it is a pipe" in hello.run("plan", "--out", "pipe", code=5).err
    assert stat.S_ISFIFO((hello.root / "pipe").stat().st_mode)


def test_no_process_below_the_emulator_has_what_the_caller_has(hello: Workspace) -> None:
    write_hello(hello)
    hello.run("emulator", "stop")
    hello.run("apply", "--yes", env={"CANARY_TOKEN": CANARY})
    assert servers_in(hello.home), "or this proves nothing"
    pids = {hello.note["pid"], *processes_in(hello.home)}
    for pid in pids:
        assert CANARY.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
