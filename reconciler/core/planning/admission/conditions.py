"""What a saved plan is checked against before it is applied, as a value; and a refusal in the words of that
check.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from operator import eq
from typing import TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.images.image import ImageSight
from reconciler.core.model.live import Live
from reconciler.core.model.served.structure import Served
from reconciler.core.model.target import ImageBuilds, Safety
from reconciler.core.planning.images.resolving import Wanted
from reconciler.core.planning.plan import DeploymentPlan, Refusal
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import CreateDeployment, ModelRef, PublishedModel, Step, UpdateDeployment

PLAN_AGAIN = "plan again"


Words: TypeAlias = tuple[str, ...]
"""The entrypoint and the command of a container."""


@dataclass(frozen=True, slots=True, order=True)
class ServingState:
    """What a server has to serve from: the content (the OCID of what is live, else its digest, or the OCID
    where the catalog does not tell the digest), and what starts it.
    """

    content: str
    words: Words


@dataclass(frozen=True, slots=True)
class Conditions:
    """The settings, and what is live now; `index` is of the plan's owner.

    `confirmed` are the names and OCIDs whose deletion is confirmed now: what the file says of that counts
    for nothing. `served` says what is served in each state, None where it cannot be told. Two commands that
    `serve_the_same` need no comparison. `misdescribed` are the digests of artifacts of which the file says
    what is not so. `unused` are the catalog entries that a clean-up would delete now. `shown` turns a live
    value into what a plan may show of it. `image_builds` says whether an apply may build images, and
    `sights` what the registries have under the names of those that it would.
    """

    index: SnapshotIndex
    safety: Safety = field(default_factory=Safety)
    confirmed: Collection[str] = ()
    served: Mapping[ServingState, Served | None] = field(default_factory=dict)
    serve_the_same: Callable[[Words, Words], bool] = eq
    misdescribed: Collection[str] = ()
    unused: Collection[str] = ()
    shown: Callable[[Json], Json] = lambda value: value
    image_builds: ImageBuilds = ImageBuilds.NEVER
    sights: Mapping[Wanted, ImageSight | None] = field(default_factory=dict)

    def live(self, item: DeploymentPlan) -> Live | None:
        """The deployment of the project that a deployment's plan is about; None where it is gone."""
        live = self.index.by_ocid.get(item.seen.ocid) if item.seen else None
        return live if live and live.project_id == self.index.snapshot.project.ocid else None

    def differ(self, before: ServingState, after: ServingState) -> bool:
        """Whether a server may serve something else in the one state than in the other."""
        return before.content != after.content or not self.serve_the_same(before.words, after.words)

    def content(self, model: ModelRef) -> tuple[str, ...]:
        """What stands for the content of a catalog model: its digest, as far as that is known, and its
        OCID.
        """
        if isinstance(model, PublishedModel):
            return (model.digest,)
        entry = self.index.our_models_by_ocid.get(model.ocid)
        return (entry.artifact, model.ocid) if entry and entry.artifact else (model.ocid,)

    def is_new(self, model: ModelRef, live: Live) -> bool:
        """Whether a deployment does not run this content now."""
        runs = live.configuration.artifact if live.configuration else None
        return {live.model_id, runs}.isdisjoint(self.content(model))


def checked_again(reason: str, *choices: str) -> Refusal:
    """Why something of a saved plan is not done."""
    return Refusal(f"a saved plan is checked again: {reason}", choices or (PLAN_AGAIN,))


def all_steps(item: DeploymentPlan) -> Iterator[Step]:
    """The steps of a deployment's plan, and those of its rollbacks."""
    yield from item.steps
    for rollback in item.rollbacks:
        yield from rollback.steps


def all_writes(item: DeploymentPlan) -> Iterator[UpdateDeployment | CreateDeployment]:
    """Those of them that say what a deployment is to be."""
    return (step for step in all_steps(item) if isinstance(step, UpdateDeployment | CreateDeployment))
