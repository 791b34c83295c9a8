"""The states that a deployment goes through, and what it tells of itself."""

from datascience_emulator.verify.deployments import finished, settled, shared
from datascience_emulator.verify.experiment import Deployment, Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import CannotTell, Seen, Told, seen

_CHOICES = ("UPDATING", "CREATING")


def _activating(lab: Lab) -> Told:
    deployment = shared(lab)
    deployment.require_active()
    deactivated = deployment.act("deactivate")
    if not deactivated.good:
        raise CannotTell("it could not be deactivated", seen("deactivate", deactivated))
    finished(lab, deactivated)
    state = settled(lab, deployment.ocid).get("lifecycleState")
    if state != "INACTIVE":
        raise CannotTell(f"it was deactivated, and is {state}", seen("deactivate", deactivated))
    activated = deployment.act("activate")
    if not activated.good:
        raise CannotTell("it could not be activated", seen("activate", activated))
    state = lab.wait("the state after activate", lambda: _left_inactive(deployment.document()), 30.0)
    here = (seen("activate", activated), Seen(f"the state that follows: {state}", 0))
    if state in _CHOICES:
        return Told(state, here)
    raise CannotTell(
        f"the first state that was seen is {state}; a local cloud that is slower shows more: "
        "--progression reads:5",
        *here,
    )


def _left_inactive(document: dict[str, object]) -> str | None:
    state = document.get("lifecycleState")
    return None if state in (None, "INACTIVE") else str(state)


def _system_data(lab: Lab) -> Told:
    """The shared deployment has a fixed number of instances."""
    deployment = shared(lab)
    deployment.require_active()
    told = deployment.document().get("modelDeploymentSystemData")
    here = Seen(
        f"modelDeploymentSystemData of a fixed number of instances: {'there' if told else 'absent'}", 0
    )
    return Told("all" if told else "autoscaling", (here,))


ACTIVATING = Experiment(
    "activating",
    "deactivates the shared deployment and activates it again",
    _activating,
    deployment=Deployment.SHARED,
    minutes=20,
)
SYSTEM_DATA = Experiment(
    "system-data",
    "reads the shared deployment, whose number of instances is fixed",
    _system_data,
    deployment=Deployment.SHARED,
)
