"""What one emulator is started with. Values only: nothing here touches the disk."""

from dataclasses import dataclass, field
from pathlib import Path

from .progression import Immediate, Progression
from .update_groups import Reading


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds all state; `progression` says how long asynchronous work takes beyond the real work.

    `update_groups`: which options may change together. `control`: whether failures can be ordered over HTTP.
    """

    home: Path
    progression: Progression = field(default_factory=Immediate)
    region: str = "us-ashburn-1"
    update_groups: Reading = Reading.STRICT
    control: bool = False
