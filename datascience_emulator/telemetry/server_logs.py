"""The logs of deployments: `predict` has what their servers print, `access` their requests.

The files of the servers are read in position. The latest requests are kept in memory.
"""

import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datascience_emulator.wire.json_values import JsonValue

_KEPT_REQUESTS = 1000
_KEPT_BYTES = 1024 * 1024
# Lines of Triton begin with severity and time, in the machine's zone: I1122 09:41:00.123456
_STAMP = re.compile(r"[A-Z](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) ")
# Every line of a container begins with the time at which its engine got it (RFC 3339) and a space.
_OF_CONTAINERS = "container-"


@dataclass(frozen=True, slots=True)
class Line:
    """`position` says where the line is, and is different for each line. `facts`: what is known of a request
    beside its text, by the names of the access log.
    """

    time: datetime
    text: str
    position: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(slots=True)
class ServerLogs:
    """`folder` holds one folder for each deployment, named after the unique part of its OCID."""

    folder: Path
    _requests: dict[str, deque[Line]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_KEPT_REQUESTS))
    )
    _count: int = 0

    def record(self, deployment: str, moment: datetime, text: str, facts: Mapping[str, JsonValue]) -> None:
        """Keep a line for a request that was answered."""
        self._count += 1
        self._requests[deployment].append(Line(moment, text, f"access/{self._count}", facts))

    def access(self, deployment: str) -> Sequence[Line]:
        return tuple(self._requests[deployment]) if deployment in self._requests else ()

    def predict(self, deployment: str) -> Sequence[Line]:
        """The last megabyte at most of each server's log, older servers first."""
        files = (self.folder / deployment.rsplit(".", 1)[-1]).glob("*.log")
        return [line for file in sorted(files, key=_age) for line in _lines(file)]


def _age(file: Path) -> float:
    return file.stat().st_mtime


def _lines(file: Path) -> list[Line]:
    """A line without a time has the time of the line before. Times have no year: they are those before the
    file was last changed.
    """
    with file.open("rb") as opened:
        start = max(0, file.stat().st_size - _KEPT_BYTES)
        opened.seek(start)
        content = opened.read().decode(errors="replace").replace("\r\n", "\n")
    texts = content.removesuffix("\n").split("\n") if content else []
    changed = datetime.fromtimestamp(_age(file), UTC)
    if file.name.startswith(_OF_CONTAINERS):
        times, texts = _split(texts)
    else:
        times = [_time(text, changed) for text in texts]
    moment = next(filter(None, times), changed)
    lines = []
    for number, (text, time) in enumerate(zip(texts, times, strict=True)):
        moment = time or moment
        lines.append(Line(moment, text, f"{file.name}/{start}/{number}"))
    return lines


def _split(lines: Sequence[str]) -> tuple[list[datetime | None], list[str]]:
    """The times before the lines, and the lines without them."""
    parts = [line.partition(" ") for line in lines]
    return [_engine_time(stamp) for stamp, _, _ in parts], [text for _, _, text in parts]


def _engine_time(stamp: str) -> datetime | None:
    """None for the rest of a line whose beginning was not read."""
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return None


def _time(text: str, changed: datetime) -> datetime | None:
    match = _STAMP.match(text)
    if match is None:
        return None
    month, day, hour, minute, second, micro = map(int, match.groups())
    local = changed.astimezone()
    year = local.year - (month > local.month)
    try:
        return datetime(year, month, day, hour, minute, second, micro).astimezone(UTC)
    except ValueError:
        return None
