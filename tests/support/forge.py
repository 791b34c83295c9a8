"""Plans that somebody forges: what is live, what was planned for it, and what somebody makes of that."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.model.live import CatalogModel, Live, Marks, Snapshot, State
from reconciler.core.model.served.structure import Structure
from reconciler.core.model.target import Safety
from reconciler.core.planning.admission.admission import Admitted, admitted
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import serving_states
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Seen
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import (
    CreateDeployment,
    DeleteDeployment,
    DeleteModel,
    KeepModel,
    PublishedModel,
    UpdateDeployment,
    WaitFor,
)
from tests.support.reviews import (
    CONTAINER,
    MAY,
    OWNER,
    PROJECT,
    World,
    models,
    spec,
)
from tests.support.served import structure_of

JUNE = models("trained in June")
ACTIVE, GONE = WaitFor(State.ACTIVE), WaitFor(State.DELETED)
SERVED = Structure(frozenset({("m", 1)}))
STRANGE = CatalogModel("ocid1.datasciencemodel.oc1.iad.strange", "vision", True, "somebody", "vision", "x")


@dataclass
class Forge:
    """What is live, what was planned for it, and what somebody makes of that."""

    world: World = field(default_factory=lambda: World().of(spec()).of(spec("other")))
    more: tuple[Live, ...] = ()
    models: tuple[CatalogModel, ...] = ()
    safety: Safety = field(default_factory=lambda: Safety(max_deletes=2))
    confirmed: frozenset[str] = frozenset()
    new: dict[str, Structure] = field(default_factory=dict)
    shown: Callable[[Any], Any] = lambda value: value

    @property
    def snapshot(self) -> Snapshot:
        snapshot = self.world.snapshot
        return replace(
            snapshot,
            deployments=(*snapshot.deployments, *self.more),
            models=(*snapshot.models, *self.models),
        )

    def live(self, name: str) -> Live:
        return next(live for live in self.snapshot.deployments if live.display_name == name)

    def apply(self, *items: DeploymentPlan, **changes: Any) -> Admitted:
        plan = Plan("prod", OWNER, PROJECT, None, items)
        plan = replace(plan, **changes)
        assert list(faults(plan)) == [], "or this proves nothing"
        by_content = {
            **{live.model_id or "": structure_of(spec.artifact) for live, spec in self.world.deployments},
            **{artifact.digest: structure_of(artifact) for artifact in (MAY, JUNE)},
            **self.new,
        }
        index = index_of(self.snapshot, OWNER)
        served = {state: by_content.get(state.content) for state in serving_states(plan, index)}
        conditions = Conditions(index, self.safety, self.confirmed, served, shown=self.shown)
        return admitted(plan, conditions)

    def refused(self, item: DeploymentPlan) -> str:
        """Why it is blocked; it sends nothing then."""
        (found,) = self.apply(item).plan.deployments
        assert found.action is Action.BLOCKED
        assert not found.steps
        assert not found.rollbacks
        assert all(refusal.choices for refusal in found.refusals)
        return "; ".join(refusal.reason for refusal in found.refusals)

    def admits(self, item: DeploymentPlan) -> None:
        found = self.apply(item)
        assert found.plan.deployments == (item,)
        assert found.plan.refusals == ()

    # -- what somebody writes

    def delete(self, live: Live, *models: DeleteModel, name: str = "") -> DeploymentPlan:
        steps = (DeleteDeployment(live.ocid), GONE, *models)
        return DeploymentPlan(name or live.name, Action.DELETE, "", "", seen(live), (), steps)

    def update(self, live: Live, *groups: OptionGroup, name: str = "", **changes: Any) -> DeploymentPlan:
        """An update that changes this, and tells nothing of it."""
        marks, model = changes.pop("marks", None), changes.pop("model", KeepModel(live.model_id))
        container = changes.pop("container", replace(live.configuration.container, environment=None))
        configuration = replace(live.configuration, container=container, **changes)
        name = name or live.name
        step = UpdateDeployment(
            live.ocid,
            groups or (OptionGroup.METADATA,),
            configuration,
            model,
            marks or replace(live.marks, owner=OWNER, name=name),
        )
        return DeploymentPlan(
            name, Action.UPDATE, "", f"manifests/{name}.yaml", seen(live), (), (step, ACTIVE)
        )

    def replacement(self, live: Live, **changes: Any) -> DeploymentPlan:
        """One that is made anew as this, and tells nothing of it."""
        marks, model = changes.pop("marks", live.marks), changes.pop("model", None)
        configuration = replace(live.configuration, **changes)
        if configuration.container.environment is None:
            container = replace(configuration.container, environment=CONTAINER.environment)
            configuration = replace(configuration, container=container)
        made = model or PublishedModel(live.configuration.artifact)
        create = CreateDeployment(configuration, made, marks, "token")
        steps = (DeleteDeployment(live.ocid), GONE, create, ACTIVE)
        where = f"manifests/{live.name}.yaml"
        return DeploymentPlan(live.name, Action.REPLACE, "", where, seen(live), (), steps)


def seen(live: Live) -> Seen:
    return Seen(live.ocid, live.fingerprint)


def planned(plan: Plan, name: str = "vision") -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def foreign(owner: str | None = "somebody", name: str = "vision", **changes: Any) -> Live:
    live = World().of(spec("foreign")).snapshot.deployments[0]
    return replace(live, display_name=name, marks=Marks(owner, owner and name), **changes)


def with_marks(**marks: Any) -> Forge:
    before = spec("old")
    return Forge(World().of(before, marks=Marks(OWNER, "old", before.applied_mark, **marks)).of(spec()))
