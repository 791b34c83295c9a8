"""Secrets that RECONCILER_SECRETS hands over are the repository's environment, and never text of messages."""

from pathlib import Path

import pytest

from reconciler.app.workspace import workspace_at
from reconciler.core.model.errors import SetupError
from tests.support.workspace import SETTINGS

VALUE = "a-value-of-many-letters"


def test_they_are_looked_up_and_redacted(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    lines = f"HF_TOKEN={VALUE}\nOTHER=x"

    workspace, _ = workspace_at(tmp_path, "local", {"OTHER": "before", "RECONCILER_SECRETS": lines})

    assert workspace.environment["HF_TOKEN"] == VALUE
    assert workspace.environment["OTHER"] == "x"
    assert VALUE not in workspace.redaction.text(f"the service says {VALUE}, twice: {lines}")


def test_what_cannot_be_read_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)

    with pytest.raises(SetupError, match="RECONCILER_SECRETS, line 1"):
        workspace_at(tmp_path, "local", {"RECONCILER_SECRETS": VALUE})
