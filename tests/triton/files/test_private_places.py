"""Nothing of git's or of this program's own is read or packed, by whatever path or link; what is no file
never stops a run.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Finding
from reconciler.manifests.loading import load_manifests
from reconciler.triton.files import folder_walk as paths
from reconciler.triton.files import hashing
from reconciler.triton.files.hashing import build_artifacts
from reconciler.triton.repository_layout import Layout
from tests.support.manifests import SMALL
from tests.support.model_contents import ONNX

SECRET = "hunter2hunter2"
CONFIG = f'[core]\n\tbare = false\n[remote "origin"]\n\turl = https://bot:{SECRET}@git.example.com/a.git\n'
FOLDER = SMALL.replace(
    """  models:
    - name: resnet
      backend: onnxruntime
      versions: {"1": models/model.onnx}
""",
    "  modelRepository: WHAT\n",
).replace("NAME", "one")
VERSION = SMALL.replace("models/model.onnx", "WHAT").replace("NAME", "one")
CONFIGURED = VERSION.replace("backend: onnxruntime", "config: WHAT").replace(
    '"1": WHAT', '"1": ../models/m/1/model.onnx'
)
INPUT = (
    VERSION.replace("WHAT", "../models/m/1/model.onnx")
    + "  rollout: {probes: [{model: resnet, input: WHAT}]}\n"
)
EXPECT = INPUT.replace("input: WHAT", "input: ../probe.json, expect: WHAT")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository with one model, a probe, and an emulator that has run."""
    place = tmp_path / "repository"
    (place / "models/m/1").mkdir(parents=True)
    (place / "models/m/1/model.onnx").write_text(ONNX)
    (place / "probe.json").write_text("{}")
    subprocess.run(["git", "init", "-q", place], check=True)
    (place / ".git/config").write_text(CONFIG)
    (place / ".reconciler/emulator/oci").mkdir(parents=True)
    (place / ".reconciler/emulator/oci/key.pem").write_text(SECRET)
    (place / "manifests").mkdir()
    return place


def layouts(root: Path, text: str, what: str = "") -> list[Layout]:
    (root / "manifests/one.yaml").write_text(text.replace("WHAT", what))
    return [draft.layout for draft in load_manifests([], root, {}, {}).drafts]


def refused(root: Path, text: str, what: str = "") -> tuple[Finding, ...]:
    with pytest.raises(InvalidManifests) as caught:
        layouts(root, text, what)
    assert SECRET not in str(caught.value)
    return caught.value.findings


def only(root: Path, text: str, what: str) -> str:
    [problem] = refused(root, text, what)
    return str(problem)


PATHS = [
    "../.git/config",
    "../.git",
    "../.git/../.git/config",
    ".././.git//config",
    "../models/../.git/config",
    "../.reconciler/emulator/oci/key.pem",
    "../.reconciler",
    "../links/link",
    "../links/folder/config",
    "../links/chain",
    "../links/folder/hooks",
]
KINDS = {"version": VERSION, "folder": FOLDER, "config": CONFIGURED, "input": INPUT, "expect": EXPECT}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", PATHS)
def test_a_path_into_what_is_private(root: Path, kind: str, what: str) -> None:
    (root / "links").mkdir()
    (root / "links/link").symlink_to("../.git/config")
    (root / "links/folder").symlink_to("../.git")
    (root / "links/chain").symlink_to("link")
    said = only(root, KINDS[kind], what)
    place, _, rest = said.partition(": ")
    line, column = place.removeprefix("manifests/one.yaml:").split(":")
    text = (root / "manifests/one.yaml").read_text().splitlines()[int(line) - 1]
    assert text[int(column) - 1 :].startswith(what)
    assert rest.startswith(f"'{what}' leads into '.git': nothing there is read or packed") or rest.startswith(
        f"'{what}' leads into '.reconciler': nothing there is read or packed"
    )
    assert "Keep models, configurations and probes in folders of their own." in rest


@pytest.mark.parametrize(
    "name",
    [".GIT", ".Git", ".gIt", "git~1", "GIT~2", ".git ", ".git.", ".g\u200cit", ".git::$INDEX", ".RECONCILER"],
)
def test_names_that_are_gits_own_elsewhere(root: Path, name: str) -> None:
    (root / name).mkdir()
    (root / name / "config").write_text(CONFIG)
    assert "leads into" in only(root, VERSION, f'"../{name}/config"')


@pytest.mark.parametrize("name", [".github", ".gitignore", "git", "x.git", "git~", ".gitty", "reconciler"])
def test_names_that_are_not(root: Path, name: str) -> None:
    (root / name).write_text(ONNX)
    assert len(layouts(root, VERSION, f"../{name}")) == 1


def bare(root: Path) -> str:
    subprocess.run(["git", "init", "-q", "--bare", root / "models/mirror"], check=True)
    return "../models/mirror/config"


def separate(root: Path) -> str:
    subprocess.run(["git", "init", "-q", "--separate-git-dir", root / "elsewhere", root / "sub"], check=True)
    return "../elsewhere/config"


def of_a_submodule(root: Path) -> str:
    (root / ".git/modules/sub").mkdir(parents=True)
    (root / "sub").mkdir()
    (root / "sub/.git").write_text("gitdir: ../.git/modules/sub\n")
    return "../sub/.git"


def nested(root: Path) -> str:
    subprocess.run(["git", "init", "-q", root / "models/clone"], check=True)
    return "../models/clone/.git/config"


@pytest.mark.parametrize("made", [bare, separate, of_a_submodule, nested])
def test_repositories_of_other_kinds(root: Path, made: Callable[[Path], str]) -> None:
    what = made(root)
    assert "nothing there is read or packed" in only(root, VERSION, what)


def test_the_git_folder_of_a_worktree_lies_elsewhere(root: Path) -> None:
    run = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=b"]
    subprocess.run([*run, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*run, "worktree", "add", "-q", "tree"], check=True)
    assert "'../tree/.git' leads into '.git'" in only(root, VERSION, "../tree/.git")
    tree = root / "tree"
    (tree / "manifests").mkdir()
    (tree / "links").symlink_to(root / ".git/worktrees/tree")
    assert "leads out of the repository" in only(tree, VERSION, "../links/HEAD")


# Folders: what lies in them is left out, what leads there is refused.


def packed(root: Path, text: str, what: str) -> set[str]:
    return {file.path for layout in layouts(root, text, what) for file in layout.files}


def test_what_a_clone_holds_beside_its_model_is_left_out(root: Path) -> None:
    subprocess.run(["git", "init", "-q", root / "models/m/1"], check=True)
    (root / "models/m/1/.GIT").mkdir()
    (root / "models/m/1/.GIT/config").write_text(CONFIG)
    (root / "models/m/1/.reconciler").mkdir()
    (root / "models/m/1/.reconciler/key.pem").write_text(SECRET)
    assert packed(root, VERSION, "../models/m/1") == {"resnet/1/model.onnx"}


def test_the_whole_repository_as_a_version(root: Path) -> None:
    (root / "model.onnx").write_text(ONNX)
    found = packed(root, VERSION, "..")
    assert "resnet/1/probe.json" in found
    assert not any(".git" in path or ".reconciler" in path for path in found)


@pytest.mark.parametrize(
    "end", ["../../../.git/config", "../../../.reconciler/emulator/oci/key.pem", "chain"]
)
@pytest.mark.parametrize("text", [FOLDER, VERSION], ids=["folder", "version"])
def test_a_link_in_a_folder(root: Path, end: str, text: str) -> None:
    """The folder is the repository itself, so that no link leaves it."""
    (root / "models/m/1/chain").symlink_to("../../../.git")
    (root / "models/m/1/link").symlink_to(end)
    problems = [problem for problem in refused(root, text, "..") if problem.where.path == "models/m/1/link"]
    assert [problem.what.split(",")[0] for problem in problems] in (
        [["a link into '.git'"]] if "reconciler" not in end else [["a link into '.reconciler'"]]
    )


def test_a_repository_without_a_work_tree_in_a_folder(root: Path) -> None:
    bare(root)
    (root / "models/m/1/mirror").symlink_to("../../mirror")
    said = {problem.where.path: problem.what for problem in refused(root, FOLDER, "../models")}
    assert said["models/mirror"] == "a git repository, of which nothing is packed"
    assert said["models/m/1/mirror"] == "a link into 'mirror', a git repository, of which nothing is packed"


# Manifests.


@pytest.mark.parametrize("inside", [".git", ".reconciler", ".git/hooks"])
def test_no_manifest_is_read_there(root: Path, inside: str) -> None:
    hidden = root / inside / "manifests"
    hidden.mkdir(parents=True)
    (hidden / "evil.yaml").write_text(VERSION.replace("one", SECRET).replace("WHAT", "../x"))
    (root / "manifests/one.yaml").write_text(VERSION.replace("WHAT", "../models/m/1/model.onnx"))
    for start in (hidden, hidden / "evil.yaml", root / inside):
        with pytest.raises(InvalidManifests, match="nothing there is read or packed"):
            load_manifests([start], root, {}, {})
    for link, end in (("folder", hidden), ("file.yaml", hidden / "evil.yaml")):
        (root / "manifests" / link).symlink_to(os.path.relpath(end, root / "manifests"))
        with pytest.raises(InvalidManifests, match=f"manifests/{link}: leads into '{inside.split('/')[0]}'"):
            load_manifests([], root, {}, {})
        (root / "manifests" / link).unlink()


# What is no file.


@contextmanager
def fifo(path: Path) -> Iterator[None]:
    os.mkfifo(path)
    yield


@contextmanager
def a_socket(path: Path) -> Iterator[None]:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)  # the name of a socket is short
        try:
            listener.bind(path.name)
        finally:
            os.chdir(here)
        yield


@contextmanager
def of_proc(path: Path) -> Iterator[None]:
    path.symlink_to("/proc/self/environ")
    yield


@contextmanager
def endless(path: Path) -> Iterator[None]:
    path.symlink_to("/dev/zero")
    yield


@contextmanager
def circle(path: Path) -> Iterator[None]:
    path.symlink_to(path.name)
    yield


SPECIAL = [fifo, a_socket, of_proc, endless, circle]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("special", SPECIAL)
def test_what_is_no_file_is_not_opened(root: Path, kind: str, special: Callable[[Path], object]) -> None:
    (root / "things").mkdir()
    with special(root / "things/thing"):
        said = only(root, KINDS[kind], "../things/thing")
    assert said.startswith("manifests/one.yaml:")
    assert any(words in said for words in ("is something else", "leads out of", "does not exist"))


@pytest.mark.parametrize("name", ["model.bin", "config.pbtxt"])
@pytest.mark.parametrize("special", SPECIAL)
def test_nor_in_a_folder(root: Path, special: Callable[[Path], object], name: str) -> None:
    place = root / "models/m" / ("1" if name == "model.bin" else "") / name
    with special(place):
        problems = refused(root, FOLDER, "../models")
    assert [problem.where.path for problem in problems] == [str(place.relative_to(root))]


@pytest.mark.parametrize("name", ["a.yaml", "reconciler.yaml"])
def test_nor_as_a_manifest(root: Path, name: str) -> None:
    with fifo(root / "manifests" / name):
        assert "is not a regular file" in only(root, VERSION, "../models/m/1/model.onnx")


@pytest.mark.parametrize("what", ['"a\\0b"', '"\\uD800"', '"a\\nb"', "x" * 300, "../" + "a/" * 3000 + "b"])
def test_paths_that_cannot_be(root: Path, what: str) -> None:
    for text in KINDS.values():
        assert refused(root, text, what)


HOSTILE_NAMES = [
    "a\nb",
    "a\x1b[2Jb",
    "a\x7fb",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\u2028b",
    "a\x85b",
    "a\\b",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_a_terminal_would_not_show(root: Path, name: str) -> None:
    (root / "models/m/1" / name).write_bytes(b"x")
    [problem] = refused(root, FOLDER, "../models")
    assert "control characters and backslashes cannot be in a name" in problem.what
    assert name not in problem.what or name == "a\\b"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_a_name_that_is_no_text(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / "models/m/1") + b"/a\xff")).write_bytes(b"x")
    [problem] = refused(root, FOLDER, "../models")
    assert "the name is not UTF-8" in problem.what


def test_a_deep_folder(root: Path) -> None:
    place = root / "models/m/1"
    for _ in range(3):
        shutil.move(place, root / "inner")
        (root / "models/m/1" / "/".join("a" * 300)).mkdir(parents=True)
        shutil.move(root / "inner", place / "/".join("a" * 300))
    assert any("longer than 1024 bytes" in problem.what for problem in refused(root, FOLDER, "../models"))


def test_a_maze_of_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each floor has two stairs to the next one: 2 to the power of 30 ways."""
    monkeypatch.setattr(paths, "MOST_FILES", 1000)
    version = root / "models/m/1"
    for floor in range(30):
        (version / f"f{floor}").mkdir()
        for stair in "ab":
            (version / f"f{floor}" / stair).symlink_to(f"../f{floor + 1}")
    (version / "f30").mkdir()
    [problem] = refused(root, FOLDER, "../models")
    assert str(problem).startswith("models/m: holds more than 1000 files and folders")


def test_a_sparse_file_larger_than_the_catalog_takes(root: Path) -> None:
    with (root / "models/m/1/model.onnx").open("r+b") as file:
        file.truncate((400 << 30) + 1)
    [problem] = refused(root, FOLDER, "../models")
    assert str(problem).startswith("models/m/1/model.onnx: larger than 429496729600 bytes")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_nobody_may_read(root: Path) -> None:
    (root / "models/m/1/model.onnx").write_bytes(b"x" * 5000)
    (root / "models/m/1/model.onnx").chmod(0)
    [problem] = refused(root, FOLDER, "../models")
    assert str(problem).startswith("models/m/1/model.onnx: cannot be read: Permission denied")


# Between the check and the reading.


def quiet(done: int, total: int) -> None:
    assert done <= total


def swap_link(path: Path, root: Path) -> None:
    path.unlink()
    path.symlink_to(root / ".git/config")


def swap_folder(path: Path, root: Path) -> None:
    (root / ".git/model.onnx").write_text(CONFIG)
    shutil.rmtree(path.parent)
    path.parent.symlink_to(root / ".git")


def swap_fifo(path: Path, root: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swap_content(path: Path, root: Path) -> None:
    path.write_text(CONFIG)


@pytest.mark.parametrize("swap", [swap_link, swap_folder, swap_fifo, swap_content])
@pytest.mark.parametrize("cached", [False, True])
def test_what_is_exchanged_after_the_check_is_not_hashed(
    root: Path, swap: Callable[[Path, Path], None], cached: bool
) -> None:
    model, cache = root / "models/m/1/model.onnx", root.parent / "hashes.json"
    found = layouts(root, FOLDER, "../models")
    if cached:
        build_artifacts(found, cache, quiet, lambda: 2**62)
    swap(model, root)
    with pytest.raises(Failed) as caught:
        build_artifacts(found, cache, quiet)
    assert str(model) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_what_is_exchanged_while_it_is_hashed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = root / "models/m/1/model.onnx"
    found = layouts(root, FOLDER, "../models")
    real = hashing._stamp

    def stamped(*asked: object) -> object:
        stamp = real(*asked)
        if not model.is_symlink():
            swap_link(model, root)
        return stamp

    monkeypatch.setattr(hashing, "_stamp", stamped)
    with pytest.raises(Failed, match="another file is there than the one that was checked"):
        build_artifacts(found, None, quiet)
