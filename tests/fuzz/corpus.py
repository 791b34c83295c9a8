"""Real examples: what the project ships, and what its other tests are about."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.manifests import CONFIG, FULL, SMALL

ROOT = Path(__file__).parents[2]
LARGEST = 20_000
"""Bytes of an example; the tests of limits have larger ones."""


@cache
def yaml_files() -> list[bytes]:
    """Manifests and settings: those that are shipped, and every wrong one."""
    folders = ("manifests", "templates", "tests/load/bad")
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.yaml"))]
    texts = [path.read_bytes() for path in (ROOT / "reconciler.yaml", *found) if path.is_file()]
    return [FULL.encode(), SMALL.encode(), *(text for text in texts if len(text) <= LARGEST)]


@cache
def plans() -> list[dict[str, Any]]:
    """Saved plans of every kind, from the golden files."""
    paths = sorted((ROOT / "tests/report/golden").glob("*.json"))
    found = [json.loads(path.read_text()) for path in paths]
    return [plan for plan in found if isinstance(plan, dict) and "plan.v1" in str(plan.get("apiVersion"))]


@cache
def configs() -> list[bytes]:
    """Every config.pbtxt of the repository."""
    found = [*(ROOT / "manifests").rglob("config.pbtxt"), *(ROOT / "templates").rglob("config.pbtxt")]
    return [CONFIG.encode(), *(path.read_bytes() for path in sorted(found))]
