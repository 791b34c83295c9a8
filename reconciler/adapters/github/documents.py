"""GitHub's documents as values: what is needed of them, and nothing that is of another kind than its
documentation says. Pure.
"""

from typing import Any, TypeVar

from reconciler.adapters.github.errors import GithubFailed
from reconciler.core.planning.review.reviewed import MergedPull, UploadedPlan

T = TypeVar("T")


def field(document: Any, kind: type[T], *names: str) -> T:
    """The value of this kind at a path of names. Raises GithubFailed when there is none."""
    value = document
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise GithubFailed(
            f"GitHub's answer has no {'.'.join(names)} of the kind that its documentation says"
        )
    return value


def items(document: Any, name: str = "") -> list[Any]:
    """The entries of a list, or of the list below a name."""
    value = field(document, list, name) if name else document
    if not isinstance(value, list):
        raise GithubFailed("GitHub's answer is no list, as its documentation says")
    return value


def merged_pull(document: Any) -> MergedPull | None:
    """A merged pull request; None for one that is not merged."""
    if not isinstance(document, dict) or not document.get("merged_at"):
        return None
    head = field(document, dict, "head")
    # A fork that is deleted leaves nothing.
    repository = field(head, int, "repo", "id") if head.get("repo") else 0
    return MergedPull(
        field(document, int, "number"),
        field(head, str, "sha"),
        field(document, str, "base", "ref"),
        repository,
        field(document, str, "merged_at"),
    )


def uploaded_plan(document: Any) -> UploadedPlan:
    """An artifact. One without its run is nobody's."""
    run = document.get("workflow_run") if isinstance(document, dict) else None
    known = isinstance(run, dict)
    return UploadedPlan(
        id=field(document, int, "id"),
        name=field(document, str, "name"),
        head=field(run, str, "head_sha") if known else "",
        repository=field(run, int, "head_repository_id") if known else 0,
        expired=field(document, bool, "expired"),
        created=str(document.get("created_at") or ""),
        digest=str(document.get("digest") or ""),
    )
