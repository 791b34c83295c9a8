"""What every plan of the planner is like, whatever is asked for and live; and what none is."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.core.model.artifact import Artifact, Inline, make_artifact
from reconciler.core.model.live import Marks, State
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Rollback, Seen
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CheckPresence,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    PublishedModel,
    PublishGroup,
    PublishModel,
    RenameModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from tests.support.drive import desired, plan_on
from tests.support.reviews import MAY, OWNER, REVIEWS, World, spec
from tests.support.worlds import clouds, specs

OTHER = "ocid1.datasciencemodeldeployment.oc1.iad.other"


@pytest.mark.parametrize("name", REVIEWS)
def test_a_review_has_no_fault(name: str) -> None:
    assert list(faults(REVIEWS[name]())) == []


@given(specs(), clouds())
def test_no_plan_of_the_planner_has_one(wanted, cloud) -> None:
    safety = Safety(
        max_deletes=9, update_ownership=Ownership.ADOPT_ALL, prune_ownership=Ownership.ADOPT_UNOWNED
    )
    for asked in (desired(*wanted), desired(*wanted, safety=safety, retry_failed=True)):
        assert list(faults(plan_on(cloud, asked))) == []


def item_of(plan: Plan) -> DeploymentPlan:
    (item,) = (item for item in plan.deployments if item.steps)
    return item


def with_steps(plan: Plan, *steps: Step, **changes) -> Plan:
    item = replace(item_of(plan), steps=steps or item_of(plan).steps, **changes)
    return replace(plan, deployments=(item,))


UPDATE = World().of(spec()).plan(spec(artifact=replace(MAY, digest=MAY.digest), description="another"))
CREATE = REVIEWS["new_deployment"]()
PUBLISHING = REVIEWS["new_content"]()
GROUP = REVIEWS["group_paused_adopted"]()
DELETE = World().of(spec("old")).plan()


def step_of(plan: Plan, kind: type) -> Step:
    return next(step for item in plan.deployments for step in item.steps if isinstance(step, kind))


def other_step(plan: Plan, kind: type, **changes) -> Plan:
    """The plan with its first step of this kind changed so."""
    item = next(item for item in plan.deployments if any(isinstance(step, kind) for step in item.steps))
    at = next(at for at, step in enumerate(item.steps) if isinstance(step, kind))
    steps = (*item.steps[:at], replace(item.steps[at], **changes), *item.steps[at + 1 :])
    changed = replace(item, steps=steps)
    return replace(plan, deployments=tuple(changed if one is item else one for one in plan.deployments))


def other_entry(plan: Plan, **changes) -> Plan:
    artifact: Artifact = step_of(plan, PublishModel).artifact
    entry = replace(artifact.entries[0], **changes)
    return other_step(plan, PublishModel, artifact=replace(artifact, entries=(entry, *artifact.entries[1:])))


def twice_in_the_artifact(plan: Plan) -> Plan:
    """The first file twice; the digest is that of all entries."""
    artifact: Artifact = step_of(plan, PublishModel).artifact
    first = replace(artifact.entries[0], sha256="0" * 64)
    made = make_artifact((*artifact.entries, first), artifact.versions, artifact.models)
    return other_step(plan, PublishModel, artifact=made)


def labelled(plan: Plan, kind: type) -> Plan:
    configuration = step_of(plan, kind).configuration
    labels = (("reconciler-owner", "other"),)
    return other_step(plan, kind, configuration=replace(configuration, labels=labels))


def evil(plan: Plan):
    configuration = step_of(plan, CreateDeployment).configuration
    return replace(configuration, container=replace(configuration.container, image="evil:1"))


SEEN = Seen(OTHER, "")
DELETED = (DeleteDeployment(OTHER), WaitFor(State.DELETED))
ACTIVE = WaitFor(State.ACTIVE)


def keeping(path: str, shown: object, times: int = 1) -> Plan:
    """The update, which leaves out what is live there."""
    seen = replace(item_of(UPDATE).seen, withheld=((path, shown),))
    plan = other_step(UPDATE, UpdateDeployment, from_live=(path,) * times)
    return replace(plan, deployments=(replace(item_of(plan), seen=seen),))


FAULTY: dict[str, tuple[Callable[[], Plan], str]] = {
    "a delete in an update": (lambda: with_steps(UPDATE, *DELETED), "none of the action update"),
    "a delete in nothing": (
        lambda: with_steps(UPDATE, *DELETED, action=Action.NOTHING),
        "none of the action nothing",
    ),
    "steps of what is blocked": (
        lambda: with_steps(UPDATE, action=Action.BLOCKED),
        "none of the action blocked",
    ),
    "steps of what is paused": (
        lambda: with_steps(UPDATE, action=Action.PAUSED),
        "none of the action paused",
    ),
    "an update in a wait": (lambda: with_steps(UPDATE, action=Action.WAIT), "none of the action wait"),
    "a delete in a creation": (lambda: with_steps(CREATE, *DELETED), "none of the action create"),
    "a model deleted in an update": (
        lambda: with_steps(UPDATE, *item_of(UPDATE).steps, DeleteModel("x")),
        "none of the action update",
    ),
    "models deleted alone": (lambda: with_steps(DELETE, DeleteModel("x")), "none of the action delete"),
    "a stop in the middle": (
        lambda: with_steps(UPDATE, DeactivateDeployment(""), ACTIVE, *item_of(UPDATE).steps),
        "none of the action update",
    ),
    "a wait that never ends": (lambda: with_steps(UPDATE, WaitFor(State.UNKNOWN)), "none of the action"),
    "a project in a chain": (
        lambda: with_steps(UPDATE, EnsureProject("other", "token")),
        "none of the action update: ensureProject",
    ),
    "an update of another": (
        lambda: other_step(UPDATE, UpdateDeployment, ocid=OTHER),
        f"it is about {OTHER}",
    ),
    "a delete of another": (lambda: other_step(DELETE, DeleteDeployment, ocid=OTHER), f"it is about {OTHER}"),
    "an update of none": (lambda: other_step(UPDATE, UpdateDeployment, ocid=""), "it is about no deployment"),
    "an update of what is created that makes something else of it": (
        lambda: other_step(CREATE, UpdateDeployment, configuration=evil(CREATE)),
        "it changes what the plan has only just created",
    ),
    "another model for what is created": (
        lambda: other_step(CREATE, UpdateDeployment, model=PublishedModel("sha256:" + "0" * 64)),
        "it changes what the plan has only just created",
    ),
    "a wait for another": (
        lambda: with_steps(UPDATE, Settle(OTHER), *item_of(UPDATE).steps),
        f"step 1 \\(settle\\): it is about {OTHER}",
    ),
    "another is started": (
        lambda: with_steps(UPDATE, ActivateDeployment(OTHER), ACTIVE),
        f"step 1 \\(activateDeployment\\): it is about {OTHER}",
    ),
    "an update of what is created": (
        lambda: other_step(CREATE, UpdateDeployment, ocid=OTHER),
        f"it is about {OTHER}, and the others are about the new one",
    ),
    "a creation of what is there": (
        lambda: with_steps(CREATE, seen=SEEN),
        "seen: there is one, and the action is create",
    ),
    "an update of nothing": (
        lambda: with_steps(UPDATE, seen=None),
        "seen: there is none, and the action is update",
    ),
    "two plans of one": (
        lambda: replace(UPDATE, deployments=(*UPDATE.deployments, *UPDATE.deployments)),
        "is in the plan 2 times",
    ),
    "two creations of one name": (
        lambda: replace(CREATE, deployments=(*CREATE.deployments, *CREATE.deployments)),
        "'vision' is in the plan 2 times",
    ),
    "a creation beside an update of that name": (
        lambda: replace(CREATE, deployments=(*CREATE.deployments, item_of(UPDATE))),
        "'vision' is in the plan 2 times",
    ),
    "two files at one place": (
        lambda: twice_in_the_artifact(PUBLISHING),
        "the artifact: 'densenet_onnx/1/model' is there twice",
    ),
    "a creation under another name": (
        lambda: other_step(
            CREATE,
            CreateDeployment,
            configuration=replace(step_of(CREATE, CreateDeployment).configuration, name="x"),
        ),
        "it makes 'x'",
    ),
    "a creation for another owner": (
        lambda: other_step(CREATE, CreateDeployment, marks=Marks("other", "vision")),
        "it marks 'vision' of 'other'",
    ),
    "a creation marked as another": (
        lambda: other_step(CREATE, CreateDeployment, marks=Marks(OWNER, "other")),
        "it marks 'other'",
    ),
    "a model of another owner": (
        lambda: other_step(PUBLISHING, PublishModel, owner="other"),
        "it publishes for 'vision' of 'other'",
    ),
    "a model of another deployment": (
        lambda: other_step(PUBLISHING, PublishModel, deployment="other"),
        "it publishes for 'other'",
    ),
    "a group of another owner": (
        lambda: other_step(GROUP, PublishGroup, owner="other"),
        "it publishes for 'search' of 'other'",
    ),
    "a group of other members": (
        lambda: other_step(GROUP, PublishGroup, members=(("m", MAY.digest),)),
        "its digest is not that of its members",
    ),
    "other content under a digest": (
        lambda: other_entry(PUBLISHING, sha256=hashlib.sha256(b"another").hexdigest()),
        "its digest is not that of its files",
    ),
    "other files under a digest": (
        lambda: other_step(
            PUBLISHING, PublishModel, artifact=replace(step_of(PUBLISHING, PublishModel).artifact, entries=())
        ),
        "its digest is not that of its files",
    ),
    "a path out of the artifact": (lambda: other_entry(PUBLISHING, path="../../etc/x"), "is no path inside"),
    "an absolute path": (lambda: other_entry(PUBLISHING, path="/etc/x"), "is no path inside"),
    "a path of Windows": (lambda: other_entry(PUBLISHING, path="m\\..\\x"), "is no path inside"),
    "a path with a NUL": (lambda: other_entry(PUBLISHING, path="m/1/x\0"), "is no path inside"),
    "a folder's path for a file": (
        lambda: other_entry(PUBLISHING, path="m/1/", source=Inline("x")),
        "is no path inside",
    ),
    "a digest with a line's end": (lambda: other_entry(PUBLISHING, sha256="0" * 64 + "\n"), "sha256 is none"),
    "a rename to another name": (
        lambda: with_steps(UPDATE, RenameModel("x", "other")),
        "it names a model of 'other'",
    ),
    "a label that passes for a mark": (
        lambda: labelled(UPDATE, UpdateDeployment),
        "reconciler-owner is no label",
    ),
    "a label of a new one": (lambda: labelled(CREATE, CreateDeployment), "reconciler-owner is no label"),
    "words in the mark of a failure": (
        lambda: other_step(UPDATE, UpdateDeployment, marks=Marks(OWNER, "vision", failed="x protect")),
        "no single word",
    ),
    "words in the moment of a failure": (
        lambda: other_step(UPDATE, UpdateDeployment, marks=Marks(OWNER, "vision", failed_at="x protect")),
        "no single word",
    ),
    "words where a digest is": (lambda: with_steps(UPDATE, failed="x protect"), "failed is no digest"),
    "a delete in a rollback": (
        lambda: with_steps(PUBLISHING, rollbacks=(replace(item_of(PUBLISHING).rollbacks[0], steps=DELETED),)),
        "it is no rollback of an update",
    ),
    "a rollback of another": (
        lambda: with_steps(
            PUBLISHING,
            rollbacks=(
                Rollback(
                    item_of(PUBLISHING).rollbacks[0].step,
                    (replace(item_of(PUBLISHING).rollbacks[0].steps[0], ocid=OTHER), ACTIVE),
                ),
            ),
        ),
        f"it is about {OTHER}",
    ),
    "a rollback of no step": (
        lambda: with_steps(PUBLISHING, rollbacks=(replace(item_of(PUBLISHING).rollbacks[0], step=99),)),
        "rollback of step 100: it is no rollback",
    ),
    "a rollback of a wait": (
        lambda: with_steps(PUBLISHING, rollbacks=(replace(item_of(PUBLISHING).rollbacks[0], step=0),)),
        "rollback of step 1: it is no rollback",
    ),
    "another project": (
        lambda: replace(CREATE, project_step=EnsureProject("other", "token")),
        "makes the project 'other'",
    ),
    "a project that may not be made": (
        lambda: replace(CREATE, project=replace(CREATE.project, create=False)),
        "may not be made",
    ),
    "a field that keeps a live value in a creation": (
        lambda: other_step(CREATE, CreateDeployment, from_live=("metadata.description",)),
        "'metadata.description' is to keep a live value that the plan does not leave out",
    ),
    "a variable that keeps its live value": (
        lambda: keeping("spec.server.env.TOKEN", "(not shown)"),
        "'spec.server.env.TOKEN' is no field of which a live value is left out",
    ),
    "the models that stay": (
        lambda: keeping("spec.models", "(not shown)"),
        "'spec.models' is no field of which a live value is left out",
    ),
    "a path that is none": (
        lambda: keeping("__class__", "(not shown)"),
        "'__class__' is no field of which a live value is left out",
    ),
    "a field that keeps its live value twice": (
        lambda: keeping("spec.server.command", [], times=2),
        "'spec.server.command' is to keep a live value that the plan does not leave out",
    ),
    "another value in place of a live one": (
        lambda: keeping("spec.server.command", ["tritonserver", "(not shown)"]),
        "spec.server.command is to keep its live value, and another one stands in its place",
    ),
    "a change that is told and not made": (
        lambda: keeping("metadata.description", "another"),
        "metadata.description is told to change, and keeps its live value",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_what_the_planner_never_makes(name: str) -> None:
    make, told = FAULTY[name]
    found = "; ".join(faults(make()))
    assert re.search(told, found), found


def test_a_plan_that_was_saved_before_versions_were_asked_for_is_still_one() -> None:
    """And one that asks for them at another place than after an update is none."""
    for plan in (CREATE, UPDATE, PUBLISHING, GROUP):
        items = []
        for item in plan.deployments:
            steps = tuple(step for step in item.steps if not isinstance(step, CheckPresence))
            places = {step: at for at, step in enumerate(steps)}
            backs = tuple(replace(back, step=places[item.steps[back.step]]) for back in item.rollbacks)
            items.append(replace(item, steps=steps, rollbacks=backs))
        assert list(faults(replace(plan, deployments=tuple(items)))) == []
    asked = step_of(PUBLISHING, CheckPresence)
    steps = item_of(PUBLISHING).steps
    for wrong in ((asked, asked, *steps), (*steps[:-2], asked, *steps[-2:])):
        found = list(faults(with_steps(PUBLISHING, *wrong)))
        assert any("its steps are none of the action" in fault for fault in found)
