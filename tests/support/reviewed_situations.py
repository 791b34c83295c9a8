"""What may come between a review and its apply: each a story on a cloud in memory, with how it ends. The
plans are real ones, saved and read back as between two jobs of CI; docs/reviewed.md has the same table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.app.privacy.redaction import Redaction
from reconciler.app.review.comparing import compare_with_files
from reconciler.app.saved_plans.save_and_load import save
from reconciler.core.model.configuration import CONTAINER_TYPE, FixedScaling, Network, NetworkAccess, Secret
from reconciler.core.model.live import Live, Project, State
from reconciler.core.model.spec import Downtime, Policy, Prune, Revision, Rollout, Spec
from reconciler.core.model.target import ImageBuilds, Safety
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.compared import Comparison
from tests.support.applied import deployed
from tests.support.drive import CONTAINER, OWNER, apply_on, artifact, desired, plan_on, spec
from tests.support.memory import Killed, MemoryCloud
from tests.support.memory_registry import BUILD, COMPOSED, MemoryMaker, MemoryRegistry, facts, imaged

TWO = FixedScaling(2)
DESCRIBED = {"description": "new"}
OTHER_IMAGE = replace(CONTAINER, image="iad.ocir.io/acme/triton:2")
STOPPING = Rollout(downtime=Downtime.ALLOW)
ANOTHER_VERSION = artifact("weights of version 2", frozenset({("m", 2)}))


def reading(value: str | None, **more: str) -> dict[str, Any]:
    """A container that takes a secret from the environment, where that is set so."""
    variables = {CONTAINER_TYPE: "TRITON", "TOKEN": Secret("env.TOKEN", value), **more}
    return {"container": replace(CONTAINER, environment=tuple(sorted(variables.items())))}


def of_content(wanted: Spec, rollout: Rollout) -> Spec:
    """The spec with another version structure."""
    plain = replace(wanted.configuration, artifact=ANOTHER_VERSION.digest)
    return replace(spec(wanted.name), configuration=plain, artifact=ANOTHER_VERSION, rollout=rollout)


@dataclass
class Story:
    """A cloud, the plans that were reviewed, and the one that is made in the end."""

    folder: Path
    cloud: MemoryCloud = field(default_factory=lambda: MemoryCloud(reads=1))
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    reviews: int = 0

    def deploy(self, *specs: Spec) -> "Story":
        """These are live, and nothing else of ours is."""
        deployed(self.cloud, *specs, safety=Safety(max_deletes=9))
        return self

    def plan(self, *specs: Spec, owner: str = OWNER, **changes: Any) -> Plan:
        return plan_on(self.cloud, self.registry.seen(desired(*specs, owner=owner, **changes)))

    def review(self, *specs: Spec, **changes: Any) -> Path:
        """Somebody reviews this plan; it is kept as an artifact."""
        return self.keep(self.plan(*specs, **changes))

    def keep(self, plan: Plan) -> Path:
        self.reviews += 1
        path = self.folder / str(self.reviews) / "plan.json"
        path.parent.mkdir(parents=True)
        save(plan, path)
        return path

    def edit(self, path: Path, change: Callable[[dict[str, Any]], object]) -> None:
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    def live(self, name: str = "a") -> Live:
        (found,) = (one for one in self.cloud.snapshot().alive() if one.display_name == name)
        return found

    def somebody_sets(self, name: str = "a", **changes: Any) -> None:
        """In the console."""
        live = self.cloud.deployments[self.live(name).ocid]
        assert live.configuration is not None
        self.cloud.somebody(live.ocid, configuration=replace(live.configuration, **changes))

    def die_in(self, operation: str, plan: Plan) -> None:
        """The run of this plan is killed when it has done this."""

        def fault(when: str, called: str) -> None:
            if (when, called) == ("after", operation):
                raise Killed

        self.cloud.fault = fault
        try:
            apply_on(self.cloud, plan, parallel=1)
        except Killed:
            return
        finally:
            self.cloud.fault = lambda when, operation: None
        raise AssertionError(f"it never came to {operation}")

    def compare(self, plan: Plan) -> Comparison:
        self.folder.mkdir(parents=True, exist_ok=True)
        return compare_with_files(plan, [self.folder], Redaction({}, OWNER))


class Row(NamedTuple):
    """A situation, how it ends, why (as docs/reviewed.md has it), its story, and words that are told."""

    situation: str
    ends: str
    why: str
    story: Callable[[Story], Plan]
    told: tuple[str, ...] = ()


APPLIED, STOPS = "applied", "stops"


# -- nothing has come between, or what does not matter


def nothing(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO), spec("b"))
    return story.plan(spec("a", scaling=TWO), spec("b"))


def rebased(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO), revision=Revision("1" * 40, "feature", ""))
    return story.plan(spec("a", scaling=TWO), revision=Revision("2" * 40, "main", ""))


def uploaded(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b", "old")).review(spec("a", "new"), spec("b", "old"))
    deployed(story.cloud, spec("b", "new"), prune=False)
    story.deploy(spec("a"), spec("b", "old"))
    return story.plan(spec("a", "new"), spec("b", "old"))


def same_by_hand(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO, **DESCRIBED))
    story.somebody_sets(scaling=TWO)
    return story.plan(spec("a", scaling=TWO, **DESCRIBED))


# -- an earlier run stopped on its way


def one_of_two(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b"))
    wanted = (spec("a", scaling=TWO), spec("b", scaling=TWO))
    story.review(*wanted)
    apply_on(story.cloud, story.plan(wanted[0], prune=False))
    return story.plan(*wanted)


def some_fields(story: Story) -> Plan:
    wanted = spec("a", container=OTHER_IMAGE, scaling=TWO)
    story.deploy(spec("a")).review(wanted)
    story.die_in("update_deployment", story.plan(wanted))
    return story.plan(wanted)


def stopped(story: Story) -> Plan:
    wanted = of_content(spec("a"), STOPPING)
    story.deploy(spec("a")).review(wanted)
    story.die_in("deactivate_deployment", story.plan(wanted))
    story.cloud.deployment_states()
    return story.plan(wanted)


def not_started(story: Story) -> Plan:
    wanted = of_content(spec("a"), STOPPING)
    story.deploy(spec("a")).review(wanted)
    apply_on(story.cloud, story.plan(wanted))
    story.cloud.put(replace(story.live(), state=State.INACTIVE))
    return story.plan(wanted)


CUSTOM = Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.s1")
BACK = Network(NetworkAccess.INTERNET)


def half_replaced(story: Story) -> Plan:
    wanted = replace(spec("a", network=BACK), rollout=STOPPING)
    story.deploy(spec("a", network=CUSTOM)).review(wanted)
    story.die_in("delete_deployment", story.plan(wanted))
    story.cloud.deployment_states()
    return story.plan(wanted)


def created_unmarked(story: Story) -> Plan:
    story.review(spec("a"))
    story.deploy(spec("a"))
    live = story.live()
    story.cloud.put(replace(live, marks=replace(live.marks, applied=None)))
    return story.plan(spec("a"))


def created_and_not_stopped(story: Story) -> Plan:
    wanted = replace(spec("a"), active=False)
    story.review(wanted)
    story.die_in("create_deployment", story.plan(wanted))
    story.cloud.deployment_states()
    return story.plan(wanted)


# -- several merges


def two_deployments(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b"))
    story.review(spec("a", scaling=TWO), spec("b"))
    story.review(spec("a"), spec("b", scaling=TWO))
    return story.plan(spec("a", scaling=TWO), spec("b", scaling=TWO))


def two_fields(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    story.review(spec("a", **DESCRIBED))
    return story.plan(spec("a", scaling=TWO, **DESCRIBED))


def one_field_twice(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", description="first"))
    story.review(spec("a", description="second"))
    return story.plan(spec("a", description="second"))


def new_and_changed(story: Story) -> Plan:
    story.review(spec("a"))
    story.review(spec("a", scaling=TWO))
    story.review(spec("a", **DESCRIBED))
    return story.plan(spec("a", scaling=TWO, **DESCRIBED))


def one_model_each(story: Story) -> Plan:
    """Their content has one digest: that of all models together."""
    story.deploy(spec("a", "x and y")).review(spec("a", "new x and y"))
    story.review(spec("a", "x and new y"))
    return story.plan(spec("a", "new x and new y"))


def taken_back(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    story.review(spec("a"))
    return story.plan(spec("a"))


def chain(story: Story) -> Plan:
    story.deploy(spec("a", description="first")).review(spec("a", description="second"))
    story.deploy(spec("a", description="second")).review(spec("a", description="third"))
    story.somebody_sets(description="first")
    return story.plan(spec("a", description="third"))


# -- something else is live


def old_value_moved(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    story.somebody_sets(scaling=FixedScaling(7))
    return story.plan(spec("a", scaling=TWO))


def another_field_moved(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    story.somebody_sets(description="by hand")
    return story.plan(spec("a", scaling=TWO))


def created_meanwhile(story: Story) -> Plan:
    story.review(spec("a", scaling=TWO))
    story.deploy(spec("a"))
    return story.plan(spec("a", scaling=TWO))


def gone_meanwhile(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    story.cloud.put(replace(story.live(), state=State.DELETED))
    return story.plan(spec("a", scaling=TWO))


def another_of_that_name(story: Story) -> Plan:
    story.deploy(spec("a")).review(spec("a", scaling=TWO))
    before = story.live()
    story.cloud.put(replace(before, state=State.DELETED))
    story.cloud.put(replace(before, ocid="ocid1.deployment.another"))
    return story.plan(spec("a", scaling=TWO))


def stops_now(story: Story) -> Plan:
    wanted = replace(spec("a", "new"), rollout=STOPPING)
    story.deploy(spec("a")).review(wanted)
    served = frozenset({("m", 1), ("m", 2)})  # somebody has changed what the server serves
    return plan_on(story.cloud, desired(wanted), served)


def danger_now(story: Story) -> Plan:
    wanted = spec("a", scaling=TWO)
    story.deploy(spec("a")).review(wanted)
    return story.plan(replace(wanted, dangers=("spec.policy.ignore leaves the image as it is",)))


# -- names, and what goes


def renamed(story: Story) -> Plan:
    wanted = replace(spec("new"), renamed_from="a")
    story.deploy(spec("a")).review(wanted)
    return story.plan(wanted)


def orphan(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b", "other")).review(spec("a"))
    return story.plan(spec("a"))


def another_orphan(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b", "b"), spec("c", "c")).review(spec("a"), spec("c", "c"))
    return story.plan(spec("a"), safety=Safety(max_deletes=2))


def confirmed_now(story: Story) -> Plan:
    story.deploy(spec("a"), replace(spec("b", "b"), policy=Policy(prune=Prune.CONFIRM))).review(spec("a"))
    return story.plan(spec("a"), confirmed=frozenset({"b"}))


def released(story: Story) -> Plan:
    story.deploy(spec("a"), replace(spec("b", "b"), policy=Policy(prune=Prune.RELEASE))).review(spec("a"))
    return story.plan(spec("a"))


# -- blocked, paused, refused


def blocked_then(story: Story) -> Plan:
    story.deploy(spec("a")).review(of_content(spec("a"), Rollout()))
    return story.plan(of_content(spec("a"), STOPPING))


def allowed_in_review(story: Story) -> Plan:
    story.deploy(spec("a")).review(of_content(spec("a"), STOPPING))
    return story.plan(of_content(spec("a"), STOPPING))


def blocked_now(story: Story) -> Plan:
    story.deploy(spec("a")).review(of_content(spec("a"), STOPPING))
    return story.plan(of_content(spec("a"), Rollout()))


def paused_then(story: Story) -> Plan:
    wanted = spec("a", scaling=TWO)
    story.deploy(spec("a")).review(replace(wanted, policy=Policy(paused=True)))
    return story.plan(wanted)


def refused_then(story: Story) -> Plan:
    story.deploy(spec("a"), spec("b", "b"), spec("c", "c")).review(spec("a"))
    return story.plan(spec("a"), safety=Safety(max_deletes=2))


# -- images and secrets


def image(story: Story, then: str, now: str) -> Plan:
    """The deployment gets another tag; behind it stands one image in review, and perhaps another now."""
    story.deploy(imaged(spec("a")))
    wanted = imaged(spec("a"), "2.0.0")
    story.registry.images[wanted.image.reference] = facts(then)
    story.review(wanted)
    story.registry.images[wanted.image.reference] = facts(now)
    return story.plan(wanted)


def image_same(story: Story) -> Plan:
    return image(story, "one", "one")


def image_moved(story: Story) -> Plan:
    return image(story, "one", "another")


def image_built(story: Story) -> Plan:
    wanted = imaged(spec("a"), None, build=BUILD)
    story.deploy(imaged(spec("a")))
    story.registry.images[imaged(spec("a")).image.reference] = facts("live")
    made = story.plan(wanted, image_builds=ImageBuilds.ON_APPLY)
    story.keep(made)
    maker = MemoryMaker(story.registry)
    maker.build(wanted.image.reference, BUILD, "", lambda text, percent: None)
    maker.push(wanted.image.reference, lambda text, percent: None)
    return story.plan(wanted, image_builds=ImageBuilds.ON_APPLY)


def image_to_be_built(story: Story) -> Plan:
    wanted = imaged(spec("a"), None, build=BUILD)
    story.deploy(imaged(spec("a")))
    story.registry.images[wanted.image.reference] = facts("there", replace(COMPOSED, build=BUILD.digest))
    story.review(wanted, image_builds=ImageBuilds.ON_APPLY)
    del story.registry.images[wanted.image.reference]
    return story.plan(wanted, image_builds=ImageBuilds.ON_APPLY)


def rotated(story: Story) -> Plan:
    story.deploy(spec("a", **reading("before"))).review(spec("a", **reading(None)))
    return story.plan(spec("a", **reading("after")))


def rotated_beside_a_change(story: Story) -> Plan:
    story.deploy(spec("a", **reading("before"))).review(spec("a", scaling=TWO, **reading(None)))
    return story.plan(spec("a", scaling=TWO, **reading("after")))


def rotated_and_more(story: Story) -> Plan:
    story.deploy(spec("a", **reading("before", LEVEL="1"))).review(spec("a", **reading(None, LEVEL="1")))
    return story.plan(spec("a", **reading("after", LEVEL="2")))


def rotated_where_it_was_looked_at(story: Story) -> Plan:
    story.deploy(spec("a", **reading("before"))).review(spec("a", **reading("before")))
    return story.plan(spec("a", **reading("after")))


def rotated_while_paused(story: Story) -> Plan:
    story.deploy(spec("a", **reading("before")))
    story.review(replace(spec("a", **reading(None)), policy=Policy(paused=True)))
    return story.plan(spec("a", **reading("after")))


# -- the reviewed plans themselves


def another_target(story: Story) -> Plan:
    story.deploy(spec("a"))
    story.keep(replace(story.plan(spec("a", scaling=TWO)), target="staging"))
    return story.plan(spec("a", scaling=TWO))


def another_owner(story: Story) -> Plan:
    story.review(spec("a"), owner="somebody else")
    return story.plan(spec("a"))


def another_project(story: Story) -> Plan:
    story.review(spec("a"))
    story.cloud.project = Project("ml", "project-2")
    return story.plan(spec("a"))


def project_to_be_made(story: Story) -> Plan:
    story.cloud.project = Project("ml", None, create=True)
    story.review(spec("a"))
    story.cloud.project = Project("ml", "project-1", create=True)
    return story.plan(spec("a"))


def another_format(story: Story) -> Plan:
    story.edit(story.review(spec("a")), lambda plan: plan.update(apiVersion="reconciler.oci/plan.v2"))
    return story.plan(spec("a"))


def newer_field(story: Story) -> Plan:
    story.edit(story.review(spec("a")), lambda plan: plan["deployments"][0].update(weather="fine"))
    return story.plan(spec("a"))


def edited(story: Story) -> Plan:
    story.edit(story.review(spec("a")), lambda plan: plan["deployments"][0].update(reason="trust me"))
    return story.plan(spec("a"))


def no_json(story: Story) -> Plan:
    story.review(spec("a")).write_text("[" * 100_000)
    return story.plan(spec("a"))


def never_reviewed(story: Story) -> Plan:
    return story.deploy(spec("a")).plan(spec("a", scaling=TWO), spec("b"))


def nothing_to_do(story: Story) -> Plan:
    return story.deploy(spec("a")).plan(spec("a"))


ROWS = (
    Row("nothing has changed since", APPLIED, "it is the same plan", nothing),
    Row("the pull request was rebased, squashed or queued", APPLIED, "commits are not compared", rebased),
    Row("the model is in the catalog by now", APPLIED, "uploads are not compared", uploaded),
    Row("somebody has made a part of the change in the console", APPLIED, "less is left to do", same_by_hand),
    Row(
        "a run stopped after the first of two deployments", APPLIED, "the other one was reviewed", one_of_two
    ),
    Row("a run stopped after the first of two fields", APPLIED, "the other one was reviewed", some_fields),
    Row("a run stopped where the deployment was stopped", APPLIED, "the rest was reviewed", stopped),
    Row(
        "a run stopped before it started the deployment again",
        APPLIED,
        "to start it was reviewed",
        not_started,
    ),
    Row(
        "a run stopped between delete and create",
        APPLIED,
        "to create it with the same settings was reviewed",
        half_replaced,
    ),
    Row(
        "a run stopped before it marked what it had created",
        APPLIED,
        "only marks are left to do",
        created_unmarked,
    ),
    Row(
        "a run stopped before it stopped what is to be inactive",
        APPLIED,
        "that it ends inactive was reviewed",
        created_and_not_stopped,
    ),
    Row("two merges change two deployments", APPLIED, "each was reviewed", two_deployments),
    Row("two merges change two fields of one deployment", APPLIED, "each was reviewed", two_fields),
    Row(
        "two merges change the same field, the second planned before the first was applied",
        APPLIED,
        "the second plan shows the whole way",
        one_field_twice,
    ),
    Row(
        "one merge adds a deployment, and two more change it",
        APPLIED,
        "each setting was reviewed",
        new_and_changed,
    ),
    Row(
        "two merges change two models of one deployment, each planned without the other",
        STOPS,
        "nobody has seen them together: update the second branch before it is merged",
        one_model_each,
        ("spec.models: ",),
    ),
    Row("a merge takes back what another one changed", APPLIED, "nothing is left to do", taken_back),
    Row(
        "a to b and b to c were reviewed, and a to c is planned",
        STOPS,
        "nobody has seen that step, nor what it means for clients",
        chain,
        ("metadata.description: first → third", "first → second", "second → third"),
    ),
    Row(
        "the old value has moved",
        STOPS,
        "somebody else has changed it",
        old_value_moved,
        ("spec.scaling.instances: 7 → 2", "1 → 2"),
    ),
    Row(
        "another field has moved",
        STOPS,
        "its way back was not reviewed",
        another_field_moved,
        ('metadata.description: "by hand" → ', "it will be updated, without this"),
    ),
    Row(
        "a creation was reviewed, and it exists by now",
        STOPS,
        "an update of something that serves is another thing",
        created_meanwhile,
        ("spec.scaling.instances: 1 → 2", "it will be created"),
    ),
    Row(
        "an update was reviewed, and the deployment is gone",
        STOPS,
        "a creation was not reviewed",
        gone_meanwhile,
        ("it will be created", "it will be updated"),
    ),
    Row(
        "another deployment has the name",
        STOPS,
        "it is not the one that was reviewed",
        another_of_that_name,
        ("it will be updated (ocid1.deployment.another)",),
    ),
    Row(
        "an update that was without downtime stops the deployment",
        STOPS,
        "the impact is worse",
        stops_now,
        ("it stops serving for a while", "[stop]", "[zero downtime]"),
    ),
    Row(
        "there is a danger more",
        STOPS,
        "nobody was told of it",
        danger_now,
        ("danger: spec.policy.ignore leaves the image as it is",),
    ),
    Row("a deployment is renamed", APPLIED, "it is the same plan", renamed),
    Row("an orphan is deleted", APPLIED, "it is the same plan", orphan),
    Row(
        "one more orphan is deleted",
        STOPS,
        "its deletion was not reviewed",
        another_orphan,
        ("it will be deleted (", "it stays as it is"),
    ),
    Row(
        "a deletion that waited to be confirmed is confirmed",
        STOPS,
        "nobody has seen it happen",
        confirmed_now,
        ("it will be deleted (", "it is blocked"),
    ),
    Row("an orphan is released", APPLIED, "it is the same plan", released),
    Row(
        "it was blocked in review, and is free now",
        STOPS,
        "what is blocked is not done, so nobody has said yes to it",
        blocked_then,
        ("it will be updated (", "it is blocked"),
    ),
    Row(
        "the review showed the stop that downtime: allow asks for", APPLIED, "it was seen", allowed_in_review
    ),
    Row("it is blocked by now", APPLIED, "nothing is done with it, and the run says so", blocked_now),
    Row(
        "it was paused in review, and is not any more",
        STOPS,
        "what is paused is not done",
        paused_then,
        ("it will be updated (", "it is paused"),
    ),
    Row(
        "the whole plan was refused in review, and is not any more",
        STOPS,
        "nothing of it was to be sent",
        refused_then,
        ("it will be deleted (", "the whole plan was refused"),
    ),
    Row("an image behind a tag is the same", APPLIED, "it is the same plan", image_same),
    Row(
        "the image has moved under its tag",
        STOPS,
        "other software would run",
        image_moved,
        ("spec.image.digest: ",),
    ),
    Row(
        "the image that apply was to build is there by now",
        APPLIED,
        "apply takes what is there, as that plan said",
        image_built,
    ),
    Row(
        "the image was there in review, and apply would build it now",
        STOPS,
        "that it is built was not reviewed",
        image_to_be_built,
        ("will be built and pushed",),
    ),
    Row(
        "a secret that was not set in review is another one",
        APPLIED,
        "the reviewer was told that it was not looked at",
        rotated,
    ),
    Row(
        "the same, in a deployment that changes in other ways too",
        APPLIED,
        "these were reviewed",
        rotated_beside_a_change,
    ),
    Row(
        "the same, and another variable has changed",
        STOPS,
        "that one is no secret",
        rotated_and_more,
        ("spec.server.env.LEVEL: ",),
    ),
    Row(
        "the same, in a deployment that was paused in review",
        STOPS,
        "what is paused is not done",
        rotated_while_paused,
        ("spec.server.env.TOKEN: ", "it is paused"),
    ),
    Row(
        "a secret that was set in review is another one",
        STOPS,
        "the reviewer was told that it stays",
        rotated_where_it_was_looked_at,
        ("spec.server.env.TOKEN: ", "(sensitive, from env.TOKEN)"),
    ),
    Row(
        "the reviewed plan is for another target",
        STOPS,
        "something is wrong",
        another_target,
        ("target: test", "staging"),
    ),
    Row(
        "it is of another owner", STOPS, "something is wrong", another_owner, ("owner: acme", "somebody else")
    ),
    Row("it is for another project", STOPS, "something is wrong", another_project, ("ml (project-2)",)),
    Row("the project did not exist in review", APPLIED, "it was to be created", project_to_be_made),
    Row(
        "another version of reconcile made it, in another format",
        STOPS,
        "what it says is not known",
        another_format,
        ("another version of reconcile made it", "plan.v2"),
    ),
    Row(
        "a newer version made it, with more in it",
        STOPS,
        "what it says is not known",
        newer_field,
        ("another version of reconcile made it", "weather"),
    ),
    Row("it was edited", STOPS, "its digest does not fit it", edited, ("edited after it was made",)),
    Row(
        "it is no plan", STOPS, "what was reviewed is not known", no_json, ("a reviewed plan cannot be read",)
    ),
    Row(
        "no plan was reviewed",
        STOPS,
        "everything is more",
        never_reviewed,
        ("no plan was reviewed", "it will be created"),
    ),
    Row("no plan was reviewed, and there is nothing to do", APPLIED, "nothing is more", nothing_to_do),
)
