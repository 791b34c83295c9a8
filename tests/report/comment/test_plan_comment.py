"""The comment on a pull request, as a reviewer meets it."""

import pytest

from reconciler.report.comment.plan import plan_comment
from tests.support.pull_requests import PULL_REQUESTS


@pytest.mark.parametrize("name", sorted(PULL_REQUESTS))
def test_golden(golden, name) -> None:
    golden(plan_comment(PULL_REQUESTS[name]()), f"comment-{name}.md")
