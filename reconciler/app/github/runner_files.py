"""The files that GitHub's runner reads after a step: its summary and its outputs (GitHub docs, "Workflow
commands", adding a job summary, setting an output parameter). Both are added to, never replaced.
"""

from collections.abc import Mapping
from pathlib import Path

from reconciler.core.model.errors import Failed

SUMMARY_BYTES = 1 << 20
"""The most that the summary of one step may hold."""

CUT = "\n\n**The rest is left out:** a summary takes no more. The plan is among the run's artifacts.\n"


def add_to_summary(path: Path | None, text: str) -> bool:
    """Add Markdown to the summary, as far as it fits, cut where a deployment begins; whether there is one."""
    if path is None:
        return False
    written = path.stat().st_size if path.exists() else 0
    _append(path, fitting(text, SUMMARY_BYTES - written))
    return True


def fitting(text: str, room: int) -> str:
    """The text, or its beginning up to a heading or a blank line, so that it fits into so many bytes."""
    data = text.encode()
    if len(data) <= room:
        return text
    kept = data[: max(0, room - len(CUT.encode()))].decode(errors="ignore")
    for boundary in ("\n#### ", "\n### ", "\n\n", "\n"):
        if (at := kept.rfind(boundary)) > 0:
            kept = kept[:at]
            break
    return kept + CUT if len((kept + CUT).encode()) <= room else ""


def add_outputs(path: Path | None, values: Mapping[str, str]) -> None:
    """Set outputs of the step. No value may hold the end of a line: it would set another output."""
    if path is None:
        return
    lines = [f"{name}={value}" for name, value in values.items()]
    if any("\n" in line or "\r" in line for line in lines):
        raise Failed("an output of the step would have more than one line; nothing was written")
    _append(path, "".join(f"{line}\n" for line in lines))


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
