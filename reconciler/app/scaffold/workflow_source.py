"""Where the workflows that `reconcile init` writes call others from: a repository on GitHub, and a commit of
it.

Whoever may change what is called runs code with the user's sign-in. So it is the source that this very
program was installed from, which is trusted already, or one that the user names; never one that is guessed.
"""

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from reconciler.adapters.git.repository import DIRTY, repository_around, revision
from reconciler.core.model.errors import SetupError

DISTRIBUTION = "oci-triton-reconciler"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_REF = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}"
_ON_GITHUB = re.compile(
    rf"(?:(?:https|ssh)://(?:[^/@]*@)?github\.com/|[^/@:]+@github\.com:)({_NAME}?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class WorkflowSource:
    """`repository` as OWNER/NAME, and a commit, tag or branch of it."""

    repository: str
    ref: str

    @property
    def is_pinned(self) -> bool:
        """Whether nobody can move it."""
        return _COMMIT.fullmatch(self.ref) is not None


def named_source(text: str) -> WorkflowSource:
    """The source that a user names, as OWNER/REPO@REF. Raises SetupError for what is none."""
    found = re.fullmatch(rf"({_NAME})@({_REF})", text)
    if found is None or ".." in text:
        raise SetupError(
            f"{text}: it names no commit of a repository on GitHub\n"
            "    write --workflows OWNER/REPO@COMMIT, with all 40 digits of the commit"
        )
    return WorkflowSource(found[1], found[2])


def is_top(directory: Path) -> bool:
    """Whether GitHub would look for workflows in this folder: at the top of a repository, or of what becomes
    one.
    """
    return repository_around(directory) in (None, directory.resolve())


def own_source() -> WorkflowSource | None:
    """The source that this program was installed from, when that is on github.com: what pip wrote down (PEP
    610), or the checkout of an editable install.
    """
    try:
        written = distribution(DISTRIBUTION).read_text("direct_url.json")
        record = json.loads(written or "{}")
    except (PackageNotFoundError, OSError, ValueError):
        return None
    return source_of(record) if isinstance(record, dict) else None


def source_of(record: dict[str, Any]) -> WorkflowSource | None:
    """The source that pip's record of an installation tells."""
    match record:
        case {"subdirectory": _}:
            return None  # GitHub looks for workflows at the top of a repository
        case {"url": str(url), "vcs_info": {"vcs": "git", "commit_id": str(commit)}}:
            return _on_github(url, commit)
        case {"url": str(url), "dir_info": {"editable": True}} if url.startswith("file:"):
            return _of_checkout(Path(url2pathname(urlsplit(url).path)))
        case _:
            return None


def _of_checkout(folder: Path) -> WorkflowSource | None:
    if repository_around(folder) != folder.resolve():
        return None
    here = revision(folder)
    return None if isinstance(here, str) else _on_github(here.repository, here.commit.removesuffix(DIRTY))


def _on_github(url: str, commit: str) -> WorkflowSource | None:
    found = _ON_GITHUB.fullmatch(url)
    return WorkflowSource(found[1], commit) if found and _COMMIT.fullmatch(commit) else None
