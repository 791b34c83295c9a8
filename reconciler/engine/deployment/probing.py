"""The probes of one deployment: asked before the first write, after an update, and after a rollback."""

from reconciler.core.model.errors import NotSeen
from reconciler.core.model.live import SERVING
from reconciler.core.model.proof.probes import Probe
from reconciler.core.planning.steps import ProbeDeployment
from reconciler.engine.deployment.execution import Execution, Moved
from reconciler.engine.probe_attempts import comparable

ROLLED_BACK = "rolled back to what was there when this run began"


def probes_of(execution: Execution) -> tuple[Probe, ...]:
    """The probes of the plan; none when it does not prove anything."""
    steps = execution.plan.steps
    return next((step.probes for step in steps if isinstance(step, ProbeDeployment)), ())


async def remember_answers(execution: Execution) -> None:
    """Ask the probes right before the first write. A rollback has to bring these answers back. A probe that
    is not answered after the update counts as failed only if it was answered here.
    """
    progress, probes = execution.progress, probes_of(execution)
    live = progress.live
    if probes and live is not None and live.state in SERVING and live.url and not progress.answers:
        asking = execution.probing.remember(live.url, probes)
        progress.answers = await execution.stop.unless_requested(asking, execution.interrupted)


async def prove(execution: Execution, probes: tuple[Probe, ...]) -> str:
    """Ask after an update; a note. Raises ProbesFailed when the model server answers wrongly."""
    answered = [probe for probe, _ in execution.progress.answers]
    try:
        await execution.probing.prove(execution.plan.name, await endpoint_of(execution), probes, answered)
    except NotSeen:
        await check_serving(execution)
        raise
    return "as expected"


async def check_serving(execution: Execution) -> None:
    """For when nothing was seen of it. Raises Moved where it does not serve any more, by somebody's doing."""
    reading = await execution.read()
    if reading is None or reading[0].state not in SERVING:
        raise Moved(f"it is {reading[0].state if reading else 'gone'} now, and cannot be asked") from None


async def proof_of_rollback(execution: Execution) -> str:
    """Whether the deployment answers after a rollback as it did before, in words. Raises NotSeen when a probe
    gets no answer.
    """
    answers = comparable(execution.progress.answers)
    changed = await execution.probing.compare(await endpoint_of(execution), answers) if answers else ()
    if changed:
        return "rolled back, but it does not answer as before: " + "; ".join(changed)
    proof = "read back" + (", and the probes answer as before" if answers else "")
    return f"{ROLLED_BACK} ({proof})"


async def endpoint_of(execution: Execution) -> str:
    """Where the deployment is asked."""
    live = execution.progress.live
    if live is None or not live.url:
        return (await execution.call(execution.cloud.get_deployment, execution.progress.ocid))[0].url
    return live.url
