"""Requests that nobody would write, made by schemathesis from the emulator's own description."""

import json
import subprocess
from pathlib import Path
from typing import Any

import requests
from support.emulator import configuration
from support.serving import Client

PROGRAM = Path(__file__).with_name("fuzz_program.py")
EXAMPLES = 40


def test_no_request_breaks_it(programs: Path, cloud: Client, note: dict[str, Any]) -> None:
    seeds = seeded(cloud)
    asked = {
        "endpoint": note["endpoint"],
        "config_file": note["config_file"],
        "examples": EXAMPLES,
        **seeds,
    }
    command = [str(programs / "python"), str(PROGRAM), json.dumps(asked)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    print({name: told[name] for name in ("operations", "requests", "statuses")})
    assert told["failures"] == []
    described = requests.get(f"{note['endpoint']}/emulator/openapi.json", timeout=10).json()
    assert told["operations"] == sum(len(methods) for methods in described["paths"].values())
    # Requests got past the checks, or little was tried.
    assert told["statuses"].get("200", 0) > told["operations"]
    assert cloud.get(seeds["deployment"]).lifecycle_state is not None


def seeded(cloud: Client) -> dict[str, Any]:
    """One resource of most kinds, as what the fuzzer may name."""
    project = cloud.project()
    model = cloud.model(project, b"content")
    group = cloud.group(project, {"one": model})
    deployment = cloud.create(project, configuration(model, triton=False))
    namespace = requests.get(f"{cloud.endpoint}/n", auth=cloud.auth, timeout=10).json()
    made = {"name": "fuzzed", "compartmentId": cloud.compartment}
    url = f"{cloud.endpoint}/n/{namespace}/b"
    assert requests.post(url, json=made, auth=cloud.auth, timeout=10).ok
    bucket = {"ns": namespace, "bucket": "fuzzed"}
    data_science = "/20190101"
    return {
        "deployment": deployment,
        "paths": {
            f"{data_science}/projects": {"id": project},
            f"{data_science}/models": {"id": model},
            f"{data_science}/modelGroups": {"id": group},
            f"{data_science}/modelDeployments": {"id": deployment},
            "/{id}/predict": {"id": deployment},
            "/n/": {**bucket, "object": "one"},
        },
        "fields": {
            "compartmentId": cloud.compartment,
            "projectId": project,
            "modelId": model,
            "modelGroupId": group,
            "namespace": namespace,
        },
    }
