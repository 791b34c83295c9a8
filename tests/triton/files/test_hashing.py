"""Layouts → artifacts: what the digest depends on, and which files are read again."""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.model.artifact import Artifact, Inline, LocalFile, Remote
from reconciler.core.model.errors import Failed
from reconciler.core.model.findings import Location
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.triton.declared_files import DeclaredVersion
from reconciler.triton.declared_models import DeclaredModel, layout_of_models
from reconciler.triton.files import hashing
from reconciler.triton.files.hash_cache import LARGEST_CACHE, RACY_NANOSECONDS, HashCache
from reconciler.triton.files.hashing import build_artifacts
from reconciler.triton.repository_folder import layout_of_folder
from reconciler.triton.repository_layout import Layout, LayoutFile
from tests.support.examples import examples
from tests.support.model_contents import ONNX, PYTHON, tiny_onnx
from tests.support.onnx_models import identity
from tests.support.served import folder, structure_of

WHERE = Location("m.yaml", 1, 1)
MUCH_LATER = 10**12


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def later() -> int:
    """A clock by which every file is old enough to be remembered."""
    return time.time_ns() + MUCH_LATER


def repository(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def layout(root: Path) -> Layout:
    found, problems = layout_of_folder(root, WHERE)
    assert found is not None, problems
    return found


def onnx(note: str) -> bytes:
    """A model file that differs from those with other notes."""
    return tiny_onnx(note).encode()


def artifact(root: Path, cache: Path | None = None, clock: Callable[[], int] = later) -> Artifact:
    return build_artifacts([layout(root)], cache, quiet, clock)[0]


FILES = st.dictionaries(
    st.sampled_from(["a/1/weights", "a/1/x/y.bin", "a/notes.txt", "b/1/inner/x", "b/labels.txt"]),
    st.binary(max_size=32),
    min_size=1,
)
MODELS = {"a/1/model.onnx": ONNX.encode(), "b/1/model.py": PYTHON.encode()}


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, order=st.randoms(use_true_random=False), age=st.integers(0, 10**9), mode=st.booleans())
def test_the_digest_is_of_paths_and_bytes_alone(
    tmp_path: Path, files: dict[str, bytes], order: random.Random, age: int, mode: bool
) -> None:
    shutil.rmtree(tmp_path)
    first = artifact(repository(tmp_path / "here", MODELS | files))
    shuffled = list((MODELS | files).items())
    order.shuffle(shuffled)
    second = repository(tmp_path / "far" / "away", dict(shuffled))
    for name in MODELS | files:
        os.utime(second / name, (age, age))
        (second / name).chmod(0o755 if mode else 0o600)
    assert artifact(second).digest == first.digest
    changed = order.choice(sorted(files))
    (second / changed).write_bytes(files[changed] + b"!")
    assert artifact(second).digest != first.digest


def test_models_and_model_repository_give_the_same_digest(tmp_path: Path) -> None:
    folder = repository(tmp_path / "r", {"net/1/model.onnx": onnx("x"), "net/config.pbtxt": b'name: "net"'})
    file = repository(tmp_path, {"weights": onnx("x")}) / "weights"
    declared = DeclaredModel(
        "net",
        "onnxruntime",
        repository(tmp_path, {"c.pbtxt": b'name: "net"'}) / "c.pbtxt",
        (DeclaredVersion(1, file, WHERE),),
        WHERE,
    )
    made, problems = layout_of_models([declared])
    assert made is not None, problems
    assert build_artifacts([made], None, quiet)[0].digest == artifact(folder).digest


def test_models_are_looked_into_when_they_are_hashed_and_not_before(tmp_path: Path) -> None:
    """`validate` hashes nothing, and is about thousands of models."""
    file = tmp_path / "net.onnx"
    file.write_bytes(identity([3], [3]).SerializeToString())
    declared = DeclaredModel("net", "onnxruntime", None, (DeclaredVersion(1, file, WHERE),), WHERE)
    made, problems = layout_of_models([declared])
    assert made is not None, problems
    assert made.versions == {("net", 1)}
    for layout in (made, made.models()["net"]):
        assert [one.contracts for model in layout.folders for _, one in model.configurations] == [()]
        (model,) = build_artifacts([layout], None, quiet)[0].models
        ((_, configuration),) = model.configurations
        assert [number for number, _ in configuration.contracts] == [1]


def test_entries_say_what_is_known(tmp_path: Path) -> None:
    local = repository(tmp_path, {"f": b"abc"}) / "f"
    files = (
        LayoutFile("m/1/b", LocalFile(str(local))),
        LayoutFile("m/1/a", Remote("https://x/a"), "cd" * 32),
        LayoutFile("m/config.pbtxt", Inline('name: "ü"')),
    )
    models = (folder("m", [1]),)
    made = build_artifacts([Layout(files, models)], None, quiet)[0]
    assert [(entry.path, entry.size) for entry in made.entries] == [
        ("m/1/a", None),
        ("m/1/b", 3),
        ("m/config.pbtxt", 10),
    ]
    assert [entry.sha256 for entry in made.entries] == [
        "cd" * 32,
        hashlib.sha256(b"abc").hexdigest(),
        hashlib.sha256('name: "ü"'.encode()).hexdigest(),
    ]
    (model,) = made.models
    assert (made.versions, replace(model, content="")) == ({("m", 1)}, models[0])
    assert re.fullmatch("[0-9a-f]{32}", model.content)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    real = hashing._hash_file

    def noted(path: str, *rest: Any) -> str:
        seen.append(path)
        return real(path, *rest)

    monkeypatch.setattr(hashing, "_hash_file", noted)
    return seen


def test_a_file_is_read_once_and_then_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x"), "b/1/model.onnx": onnx("yy")})
    cache = tmp_path / "cache" / "hashes.json"
    seen = reads(monkeypatch)
    steps: list[tuple[int, int]] = []
    build_artifacts([layout(root), layout(root)], cache, lambda *step: steps.append(step), later)
    assert len(seen) == 2
    assert steps[-1] == (len(onnx("x") + onnx("yy")),) * 2
    before = artifact(root, cache).digest
    assert len(seen) == 2
    (root / "a/1/model.onnx").write_bytes(onnx("z"))
    assert artifact(root, cache).digest != before
    assert len(seen) == 3


def test_a_file_changed_in_place_with_its_old_time_and_size_is_read_again(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    model = root / "a/1/model.onnx"
    before = artifact(root, tmp_path / "cache").digest
    status = model.stat()
    deadline = time.monotonic() + 10
    while model.stat().st_ctime_ns == status.st_ctime_ns:
        assert time.monotonic() < deadline
        with model.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"y")
        os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert artifact(root, tmp_path / "cache").digest != before


def test_a_young_file_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    seen = reads(monkeypatch)
    written = (root / "a/1/model.onnx").stat().st_ctime_ns
    for _ in range(2):
        artifact(root, tmp_path / "cache", lambda: written + RACY_NANOSECONDS)
    assert len(seen) == 2


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff", b"[]", b'{"format": 1}', b'{"format": 1, "files": []}', b"[" * 99999],
)
def test_a_damaged_cache_is_replaced(tmp_path: Path, damage: bytes) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    cache = tmp_path / "cache"
    cache.write_bytes(damage)
    artifact(root, cache)
    assert list(json.loads(cache.read_bytes())["files"]) == [str(root / "a/1/model.onnx")]


def test_a_wrong_entry_in_the_cache_is_ignored(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    cache = tmp_path / "cache"
    right = artifact(root, cache).digest
    data = json.loads(cache.read_bytes())
    for entry in data["files"].values():
        entry[-1] = "not a digest"
    cache.write_text(json.dumps(data))
    assert artifact(root, cache).digest == right


def repository_with_cache(tmp_path: Path) -> tuple[Path, Path]:
    root = repository(tmp_path / "models", {"a/1/model.onnx": onnx("x")})
    cache = tmp_path / ".reconciler" / "cache" / "hashes.json"
    cache.parent.mkdir(parents=True)
    return root, cache


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit memory by RLIMIT_AS")
def test_a_cache_that_is_no_file_is_not_read(tmp_path: Path) -> None:
    """Opening a pipe waits for ever, and a device never ends: a limit on memory tells."""
    root, cache = repository_with_cache(tmp_path)
    right = artifact(root).digest
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from reconciler.triton.files.hash_cache import HashCache\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "HashCache(Path(sys.argv[1]))"
    )
    whole = tmp_path / "elsewhere.json"
    for make in (
        lambda: cache.symlink_to("/dev/zero"),
        lambda: os.mkfifo(cache),
        cache.mkdir,
        lambda: cache.symlink_to(whole),
    ):
        make()
        subprocess.run([sys.executable, "-c", code, cache], check=True, timeout=30, capture_output=True)
        assert artifact(root, cache).digest == right
        cache.rmdir() if cache.is_dir() else cache.unlink()
    assert not whole.exists()


def test_a_cache_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    root, cache = repository_with_cache(tmp_path)
    artifact(root, cache)
    assert HashCache(cache)._entries
    cache.write_bytes(cache.read_bytes().ljust(LARGEST_CACHE + 1))
    assert HashCache(cache)._entries == {}
    artifact(root, cache)
    assert cache.stat().st_size < 1000


@pytest.mark.parametrize("link", [".reconciler", ".reconciler/cache"])
def test_a_cache_behind_a_link_is_neither_read_nor_written(tmp_path: Path, link: str) -> None:
    root, cache = repository_with_cache(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / link).rename(elsewhere)
    (tmp_path / link).symlink_to(elsewhere)
    precious = cache.resolve()
    precious.write_text("mine")
    assert artifact(root, cache).digest == artifact(root).digest
    assert precious.read_text() == "mine"
    assert [path.name for path in precious.parent.iterdir()] == ["hashes.json"]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    assert artifact(root, root / "a/1/model.onnx/cache").digest


def test_runs_at_the_same_time_share_a_cache(tmp_path: Path) -> None:
    roots = [repository(tmp_path / str(n), {f"m{n}/1/model.onnx": onnx(str(n))}) for n in range(6)]
    cache = tmp_path / "cache"
    threads = [threading.Thread(target=artifact, args=(root, cache)) for root in roots for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(json.loads(cache.read_bytes())["files"]) <= {
        str(root / f"m{n}/1/model.onnx") for n, root in enumerate(roots)
    }
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")})
    model = root / "a/1/model.onnx"
    real = hashing._hash_file
    pending = [onnx("first"), onnx("second")]

    def disturbed(*asked: Any) -> str:
        digest = real(*asked)
        if pending:
            model.write_bytes(pending.pop())
        return digest

    monkeypatch.setattr(hashing, "_hash_file", disturbed)
    assert artifact(root).entries[0].sha256 == hashlib.sha256(onnx("first")).hexdigest()
    pending += [onnx("a"), onnx("bb"), onnx("ccc")]
    with pytest.raises(Failed, match="keeps changing"):
        artifact(root)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    found = layout(repository(tmp_path / "r", {"a/1/model.onnx": onnx("x")}))
    (tmp_path / "r/a/1/model.onnx").unlink()
    with pytest.raises(Failed, match="cannot be read: No such file"):
        build_artifacts([found], None, quiet)


def test_an_artifact_knows_the_contracts_of_its_models(tmp_path: Path) -> None:
    config = (
        b'backend: "python" input { name: "x" data_type: TYPE_FP32 dims: 2 } '
        b'output { name: "y" data_type: TYPE_FP32 dims: 2 }'
    )
    repository(
        tmp_path, {"b/config.pbtxt": config, "b/1/model.py": PYTHON.encode(), "a/1/model.onnx": onnx("")}
    )
    found = artifact(tmp_path)
    contract = Contract((Tensor("x", "FP32", (2,)),), (Tensor("y", "FP32", (2,)),))
    assert dict(structure_of(found).contracts)["b", 1] == contract
    assert found.versions == {("a", 1), ("b", 1)}


def test_the_models_of_a_layout_begin_inside_of_their_folders(tmp_path: Path) -> None:
    repository(
        tmp_path,
        {"b/config.pbtxt": b'backend: "python"', "b/2/model.py": PYTHON.encode(), "a/1/model.onnx": onnx("")},
    )
    whole = layout(tmp_path)
    parts = whole.models()
    assert {name: {file.path for file in part.files} for name, part in parts.items()} == {
        "a": {"1/model.onnx"},
        "b": {"config.pbtxt", "2/model.py"},
    }
    assert {name: part.versions for name, part in parts.items()} == {"a": {("a", 1)}, "b": {("b", 2)}}
