"""What one emulator is started with. Values only: nothing here touches the disk."""

from dataclasses import dataclass, field
from pathlib import Path

from .progression import Immediate, Progression


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds all state; `progression` says how long asynchronous work takes beyond the real work."""

    home: Path
    progression: Progression = field(default_factory=Immediate)
    region: str = "us-ashburn-1"
