"""Connects to the repository of a job on GitHub, and puts the redactor around what comes from it."""

from dataclasses import dataclass

from reconciler.adapters.github.own_posts import OwnPosts
from reconciler.adapters.github.repository import GithubRepository
from reconciler.adapters.github.transport import USUAL, GithubPatience, GithubTransport
from reconciler.app.github.job import Job
from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction

patience: GithubPatience = USUAL
"""How often and how long it is tried again; tests put a faster one here."""


@dataclass(frozen=True, slots=True)
class GithubHere:
    """The repository, and what we post there. Every error is redacted."""

    repository: GithubRepository
    posts: OwnPosts


def github_of(job: Job, redaction: Redaction) -> GithubHere:
    """The repository of this job. Nothing is asked yet."""
    repository = GithubRepository(GithubTransport(job.api, job.token, patience), job.repository)
    return GithubHere(redacted(repository, redaction), redacted(OwnPosts(repository), redaction))
