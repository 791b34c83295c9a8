"""Posts comments: one of each kind for a target, updated in place, and never over one that is newer."""

from dataclasses import dataclass

from reconciler.adapters.github.own_posts import OwnPost, OwnPosts
from reconciler.core.planning.review.posts import MadeFor, PostKind, headed, made_for, marker, may_replace


@dataclass(frozen=True, slots=True)
class Post:
    """A text for a target, and the commit and run that it was made for."""

    kind: PostKind
    target: str
    made: MadeFor
    text: str

    @property
    def marker(self) -> str:
        """By which it is found again."""
        return marker(self.kind, self.target)

    @property
    def body(self) -> str:
        """The text as it is sent."""
        return headed(self.kind, self.target, self.made, self.text)


def post_comment(posts: OwnPosts, thread: int, post: Post, head: str) -> str:
    """Write the comment of this kind on a pull request, whose newest commit is `head`; what was done, in
    words. Where there are several, the oldest is written, and the others are taken away.
    """
    there = posts.comments(thread, post.marker)
    newest = max(
        (made for one in there if (made := made_for(one.body))), key=lambda made: made.run, default=None
    )
    if any(not may_replace(made_for(one.body), post.made, head) for one in there):
        run = f"run {newest.run}" if newest else "another run"
        return f"pull request #{thread}: the comment is left as it is: {run} wrote it for a newer commit"
    if not there:
        posts.create_comment(thread, post.marker, post.body)
        return f"pull request #{thread}: comment written"
    first, *others = there
    done = _changed(posts, first, post.body)
    for other in others:
        posts.delete_comment(other)
    return f"pull request #{thread}: {done}"


def _changed(posts: OwnPosts, there: OwnPost, body: str) -> str:
    if there.body == body:
        return "the comment says so already"
    posts.change_comment(there, body)
    return "comment updated"
