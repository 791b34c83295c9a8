"""One issue for each target that has drifted: opened, changed only when its text changes, closed when nothing
is out of step, and opened again when something is, whoever has closed it.
"""

from collections.abc import Iterator

from reconciler.adapters.github.own_posts import OwnPost, OwnPosts
from reconciler.app.github.texts import DriftFound
from reconciler.core.planning.review.posts import MadeFor, PostKind, headed, marker
from reconciler.report.comment.drift import BACK_AGAIN, OVER, TOLD_ELSEWHERE

LABEL = "reconcile-drift"


def tell_drift(posts: OwnPosts, target: str, found: DriftFound, made: MadeFor) -> Iterator[str]:
    """Bring the issue to what was found; what was done, in words."""
    mark = marker(PostKind.DRIFT, target)
    issues = posts.issues(LABEL, mark)
    there = [issue for issue in issues if issue.open]
    if not found.text:
        if found.unseen:
            yield "not everything could be looked at, so the issue is left as it is"
        elif there:
            yield from _close(posts, there, headed(PostKind.DRIFT, target, made, OVER), "completed")
        else:
            yield "nothing is out of step, and no issue is open"
        return
    body = f"{mark}\n{found.text}"
    if there:
        first, *others = there
        yield _updated(posts, first, found.title, body)
        yield from _close(posts, others, headed(PostKind.DRIFT, target, made, TOLD_ELSEWHERE), "not_planned")
    elif issues:
        last = issues[-1]
        posts.change_issue(last, state="open", title=found.title, body=body)
        posts.create_comment(last.number, mark, headed(PostKind.DRIFT, target, made, BACK_AGAIN))
        yield f"issue #{last.number} opened again"
    else:
        issue = posts.create_issue(LABEL, mark, found.title, body)
        yield f"issue #{issue.number} opened"


def _updated(posts: OwnPosts, issue: OwnPost, title: str, body: str) -> str:
    if (issue.title, issue.body) == (title, body):
        return f"issue #{issue.number} says so already"
    posts.change_issue(issue, title=title, body=body)
    return f"issue #{issue.number} updated"


def _close(posts: OwnPosts, issues: list[OwnPost], word: str, reason: str) -> Iterator[str]:
    for issue in issues:
        posts.change_issue(issue, state="closed", state_reason=reason)
        posts.create_comment(issue.number, word.partition("\n")[0], word)
        yield f"issue #{issue.number} closed"
