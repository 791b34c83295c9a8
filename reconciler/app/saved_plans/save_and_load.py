"""Saves and loads plans: `plan --out` and `apply --plan`.

A saved plan names files by their place in the repository, so that another checkout can apply it, and secrets
by reference, so that they are looked up again. Anybody may have written it: everything that can be checked
without the cloud is checked here, and the rest in `admitting.py`.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from reconciler.app.saved_plans import plan_files
from reconciler.app.saved_plans.file_paths import files_of, urls_of
from reconciler.app.saved_plans.image_builds import wrong_builds
from reconciler.app.workspace import Workspace
from reconciler.core.model.configuration import Secret, secrets_in
from reconciler.core.model.errors import Refused, StalePlan
from reconciler.core.model.target import Target
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.diff.fields import LIVE
from reconciler.core.planning.environment_secrets import looked_up, name_refused
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.compared import Comparison
from reconciler.manifests.declarations.model_deployment import ManifestRemoteFile
from reconciler.manifests.schema.notes import Text
from reconciler.report.plan.json import COMPARISON, plan_document, read_plan
from reconciler.triton.files.confined_paths import BadPath, ConfinedPaths, PathKind, within
from reconciler.triton.files.folder_walk import credential_at

FAULTS_SHOWN = 3


def save(plan: Plan, path: Path, comparison: Comparison | None = None) -> None:
    """Save a plan, completely or not at all, with what came of comparing it with what was reviewed. Refuses
    one whose secrets could not be looked up again.
    """
    for secret in sorted({secret.reference for secret in secrets_in(plan)}):
        if secret == LIVE:
            raise Refused(
                f"{path}: not saved: spec.policy.ignore keeps a variable of spec.server.env as it is on the "
                "deployment, its value may be a secret, and a saved plan holds none. Name the variable in "
                "the manifest, or apply without --plan"
            )
    plan_files.write(path, json.dumps(plan_document(plan, comparison=comparison), indent=2) + "\n")


def load(workspace: Workspace, target: Target, path: Path) -> Plan:
    """Load a plan that was made for this repository and target. Raises StalePlan for one that was made for
    another, or that was found to be more than was reviewed, and Refused for one that our planner cannot have
    made, or that names files outside of the repository.
    """
    document = plan_files.read(path)
    _check_covered(document, path)
    plan = read_plan(document, lambda secret: _secret(workspace, secret))
    if (plan.target, plan.owner) != (target.name, workspace.settings.owner):
        raise StalePlan(
            f"{path}: made for target {plan.target!r} of owner {plan.owner!r}, "
            f"not for {target.name!r} of {workspace.settings.owner!r}. Plan again, or name the target with -t"
        )
    if all_faults := [*faults(plan), *_foreign_files(plan, workspace.root), *wrong_builds(plan)]:
        more = f"; and {len(all_faults) - FAULTS_SHOWN} more" if len(all_faults) > FAULTS_SHOWN else ""
        raise Refused(
            f"{path}: not a plan that `reconcile plan` makes: {'; '.join(all_faults[:FAULTS_SHOWN])}{more}. "
            "Nothing was sent: find out who wrote it, and plan again"
        )
    return plan


def _check_covered(document: Mapping[str, Any], path: Path) -> None:
    """Raise StalePlan for a plan that was compared and did something that nobody had reviewed."""
    match document.get(COMPARISON, {"covered": True}):
        case {"covered": True}:
            return
    raise StalePlan(
        f"{path}: it was compared with what was reviewed, and is more, or other (plan --compare). Nothing "
        "was sent: have a new pull request reviewed, or plan again without --compare, and look at that plan"
    )


def _foreign_files(plan: Plan, root: Path) -> Iterator[str]:
    """What no manifest may name: files outside of the repository or with credentials, and odd URLs."""
    inside = ConfinedPaths(root)
    for item in plan.deployments:
        read = dict.fromkeys(files_of(item))
        for text in dict.fromkeys([*read, *([item.manifest] if item.manifest else [])]):
            why = _wrong_path(inside, str(root), text)
            if why or (text in read and (why := _wrong_content(root / text))):
                yield f"{item.name!r} names the file {text!r}, which {why}"
        for url in urls_of(item):
            if not _url().fullmatch(url):
                yield f"{item.name!r} names the URL {url!r}, which no manifest may name"


def _wrong_path(inside: ConfinedPaths, root: str, text: str) -> str:
    """Why a file may not be read; empty when it may, or does not exist: that is told when it is needed."""
    if "\0" in text:
        return "has a NUL in its name"
    try:
        inside.find(root, text, PathKind.FILE, "it")
    except BadPath as bad:
        return "" if _is_missing(root, text) else bad.what.removeprefix("it ")
    except (OSError, ValueError) as error:
        return f"is no path ({error})"
    return ""


def _wrong_content(path: Path) -> str:
    """Why the file may not be uploaded, without quoting it; empty when it may, or does not exist."""
    try:
        credential = credential_at(str(path))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return credential.what if credential else ""


def _is_missing(root: str, text: str) -> bool:
    """Whether it would be a file of the repository, if it existed."""
    top = os.path.abspath(root)  # noqa: PTH100 - as text: the path is not checked yet
    path = os.path.normpath(f"{top}/{text}")
    return not text.startswith("/") and within(path, top) and not os.path.lexists(path)


@cache
def _url() -> re.Pattern[str]:
    """The URLs that a manifest may name."""
    url = get_type_hints(ManifestRemoteFile, include_extras=True)["url"]
    return re.compile(next(part.pattern for part in url.__metadata__ if isinstance(part, Text)))


def _secret(workspace: Workspace, secret: Secret) -> Secret:
    """The secret of a saved plan, looked up again. Raises Refused for one that no manifest may name."""
    if refusal := name_refused(secret.name, workspace.settings.secrets):
        raise Refused(f"the plan takes a variable from {secret.reference!r}: {refusal[0]}. {refusal[1]}")
    return looked_up(secret, workspace.environment)
