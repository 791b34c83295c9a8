"""What a deployment may need beside what runs, whatever of it changes: no plan of it takes more. What one
plan takes is counted in `changes`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.core.model.configuration import Configuration, Instance
from reconciler.core.model.machines import Machines, machines_of


@dataclass(frozen=True, slots=True)
class Headroom:
    """Up to `most` instances are to run on `wanted`. `now` is what runs, None for nothing."""

    wanted: Instance
    most: int
    now: Machines | None = None

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The instances that it is made of on the way."""
        return (self.wanted,) if self.now is None else (self.now.instance, self.wanted)

    def needed(self, each: Callable[[Instance], float | None]) -> float | None:
        """How much more there is at the most than now, of what one instance has so much of as `each` says;
        None where it does not know. An update may start as many instances as there can be before it ends old
        ones (`transition.batches`), and come before or after the one that makes them larger.
        """
        amounts = [each(instance) for instance in self.instances]
        known = [amount for amount in amounts if amount is not None]
        if len(known) < len(amounts):
            return None
        if self.now is None:
            return known[0] * self.most
        return 2 * max(self.most, self.now.most) * max(known) - self.now.most * known[0]


def headroom(wanted: Configuration, now: Machines | None) -> Headroom:
    """That of a deployment of this configuration, where these machines are now."""
    running = now if now is not None and not now.stopped else None
    return Headroom(wanted.instance, machines_of(wanted).most, running)
