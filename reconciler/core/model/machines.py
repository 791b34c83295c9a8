"""What a deployment runs on, as a value: what is live of it, or what an update asks for. Nothing is added up
here.
"""

from dataclasses import dataclass
from typing import assert_never

from reconciler.core.model.configuration import Autoscaling, Bandwidth, Configuration, FixedScaling, Instance
from reconciler.core.model.live import GONE, Live, State


@dataclass(frozen=True, slots=True)
class Machines:
    """Between `least` and `most` instances, and the bandwidth of their load balancer; None where that is the
    service's choice. With `stopped`, they are not there until somebody starts the deployment.
    """

    instance: Instance
    least: int
    most: int
    bandwidth: Bandwidth | None = None
    stopped: bool = False


def machines_of(configuration: Configuration, *, stopped: bool = False) -> Machines:
    """What a deployment of this configuration runs on."""
    instance, bandwidth = configuration.instance, configuration.bandwidth
    match configuration.scaling:
        case FixedScaling(instances):
            return Machines(instance, instances, instances, bandwidth, stopped)
        case Autoscaling(minimum, maximum):
            return Machines(instance, minimum, maximum, bandwidth, stopped)
        case _:
            assert_never(configuration.scaling)


def machines_now(live: Live) -> tuple[Machines | None, str]:
    """What a live deployment runs on, None when nothing is left of it; and what is not known of that."""
    if live.state in GONE:
        return None, ""
    if live.state in {State.FAILED, State.UNKNOWN}:
        return None, f"what is left of a deployment that is {live.state}"
    if live.configuration is None:
        return None, f"what a {live.deployment_type} deployment runs on"
    return machines_of(live.configuration, stopped=live.state is State.INACTIVE), ""
