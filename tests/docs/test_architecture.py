"""docs/architecture.md names functions and types to look up: every name exists."""

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from tests.support.workspace import CHECKOUT

PAGE = (CHECKOUT / "docs/architecture.md").read_text()
ROOMS = "cli|app|core|manifests|triton|engine|adapters|report"
NAMES = sorted(set(re.findall(rf"`((?:{ROOMS})\.[\w.]+)`", PAGE)))


def named(name: str) -> Any:
    """The module, function or class of this name below `reconciler`."""
    module, attributes = f"reconciler.{name}", []
    while find_spec_of(module) is None:
        module, _, attribute = module.rpartition(".")
        attributes.insert(0, attribute)
    found = import_module(module)
    for attribute in attributes:
        found = getattr(found, attribute)
    return found


def find_spec_of(module: str) -> Any:
    try:
        return find_spec(module)
    except ModuleNotFoundError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_every_name_exists(name: str) -> None:
    assert named(name) is not None


def test_the_page_names_what_it_promises() -> None:
    """A function for each stage, and about two dozen types."""
    stages = re.findall(r"^\d+\. (.*?)(?=^\d+\. |^$)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(stages) > 10
    assert all(re.search(rf"`(?:{ROOMS})\.", stage) for stage in stages)
    assert len(re.findall(rf"^\| `(?:{ROOMS})\.", PAGE, re.MULTILINE)) == 29
