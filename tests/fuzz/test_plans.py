"""Saved plans: any file becomes the plan that was saved, or an error in our words; also where somebody has
made its digest fit again.
"""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from reconciler.app.saved_plans.save_and_load import load
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.target import EmulatorTarget, Settings
from reconciler.core.planning.environment_secrets import looked_up
from reconciler.core.planning.plan import Plan
from reconciler.report.plan import json as plan_json
from tests.fuzz.corpus import plans
from tests.fuzz.mutation import damaged, mutated, repeated, sometimes, written
from tests.fuzz.target import Target, fuzz, guided, outcome
from tests.fuzz.typed import check_typed
from tests.support.reaching import workspace_of

ENVIRONMENT = {"HF_TOKEN": "correct-horse", "API_TOKEN": "battery-staple", "X": ""}
WORDS = tuple(
    word.encode()
    for word in (
        "{", "}", "[", "]", ",", ":", '"', "null", "true", "NaN", "Infinity", "-1e999", "1" * 5000,
        "[" * 2000, '{"a":' * 2000,
        '"secret": "env.HF_TOKEN"', '"env."', '"live"', '"apiVersion": "reconciler.oci/plan.v1"', '"step": ',
        '"kind": ',
        '"deployments": [', '"digest": ', '"\\ud800"', '"\\u0000"', "1.0", "10000000000000000000000",
        "\ufeff", "\t",
    )
)  # fmt: skip


@cache
def texts() -> list[bytes]:
    return [json.dumps(plan).encode() for plan in plans()]


@cache
def home() -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    return Path(folder.name) / "plan.json", folder


def judge(data: bytes) -> object:
    """As it is; and, where it is an object, again with the digest, the summary and all that follows from the
    rest made to fit.
    """
    path, _ = home()
    path.write_bytes(data)
    told = outcome(lambda: read(path))
    forged = forgery(data)
    if forged is not None:
        path.write_bytes(forged)
        return told, outcome(lambda: read(path))
    return told


def read(path: Path) -> Plan:
    """Made for whatever repository and target it says, as far as it says so."""
    target, owner = "test", "acme-vision"
    try:
        document = json.loads(path.read_bytes())
        target, owner = str(document["target"]), str(document["owner"])
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    place = EmulatorTarget(target, "/nowhere", "ml")
    workspace = workspace_of(path.parent, Settings(owner, {target: place}), **ENVIRONMENT)
    plan = load(workspace, place, path)
    check_typed(plan, Plan, "plan")
    return plan


def forgery(data: bytes) -> bytes | None:
    """What somebody would write who knows how the digest is made."""
    made: list[Plan] = []
    try:
        document: Any = json.loads(data)
        if not isinstance(document, dict):
            return None

        def remember(plan: Plan) -> dict[str, Any]:
            made.append(plan)
            return dict(document)

        with mock.patch.object(plan_json, "plan_document", remember):
            plan_json.read_plan(document, lambda secret: looked_up(secret, ENVIRONMENT))
        (plan,) = made
        fitting = {
            key: plan_json.plan_document(plan)[key] for key in ("digest", "empty", "summary", "capacity")
        }
        return json.dumps({**document, **fitting}).encode()
    except (ReconcilerError, ValueError, RecursionError):
        return None


PLAN = Target(judge, texts, WORDS)


def made() -> st.SearchStrategy[bytes]:
    real = damaged(plans()).map(written) | mutated(texts(), WORDS)
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
        max_leaves=10,
    )
    return sometimes(real | real | json_values.map(written), repeated(WORDS))


def test_any_plan() -> None:
    fuzz(PLAN, made(), 60)


def test_guided(tmp_path: Path) -> None:
    guided("test_plans:PLAN", tmp_path)
