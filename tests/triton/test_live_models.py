"""Which versions are served, by rules that Triton 2.51 itself showed; and what cannot be known."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.artifact import Folder, Inline, LocalFile
from reconciler.core.model.errors import Failed, ServiceAnswer, Transient
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.structure import Structure
from reconciler.triton.config_file import LARGEST_CONFIG
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.live_models import LARGEST_CONFIGS, MOST_CONFIGS
from reconciler.triton.model_reading import LARGEST_LABELS
from tests.support.growth import growth
from tests.support.onnx_models import identity
from tests.support.repository_files import files_of
from tests.support.served import structure_of_group, structure_served


def served(config: str | None, *folders: str) -> set[int]:
    paths = (f"m/{folder}/model.onnx" for folder in folders)
    found = structure_served(files_of(paths, {"m/config.pbtxt": config or ""})).versions
    assert {name for name, _ in found} <= {"m"}
    return {number for _, number in found}


@pytest.mark.parametrize(
    ("config", "folders", "expected"),
    [
        (None, ("1", "2", "10"), {10}),
        ("", ("1", "2", "10"), {10}),
        ("version_policy { }", ("1", "2", "3"), {1, 2, 3}),
        ("version_policy { all { } }", ("0", "1"), {0, 1}),
        ("version_policy { all { } }", ("01", "2"), {2}),
        ("version_policy { all { } }", ("1abc", "v3", "configs", "2"), {2}),
        ("version_policy { latest { } }", ("1", "2"), set()),
        ("version_policy { latest { num_versions: 2 } }", ("1", "2", "3"), {2, 3}),
        ("version_policy { specific { versions: [1, 3, 9] } }", ("1", "2", "3"), {1, 3}),
        ("version_policy { specific { } }", ("1", "2"), set()),
        ("version_policy: { all: {} }", ("1", "99999999999999999999"), {1}),
    ],
)
def test_the_policy_narrows(config: str | None, folders: tuple[str, ...], expected: set[int]) -> None:
    assert served(config, *folders) == expected


def test_folders_count_and_files_beside_them_do_not() -> None:
    found = structure_served(files_of(["e/1/", "a/2", "3/x", "b/4/x/y"]))
    assert found == Structure(frozenset({("e", 1), ("b", 4)}))


ZIPPED = (
    "repo/",
    "repo/densenet/1/model.onnx",
    "repo/resnet/config.pbtxt",
    "repo/resnet/2/",
    "repo/resnet/1/",
)


@pytest.mark.parametrize("beside", [(), ("readme.md",), ("__MACOSX/repo/._densenet",)])
def test_a_folder_that_was_packed_with_the_models(beside: tuple[str, ...]) -> None:
    config = {"repo/resnet/config.pbtxt": "version_policy { all { } }"}
    found = structure_served(files_of((*ZIPPED, *beside), config))
    assert found.versions == {("densenet", 1), ("resnet", 1), ("resnet", 2)}
    deeper = {f"deep/{path}": text for path, text in config.items()}
    assert structure_served(files_of((f"deep/{path}" for path in ZIPPED), deeper)) == found


@pytest.mark.parametrize(
    "paths",
    [
        (),
        ("model.onnx",),
        ("net/config.pbtxt", "net/model.onnx"),
        ("net/config.pbtxt", "net/assets/1/words.txt"),
        ("one/densenet/1/model.onnx", "two/resnet/1/model.onnx"),
        ("repo/densenet/v1/model.onnx",),
    ],
)
def test_what_is_no_model_repository_is_unknown_and_not_empty(paths: tuple[str, ...]) -> None:
    with pytest.raises(Failed, match="What it serves is unknown"):
        structure_served(files_of(paths))


@pytest.mark.parametrize("error", [Failed("it is gone"), Transient(ServiceAnswer("reading", 503))])
def test_a_configuration_that_nobody_can_read_is_not_taken_for_none(error: Failed) -> None:
    class Unreadable(LocalFiles):
        def read(self, path: str, offset: int, length: int) -> bytes:
            raise error

    with pytest.raises(type(error), match=re.escape(str(error))):
        structure_served(Unreadable(dict.fromkeys(ZIPPED, Inline(""))))


def test_a_configuration_that_is_gone_is_not_taken_for_none() -> None:
    with pytest.raises(Failed, match="cannot be read: No such file"):
        structure_served(LocalFiles({"m/config.pbtxt": LocalFile("/nowhere/config.pbtxt"), "m/1/": Folder()}))


def test_configurations_that_would_cost_too_much_are_not_read() -> None:
    """Nobody knows who has made the artifact."""

    class Claims(LocalFiles):
        def size(self, path: str) -> int:
            return LARGEST_CONFIG

        def read(self, path: str, offset: int, length: int) -> bytes:
            raise AssertionError("it was read")

    def structure(count: int) -> Structure:
        paths = (f"m{number}/{name}" for number in range(count) for name in ("config.pbtxt", "1/model"))
        return structure_served(Claims(dict.fromkeys(paths, Inline(""))))

    with pytest.raises(Failed, match=f"are larger than {LARGEST_CONFIGS} bytes"):
        structure(9)
    with pytest.raises(Failed, match=f"more than {MOST_CONFIGS} files named config.pbtxt"):
        structure(MOST_CONFIGS + 1)


def test_a_large_configuration_and_one_that_is_not_utf_8_are_unknown() -> None:
    with pytest.raises(Failed, match=f"config.pbtxt of a live artifact: larger than {LARGEST_CONFIG} bytes"):
        served("#" * (LARGEST_CONFIG + 1), "1")

    class Latin(LocalFiles):
        def read(self, path: str, offset: int, length: int) -> bytes:
            return b"\xff"

    with pytest.raises(Failed, match=r"config.pbtxt of a live artifact: not UTF-8\. What it serves"):
        structure_served(Latin({"m/config.pbtxt": Inline(""), "m/1/": Folder()}))


TENSORS = """
max_batch_size: 8
input [ { name: "b", data_type: TYPE_INT64, dims: [ -1 ] } ]
input [ { name: "a", data_type: TYPE_FP32, dims: [ 3, 2 ] } ]
output [ { name: "y", data_type: TYPE_STRING, dims: [ 1 ], reshape { shape: [ ] } } ]
"""
DECLARED = Contract(
    (Tensor("a", "FP32", (3, 2)), Tensor("b", "INT64", (-1,))), (Tensor("y", "STRING", (1,)),), max_batch=8
)


def contracts(config: str, files: Mapping[str, str] = MappingProxyType({})) -> tuple[object, ...]:
    return structure_served(files_of(["m/1/x", "n/1/x"], {"m/config.pbtxt": config, **files})).contracts


def test_a_contract_is_what_is_declared() -> None:
    assert contracts(TENSORS) == ((("m", 1), DECLARED),)
    assert contracts("max_batch_size: 4") == ()
    assert contracts('output { name: "y" data_type: TYPE_BOOL dims: 1 }') == (), "the inputs are not known"


def test_of_everything_that_clients_depend_on() -> None:
    config = """
    input [ { name: "x", data_type: TYPE_BF16, dims: [ 2 ], optional: true } ]
    output [ { name: "y", data_type: TYPE_FP32, dims: [ 3 ], label_filename: "words.txt" } ]
    output [ { name: "z", data_type: TYPE_FP32, dims: [ 3 ], label_filename: "none.txt" } ]
    model_transaction_policy { decoupled: true }
    sequence_batching { }
    """
    ((_, contract),) = contracts(config, {"m/words.txt": "cat\ndog\n"})
    assert contract == Contract(
        (Tensor("x", "BF16", (2,), optional=True),),
        (Tensor("y", "FP32", (3,), labels=("cat", "dog")), Tensor("z", "FP32", (3,))),
        decoupled=True,
        sequence=True,
    )


class Counted(LocalFiles):
    """Files that note what is read of them."""

    def __init__(self, sources: Mapping[str, Inline]) -> None:
        super().__init__(sources)
        self.read_paths = list[str]()

    def read(self, path: str, offset: int, length: int) -> bytes:
        self.read_paths.append(path)
        return super().read(path, offset, length)


def test_labels_are_read_once_however_many_versions_and_outputs_have_them() -> None:
    output = 'output [ { name: "%s", data_type: TYPE_FP32, dims: [ 3 ], label_filename: "words.txt" } ]'
    config = f"version_policy {{ all {{}} }} {output % 'y'} {output % 'z'}"
    texts = {"m/config.pbtxt": config, "m/words.txt": "cat\n", **{f"m/{n}/model.pt": "" for n in range(50)}}
    files = Counted({path: Inline(text) for path, text in texts.items()})
    assert len(structure_served(files).versions) == 50
    assert files.read_paths.count("m/words.txt") == 1


@pytest.mark.parametrize(("size", "known"), [(LARGEST_LABELS, True), (LARGEST_LABELS + 1, False)])
def test_labels_that_are_too_large_make_the_contract_unknown(size: int, known: bool) -> None:
    config = (
        f"{TENSORS.replace('reshape {', 'label_filename: ' + chr(34) + 'w.txt' + chr(34) + ' reshape {')}"
    )
    assert bool(contracts(config, {"m/w.txt": "x" * size})) is known


def test_labels_that_are_no_text_differ_like_others(tmp_path: Path) -> None:
    config = 'input [ { name: "x", data_type: TYPE_FP32, dims: [ 3 ] } ] output [ { name: "y", '
    config += 'data_type: TYPE_FP32, dims: [ 3 ], label_filename: "words.txt" } ]'
    found = set[object]()
    for byte in (b"\xfe", b"\xff"):
        file = tmp_path / byte.hex()
        file.write_bytes(byte)
        sources = {"m/config.pbtxt": Inline(config), "m/words.txt": LocalFile(str(file))}
        found.add(structure_served(LocalFiles({**sources, "m/1/": Folder()})).contracts)
    assert len(found) == 2


def test_an_onnx_model_may_be_in_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(identity([3], [3]).SerializeToString())
    there = LocalFile(str(tmp_path / "model.onnx"))
    policy = 'default_model_filename: "net" version_policy { all { } }'
    sources = {"m/config.pbtxt": Inline(f'backend: "onnxruntime" {policy}'), "m/1/net/model.onnx": there}
    found = structure_served(LocalFiles({**sources, "m/2/other.onnx": there}))
    assert [version for version, _ in found.contracts] == [("m", 1)]


def test_what_reading_costs_grows_with_the_number_of_models() -> None:
    def reading(number: int) -> Callable[[], object]:
        files = files_of(f"m{model}/{version}/model.onnx" for model in range(number) for version in (1, 2))
        asked = list[None]()

        class Asked:
            def paths(self) -> Sequence[str]:
                asked.append(None)
                return files.paths()

            size, read = files.size, files.read

        def act() -> None:
            asked.clear()
            structure_served(Asked())
            assert len(asked) == 1

        return act

    assert growth(reading) < 1.2


def test_an_onnx_model_without_a_configuration_has_the_contract_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(identity([3], [3]).SerializeToString())
    sources = {"m/1/model.onnx": LocalFile(str(file)), "n/1/model.onnx": Inline("no such file")}
    ((version, contract),) = structure_served(LocalFiles(sources)).contracts
    assert version == ("m", 1)
    assert contract == Contract((Tensor("x", "FP32", (3,)),), (Tensor("y", "FP32", (3,)),))


def test_a_group_is_what_its_members_are() -> None:
    policy = "version_policy { specific { versions: 2 } }"
    found = structure_of_group(
        {
            "resnet": files_of(["1/model.pt"], {"config.pbtxt": TENSORS}),
            "densenet": files_of(["1/model.onnx", "2/model.onnx"], {"config.pbtxt": policy}),
            "plain": files_of(["1/model.onnx", "3/"]),
        }
    )
    assert found.versions == {("resnet", 1), ("densenet", 2), ("plain", 3)}
    assert found.contracts == ((("resnet", 1), DECLARED),)
    assert structure_of_group({}) == Structure(frozenset())


@pytest.mark.parametrize("paths", [[], ["model.onnx"], ["net/1/model.onnx"]])
def test_a_member_without_versions_is_unknown(paths: list[str]) -> None:
    with pytest.raises(Failed, match="'net' has no version folder at its top"):
        structure_of_group({"net": files_of(paths), "ok": files_of(["1/model.onnx"])})


def test_an_unreadable_configuration_is_not_taken_for_none() -> None:
    with pytest.raises(Failed, match=r"m/config\.pbtxt of a live artifact, line 1"):
        served("no config", "1")


NUMBERS = st.sets(st.integers(0, 2**63 - 1), min_size=1, max_size=6)


@given(NUMBERS, st.integers(0, 2**32 - 1))
def test_latest_serves_the_highest(numbers: set[int], count: int) -> None:
    found = served(f"version_policy {{ latest {{ num_versions: {count} }} }}", *map(str, numbers))
    assert len(found) == min(count, len(numbers))
    assert all(kept >= left for kept in found for left in numbers - found)


@given(NUMBERS, NUMBERS)
def test_specific_serves_what_exists(numbers: set[int], wanted: set[int]) -> None:
    config = f"version_policy {{ specific {{ versions: {sorted(wanted)} }} }}"
    assert served(config, *map(str, numbers)) == numbers & wanted
