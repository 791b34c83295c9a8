"""Model files that want to cost much, or break their reader: each ends in a finding or in nothing, soon."""

import io
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.python_source import CLASS, LARGEST_SOURCE, python_problems
from reconciler.triton.model_files.torchscript import LONGEST_CODE, torch_file
from reconciler.triton.model_files.wire_format import Broken, NotReadable
from reconciler.triton.model_files.zip_members import MOST_BYTES, ZipMembers
from reconciler.triton.repository_folder import layout_of_folder
from tests.support.holes import Counted
from tests.support.model_contents import PYTHON, TORCH, onnx_of_size, write_large
from tests.support.onnx_models import field, varint
from tests.support.torchscript_files import archive, forward, torchscript

GB = 1 << 30


def findings_of(folder: Path, name: str, content: bytes, config: str = "") -> list[Finding]:
    place = folder / "m" / "1" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    (folder / "m" / "config.pbtxt").write_text(config)
    return layout_of_folder(folder, Location("manifest.yaml"))[1]


def zipped(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, inside in members:
            written.writestr(name, inside)
    return content.getvalue()


def bomb() -> bytes:
    """Its code unpacks to a quarter of a gigabyte, and begins well."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED) as written:
        for name, inside in (
            ("m/data.pkl", b"\x80\x02c__torch__\nNet\n."),
            ("m/constants.pkl", b"\x80\x02)."),
        ):
            written.writestr(name, inside)
        with written.open("m/code/__torch__.py", "w") as member:
            member.write(b"class Net(Module):\n")
            for _ in range(1 << 4):
                member.write(b" " * (16 << 20))
    return code.getvalue()


NESTED = b""
for _ in range(2000):
    NESTED = field(7, len(NESTED)) + NESTED

HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a graph in a graph in a graph": ("model.onnx", lambda: NESTED),
    "groups without an end": ("model.onnx", lambda: b"\x0b" * 1_000_000),
    "millions of fields": ("model.onnx", lambda: b"\x08\x01" * 1_000_000),
    "a field of all sizes": ("model.onnx", lambda: b"\x3a" + varint(2**63)),
    "ten thousand members": ("model.pt", lambda: zipped(*((f"m/{n}", b"") for n in range(10_000)))),
    "a name of a member that is no text": ("model.pt", lambda: TORCH.replace(b"model/v", b"mod\xff/v")),
    "a class of a long name": ("model.pt", lambda: torchscript(forward(), name="N" * 3000)),
    "a head without an end": ("model.pt", lambda: torchscript(forward("x: " + "List[" * 5000 + "Tensor"))),
    "a pickle that begins again and again": (
        "model.pt",
        lambda: torchscript(forward(), others={"data.pkl": b"\x80\x02" * 2000}),
    ),
    "brackets in brackets": ("model.py", lambda: b"(" * 100_000),
    "signs before signs": ("model.py", lambda: b"x = " + b"-" * 200_000 + b"1\n"),
    "names in names": ("model.py", lambda: b"x = a" + b".a" * 100_000 + b"\n"),
    "sums of sums": ("model.py", lambda: b"x = 1" + b"+1" * 100_000 + b"\n"),
    "lines of lines": ("model.py", lambda: b"x\n" * 60_000),
    "more than is parsed": ("model.py", lambda: b"#" * (LARGEST_SOURCE + 1)),
    "a very long string": ("model.py", lambda: b"'" + b"a" * 200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_a_finding_or_in_none(name: str, tmp_path: Path) -> None:
    file, content = HOSTILE[name]
    backend = "" if file.endswith((".onnx", ".py")) else 'backend: "pytorch"'
    findings = findings_of(tmp_path, file, content(), backend)
    assert all(len(str(finding)) < 2000 for finding in findings)


def test_a_bomb_is_hardly_unpacked(tmp_path: Path) -> None:
    written = bomb()
    tracemalloc.start()
    findings_of(tmp_path, "model.pt", written, 'backend: "pytorch"')
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20


def test_a_model_of_four_gigabytes_is_hardly_read(tmp_path: Path) -> None:
    (tmp_path / "m/1").mkdir(parents=True)
    write_large(tmp_path / "m/1/model.onnx", 4 * GB)
    tracemalloc.start()
    layout, findings = layout_of_folder(tmp_path, Location("manifest.yaml"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (findings, layout is None) == ([], False)
    assert peak < 20 << 20


def test_of_a_zip_only_the_directory_is_read() -> None:
    content = archive({"a": b"x" * 10_000_000, "b": b"y"})
    counted = Counted(content)
    members = ZipMembers(counted, counted.size)
    assert members.names == ("model/a", "model/b")
    assert members.beginning("model/b", 10) == b"y"
    assert counted.read < 100_000
    assert len(members.beginning("model/a", 100)) == 100


def test_a_directory_that_is_too_large_is_not_read() -> None:
    end = b"PK\x05\x06" + bytes(8) + (MOST_BYTES + 1).to_bytes(4, "little") + bytes(6)
    counted = Counted(MOST_BYTES * 2, end)
    with pytest.raises(NotReadable) as raised:
        ZipMembers(counted, counted.size)
    assert not isinstance(raised.value, Broken)


def test_an_error_of_the_port_is_no_fault_of_the_archive() -> None:
    def fails(offset: int, length: int) -> bytes:
        raise PermissionError("nobody may")

    with pytest.raises(PermissionError, match="nobody may"):
        ZipMembers(fails, 1000)


def test_code_that_is_too_long_is_unknown(tmp_path: Path) -> None:
    content = torchscript(forward(value="x\n" + "#" * LONGEST_CODE))
    (tmp_path / "model.pt").write_bytes(content)
    found = torch_file(LocalFiles({"m": LocalFile(str(tmp_path / "model.pt"))}), "m")
    assert (found.broken, found.forward, found.callable) == ("", None, True)


@given(st.integers(0, 2**32))
def test_damaged_archives_end_in_something(seed: int) -> None:
    chance, content = random.Random(seed), bytearray(TORCH)
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)) :]
    counted = Counted(bytes(content))
    with suppress(NotReadable):
        members = ZipMembers(counted, counted.size)
        for name in members.names:
            with suppress(NotReadable):
                members.beginning(name, 100)


@given(seed=st.integers(0, 2**32))
def test_damaged_sources_end_in_problems_or_none(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance, source = random.Random(seed), bytearray(PYTHON.encode())
    for _ in range(chance.randint(1, 6)):
        source[chance.randrange(len(source))] = chance.randrange(256)
    place = tmp_path_factory.mktemp("source") / "model.py"
    place.write_bytes(source)
    python_problems(LocalFiles({"m": LocalFile(str(place))}), "m")


def test_what_has_changed_is_read_again(tmp_path: Path) -> None:
    place = tmp_path / "m" / "1" / "model.onnx"
    place.parent.mkdir(parents=True)
    for content, wrong in ((onnx_of_size(200), 0), (b"\x07" * 200, 1), (onnx_of_size(200), 0)):
        place.write_bytes(content)
        assert len(layout_of_folder(tmp_path, Location("manifest.yaml"))[1]) == wrong


def test_a_source_that_a_newer_python_may_take_is_doubted_alone(tmp_path: Path) -> None:
    source = f'{PYTHON}\n\ndef first[T](items: list[T]) -> T:\n    return items[0]\n\n\nX = f"{{"a"}}"\n'
    (tmp_path / "model.py").write_text(source)
    found = python_problems(LocalFiles({"m": LocalFile(str(tmp_path / "model.py"))}), "m")
    assert all(not problem.certain for problem in found)


def test_the_class_may_be_missing_for_a_reason(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(f"import sys\nsys.modules[__name__].__dict__['{CLASS}'] = object\n")
    assert python_problems(LocalFiles({"m": LocalFile(str(tmp_path / "model.py"))}), "m") == ()
