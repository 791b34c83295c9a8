"""An emulator as a user starts it, and the clients that strangers wrote, in an environment of their own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.strangers.ads_client import Ads, ads_process
from tests.strangers.command_line import Oci
from tests.support.serving import Client, emulator_process

PROGRAMS = Path(__file__).resolve().parents[2] / ".venv-strangers" / "bin"


@pytest.fixture(scope="session")
def programs() -> Path:
    assert (PROGRAMS / "oci").exists(), f"{PROGRAMS}: nothing is installed there; run `make strangers`"
    return PROGRAMS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulator")


@pytest.fixture(scope="module")
def cloud(home: Path) -> Iterator[Client]:
    with emulator_process(home) as (process, client):
        yield client
    assert process.returncode == 0


@pytest.fixture(scope="module")
def note(cloud: Client, home: Path) -> dict[str, Any]:
    """What the emulator says of itself to those who want to reach it."""
    return json.loads((home / "emulator.json").read_text())


@pytest.fixture(scope="module")
def oci(programs: Path, note: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Oci:
    config_file = Path(note["config_file"])
    return Oci(programs / "oci", note["endpoint"], config_file, tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="module")
def compartment(note: dict[str, Any]) -> str:
    return str(note["compartment"])


@pytest.fixture(scope="module")
def project(cloud: Client) -> str:
    return cloud.project()


@pytest.fixture(scope="module")
def ads(
    programs: Path,
    note: dict[str, Any],
    project: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ads]:
    """oracle-ads, signed in to this emulator."""
    with ads_process(programs / "python", tmp_path_factory.mktemp("user")) as ads:
        ads(
            "sign_in",
            config_file=note["config_file"],
            profile="DEFAULT",
            endpoint=note["endpoint"],
            compartment=note["compartment"],
            project=project,
        )
        yield ads
