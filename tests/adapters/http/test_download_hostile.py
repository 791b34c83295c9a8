"""Downloads from servers that mean harm: every one ends, in words, and asks nobody who was not checked."""

import gzip
import hashlib
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.adapters.http.checked_addresses import Resolver
from reconciler.adapters.http.download import BLOCK
from reconciler.adapters.http.download_limits import DownloadBounds, DownloadPatience
from reconciler.adapters.http.fetch import KEPT, fetch_remote
from reconciler.core.model.errors import Failed
from reconciler.core.model.urls import Address, refused_address
from tests.support.file_server import HERE, THIS_MACHINE, FileServer, Trouble, serving, trusted
from tests.support.raw_server import Send, proxy, sending
from tests.support.waiting import wait_for

CONTENT = os.urandom(2 * BLOCK + 5)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NOW = 1_800_000_000.0
DAY = 24 * 3600.0

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


USUAL = DownloadBounds()


def patience(bounds: DownloadBounds = USUAL, attempts: int = 2) -> DownloadPatience:
    return DownloadPatience(attempts=attempts, bounds=bounds, sleep=lambda _: None, now=lambda: NOW)


def message(url: str, folder: Path, bounds: DownloadBounds = USUAL, network: Resolver = HERE) -> str:
    """What the download of this ends with."""
    with pytest.raises(Failed) as caught:
        fetch_remote(url, DIGEST, folder, patience(bounds), network)
    return str(caught.value)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(CONTENT) as running:
        yield running


# Credentials.


@pytest.mark.parametrize("who", ["default", "machine {host}"])
def test_no_host_is_told_a_credential_of_the_user(
    tmp_path: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    host = urlsplit(server.url).hostname
    (tmp_path / "netrc").write_text(f"{who.format(host=host)} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.troubles = [Trouble(status=302, headers={"Location": server.url})]
    fetch_remote(server.url, DIGEST, tmp_path / "files", patience(), HERE)
    assert len(server.asked) == 2
    assert all("authorization" not in headers for headers in server.asked)


# Time.


def drip(*before: bytes) -> Callable[[Send], None]:
    """Sends something for ever, a little at a time."""
    *first, repeated = before

    def script(send: Send) -> None:
        for piece in first:
            send(piece)
        while True:
            send(repeated)
            time.sleep(0.005)

    return script


ENDLESS = {
    "a slow body": drip(OK + b"Content-Length: 99999999\r\n\r\n", b"x"),
    "a slow body of unknown length": drip(OK + b"\r\n", b"x"),
    "small chunks": drip(CHUNKED, b"1\r\nx\r\n"),
    "a long line of a chunk's size": drip(CHUNKED, b"0"),
    "trailers": drip(CHUNKED, b"0\r\n", b"a: b\r\n"),
    "interim answers": drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a status line": drip(b"H"),
    "a header": drip(OK, b"a"),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_comes_slowly_for_ever_ends(tmp_path: Path, case: str) -> None:
    with sending(ENDLESS[case]) as url:
        said = message(url, tmp_path, DownloadBounds(window=0.15))
    assert ": less than 1048576 bytes came within 0.15 seconds, 2 times in a row. " in said
    assert {path.suffix for path in tmp_path.iterdir()} <= {".part"}


def test_a_handshake_that_never_ends(tmp_path: Path) -> None:
    record = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc"
    with sending(drip(record, b"\0"), tls=False) as url:
        assert "less than 1048576 bytes came within 0.15 seconds" in message(
            url, tmp_path, DownloadBounds(window=0.15)
        )


def test_what_comes_fast_enough_is_not_cut(tmp_path: Path) -> None:
    """Many windows long: each of them brings what it has to."""
    pieces = [CONTENT[start : start + 4096] for start in range(0, len(CONTENT), 4096)]

    def script(send: Send) -> None:
        send(OK + b"Content-Length: %d\r\n\r\n" % len(CONTENT))
        for piece in pieces:
            send(piece)
            time.sleep(0.03)

    with sending(script) as url:
        found = fetch_remote(
            url, DIGEST, tmp_path, patience(DownloadBounds(least=1, window=0.5), attempts=5), HERE
        )
    assert found.read_bytes() == CONTENT


def test_all_of_it_has_to_come_within_a_day_and_the_next_run_goes_on(
    server: FileServer, tmp_path: Path
) -> None:
    hours = itertools.count(step=3600.0)
    server.troubles = [Trouble(stops=BLOCK)] * 99
    slow = DownloadPatience(sleep=lambda _: None, now=lambda: NOW, elapsed=lambda: next(hours))
    server.content = os.urandom(99 * BLOCK)
    with pytest.raises(
        Failed, match=r"not all of it came within 24 hours\. \d+ bytes are kept, and the next run"
    ):
        fetch_remote(server.url, hashlib.sha256(server.content).hexdigest(), tmp_path, slow, HERE)
    [part] = tmp_path.iterdir()
    assert server.content.startswith(part.read_bytes())


# Size.


@pytest.mark.parametrize(
    "head",
    [OK + b"Content-Length: 1000000\r\n\r\n", OK + b"\r\n", CHUNKED],
    ids=["told", "untold", "chunked"],
)
def test_what_is_larger_than_the_catalog_takes(tmp_path: Path, head: bytes) -> None:
    def script(send: Send) -> None:
        send(head)
        while True:
            send(b"1000\r\n" + b"x" * 4096 + b"\r\n" if head == CHUNKED else b"x" * 4096)

    with sending(script) as url:
        said = message(url, tmp_path, DownloadBounds(size=99_999))
    assert "larger than 99999 bytes, the most that the model catalog takes. Check the URL" in said
    assert list(tmp_path.iterdir()) == []


def test_a_partial_answer_of_too_large_a_file(server: FileServer, tmp_path: Path) -> None:
    told = {"Content-Range": f"bytes {BLOCK}-{BLOCK}/{1 << 50}"}
    server.troubles = [Trouble(stops=BLOCK), Trouble(206, told, b"x")]
    assert "larger than" in message(server.url, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_partial_answer_of_more_than_it_says(tmp_path: Path) -> None:
    (tmp_path / f"{DIGEST}.part").write_bytes(b"abc")

    def script(send: Send) -> None:
        send(b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-9/10\r\n\r\n" + b"x" * 99)

    with sending(script) as url:
        assert "more was answered than was announced. Check the URL" in message(url, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "told",
    [
        "bytes 3-2/10",
        "bytes 3-9/9",
        "bytes 3-9/x",
        "bytes -3-9/10",
        "bytes ٣-9/10",
        f"bytes 3-{'9' * 5000}/*",
    ],
)
def test_a_partial_answer_that_cannot_be(tmp_path: Path, server: FileServer, told: str) -> None:
    (tmp_path / f"{DIGEST}.part").write_bytes(CONTENT[:3])
    server.troubles = [Trouble(206, {"Content-Range": told.encode().decode("latin-1")})]
    assert fetch_remote(server.url, DIGEST, tmp_path, patience(), HERE).read_bytes() == CONTENT
    assert server.ranges_asked == ["bytes=3-", ""]


@pytest.mark.parametrize("coding", ["gzip", "br, gzip", "deflate", "x"])
def test_what_would_have_to_be_unpacked_is_refused(server: FileServer, tmp_path: Path, coding: str) -> None:
    server.troubles = [Trouble(200, {"Content-Encoding": coding}, gzip.compress(CONTENT))]
    assert "answered in another encoding than the file's own" in message(server.url, tmp_path)
    assert server.asked[0]["accept-encoding"] == "identity"
    assert list(tmp_path.iterdir()) == []


FLOODS = {
    "many headers": OK + b"a: b\r\n" * 999 + b"\r\n",
    "a long header": OK + b"a: " + b"b" * (1 << 20) + b"\r\n\r\n",
    "a long status": b"HTTP/1.1 200 " + b"b" * (1 << 20) + b"\r\n\r\n",
    "a long chunk's size": CHUNKED + b"0" * (1 << 20),
    "a negative chunk": CHUNKED + b"-5\r\nabc",
    "lengths that differ": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "no HTTP": b"\xff" * 999,
}


@pytest.mark.parametrize("case", FLOODS)
def test_floods(tmp_path: Path, case: str) -> None:
    with sending(lambda send: send(FLOODS[case])) as url:
        said = message(url, tmp_path)
    assert "Check the URL and the network" in said
    assert len(said) < 300


def test_what_the_server_says_beside_its_status_is_not_repeated(tmp_path: Path) -> None:
    with sending(lambda send: send(b"HTTP/1.1 404 \x1b[2Jgone\r\nContent-Length: 0\r\n\r\n")) as url:
        assert "/m: answered 404 Not Found. Check the URL" in message(url, tmp_path)


# Where to.


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://other.example/m", "redirects to a URL that is not an https:// address"),
        ("file:///etc/passwd", "redirects to a URL that is not an https:// address"),
        ("https://user:hunter2@other.example/m", "redirects to a URL that names a user or a password"),
        ("https://other.example\\@evil.example/m", "redirects to a URL that holds a character"),
        ("https://0177.0.0.1/m", "redirects to a URL that names an address that programs read differently"),
        ("https://169.254.169.254/opc/v2/", "redirects to a URL that leads to 169.254.169.254, a link-local"),
        ("https://localhost/m", "redirects to a URL that leads to this machine itself"),
        (
            "https://[::ffff:127.0.0.1]/m",
            f"redirects to a URL that leads to {ip_address('::ffff:127.0.0.1')}, a loopback address",
        ),
        ("///evil.example/m", "redirects to a URL that names no host"),
        ("/m", "more than 5 redirects. Use the address that they end at"),
    ],
)
def test_redirects(server: FileServer, tmp_path: Path, location: str, said: str) -> None:
    server.troubles = [Trouble(302, {"Location": location})] * 9
    found = message(server.url, tmp_path)
    assert found.startswith(f"{server.url}: {said}")
    assert "hunter2" not in found
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [300, 302, 304, 307])
def test_a_redirect_to_nowhere(server: FileServer, tmp_path: Path, status: int) -> None:
    server.troubles = [Trouble(status, {}, b"")]
    assert f": answered {status} " in message(server.url, tmp_path)


def test_a_redirect_to_another_port_and_host_is_checked_and_followed(
    server: FileServer, tmp_path: Path
) -> None:
    asked: list[tuple[str, int]] = []

    def look_up(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return [THIS_MACHINE]

    with serving(b"") as first:
        first.troubles = [Trouble(302, {"Location": server.url})]
        network = Resolver(look_up, HERE.refused)
        assert fetch_remote(first.url, DIGEST, tmp_path, patience(), network).read_bytes() == CONTENT
    ports = [int(one.url.split(":")[2].split("/")[0]) for one in (first, server)]
    assert asked == [("models.example.com", port) for port in ports]


ADDRESSES = [
    "127.0.0.2",
    "::1",
    "169.254.169.254",
    "fe80::1%lo",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "::ffff:127.0.0.2",
]


@pytest.mark.parametrize(
    "address", [*ADDRESSES, "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "fd00:c1::a9fe:a9fe"]
)
def test_a_name_that_means_a_refused_address_is_not_connected_to(
    server: FileServer, tmp_path: Path, address: str
) -> None:
    """One such address among others is enough."""
    network = Resolver(lambda host, port: [THIS_MACHINE, address], HERE.refused)
    said = message(server.url, tmp_path, network=network)
    kind = refused_address(ip_address(address))
    assert f"{server.url}: its host leads to {address}, {kind}. Models come from other machines" in said
    assert server.asked == []


def test_each_hop_is_looked_up_and_checked(server: FileServer, tmp_path: Path) -> None:
    port = int(server.url.split(":")[2].split("/")[0])
    server.troubles = [Trouble(302, {"Location": f"https://inside.example:{port}/opc/v2/"})]

    def look_up(host: str, port: int) -> Sequence[str]:
        return [THIS_MACHINE if host == "models.example.com" else "169.254.169.254"]

    said = message(server.url, tmp_path, network=Resolver(look_up, HERE.refused))
    assert f"https://inside.example:{port}/opc/v2/: its host leads to 169.254.169.254, a link-local" in said
    assert len(server.asked) == 1


def test_a_name_that_changes_its_meaning_is_looked_up_once_for_each_connection(
    server: FileServer, tmp_path: Path
) -> None:
    """What was checked is what is connected to: this name means nothing to the system's own look-up."""
    answers = iter([THIS_MACHINE, "169.254.169.254"])
    network = Resolver(lambda host, port: [next(answers)], HERE.refused)
    assert fetch_remote(server.url, DIGEST, tmp_path, patience(), network).read_bytes() == CONTENT
    assert next(answers) == "169.254.169.254", "it was not asked again"


def test_a_name_of_several_addresses_is_tried_at_each(server: FileServer, tmp_path: Path) -> None:
    """Nothing listens at the first."""

    def refused(address: Address) -> str:
        return "" if address.is_loopback else refused_address(address)

    network = Resolver(lambda host, port: ["127.0.0.2", THIS_MACHINE], refused)
    assert fetch_remote(server.url, DIGEST, tmp_path, patience(attempts=1), network).read_bytes() == CONTENT


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    with trusted():
        said = message("https://nowhere.invalid:8443/m", tmp_path, network=Resolver())
    assert (
        said
        == "https://nowhere.invalid:8443/m: ConnectionError, 2 times in a row. Check the URL and the network"
    )


def test_a_proxy_looks_names_up_itself(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    with proxy() as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        network = Resolver(never, HERE.refused)
        assert fetch_remote(server.url, DIGEST, tmp_path, patience(), network).read_bytes() == CONTENT
        assert asked == ["models.example.com"]
        said = message("https://169.254.169.254/opc/v2/", tmp_path / "other", network=network)
        assert "leads to 169.254.169.254, a link-local address" in said
        assert asked == ["models.example.com"]


def test_ports_stay_in_messages_and_secrets_do_not(server: FileServer, tmp_path: Path) -> None:
    server.troubles = [Trouble(404)]
    assert (
        message(f"{server.url}?sig=hunter2", tmp_path)
        == f"{server.url}: answered 404 Not Found. Check the URL"
    )


# Litter.

PROGRAM = """
import sys
from pathlib import Path
from reconciler.adapters.http.fetch import fetch_remote
from tests.support.file_server import HERE
fetch_remote(sys.argv[1], sys.argv[2], Path(sys.argv[3]), network=HERE)
"""


def test_a_killed_download_leaves_its_part_and_nothing_else(server: FileServer, tmp_path: Path) -> None:
    over = threading.Event()
    server.troubles = [Trouble(stops=BLOCK, meanwhile=lambda: over.wait(30) and None)]
    cache, home = tmp_path / "cache", tmp_path / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TMPDIR": str(home),
        "HOME": str(home),
    }
    command = [sys.executable, "-c", PROGRAM, server.url, DIGEST, str(cache)]
    part = cache / f"{DIGEST}.part"
    with subprocess.Popen(command, env=environment, cwd=home) as process:
        wait_for(lambda: part.exists() and part.stat().st_size == BLOCK)
        process.kill()
    over.set()
    assert [path.name for path in cache.iterdir()] == [part.name]
    assert list(home.rglob("*")) == []
    assert part.read_bytes() == CONTENT[:BLOCK]
    assert fetch_remote(server.url, DIGEST, cache, patience(), HERE).read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == [DIGEST]


def test_parts_that_nobody_goes_on_with_are_thrown_away(server: FileServer, tmp_path: Path) -> None:
    files = {f"{'1' * 64}.part": NOW - KEPT - 1, f"{'2' * 64}.part": NOW - KEPT + 1, "3" * 64: NOW - 9 * KEPT}
    for name, age in files.items():
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (age, age))
    own = tmp_path / f"{DIGEST}.part"
    own.write_bytes(CONTENT[:BLOCK])
    os.utime(own, (NOW - 9 * KEPT, NOW - 9 * KEPT))
    assert fetch_remote(server.url, DIGEST, tmp_path, patience(), HERE).read_bytes() == CONTENT
    assert server.ranges_asked == [f"bytes={BLOCK}-"], "one's own is gone on with, however old"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([DIGEST, f"{'2' * 64}.part", "3" * 64])


def test_an_old_part_that_somebody_has_stays(server: FileServer, tmp_path: Path) -> None:
    """Somebody waits long for a server, and nothing has come lately."""
    over, asked = threading.Event(), threading.Event()

    def meanwhile() -> None:
        asked.set()
        over.wait(30)

    server.troubles = [Trouble(stops=BLOCK, meanwhile=meanwhile)]
    other = hashlib.sha256(b"other").hexdigest()
    results: list[bytes] = []

    def first() -> None:
        results.append(fetch_remote(server.url, DIGEST, tmp_path, patience(), HERE).read_bytes())

    thread = threading.Thread(target=first)
    thread.start()
    assert asked.wait(30)
    part = tmp_path / f"{DIGEST}.part"
    wait_for(lambda: part.stat().st_size == BLOCK)
    os.utime(part, (NOW - 9 * KEPT, NOW - 9 * KEPT))
    with sending(lambda send: send(OK + b"Content-Length: 5\r\n\r\nother")) as url:
        fetch_remote(url, other, tmp_path, patience(), HERE)
    assert part.exists()
    over.set()
    thread.join()
    assert results == [CONTENT]
