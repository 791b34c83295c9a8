"""Revisions that are not there, or hold something that is not valid: that counts as changed, and is told."""

from pathlib import Path

import pytest

from reconciler.core.model.errors import Failed
from tests.app.changed.conftest import names, since
from tests.support.hello import MANIFEST
from tests.support.repositories import commit, git
from tests.support.workspace import SETTINGS, Workspace, make

OTHER = MANIFEST.replace("name: hello", "name: other")


def test_no_such_revision(made: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="--changed-since: revision nope is not in this clone: git fetch"):
        since(made, "nope")
    with pytest.raises(Failed, match="--changed-since: revision --help is not in this clone"):
        since(made, "--help")
    first = git(made.root, "rev-parse", "HEAD")
    made.write("manifests/other.yaml", OTHER)
    commit(made.root)
    clone = make(tmp_path / "clone").root
    (clone / "reconciler.yaml").unlink()
    git(clone, "clone", "--quiet", "--depth=1", f"file://{made.root}", ".")
    with pytest.raises(Failed, match=r"which is shallow: git fetch --unshallow .* fetch-depth: 0"):
        since(Workspace(clone), first)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="this folder is in no git repository"):
        since(make(tmp_path / "plain"))


def test_a_manifest_that_was_not_valid(made: Workspace) -> None:
    good = (made.root / "manifests/hello.yaml").read_text()
    made.write("manifests/other.yaml", OTHER)
    made.write("manifests/hello.yaml", good.replace("tag:", "tags:"))
    first = commit(made.root)
    made.write("manifests/hello.yaml", good)
    found = since(made, first)
    assert (found.names, found.orphans) == ({"hello"}, False)
    (finding,) = found.incomparable
    assert str(finding.where).startswith("manifests/hello.yaml:5:")
    assert finding.what == "spec.image needs 'tag', 'digest' or 'build'"


def test_a_file_of_which_no_name_can_be_read(made: Workspace) -> None:
    """Then nobody knows which of what is live was named in it."""
    good = (made.root / "manifests/hello.yaml").read_text()
    made.write("manifests/hello.yaml", good.replace("spec:", "spec: ["))
    first = commit(made.root)
    made.write("manifests/hello.yaml", good)
    assert (since(made, first).names, since(made, first).orphans) == ({"hello"}, True)


def test_two_of_one_name(made: Workspace) -> None:
    """Whichever was meant: it is not as it was."""
    made.write("manifests/second.yaml", (made.root / "manifests/hello.yaml").read_text())
    first = commit(made.root)
    made.write("manifests/second.yaml", OTHER)
    assert names(made, first) == {"hello", "other"}
    made.write("manifests/hello.yaml", f"# too\n{(made.root / 'manifests/hello.yaml').read_text()}")
    assert since(made, first).names == {"hello", "other"}


def test_before_there_were_settings_or_the_target(made: Workspace) -> None:
    first = git(made.root, "rev-parse", "HEAD")
    made.write("reconciler.yaml", f"{SETTINGS}  staging: {{emulator: {{}}}}\n")
    found = since(made, first, target="staging")
    assert (found.names, found.why) == (None, "reconciler.yaml had no target 'staging' then")
    assert names(made, first) == set()
    made.write("reconciler.yaml", f"{SETTINGS}nonsense: 1\n")
    second = commit(made.root)
    (made.root / "reconciler.yaml").unlink()
    third = commit(made.root)
    made.write("reconciler.yaml", SETTINGS)
    assert since(made, second).why.startswith("reconciler.yaml:8:1 was not valid then: ")
    assert since(made, third).why == "there was no reconciler.yaml then"


def test_a_name_that_is_no_text(made: Workspace) -> None:
    """File names are bytes."""
    (made.root / "manifests/hello/m/1").joinpath("x").write_text("1")
    bad = bytes(made.root / "manifests") + b"/\xff.txt"
    Path(bad.decode(errors="surrogateescape")).write_text("x")
    assert names(made) == {"hello"}
