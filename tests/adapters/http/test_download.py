"""Downloads over a bad network and onto a bad disk: a real server in real trouble, and no waiting."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path

import pytest

from reconciler.adapters.http.download import BLOCK
from reconciler.adapters.http.download_limits import DownloadPatience
from reconciler.adapters.http.fetch import fetch_remote
from reconciler.core.model.errors import Failed, SetupError
from tests.support.file_server import HERE, FileServer, Trouble, serving, trusted
from tests.support.waiting import wait_for

CONTENT = os.urandom(4 * BLOCK + 5)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NOW = 1_800_000_000.0
DROPPED = Trouble(stops=BLOCK)
NOTHING_CAME = Trouble(stops=0)

PROGRAM = """
import sys
from pathlib import Path
from reconciler.adapters.http.fetch import fetch_remote
from tests.support.file_server import HERE
print("begins", flush=True)
print(fetch_remote(sys.argv[1], sys.argv[2], Path(sys.argv[3]), network=HERE))
"""


@dataclass
class Waits:
    """A clock that nobody waits for."""

    seconds: list[float] = field(default_factory=list)

    @property
    def patience(self) -> DownloadPatience:
        return DownloadPatience(sleep=self.seconds.append, now=lambda: NOW)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(CONTENT) as running:
        yield running


@pytest.fixture
def waits() -> Waits:
    return Waits()


def fetched(server: FileServer, folder: Path, waits: Waits) -> bytes:
    return fetch_remote(server.url, DIGEST, folder, waits.patience, HERE).read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("reset", [False, True])
def test_a_lost_connection_is_gone_on_with(
    server: FileServer, tmp_path: Path, waits: Waits, reset: bool
) -> None:
    server.troubles = [replace(DROPPED, reset=reset), Trouble(stops=2 * BLOCK, reset=reset)]
    assert fetched(server, tmp_path, waits) == CONTENT
    first, *others = server.asked
    assert "range" not in first
    assert all(headers["if-range"] == '"one"' for headers in others)
    if not reset:  # a reset may take with it what has arrived
        assert server.ranges_asked == ["", f"bytes={BLOCK}-", f"bytes={3 * BLOCK}-"]
    assert names(tmp_path) == [DIGEST]


def test_a_server_that_falls_silent_is_asked_again(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    over = threading.Event()
    server.troubles = [Trouble(stops=BLOCK, meanwhile=lambda: over.wait(30) and None)]
    patience = replace(waits.patience, timeout=(10.0, 0.2))
    assert fetch_remote(server.url, DIGEST, tmp_path, patience, HERE).read_bytes() == CONTENT
    over.set()
    assert server.ranges_asked == ["", f"bytes={BLOCK}-"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_doubling_pauses(
    server: FileServer, tmp_path: Path, waits: Waits, status: int
) -> None:
    server.troubles = [Trouble(status)] * 4
    assert fetched(server, tmp_path, waits) == CONTENT
    assert waits.seconds == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("7", 7), ("3600", 60), (formatdate(NOW + 30, usegmt=True), 30), ("soon", 1), ("-5", 1)],
)
def test_the_server_says_when_within_bounds(
    server: FileServer, tmp_path: Path, waits: Waits, asked: str, waited: float
) -> None:
    server.troubles = [Trouble(503, {"Retry-After": asked})]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert waits.seconds == [waited]


def test_it_gives_up_when_nothing_comes_and_says_what_is_kept(
    server: FileServer, tmp_path: Path, waits: Waits
) -> None:
    server.troubles = [DROPPED, *[NOTHING_CAME] * 5]
    with pytest.raises(Failed, match=rf"5 times in a row\. {BLOCK} bytes are kept"):
        fetched(server, tmp_path, waits)
    assert len(server.asked) == 6
    assert (tmp_path / f"{DIGEST}.part").read_bytes() == CONTENT[:BLOCK]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.ranges_asked[-1] == f"bytes={BLOCK}-", "the next run goes on"
    assert names(tmp_path) == [DIGEST]


def test_as_long_as_something_comes_it_goes_on(tmp_path: Path, waits: Waits) -> None:
    content = os.urandom(9 * BLOCK)
    digest = hashlib.sha256(content).hexdigest()
    with serving(content) as server:
        server.troubles = [DROPPED] * 8
        assert fetch_remote(server.url, digest, tmp_path, waits.patience, HERE).read_bytes() == content
    assert waits.seconds == [1] * 8


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_refusal_is_not_asked_again(server: FileServer, tmp_path: Path, waits: Waits, status: int) -> None:
    server.troubles = [Trouble(status)]
    with pytest.raises(Failed, match=f"answered {status}"):
        fetched(server, tmp_path, waits)
    assert (len(server.asked), waits.seconds, names(tmp_path)) == (1, [], [])


def test_nobody_there_is_asked_so_often_and_no_more(tmp_path: Path, waits: Waits) -> None:
    with trusted(), pytest.raises(Failed, match=r"ConnectionError, 5 times in a row\. Check the URL"):
        fetch_remote("https://models.example.com:1/m", DIGEST, tmp_path, waits.patience, HERE)
    assert waits.seconds == [1, 2, 4, 8]
    assert names(tmp_path) == []


def test_a_certificate_that_is_not_trusted_is_not_asked_again(
    server: FileServer, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(SetupError, match="set REQUESTS_CA_BUNDLE"):
        fetched(server, tmp_path, waits)
    assert (waits.seconds, names(tmp_path)) == ([], [])


def test_a_server_without_ranges_sends_it_all_again(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    server.ranges = False
    server.troubles = [DROPPED]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.ranges_asked == ["", f"bytes={BLOCK}-"]


def test_a_server_without_ranges_that_always_drops_is_given_up(
    server: FileServer, tmp_path: Path, waits: Waits
) -> None:
    server.ranges = False
    server.troubles = [DROPPED] * 9
    with pytest.raises(Failed, match="5 times in a row"):
        fetched(server, tmp_path, waits)
    assert len(server.asked) == 6


def test_another_version_meanwhile_is_taken_from_its_beginning(tmp_path: Path, waits: Waits) -> None:
    with serving(os.urandom(len(CONTENT))) as server:

        def replaced() -> None:
            server.content, server.versions = CONTENT, {"ETag": '"two"'}

        server.troubles = [replace(DROPPED, meanwhile=replaced)]
        assert fetched(server, tmp_path, waits) == CONTENT
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        (
            {"ETag": 'W/"one"', "Last-Modified": "Fri, 01 Mar 2024 00:00:00 GMT"},
            "Fri, 01 Mar 2024 00:00:00 GMT",
        ),
        ({"ETag": 'W/"one"'}, None),
    ],
)
def test_a_weak_tag_names_no_version(
    server: FileServer, tmp_path: Path, waits: Waits, versions: dict[str, str], named: str | None
) -> None:
    server.versions, server.troubles = versions, [DROPPED]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.asked[1].get("if-range") == named


@pytest.mark.parametrize(
    "answer",
    [
        Trouble(416),
        Trouble(206, {"Content-Range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"}),
        Trouble(206, {"Content-Range": "nonsense"}),
        Trouble(206),
    ],
)
def test_another_range_than_asked_for_begins_anew_at_once(
    server: FileServer, tmp_path: Path, waits: Waits, answer: Trouble
) -> None:
    server.troubles = [DROPPED, answer]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.ranges_asked == ["", f"bytes={BLOCK}-", ""]
    assert waits.seconds == [1, 0]


def test_a_partial_answer_that_nobody_asked_for_is_refused(
    server: FileServer, tmp_path: Path, waits: Waits
) -> None:
    server.troubles = [Trouble(206, {"Content-Range": "bytes 0-9/10"})]
    with pytest.raises(Failed, match="answered 206"):
        fetched(server, tmp_path, waits)


def test_a_range_that_is_cut_short_is_gone_on_with(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    piece = {"Content-Range": f"bytes {BLOCK}-{BLOCK + 9}/{len(CONTENT)}"}
    server.troubles = [DROPPED, Trouble(206, piece, CONTENT[BLOCK : BLOCK + 10])]
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.ranges_asked == ["", f"bytes={BLOCK}-", f"bytes={BLOCK + 10}-"]


def test_pieces_that_do_not_fit_are_thrown_away_and_all_is_asked_for_once(
    server: FileServer, tmp_path: Path, waits: Waits
) -> None:
    (tmp_path / f"{DIGEST}.part").write_bytes(b"of something else")
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.ranges_asked == ["bytes=17-", ""]


def test_another_file_is_thrown_away(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    server.troubles = [DROPPED]
    with pytest.raises(Failed, match=f"SHA-256 is {DIGEST}, not 0000"):
        fetch_remote(server.url, "00" * 32, tmp_path, waits.patience, HERE)
    assert names(tmp_path) == []


def test_a_part_that_is_whole_needs_no_server(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    (tmp_path / f"{DIGEST}.part").write_bytes(CONTENT)
    assert fetched(server, tmp_path, waits) == CONTENT
    assert server.asked == []
    assert names(tmp_path) == [DIGEST]


def test_an_empty_file(tmp_path: Path, waits: Waits) -> None:
    digest = hashlib.sha256().hexdigest()
    with serving(b"") as server:
        assert fetch_remote(server.url, digest, tmp_path, waits.patience, HERE).read_bytes() == b""
    assert names(tmp_path) == [digest]


def test_a_full_disk_says_where_and_keeps_nothing(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    (tmp_path / f"{DIGEST}.part").symlink_to("/dev/full")
    with pytest.raises(SetupError, match="No space left on device") as caught:
        fetched(server, tmp_path, waits)
    assert str(tmp_path) in str(caught.value)
    assert "or make room there" in str(caught.value)
    assert names(tmp_path) == []


def test_many_threads_bring_one_file_once(server: FileServer, tmp_path: Path, waits: Waits) -> None:
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: fetched(server, tmp_path, waits), range(8)))
    assert places == [CONTENT] * 8
    assert len(server.asked) == 1
    assert names(tmp_path) == [DIGEST]


def test_a_killed_process_leaves_what_it_has_to_the_next_which_waits_for_it(
    server: FileServer, tmp_path: Path
) -> None:
    over = threading.Event()
    part = tmp_path / f"{DIGEST}.part"
    server.troubles = [Trouble(stops=2 * BLOCK, meanwhile=lambda: over.wait(30) and None)]
    command = [sys.executable, "-c", PROGRAM, server.url, DIGEST, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as first,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as second,
    ):
        wait_for(lambda: part.exists() and part.stat().st_size == 2 * BLOCK)
        for one in (first, second):
            assert one.stdout is not None
            assert one.stdout.readline() == "begins\n"
        assert len(server.asked) == 1, "of two processes, one has it"
        holder = wait_for(lambda: _holder(part, first, second))
        holder.send_signal(signal.SIGKILL)
        waiter = second if holder is first else first
        said, _ = waiter.communicate(timeout=30)
    over.set()
    assert Path(said.strip()).read_bytes() == CONTENT
    assert server.ranges_asked == ["", f"bytes={2 * BLOCK}-"]
    assert names(tmp_path) == [DIGEST]


def _holder(part: Path, *processes: subprocess.Popen[str]) -> subprocess.Popen[str] | None:
    """Who has the lock, as the system says it."""
    inode = f":{part.stat().st_ino} "
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines() if inode in line]
    pids = {int(words[4]) for words in held if words[1] == "FLOCK"}
    return next((one for one in processes if one.pid in pids), None)
