"""What is told of an ONNX model without a complete configuration is what a real server serves."""

import errno
import io
import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip
from reconciler.core.model.artifact import Inline, LocalFile
from reconciler.core.model.errors import Failed
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.onnx_contract import completed, contract_of_onnx
from reconciler.triton.model_files.onnx_file import read_onnx
from reconciler.triton.model_files.wire_format import NotReadable
from tests.support.holes import Counted
from tests.support.onnx_models import (
    classes_by_name,
    constant_beside,
    identity,
    two_pairs,
    with_holes,
    with_weight,
)
from tests.support.tiny_models import write
from tests.support.triton_server import Server, serving


def x(*dims: int, kind: str = "FP32") -> tuple[Tensor, ...]:
    return (Tensor("x", kind, dims),)


def y(*dims: int, kind: str = "FP32") -> tuple[Tensor, ...]:
    return (Tensor("y", kind, dims),)


NOTHING = Contract((), ())
FREE, FIXED = identity(["n", 3]), identity([2, 3])

Rows = dict[str, tuple[onnx.ModelProto, Contract, Contract]]

TOLD: Rows = {
    "vector": (identity(["n"]), NOTHING, Contract(x(1), y(1), 4)),
    "one_is_a_scalar": (
        two_pairs(["n", 3], []),
        NOTHING,
        Contract((Tensor("s", "INT64", (1,)), *x(-1, 3)), (Tensor("t", "INT64", (1,)), *y(-1, 3))),
    ),
    "input_without_rank": (identity(None, out=["n", 3]), NOTHING, Contract(x(1), y(-1, 3))),
    "batch": (FREE, Contract((), (), 8), Contract(x(3), y(3), 8)),
    "inputs": (FREE, Contract(x(3), ()), Contract(x(3), y(3), 4)),
    "outputs": (FREE, Contract((), y(3)), Contract(x(3), y(3), 4)),
    "weight_listed": (with_weight(listed=True), NOTHING, Contract(x(3), y(3), 4)),
}
"""The model, what is declared, and what is served."""

ALSO_TOLD: Rows = {
    "free": (FREE, NOTHING, Contract(x(3), y(3), 4)),
    "fixed": (FIXED, NOTHING, Contract(x(2, 3), y(2, 3))),
    "scalar": (identity([]), NOTHING, Contract(x(1), y(1))),
    "text": (
        identity(["n", 3], kind=TensorProto.STRING),
        NOTHING,
        Contract(x(3, kind="STRING"), y(3, kind="STRING"), 4),
    ),
    "no_symbol_but_batch": (identity([None, 3]), Contract((), (), 8), Contract(x(3), y(3), 8)),
    "batch_of_one": (FREE, Contract((), (), 1), Contract(x(3), y(3), 1)),
    "inputs_fixed": (FIXED, Contract(x(2, 3), ()), Contract(x(2, 3), y(2, 3))),
    "both": (FREE, Contract(x(-1, 3), y(-1, 3)), Contract(x(-1, 3), y(-1, 3))),
}
"""More of the same, which the server is not asked about every time."""

WIDER = {"inferred": (identity(["n", 3], out=["n", "m"]), Contract(x(3), y(-1), 4), Contract(x(3), y(3), 4))}
"""The model, what is told, and what is served: ONNX Runtime infers a size of the output."""

UNKNOWN: dict[str, tuple[onnx.ModelProto, Contract | None]] = {
    "output_without_rank": (identity(["n", 3], out=None), Contract(x(3), y(3), 4)),
    "not_of_the_batch": (
        constant_beside([None, 3]),
        Contract(x(-1, 3), (Tensor("c", "FP32", (2, 3)), *y(-1, 3))),
    ),
    "map": (classes_by_name(), None),
}
"""The model, and what is served, which the file does not tell."""

REFUSED = {
    "batch_over_fixed": (FIXED, Contract((), (), 8)),
    "dims_with_a_batch": (FREE, Contract(x(-1, 3), ())),
    "one_input_of_two": (two_pairs(["n", 3], ["n", 1]), Contract(x(3), (), 8)),
}
"""The model, and what is declared: it does not load."""

VERSIONS = {1: Contract(x(3), y(3), 4), 2: Contract(x(2, 3), y(2, 3))}
"""Each version is completed from its own file."""


def told(model: onnx.ModelProto, declared: Contract, default: int = 4) -> Contract:
    content = model.SerializeToString()
    return completed(declared, read_onnx(lambda at, length: content[at : at + length], len(content)), default)


def text_of(declared: Contract) -> str:
    lines = ['backend: "onnxruntime"', "instance_group [ { kind: KIND_CPU count: 1 } ]"]
    lines += [f"max_batch_size: {declared.max_batch}"] * bool(declared.max_batch)
    for kind, tensors in ("input", declared.inputs), ("output", declared.outputs):
        lines += [
            f'{kind} [ {{ name: "{tensor.name}" data_type: TYPE_{tensor.datatype} '
            f"dims: {list(tensor.dims)}{' optional: true' * tensor.optional} }} ]"
            for tensor in tensors
        ]
    return "\n".join(lines)


def tensors_of(config: dict[str, Any], kind: str) -> tuple[Tensor, ...]:
    found = (
        Tensor(
            entry["name"],
            entry["data_type"].removeprefix("TYPE_"),
            tuple(map(int, entry["dims"])),
            entry.get("optional", False),
        )
        for entry in config[kind]
    )
    return tuple(sorted(found, key=lambda tensor: tensor.name))


def served(server: Server, model: str, version: int = 1) -> Contract | None:
    config = server.config(model, version)
    if config is None:
        return None
    return Contract(tensors_of(config, "input"), tensors_of(config, "output"), config["max_batch_size"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("models")
    rows = {name: (row[0], row[1]) for name, row in TOLD.items()}
    rows |= {name: (row[0], NOTHING) for name, row in (WIDER | UNKNOWN).items()}
    for name, (model, declared) in (rows | REFUSED).items():
        write(folder / name / "config.pbtxt", text_of(declared))
        (folder / name / "1").mkdir()
        onnx.save(model, folder / name / "1" / "model.onnx")
    write(folder / "versions" / "config.pbtxt", text_of(NOTHING) + "\nversion_policy { all { } }")
    for version, model in (1, FREE), (2, FIXED):
        (folder / "versions" / str(version)).mkdir()
        onnx.save(model, folder / "versions" / str(version) / "model.onnx")
    (folder / "bare" / "1" / "model.onnx").mkdir(parents=True)
    onnx.save(FREE, folder / "bare" / "1" / "model.onnx" / "model.onnx")
    with serving(folder, tmp_path_factory.mktemp("work")) as asked:
        yield asked


@pytest.mark.parametrize("name", TOLD | ALSO_TOLD)
def test_what_is_told(name: str) -> None:
    model, declared, expected = (TOLD | ALSO_TOLD)[name]
    assert told(model, declared) == expected


@pytest.mark.parametrize("name", TOLD)
def test_what_is_served(name: str, server: Server) -> None:
    assert served(server, name) == TOLD[name][2]


@pytest.mark.parametrize("name", WIDER)
def test_an_output_may_be_told_wider(name: str, server: Server) -> None:
    model, expected, real = WIDER[name]
    assert told(model, NOTHING) == expected
    assert served(server, name) == real


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_the_file_does_not_tell(name: str, server: Server) -> None:
    model, real = UNKNOWN[name]
    with pytest.raises(NotReadable):
        told(model, NOTHING)
    assert served(server, name) == real


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_load(name: str, server: Server) -> None:
    assert served(server, name) is None


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_its_own(version: int, server: Server) -> None:
    assert served(server, "versions", version) == VERSIONS[version]


def test_without_a_configuration_and_from_a_folder(server: Server) -> None:
    assert served(server, "bare") == told(FREE, NOTHING)


def test_a_scalar_is_sent_as_one_element(server: Server) -> None:
    scalar = {"name": "s", "shape": [1], "datatype": "INT64", "data": [7]}
    rows = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}
    answers = server.infer("one_is_a_scalar", {"inputs": [rows, scalar]})["outputs"]
    [answer] = [answer for answer in answers if answer["name"] == "t"]
    assert (answer["shape"], answer["data"]) == ([1], [7])
    vector = {"name": "x", "shape": [2, 1], "datatype": "FP32", "data": [1.5, 2.5]}
    [answer] = server.infer("vector", {"inputs": [vector]})["outputs"]
    assert (answer["shape"], answer["data"]) == ([2, 1], [1.5, 2.5])


@pytest.mark.parametrize(("default", "largest"), [(7, 7), (1, 1), (0, 0), (-3, 0)])
def test_another_default_batch(default: int, largest: int) -> None:
    dims = (3,) if largest else (-1, 3)
    assert told(FREE, NOTHING, default) == Contract(x(*dims), y(*dims), largest)
    assert told(FREE, Contract((), (), 8), default).max_batch == 8


def test_symbols_that_differ_tell_nothing() -> None:
    for model in identity([None, 3]), identity(["n", 3], out=["m", 3]):
        with pytest.raises(NotReadable, match="grows with the batch"):
            told(model, NOTHING)


def test_without_batches_no_symbol_is_needed() -> None:
    assert told(identity([None, 3]), NOTHING, default=0) == Contract(x(-1, 3), y(-1, 3))


def test_a_batch_tells_nothing_of_an_output_without_rank() -> None:
    with pytest.raises(NotReadable, match="how many dimensions 'y' has"):
        told(identity(["n", 3], out=None), Contract((), (), 8))


def test_a_negative_size_is_free() -> None:
    assert told(identity([-1, -1]), Contract((), (), 8)) == Contract(x(-1), y(-1), 8)


def test_a_batch_over_a_fixed_dimension() -> None:
    with pytest.raises(NotReadable, match="no batches"):
        told(*REFUSED["batch_over_fixed"])


def test_what_else_is_declared_stays() -> None:
    contract = told(FREE, Contract((), (Tensor("y", "FP32", (3,), labels=("a", "b")),), decoupled=True))
    assert contract == Contract(x(3), (Tensor("y", "FP32", (3,), labels=("a", "b")),), 4, decoupled=True)


class Repository(LocalFiles):
    """Some files, and what cannot be read of them."""

    def __init__(self, folder: Path, error: Exception | None = None) -> None:
        found = [path for path in folder.rglob("*") if path.is_file()]
        super().__init__({str(path.relative_to(folder)): LocalFile(path) for path in found})
        self._error = error

    def read(self, path: str, offset: int, length: int) -> bytes:
        if self._error:
            raise self._error
        return super().read(path, offset, length)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "m" / "1").mkdir(parents=True)
    onnx.save(FREE, tmp_path / "m" / "1" / "model.onnx")
    onnx.save(FIXED, tmp_path / "m" / "1" / "fixed.onnx")
    (tmp_path / "m" / "1" / "cut.onnx").write_bytes(FREE.SerializeToString()[:-5])
    return tmp_path


def test_through_the_port(repository: Path) -> None:
    files = Repository(repository)
    assert contract_of_onnx(files, "m/1/model.onnx", NOTHING) == Contract(x(3), y(3), 4)
    assert contract_of_onnx(files, "m/1/model.onnx", NOTHING, 7) == Contract(x(3), y(3), 7)
    assert contract_of_onnx(files, "m/1/fixed.onnx", NOTHING) == Contract(x(2, 3), y(2, 3))
    assert contract_of_onnx(files, "m/1/cut.onnx", NOTHING) is None


def test_what_is_declared_needs_no_file() -> None:
    both = Contract(x(3), y(3))
    assert contract_of_onnx(LocalFiles({"model.onnx": Inline("no model")}), "model.onnx", both) == both


@pytest.mark.parametrize("error", [Failed("no answer"), OSError(errno.EIO, "disk")], ids=repr)
def test_what_cannot_be_read_is_an_error(error: Exception, repository: Path) -> None:
    with pytest.raises(type(error)):
        contract_of_onnx(Repository(repository, error), "m/1/model.onnx", NOTHING)


def test_what_could_only_be_unpacked_is_unknown(repository: Path) -> None:
    files = Repository(repository, OSError(errno.EFBIG, "deflated"))
    assert contract_of_onnx(files, "m/1/model.onnx", NOTHING) is None


def stored(path: str, content: list[bytes | int]) -> Counted:
    """A zip with one member, stored."""
    name, size = path.encode(), Counted(*content).size
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *[0] * 6, size, size, len(name), 0) + name
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 7, size, size, len(name), *[0] * 6) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local) + size, 0)
    return Counted(local, *content, entry + end)


@pytest.mark.parametrize("sizes", [[2_000 << 20], [7 << 20] * 285], ids=len)
def test_two_gigabytes_in_a_zip_far_away(sizes: list[int]) -> None:
    counted = stored("m/1/model.onnx", with_holes(sizes))
    files = RemoteZip(RangedFile(counted, counted.size))
    assert contract_of_onnx(files, "m/1/model.onnx", NOTHING) == Contract(x(3), y(3), 4)
    assert counted.read < 600_000
    assert counted.reads < 600


def test_a_deflated_file_is_told_when_it_is_small() -> None:
    files = {name: with_weight(listed=False, weights=[noise(size)]) for name, size in SIZES.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, model in files.items():
            archive.writestr(name, model.SerializeToString())
    counted = Counted(packed.getvalue())
    afar = RemoteZip(RangedFile(counted, counted.size))
    told_of = [contract_of_onnx(afar, name, NOTHING) for name in files]
    assert told_of == [Contract(x(3), y(3), 4), None]
    assert counted.read < 1_000_000


SIZES = {"small": 200_000, "large": 2_000_000}


def noise(size: int) -> TensorProto:
    values = random.Random(7).randbytes(size)
    return helper.make_tensor("large", TensorProto.UINT8, [size], values, raw=True)
