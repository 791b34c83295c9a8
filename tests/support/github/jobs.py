"""The environment of a job of GitHub Actions that reaches the stand-in, and its files."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.github.server import Hub


@dataclass
class JobFiles:
    """A job in a folder: `variables` are those of the runner; `summary` and `outputs` what it would read."""

    folder: Path
    hub: Hub
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        path = self.folder / "summary.md"
        return path.read_text() if path.exists() else ""

    @property
    def outputs(self) -> dict[str, str]:
        path = self.folder / "output"
        lines = path.read_text().splitlines() if path.exists() else []
        return dict(line.split("=", 1) for line in lines)


def job(
    folder: Path, hub: Hub, event: str, sha: str, *, pull: int = 0, head: str = "", run: int = 42, **more: str
) -> JobFiles:
    """A job for an event at a commit; with `pull`, about that pull request at its `head`."""
    folder.mkdir(exist_ok=True)
    event_file = folder / "event.json"
    payload = (
        {"pull_request": {"number": pull, "head": {"sha": head}}} if pull else {"ref": "refs/heads/main"}
    )
    event_file.write_text(json.dumps(payload))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": hub.url,
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": hub.repository,
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(event_file),
        "GITHUB_SHA": sha,
        "GITHUB_REF": f"refs/pull/{pull}/merge" if pull else "refs/heads/main",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_TOKEN": hub.token,
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
        **more,
    }
    return JobFiles(folder, hub, variables)
