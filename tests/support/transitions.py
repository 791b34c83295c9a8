"""Plans of one deployment, from what it was made of and what is asked for now."""

from dataclasses import replace

from reconciler.core.model.configuration import LogRef, Logs, Secret
from reconciler.core.model.live import State
from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.core.planning.steps import UpdateDeployment, WaitFor
from tests.support.reviews import CONTAINER, World, models, spec

SERVING = [State.ACTIVE, State.NEEDS_ATTENTION, State.UPDATING]
LOGS = Logs(predict=LogRef("ocid1.loggroup.g", "ocid1.log.l"))
ALLOW = Rollout(downtime=Downtime.ALLOW)
JUNE = models("trained in June")
OTHER_IMAGE = replace(CONTAINER, image="iad.ocir.io/acme/triton:2")
HIDDEN = "hunter2"


def the(plan: Plan) -> DeploymentPlan:
    (item,) = plan.deployments
    return item


def kinds(steps: tuple[object, ...]) -> list[str]:
    """The steps in order, without the waits that follow each."""
    return [
        "+".join(group.name for group in step.option_groups)
        if isinstance(step, UpdateDeployment)
        else type(step).__name__.removesuffix("Deployment")
        for step in steps
        if not isinstance(step, WaitFor)
    ]


def updates(steps: tuple[object, ...]) -> list[UpdateDeployment]:
    return [step for step in steps if isinstance(step, UpdateDeployment)]


def fields(item: DeploymentPlan) -> set[str]:
    return {change.field for change in item.changes}


def planned(wanted: Spec, was: Spec | None = None, retry: bool = False, **live: object) -> DeploymentPlan:
    return the(World().of(was or spec(), **live).plan(wanted, retry_failed=retry))


def with_variables(container: object = CONTAINER, **more: str | Secret) -> dict[str, object]:
    variables = (*CONTAINER.environment, *more.items())
    return {"container": replace(container, environment=tuple(sorted(variables)))}
