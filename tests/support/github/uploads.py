"""Artifacts of runs: values in the state, and the folder that a stand-in for upload-artifact writes to."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.github.state import REPOSITORY_ID, State, next_id, now


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # the same bytes at any time
    return content.getvalue()


def upload(
    state: State,
    name: str,
    content: bytes | Mapping[str, bytes],
    head_sha: str,
    *,
    fork: bool = False,
    expired: bool = False,
    **run: Any,
) -> State:
    """An artifact as a run at this commit uploads it: a zip, or the files in it."""
    archive = content if isinstance(content, bytes) else zipped(content)
    workflow_run = {
        "id": 1,
        "head_sha": head_sha,
        "head_branch": "change",
        "head_repository_id": 9999 if fork else REPOSITORY_ID,
        **run,
    }
    one = _artifact(state, name, archive, workflow_run, expired)
    state["artifacts"].append(one)
    return one


def take_in(state: State, folder: Path) -> None:
    """Add what lies in the folder and is not in the state yet."""
    for place in sorted(folder.glob("*/*/")):
        run, name = place.parent.name, place.name
        if not place.is_dir() or any(one.get("place") == f"{run}/{name}" for one in state["artifacts"]):
            continue
        files = {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }
        one = _artifact(state, name, zipped(files), _run(state, place.parent), expired=False)
        state["artifacts"].append({**one, "place": f"{run}/{name}"})


def _artifact(state: State, name: str, archive: bytes, run: State, expired: bool) -> State:
    return {
        "id": next_id(state),
        "name": name,
        "size_in_bytes": len(archive),
        "expired": expired,
        "created_at": now(state),
        "workflow_run": run,
        "zip": base64.b64encode(archive).decode(),
    }


def _run(state: State, folder: Path) -> State:
    told = folder / "run.json"
    known = json.loads(told.read_text()) if told.is_file() else state["runs"].get(folder.name, {})
    return {
        "id": int(folder.name) if folder.name.isdigit() else 1,
        "head_sha": "0" * 40,
        "head_branch": "main",
        "head_repository_id": state["repository"]["id"],
        **known,
    }
