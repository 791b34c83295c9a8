"""Which of two runs may write a comment."""

import pytest

from reconciler.core.planning.review.posts import MadeFor, PostKind, headed, made_for, may_replace

OLD, NEW, NEWER = ("1" * 40, "2" * 40, "3" * 40)


def test_a_text_says_what_it_was_made_for() -> None:
    body = headed(PostKind.PLAN, "prod", MadeFor(OLD, 42), "text\n")
    assert body.splitlines()[0] == "<!-- reconcile:plan:prod -->"
    assert made_for(body) == MadeFor(OLD, 42)
    assert made_for(body.replace("\n", "\r\n")) == MadeFor(OLD, 42)


@pytest.mark.parametrize(
    "body", ["", "<!-- reconcile:plan:prod -->", "a\nb", f"a\nb\n<!-- commit {OLD}, run 4 -->"]
)
def test_others_say_nothing(body: str) -> None:
    assert made_for(body) is None


@pytest.mark.parametrize(
    ("there", "ours", "head", "may"),
    [
        (None, MadeFor(OLD, 1), NEW, True),
        (MadeFor(OLD, 1), MadeFor(NEW, 2), NEW, True),
        (MadeFor(NEW, 2), MadeFor(OLD, 1), NEW, False),
        (MadeFor(NEW, 2), MadeFor(OLD, 3), NEW, False),  # the run of an old commit is made again
        (MadeFor(NEW, 3), MadeFor(OLD, 4), OLD, True),  # the branch was moved back
        (MadeFor(OLD, 1), MadeFor(NEW, 2), NEWER, True),
        (MadeFor(NEW, 2), MadeFor(OLD, 1), NEWER, False),
        (MadeFor(NEW, 2), MadeFor(NEW, 2), NEW, True),
    ],
)
def test_who_may_write(there: MadeFor | None, ours: MadeFor, head: str, may: bool) -> None:
    assert may_replace(there, ours, head) is may
