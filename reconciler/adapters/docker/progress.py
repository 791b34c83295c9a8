"""What a container engine tells while it pulls, builds and pushes: as words and percent, and the last lines
of what it did.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler.core.model.text import counted, cut, first_line
from reconciler.core.privacy.text_views import without_controls

Tell: TypeAlias = Callable[[str, float | None], None]
"""Gets words and percent, which is None where it is not known. What it raises ends the work."""

LAST_LINES = 20
"""Lines of a step that failed which its error shows."""

LONGEST_LINE = 300
LONGEST_PARTIAL = 1 << 16

_STEP = re.compile(r"(?:\[(\d+)/(\d+)\] )?step (\d+)/(\d+) ?: (.*)", re.IGNORECASE)
"""Docker counts the steps of all stages, podman those of each stage."""

_FINISHED = frozenset(
    {"pull complete", "download complete", "pushed", "already exists", "layer already exists"}
)
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(slots=True)
class Layers:
    """The layers of an image on their way, by what the engine says of each."""

    verb: str
    tell: Tell
    _sent: dict[str, int] = field(default_factory=dict)
    _totals: dict[str, int] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)

    def take(self, event: dict[str, Any]) -> None:
        """Take one event of the stream; tells how far all layers are."""
        layer, status = str(event.get("id") or ""), str(event.get("status") or "").strip().lower()
        if not layer or not status:
            return
        detail = event.get("progressDetail")
        current, total = (_number(detail, name) for name in ("current", "total"))
        self._sent.setdefault(layer, 0)
        if status in _FINISHED:
            self._finished.add(layer)
            self._sent[layer] = self._totals.get(layer, self._sent[layer])
        elif current:
            self._sent[layer] = current
            self._totals[layer] = max(current, total, self._totals.get(layer, 0))
        self.tell(*self._words())

    def _words(self) -> tuple[str, float | None]:
        sent, total = sum(self._sent.values()), sum(self._totals.values())
        words = f"{self.verb}: {len(self._finished)} of {counted(len(self._sent), 'layer')}"
        if not total:
            return words, None
        return f"{words}, {bytes_words(sent)} of {bytes_words(total)}", 100 * min(sent, total) / total


@dataclass(slots=True)
class BuildLog:
    """The steps of a build, and the last lines of the one in hand."""

    tell: Tell
    step: str = ""
    _percent: float | None = None
    _lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    _partial: str = ""

    def take(self, text: str) -> None:
        """Take a piece of the engine's output, which may end within a line."""
        *lines, self._partial = (self._partial + text).split("\n")
        self._partial = self._partial[-LONGEST_PARTIAL:]
        for line in lines:
            self._take_line(readable(line))

    def _take_line(self, line: str) -> None:
        if not line:
            return
        if step := _STEP.fullmatch(line):
            stage, stages, number, total = (int(text or 1) for text in step.groups()[:4])
            done = (stage - 1 + (number - 1) / max(1, total)) / max(1, stages)
            line = f"step {number}/{total}" + (f" of stage {stage}/{stages}" if stages > 1 else "")
            self.step = line = f"{line}: {step[5]}"
            self._percent = 100 * min(1.0, done)
            self._lines.clear()
        else:
            self._lines.append(line)
        self.tell(line, self._percent)

    @property
    def last_lines(self) -> tuple[str, ...]:
        """What the step in hand has said last."""
        rest = readable(self._partial)
        return (*self._lines, *((rest,) if rest else ()))[-LAST_LINES:]


def readable(line: str) -> str:
    """A line of others: without colours and control characters, and not too long. Of what a progress bar
    writes over and over on one line, the last state is left.
    """
    shown = line.rstrip("\r").rpartition("\r")[2]
    return cut(first_line(without_controls(_COLOURS.sub("", shown))).strip(), LONGEST_LINE)


def bytes_words(number: float) -> str:
    """Such as `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"


def _number(detail: object, name: str) -> int:
    value = detail.get(name) if isinstance(detail, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
