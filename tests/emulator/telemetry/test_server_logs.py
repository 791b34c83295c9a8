"""When lines of a server's log were written: Triton's lines have no year, engines put the time first."""

import os
from datetime import datetime
from pathlib import Path

from datascience_emulator.telemetry.server_logs import ServerLogs


def test_lines_from_before_new_year_are_of_the_old_year(tmp_path: Path) -> None:
    log = tmp_path / "one" / "triton-1-1.log"
    log.parent.mkdir()
    log.write_text(
        "I1231 23:59:59.500000 7 server.cc:1] starts\nready\nI0101 00:00:01.000000 7 server.cc:1] done\n"
    )
    written = datetime(2026, 1, 1, 0, 0, 2).astimezone().timestamp()
    os.utime(log, (written, written))
    times = [line.time.astimezone().year for line in ServerLogs(tmp_path).predict("ocid1.x.one")]
    assert times == [2025, 2025, 2026]


def test_lines_of_containers_come_with_their_times(tmp_path: Path) -> None:
    log = tmp_path / "one" / "container-1-1.log"
    log.parent.mkdir()
    log.write_text(
        "2026-03-01T10:00:00.123456789Z I0301 12:00:00.000000 7 server.cc:1] starts\n"
        "2026-03-01T12:00:01+01:00 \n"
    )
    lines = ServerLogs(tmp_path).predict("ocid1.x.one")
    assert [(line.time.isoformat(), line.text) for line in lines] == [
        ("2026-03-01T10:00:00.123456+00:00", "I0301 12:00:00.000000 7 server.cc:1] starts"),
        ("2026-03-01T11:00:01+00:00", ""),
    ]
