"""A repository with one deployment in a commit, and what has changed since."""

from pathlib import Path

import pytest

from reconciler.app.changed.since import affected_since
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import workspace_at
from reconciler.core.planning.review.affected import Affected
from tests.support.hello import write_hello
from tests.support.repositories import commit, git
from tests.support.workspace import Workspace, make


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    workspace = make(tmp_path / "repository")
    write_hello(workspace)
    workspace.write(".gitignore", ".reconciler/\nignored/\n")
    git(workspace.root, "init", "--quiet")
    commit(workspace.root)
    return workspace


def since(
    made: Workspace, revision: str = "HEAD", *paths: str, target: str = "local", secret: str = ""
) -> Affected:
    """With what is found."""
    workspace, chosen = workspace_at(made.root, target, {"TOKEN": secret})
    places = [made.root / path for path in paths]
    return affected_since(workspace, chosen, revision, places, checked_manifests(workspace, chosen, places))


def names(made: Workspace, revision: str = "HEAD", *paths: str) -> set[str]:
    """Of a revision that can be compared as a whole."""
    found = since(made, revision, *paths)
    assert (found.why, found.incomparable, found.orphans) == ("", (), False)
    assert found.names is not None
    return set(found.names)
