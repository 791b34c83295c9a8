"""Requests that nobody would write, made by schemathesis from the emulator's own description."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
import requests

from tests.strangers import fuzz_catalog, fuzz_neighbours
from tests.strangers.fuzz_seeds import Seeds
from tests.support.serving import Client, emulator_process

PROGRAM = Path(__file__).with_name("fuzz_program.py")
EXAMPLES = 20
SECONDS = 1800.0
"""It takes a minute on two idle cores; what takes all of it is stuck."""
SEED = "FUZZ_SEED"
NEVER_ACCEPTED = {
    "Data Science: restore_archived_model_artifact": "archiving takes days, so nothing is archived",
    "Data Science: cancel_work_request": "all work is over before it could be canceled",
    "Model Deployment (predict): predict_endpoint_put": "Triton has nothing that takes PUT",
    "Model Deployment (predict): predict_endpoint_delete": "Triton has nothing that takes DELETE",
    "Model Deployment (predict): predict_with_response_stream_endpoint_get": "Triton streams after POST only",
    "Model Deployment (predict): predict_with_response_stream_endpoint_put": "as without a stream",
    "Model Deployment (predict): predict_with_response_stream_endpoint_delete": "as without a stream",
}
"""Each with the reason."""


@pytest.fixture(scope="module")
def log(home: Path) -> Path:
    return home.parent / "log"


@pytest.fixture(scope="module")
def cloud(home: Path, log: Path) -> Iterator[Client]:
    """One that can be told of images, and whose log is kept."""
    with log.open("w") as stderr, emulator_process(home, "--control", stderr=stderr) as (process, client):
        yield client
    assert process.returncode == 0


def test_no_request_breaks_it(
    programs: Path, cloud: Client, note: dict[str, Any], log: Path, tmp_path: Path
) -> None:
    seed = int(os.environ.get(SEED) or random.SystemRandom().randrange(2**32))
    print(f"to repeat it: {SEED}={seed}")
    seeds = Seeds(cloud, oci.config.from_file(note["config_file"]))
    fuzz_neighbours.predictions(seeds, tmp_path / "repository")
    for part in (*fuzz_catalog.PARTS, *fuzz_neighbours.PARTS):
        part(seeds)
    asked = tmp_path / "asked.json"
    given = {"endpoint": note["endpoint"], "config_file": note["config_file"], "examples": EXAMPLES}
    hopeless = sorted(NEVER_ACCEPTED)
    asked.write_text(json.dumps({**given, "seed": seed, "requests": seeds.noted, "hopeless": hopeless}))
    command = [str(programs / "python"), str(PROGRAM), str(asked)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    print(*told["failures"], sep="\n")
    assert told["failures"] == []
    assert "Traceback" not in log.read_text()
    print(*(f"{name}: {said}" for name, said in told["refused"].items()), sep="\n")
    assert told["refused"].keys() == NEVER_ACCEPTED.keys()
    assert {*told["accepted"], *NEVER_ACCEPTED} == described(note["endpoint"])
    # What was changed got past the checks often enough, or little was tried.
    changed = {int(status): times for status, times in told["changed"].items()}
    print(f"{sum(changed.values())} requests were changed: {changed}")
    accepted = sum(times for status, times in changed.items() if status < 300)
    assert accepted > sum(changed.values()) / 4
    assert cloud.sdk.list_models(cloud.compartment).status == requests.codes.ok


def described(endpoint: str) -> set[str]:
    answer = requests.get(f"{endpoint}/emulator/openapi.json", timeout=10).json()
    return {one["operationId"] for path in answer["paths"].values() for one in path.values()}
