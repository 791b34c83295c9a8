"""What counts as a change of a deployment, and what does not, where paths alone would not tell."""

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.changed.conftest import names, since
from tests.support.external_data import write_model
from tests.support.hello import CONFIG, MANIFEST, MODEL
from tests.support.model_contents import PYTHON, onnx_of_size, tiny_onnx
from tests.support.repositories import commit, git
from tests.support.workspace import SETTINGS, Workspace

OTHER = MANIFEST.replace("name: hello", "name: other")
MODELS = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: NAME}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: "1"}
  models: [{name: m, backend: onnxruntime, versions: {"1": FILE}}]
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}
"""


def manifest(name: str, file: str) -> str:
    return MODELS.replace("NAME", name).replace("FILE", file)


def test_nothing_has_changed(made: Workspace) -> None:
    assert names(made) == set()
    made.write("ignored/x.yaml", "x")
    made.write("README.md", "x")
    made.write("manifests/hello.yaml", f"# a comment\n{(made.root / 'manifests/hello.yaml').read_text()}")
    assert names(made) == set()


def test_added_and_gone_without_a_commit(made: Workspace) -> None:
    made.write("manifests/more/other.yaml", OTHER.replace("hello", "../hello"))
    assert names(made) == {"other"}
    git(made.root, "mv", "manifests/hello.yaml", "manifests/moved.yaml")
    assert names(made) == {"other"}
    (made.root / "manifests/moved.yaml").unlink()
    assert names(made) == {"other", "hello"}


def test_what_git_ignores_is_as_it_was(made: Workspace) -> None:
    made.write("ignored/model.onnx", tiny_onnx("one"))
    made.write("manifests/a.yaml", manifest("a", "../ignored/model.onnx"))
    commit(made.root)
    made.write("ignored/model.onnx", tiny_onnx("two"))
    made.write("manifests/a.yaml", f"# other words\n{manifest('a', '../ignored/model.onnx')}")
    assert names(made) == set()


@pytest.mark.parametrize("size", [100, 3 << 20])
def test_large_files_are_compared_by_content(made: Workspace, size: int) -> None:
    """The large ones are not copied for that."""
    place = made.root / "models/model.onnx"
    made.write("models/model.onnx", "").write_bytes(onnx_of_size(size, b"a"))
    made.write("manifests/a.yaml", manifest("a", "../models/model.onnx"))
    made.write("manifests/b.yaml", manifest("b", "../models/model.onnx"))
    first = commit(made.root)
    made.write("manifests/a.yaml", f"# other words\n{manifest('a', '../models/model.onnx')}")
    made.write("manifests/b.yaml", manifest("b", "../models/copy.onnx"))
    made.write("models/copy.onnx", "").write_bytes(onnx_of_size(size, b"a"))
    assert names(made, first) == set()
    made.write("models/copy.onnx", "").write_bytes(onnx_of_size(size, b"b"))
    assert names(made, first) == {"b"}
    place.write_bytes(onnx_of_size(size, b"c"))
    assert names(made, first) == {"a", "b"}


def test_what_comes_along_with_a_model_file_counts_like_it(made: Workspace) -> None:
    write_model(made.root / "models/model.onnx", "deep/w.bin")
    made.write("models/deep/w.bin", "three floats")
    made.write("manifests/a.yaml", manifest("a", "../models/model.onnx"))
    made.write("labels/some.txt", "one")
    more = manifest("b", "../models/model.onnx").replace("}}]", "}, files: {some.txt: ../labels/some.txt}}]")
    made.write("manifests/b.yaml", more)
    commit(made.root)
    made.write("manifests/a.yaml", f"# other words\n{manifest('a', '../models/model.onnx')}")
    assert names(made) == set()
    made.write("labels/some.txt", "two")
    assert names(made) == {"b"}
    made.write("models/deep/w.bin", "three others")
    assert names(made) == {"a", "b"}


def test_a_link_that_leads_elsewhere(made: Workspace) -> None:
    made.write("shared/one/m/config.pbtxt", CONFIG)
    made.write("shared/one/m/1/model.py", MODEL)
    made.write("shared/two/m/config.pbtxt", CONFIG)
    made.write("shared/two/m/1/model.py", MODEL)
    link = made.root / "current"
    link.symlink_to("shared/one")
    made.write("manifests/linked.yaml", OTHER.replace("Repository: hello", "Repository: ../current"))
    first = commit(made.root)
    made.write("shared/one/m/1/model.py", f"{MODEL}# more\n")
    assert names(made, first) == {"other"}
    link.unlink()
    link.symlink_to("shared/two")
    assert names(made, first) == set(), "the content is that of then"
    made.write("shared/two/m/2/model.py", MODEL)
    second = commit(made.root)
    shutil.rmtree(made.root / "shared/two/m/2")
    assert names(made, second) == {"other"}


def test_a_folder_of_manifests_behind_a_link(made: Workspace) -> None:
    made.write("teams/a/other.yaml", manifest("a", "models/m.onnx"))
    made.write("teams/a/models/m.onnx", tiny_onnx("one"))
    (made.root / "manifests/team").symlink_to("../teams/a")
    first = commit(made.root)
    made.write("teams/a/other.yaml", manifest("renamed", "models/m.onnx"))
    assert names(made, first) == {"a", "renamed"}
    made.write("teams/a/other.yaml", manifest("a", "models/m.onnx"))
    made.write("teams/a/models/m.onnx", tiny_onnx("two"))
    assert names(made, first) == {"a"}
    (made.root / "manifests/team").unlink()
    assert names(made, first) == {"a"}


CLEAN = """
import hashlib, sys
from tests.support.model_contents import PYTHON, onnx_of_size, tiny_onnx
data = sys.stdin.buffer.read()
if not data.startswith(b"version https://git-lfs"):
    digest = hashlib.sha256(data).hexdigest()
    data = f"version https://git-lfs.github.com/spec/v1\\noid sha256:{digest}\\nsize {len(data)}\\n".encode()
sys.stdout.buffer.write(data)
"""


def with_lfs(made: Workspace, tmp_path: Path) -> None:
    """What `git lfs track` sets up; nothing smudges: contents are only in the work tree."""
    program = tmp_path / "clean.py"
    program.write_text(CLEAN)
    git(made.root, "config", "filter.lfs.clean", f"{sys.executable} {program}")
    git(made.root, "config", "filter.lfs.smudge", "sh -c 'test \"$GIT_LFS_SKIP_SMUDGE\" = 1 && cat'")
    git(made.root, "config", "filter.lfs.required", "true")
    made.write(".gitattributes", "*.onnx filter=lfs diff=lfs merge=lfs -text\n")


def test_what_git_lfs_keeps_is_compared_by_its_pointer(made: Workspace, tmp_path: Path) -> None:
    with_lfs(made, tmp_path)
    for name in "abc":
        made.write(f"manifests/{name}.onnx", "").write_bytes(onnx_of_size(2000, name.encode()))
        made.write(f"manifests/{name}.yaml", manifest(name, f"{name}.onnx"))
    first = commit(made.root)
    assert git(made.root, "show", f"{first}:manifests/a.onnx").startswith("version https://git-lfs")
    made.write("manifests/a.onnx", "").write_bytes(onnx_of_size(2000, b"x"))
    git(made.root, "mv", "manifests/b.onnx", "manifests/moved.onnx")
    made.write("manifests/b.yaml", manifest("b", "moved.onnx"))
    made.write("manifests/c.yaml", f"# other words\n{manifest('c', 'c.onnx')}")
    assert names(made, first) == {"a"}
    commit(made.root)
    assert names(made, first) == {"a"}


def test_into_git_lfs_and_out_of_it_changes_nothing(made: Workspace, tmp_path: Path) -> None:
    made.write("manifests/a.onnx", "").write_bytes(onnx_of_size(2000, b"a"))
    made.write("manifests/a.yaml", manifest("a", "a.onnx"))
    first = commit(made.root)
    with_lfs(made, tmp_path)
    git(made.root, "add", "--renormalize", ".")
    second = commit(made.root)
    assert git(made.root, "diff", "--name-only", first, second).splitlines() == [
        ".gitattributes",
        "manifests/a.onnx",
    ]
    assert names(made, first) == set()
    made.write(".gitattributes", "")
    git(made.root, "add", "--renormalize", ".")
    commit(made.root)
    assert names(made, second) == set()


def test_a_configuration_in_git_lfs_counts_as_changed(made: Workspace, tmp_path: Path) -> None:
    """Its content would be needed, and nobody fetches it; from where Git LFS keeps it, it is taken."""
    with_lfs(made, tmp_path)
    made.write(".gitattributes", "*.pbtxt filter=lfs\n")
    git(made.root, "add", "--renormalize", ".")
    first = commit(made.root)
    git(made.root, "mv", "manifests/hello", "manifests/moved")
    made.write(
        "manifests/hello.yaml",
        MANIFEST.replace("Repository: hello", "Repository: moved").replace("DESCRIPTION", "one"),
    )
    found = since(made, first)
    assert found.names == {"hello"}
    assert [finding.where.path for finding in found.incomparable] == ["manifests/hello/m/config.pbtxt"]
    digest = hashlib.sha256(CONFIG.encode()).hexdigest()
    made.write(f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}", CONFIG)
    assert names(made, first) == set()


def cloned(made: Workspace, revision: str, place: Path) -> Workspace:
    """As CI checks it out: git writes every file anew."""
    git(made.root, "clone", "--quiet", "--no-checkout", str(made.root), str(place))
    git(place, "checkout", "--quiet", "--detach", revision)
    return replace(made, root=place)


def test_other_attributes_count_where_git_writes_other_files_for_them(
    made: Workspace, tmp_path: Path
) -> None:
    """Although they are committed as they were."""
    for name in ("a", "b"):
        made.write(f"models/{name}.onnx", PYTHON)
        of_lines = manifest(name, f"../models/{name}.onnx").replace("onnxruntime", "python")
        made.write(f"manifests/{name}.yaml", of_lines)
    made.write(".gitattributes", "b.onnx text eol=crlf\n")
    first = commit(made.root)
    made.write("models/.gitattributes", "a.onnx text eol=crlf\n")
    second = commit(made.root)
    made.write(".gitattributes", "b.onnx text=auto eol=crlf\n# other words\n")
    third = commit(made.root)
    made.write("models/.gitattributes", "")
    made.write(".gitattributes", "")
    last = commit(made.root)
    for at, before, expected in (
        (third, first, {"a"}),
        (third, second, set()),
        (last, first, {"b"}),
        (last, second, {"a", "b"}),
    ):
        assert names(cloned(made, at, tmp_path / f"{at}-{before}"), before) == expected


def test_files_of_a_submodule(made: Workspace, tmp_path: Path) -> None:
    """Git has nothing of them here, so a change of the submodule is one of all that is in it."""
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / "model.onnx").write_text(tiny_onnx("one"))
    commit(inner)
    git(made.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    made.write("manifests/a.yaml", manifest("a", "../sub/model.onnx"))
    first = commit(made.root)
    made.write("manifests/a.yaml", f"# other words\n{manifest('a', '../sub/model.onnx')}")
    assert names(made, first) == set()
    (made.root / "sub/model.onnx").write_text(tiny_onnx("two"))
    git(made.root / "sub", "commit", "--quiet", "--all", "--message", "two")
    found = since(made, first)
    assert (found.names, len(found.incomparable)) == ({"a"}, 1)
    commit(made.root)
    assert since(made, first) == found


def test_a_model_that_was_a_submodule(made: Workspace, tmp_path: Path) -> None:
    """A folder would look as if it had not been there."""
    inner = tmp_path / "inner"
    (inner / "1").mkdir(parents=True)
    (inner / "config.pbtxt").write_text(CONFIG)
    (inner / "1/model.py").write_text(MODEL)
    git(inner, "init", "--quiet")
    commit(inner)
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner))
    git(made.root, *words, "manifests/hello/second")
    first = commit(made.root)
    assert names(made, first) == set()
    git(made.root, "rm", "--quiet", "-r", "--force", "manifests/hello/second")
    found = since(made, first)
    assert (found.names, len(found.incomparable)) == ({"hello"}, 1)
    assert "manifests/hello/second" in found.incomparable[0].what


def test_a_secret_is_compared_by_its_name(made: Workspace) -> None:
    """Whatever it is, nothing else comes out."""
    text = (made.root / "manifests/hello.yaml").read_text()
    with_secret = f'{text}  server: {{env: {{AB: "{{{{ env.TOKEN }}}}"}}}}\n'
    made.write("manifests/hello.yaml", with_secret)
    commit(made.root)
    made.write("manifests/hello.yaml", f"# words\n{with_secret}")
    assert names(made) == set()
    made.write("manifests/hello.yaml", with_secret.replace("env.TOKEN", "env.OTHER"))
    assert since(made, secret="canary-one") == since(made, secret="canary-two") == since(made)
    assert names(made) == {"hello"}
    made.write("manifests/hello.yaml", with_secret.replace("AB:", "A B:"))
    commit(made.root)
    made.write("manifests/hello.yaml", with_secret)
    found = since(made, secret="canary-one")
    assert found == since(made, secret="canary-two")
    assert len(found.incomparable) == 1


def test_another_url_counts_although_the_content_is_the_same(made: Workspace) -> None:
    """The old one may be dead."""
    remote = f"{{url: 'https://example.com/one', sha256: '{'0' * 64}'}}"
    made.write("manifests/a.yaml", manifest("a", remote))
    commit(made.root)
    made.write("manifests/a.yaml", manifest("a", remote.replace("one", "two")))
    assert names(made) == {"a"}


def test_settings_that_are_about_every_deployment(made: Workspace) -> None:
    for said, why in [
        (SETTINGS.replace("owner: tests", "owner: others"), "reconciler.yaml has changed: owner"),
        (
            SETTINGS.replace("project: tests", "project: b"),
            "reconciler.yaml has changed: the place of target local",
        ),
        (f"{SETTINGS}safety: {{ownership: {{update: adopt-all}}}}\n", "reconciler.yaml has changed: safety"),
    ]:
        made.write("reconciler.yaml", said)
        assert (since(made).names, since(made).why) == (None, why)
    made.write("reconciler.yaml", f"{SETTINGS}safety: {{maxDeletes: 7}}\nsecrets: []\n")
    assert names(made) == set()


def test_a_path_is_no_reason_to_take_what_was_moved_for_new(made: Workspace) -> None:
    made.write(
        "elsewhere/hello.yaml",
        (made.root / "manifests/hello.yaml").read_text().replace("hello\n", "../manifests/hello\n"),
    )
    git(made.root, "rm", "--quiet", "--cached", "manifests/hello.yaml")
    (made.root / "manifests/hello.yaml").unlink()
    assert names(made, "HEAD", "elsewhere") == set()
    made.write("elsewhere/hello.yaml", (made.root / "elsewhere/hello.yaml").read_text().replace("one", "two"))
    assert names(made, "HEAD", "elsewhere") == {"hello"}
