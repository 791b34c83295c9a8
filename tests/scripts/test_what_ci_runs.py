"""What CI runs in one place, `.ci/run`, and what the workflows run on several machines, is the same."""

import re
from typing import Any

import yaml

from tests.support.workspace import CHECKOUT

VERB = re.compile(r"^make (\w+)((?: \w+=\w+)*)$", re.MULTILINE)


def job(name: str) -> dict[str, Any]:
    (only,) = yaml.safe_load((CHECKOUT / f".github/workflows/{name}.yml").read_text())["jobs"].values()
    return dict(only)


def test_the_workflows_run_the_verbs_of_the_script() -> None:
    verbs = dict(VERB.findall((CHECKOUT / ".ci/run").read_text()))
    everywhere, strangers = job("ci"), job("strangers")

    assert {*everywhere["strategy"]["matrix"]["verb"], "strangers"} == set(verbs)
    assert everywhere["steps"][-1]["run"] == 'make "$VERB"'
    assert strangers["steps"][-1]["run"] == "make strangers"
    settings = dict(setting.split("=") for text in verbs.values() for setting in text.split())
    assert settings == {
        name: str(value) for name, value in everywhere["env"].items() if name.startswith("CHAOS")
    }
