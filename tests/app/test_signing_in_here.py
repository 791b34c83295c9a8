"""RECONCILER_AUTH: a target is signed in to in another way here, and nothing else of it is another."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.app.workspace import workspace_at
from reconciler.core.model.errors import SetupError
from reconciler.core.model.target import Auth
from tests.support.workspace import make

PROD = """\
  prod: {region: us-ashburn-1, compartment: ocid1.compartment.oc1..x, project: serving, auth: github-oidc}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace = make(tmp_path)
    settings = (workspace.root / "reconciler.yaml").read_text()
    workspace.write("reconciler.yaml", settings.replace("targets:\n", f"targets:\n{PROD}"))
    return workspace.root


def test_only_the_way_to_sign_in_is_another(root: Path) -> None:
    _, usual = workspace_at(root, "prod", {"RECONCILER_AUTH": ""})
    _, here = workspace_at(root, "prod", {"RECONCILER_AUTH": "session"})
    assert here == replace(usual, auth=Auth.SESSION)
    assert (
        workspace_at(root, "local", {"RECONCILER_AUTH": "session"})[1] == workspace_at(root, "local", {})[1]
    )


def test_a_way_that_there_is_not_is_named_with_those_that_there_are(root: Path) -> None:
    with pytest.raises(
        SetupError, match="RECONCILER_AUTH: 'key' is no way to sign in: write one of api-key, "
    ):
        workspace_at(root, "prod", {"RECONCILER_AUTH": "key"})


def test_secrets_in_lines_cannot_set_it(root: Path) -> None:
    with pytest.raises(SetupError, match="belongs to the runner"):
        workspace_at(root, "prod", {"RECONCILER_SECRETS": "RECONCILER_AUTH=session"})
