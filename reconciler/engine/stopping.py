"""The wish that a run ends early: a signal, or whoever runs it.

It must not end anything itself: each deployment's chain looks at it between two writes, so that nothing is
left half done.
"""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stop:
    """Asked for once, and never taken back."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """From the thread of the event loop: finish or undo the step in hand, then end."""
        self.asked.set()

    @property
    def requested(self) -> bool:
        """Whether the run is to end."""
        return self.asked.is_set()
