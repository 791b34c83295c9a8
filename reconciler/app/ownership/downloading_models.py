"""Lays the models of a catalog model out as a folder, with the digest of their content."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.connecting import ReachedTarget
from reconciler.app.live.reading_live import patiently
from reconciler.app.workspace import Say
from reconciler.core.model.errors import CloudError, Failed
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.hashing import build_artifacts
from reconciler.triton.files.private_places import private_name
from reconciler.triton.live_models import models_in
from reconciler.triton.repository_folder import layout_of_folder

KEEP = ".gitkeep"
"""git keeps no empty folder, and Triton wants one for each version of an ensemble; no digest counts this."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The digest of the models, or the reasons why they cannot be laid out; `left_out` are files of the
    artifact beside the models.
    """

    content: str = ""
    reasons: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def download_models(
    reached: ReachedTarget, model: str, folder: Path, scratch: Path, hashes: Path, say: Say
) -> Downloaded:
    """Download a catalog model, and unpack its models into a new folder. `scratch` is on the same disk."""
    from reconciler.adapters.archive.unpacking import unpack

    try:
        listed = patiently(reached.cloud.content, model)
        models, paths = models_in(listed), listed.paths()
        if within := sorted({found.lies_in for found in models} - {""}):
            what = f"its models lie in the folder {within[0]!r} of the artifact, and ours lie at the top"
            return Downloaded(reasons=(f"{what}: leave --download out",))
        if private := next((path for path in paths if any(map(private_name, path.split("/")))), ""):
            return Downloaded(reasons=(f"the artifact holds {private[:80]!r}, which is git's or ours",))
        names = {found.name for found in models}
        archive = scratch / "artifact.zip"
        with archive.open("xb") as file:
            reached.cloud.download(model, file, _progress(say))
        folder.mkdir(parents=True)
        unpack(archive, folder, lambda path: path.partition("/")[0] in names)
        archive.unlink()
    except CloudError:
        raise
    except Failed as error:
        return Downloaded(reasons=(str(error),))
    _keep_empty_folders(folder)
    layout, findings = layout_of_folder(folder, Location(folder.name))
    if layout is None:
        reasons = (_reason(finding, folder) for finding in findings)
        return Downloaded(reasons=tuple(f"the models cannot be laid out: {reason}" for reason in reasons))
    (artifact,) = build_artifacts([layout], hashes, lambda done, total: None)
    beside = {path.partition("/")[0] for path in paths} - names
    return Downloaded(artifact.digest, (), tuple(sorted(beside)))


def _reason(finding: Finding, folder: Path) -> str:
    """What is wrong, and with which of the models' files."""
    place = finding.where.path.removeprefix(f"{folder.absolute()}/")
    what = finding.what if place == finding.where.path else f"{place}: {finding.what}"
    return ". ".join(filter(None, (what, finding.advice)))


def _keep_empty_folders(folder: Path) -> None:
    for place, folders, files in os.walk(folder):
        if not folders and not files:
            Path(place, KEEP).touch()


def _progress(say: Say) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if total:
            say(f"downloading the models: {100 * done // total}%")

    return progress
