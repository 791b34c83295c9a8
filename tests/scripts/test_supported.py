"""Which Pythons are supported is said in several places, in all the same; and what each extra asks for."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.support.workspace import CHECKOUT

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
PYTHONS = [
    found[1] for line in PROJECT["classifiers"] if (found := re.fullmatch(r".* :: Python :: (3\.\d+)", line))
]


def matrix() -> dict[str, Any]:
    workflow = yaml.safe_load((CHECKOUT / ".github/workflows/pythons.yml").read_text())
    return dict(workflow["jobs"]["pythons"]["strategy"]["matrix"])


def asked_for(extra: str, python: str, system: str = "Linux", machine: str = "x86_64") -> set[str]:
    """What pip is asked for on such a machine; what nobody restricts is everywhere."""
    of = {"python_version": python, "platform_system": system, "platform_machine": machine}
    found = map(Requirement, PROJECT["optional-dependencies"][extra])
    return {str(one.name) + str(one.specifier) for one in found if not one.marker or one.marker.evaluate(of)}


def test_they_are_the_same_everywhere() -> None:
    script = (CHECKOUT / "scripts/pythons").read_text()
    assert f'SUPPORTED="{" ".join(PYTHONS)}"' in script
    assert matrix()["python"] == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in (CHECKOUT / "README.md").read_text()
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in (CHECKOUT / "scripts/python.sh").read_text()


@pytest.mark.parametrize("python", PYTHONS)
def test_only_where_triton_runs_numpy_is_held_back(python: str) -> None:
    triton = {"numpy<2", "nvidia-pytriton==0.7.0"}
    here = asked_for("emulator", python)
    assert triton <= here if python in ("3.11", "3.12") else not triton & here
    assert not triton & asked_for("emulator", python, "Darwin", "arm64")
    assert {"starlette>=0.46", "uvicorn>=0.34"} <= here
