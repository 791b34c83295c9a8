"""How far the building or pushing of an image is, as a value that is told while it happens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ImageProgress:
    """`message` is one line, such as `step 4/9: COPY …` or `3 of 7 layers, 120 MB of 400 MB`. `percent` is
    None where the engine does not say how much there is to do.
    """

    message: str
    percent: float | None = None


TellImageProgress: TypeAlias = Callable[[ImageProgress], None]
"""Gets the progress as it comes. It must not block; what it raises ends the work, which is how the work is
cancelled.
"""
