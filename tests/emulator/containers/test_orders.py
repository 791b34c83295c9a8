"""What containers are told to run, and what the folder at their mount shows: without an engine."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from datascience_emulator.containers.container_server import ContainerServer, effective
from datascience_emulator.containers.launcher import Prepared, order, shared_memory, storage
from datascience_emulator.containers.served_folder import ServedFolder
from datascience_emulator.containers.values import End, Image, Machine, Order
from datascience_emulator.triton import Container, Revision, ServerFailed
from tests.support.tiny_models import write

MACHINE = Machine(
    cpus=8, memory=32 << 30, architecture="amd64", limits_cpus=True, limits_memory=True, gpus=False
)
IMAGE = Image("iad.ocir.io/acme/triton@sha256:0", "amd64", 1, ("/entry.sh",), ("tritonserver", "--own"))
CONTAINER = Container(
    "iad.ocir.io/acme/triton", "sha256:0", 8000, "VM.Standard.E4.Flex", "amd64", cpus=4, memory=16 << 30
)


def ordered(machine: Machine = MACHINE, container: Container = CONTAINER, **changes: Any) -> Order:
    given = {"environment": {}, "server_port": 8000, "instances": 1, "container": container, **changes}
    prepared = Prepared(cast(Any, SimpleNamespace()), machine, IMAGE)
    return order(prepared, Revision(Path("/m"), **given), "one", Path("/shown"), {})


@pytest.mark.parametrize(
    ("machine", "cpus", "memory"),
    [
        ({}, 4, 16 << 30),
        ({"cpus": 4, "memory": 16 << 30}, None, None),
        ({"cpus": 2}, None, 16 << 30),
        ({"limits_cpus": False, "limits_memory": False}, None, None),
    ],
)
def test_the_size_of_the_shape_limits_it_where_the_machine_has_more(
    machine: dict[str, Any], cpus: float | None, memory: int | None
) -> None:
    found = ordered(Machine(**{**{name: getattr(MACHINE, name) for name in Machine.__slots__}, **machine}))
    assert (found.cpus, found.memory) == (cpus, memory)


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "words"),
    [
        ((), (), ("/entry.sh", "tritonserver", "--own")),
        ((), ("a", "b"), ("/entry.sh", "a", "b")),
        (("/mine",), (), ("/mine",)),
        (("/mine",), ("a",), ("/mine", "a")),
    ],
)
def test_each_word_of_the_command_stands_for_that_of_the_image(
    entrypoint: tuple[str, ...], cmd: tuple[str, ...], words: tuple[str, ...]
) -> None:
    made = ordered(entrypoint=entrypoint, cmd=cmd)
    assert (made.entrypoint, made.cmd) == (entrypoint, cmd)
    assert effective(made, IMAGE) == words


LIVE = ("--model-control-mode=explicit", "--load-model=*")


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "added"),
    [
        ((), (), ("tritonserver", "--own", *LIVE)),
        ((), ("tritonserver", "--model-control-mode=poll"), ("tritonserver", "--model-control-mode=poll")),
        ((), ("x", "--model-control-mode", "explicit"), ("x", "--model-control-mode", "explicit")),
        (("tritonserver",), (), LIVE),
    ],
)
def test_what_serves_a_model_group_may_change_its_models(
    entrypoint: tuple[str, ...], cmd: tuple[str, ...], added: tuple[str, ...]
) -> None:
    assert ordered(entrypoint=entrypoint, cmd=cmd, live=True).cmd == added
    assert ordered(entrypoint=entrypoint, cmd=cmd, live=True, triton=False).cmd == cmd


def test_both_ports_are_published() -> None:
    other = Container("i", "sha256:0", 9000, "VM.Standard.E4.Flex", "amd64")
    assert ordered(container=other).ports == {8000, 9000}


@pytest.mark.parametrize(
    ("text", "size"), [("", None), ("10g", 10 << 30), ("64M", 64 << 20), ("1024", 1024), ("7k", 7 << 10)]
)
def test_shared_memory_is_what_the_deployment_asks_for(text: str, size: int | None) -> None:
    assert shared_memory({"SHM_SIZE": text}) == size


def test_shared_memory_that_is_no_size_fails_the_start() -> None:
    with pytest.raises(ServerFailed, match="invalid size 'much' "):
        shared_memory({"SHM_SIZE": "much"})


def test_a_line_of_its_log_ends_where_a_time_follows(tmp_path: Path) -> None:
    """A bar of progress goes back to the beginning of its line."""
    log = tmp_path / "container-1-1.log"
    log.write_bytes(b"T1 loading 1 %\rloading 2 %\r\nT2 out of \xe2\x80\xa8 tokens here\n")
    read = ContainerServer.read_log(cast(Any, SimpleNamespace(log=log)))
    assert read == "loading 1 %\rloading 2 %\nout of \u2028 tokens here\n"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (End(3), "the container exited with status 3"),
        (End(137), "exited with status 137 (killed, perhaps as it took more memory than it has)"),
        (End(137, out_of_memory=True), "it took more memory than the shape has"),
    ],
)
def test_how_a_container_ended(end: End, words: str) -> None:
    assert str(end).endswith(words)


def test_storage_is_in_gigabytes() -> None:
    assert (storage({"STORAGE_SIZE_IN_GB": "500"}), storage({}), storage({"STORAGE_SIZE_IN_GB": "x"})) == (
        500 * 10**9, 0, 0,
    )  # fmt: skip


def test_what_the_mount_shows_changes_and_everybody_may_read_it(tmp_path: Path) -> None:
    for name, content in {"a/one/1/m": "1", "a/both/1/m": "1", "b/both/2/m": "2", "b/two/1/m": "2"}.items():
        write(tmp_path / name, content)
    closed = os.umask(0o077)
    try:
        served = ServedFolder(tmp_path / "served")
        served.show(tmp_path / "a")
        place = served.shown.stat().st_ino
        opened = (served.shown / "one/1/m").open()
        served.show(tmp_path / "b")
    finally:
        os.umask(closed)
    files = [str(file.relative_to(served.shown)) for file in served.shown.rglob("*") if file.is_file()]
    assert sorted(files) == ["both/2/m", "two/1/m"]
    assert served.shown.stat().st_ino == place, "a bind mount stays on the folder that it was made for"
    assert opened.read() == "1"
    opened.close()
    folders = [served.shown, *(path for path in served.shown.rglob("*") if path.is_dir())]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o755"}
    assert (served.shown / "two/1/m").stat().st_nlink == 2, "not a copy"
    served.remove()
    assert not (tmp_path / "served").exists()
    assert (tmp_path / "b/two/1/m").read_text() == "2"
