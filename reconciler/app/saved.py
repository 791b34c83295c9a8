"""Plans on disk: `plan --out` and `apply --plan`.

Files are saved by their place in the repository, so that a plan made in one checkout can be applied in
another; secrets are saved by reference and looked up again.
"""

import json
from contextlib import suppress
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.errors import Failed, Refused, StalePlan
from reconciler.core.fields import LIVE
from reconciler.core.plan import Plan
from reconciler.core.secrets import looked_up, name_refused, not_looked_at
from reconciler.core.target import Target
from reconciler.core.values import Secret, secrets_in
from reconciler.report.plan_json import plan_document, read_plan


def save(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all. Refuses one whose secrets could not be looked up again."""
    for secret in sorted({secret.reference for secret in secrets_in(plan)}):
        if secret == LIVE:
            raise Refused(
                f"{path}: not saved: spec.policy.ignore keeps a variable of spec.server.env as it is on the "
                "deployment, its value may be a secret, and a saved plan holds none. Name the variable in "
                "the manifest, or apply without --plan"
            )
    text = json.dumps(plan_document(plan), indent=2) + "\n"
    try:
        _write(path, text)
    except OSError as error:
        raise Failed(f"{path}: not saved ({error.strerror})") from error


def _write(path: Path, text: str) -> None:
    """A file is replaced whole, behind a link too; a pipe or a device is written to, and stays what it is."""
    if path.exists() and not path.is_file():
        path.write_text(text)
        return
    place = path.resolve()
    partial = place.with_name(f"{place.name}.partial")
    try:
        partial.write_text(text)
        partial.replace(place)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def load(workspace: Workspace, target: Target, path: Path) -> Plan:
    """Read a plan that was made for this repository and target; the cloud is compared when it is applied."""
    try:
        document = json.loads(path.read_text())
    except ValueError as error:
        raise _not_a_plan(path, str(error)) from error
    if not isinstance(document, dict):
        raise _not_a_plan(path, "it holds no object")
    plan = read_plan(document, lambda secret: _secret(workspace, secret))
    if (plan.target, plan.owner) != (target.name, workspace.settings.owner):
        raise StalePlan(
            f"{path}: made for target {plan.target!r} of owner {plan.owner!r}, "
            f"not for {target.name!r} of {workspace.settings.owner!r}. Plan again, or name the target with -t"
        )
    _insist_on_secrets(plan, path)
    return plan


def _insist_on_secrets(plan: Plan, path: Path) -> None:
    """Raise Refused where a secret was not looked at when the plan was made, or cannot be now."""
    if unset := sorted({name for item in plan.deployments for name in item.unset}):
        raise Refused(
            f"{path}: made where {', '.join(unset)} was not set, so what comes from it was not looked at. "
            "Set it, and plan again; nothing was sent"
        )
    if missing := not_looked_at(plan):
        raise Refused(f"{path}: it needs {', '.join(missing)}, which is not set here; nothing was sent")


def _not_a_plan(path: Path, why: str) -> Failed:
    return Failed(f"{path}: not a saved plan ({why}). Make one with: reconcile plan --out {path}")


def _secret(workspace: Workspace, secret: Secret) -> Secret:
    """The secret of a saved plan, looked up again. Raises Refused for one that no manifest could name."""
    if wrong := name_refused(secret.name, workspace.settings.secrets):
        raise Refused(f"the plan takes a variable from {secret.reference!r}: {wrong[0]}. {wrong[1]}")
    return looked_up(secret, workspace.environment)
