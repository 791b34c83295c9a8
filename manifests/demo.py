"""`make demo`: the two walkthroughs, from manifests to answers of a real Triton server, on the local cloud.

It runs the commands that a user would type, asks the models as the walkthroughs do, compares every answer
with the same computed without Triton, and plans again to see that nothing is left to do.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import oci
import reference
import requests
from oci.signer import Signer

ROOT = Path(__file__).resolve().parent.parent
RECONCILE = Path(sys.executable).with_name("reconcile")
NAMES = ("vision", "falcon")
TOLERANCE = 1e-4


def main() -> int:
    began = time.monotonic()
    clear()
    run("plan")
    run("apply", "--yes")
    run("status")
    endpoints = {
        row["name"]: row["endpoint"] for row in json.loads(quiet("status", "--format", "json"))["deployments"]
    }
    answers = [ask(request, endpoints[request.deployment]) for request in reference.requests()]
    title("reconcile plan --detailed-exitcode")
    again = subprocess.run([RECONCILE, "plan", "--detailed-exitcode"], cwd=ROOT, check=False).returncode
    title("reconcile emulator stop")
    run_quietly("emulator", "stop")
    print("stopped; what it knows stays, and the next command starts it again")
    print(f"\n{time.monotonic() - began:.0f} s from the first plan to the last")
    if not all(answers):
        print("error: an answer is not what the same model computes without Triton", file=sys.stderr)
    return 0 if all(answers) and again == 0 else 1


def clear() -> None:
    """Take away what an earlier demo left."""
    rows = json.loads(quiet("status", "--format", "json"))["deployments"]
    left = [row["name"] for row in rows if row["name"] in NAMES]
    if left:
        run("destroy", *left, "--yes")


def ask(request: reference.Request, endpoint: str) -> bool:
    """The walkthroughs' own client: a signed request with the model's name and version in headers."""
    title(f"{request.model} version {request.version} at {endpoint}")
    answer = requests.request(
        "POST",
        endpoint,
        data=request.body,
        auth=signer(),
        headers={"model_name": request.model, "model_version": request.version},
        timeout=60,
    )
    answer.raise_for_status()
    data = answer.json()["outputs"][0]["data"]
    wanted = reference.expected(request.model)
    if isinstance(wanted, str):
        print(f"Triton:         {data[0]!r}\nwithout Triton: {wanted!r}")
        print("equal" if data[0] == wanted else "DIFFERENT")
        return bool(data[0] == wanted)
    print(f"Triton:         {data[:5]}\nwithout Triton: {wanted[:5]}")
    largest = max(abs(a - b) for a, b in zip(data, wanted, strict=True))
    print(f"largest difference of {len(wanted)}: {largest:.1e} (at most {TOLERANCE:.0e})")
    return bool(largest <= TOLERANCE)


def signer() -> Signer:
    config = oci.config.from_file(ROOT / ".reconciler/emulator/oci/config")
    return Signer(
        tenancy=config["tenancy"],
        user=config["user"],
        fingerprint=config["fingerprint"],
        private_key_file_location=config["key_file"],
        pass_phrase=config.get("pass_phrase"),
    )


def title(text: str) -> None:
    print(f"\n--- {text}", flush=True)


def run(*arguments: str) -> None:
    title(f"reconcile {' '.join(arguments)}")
    run_quietly(*arguments)


def run_quietly(*arguments: str) -> None:
    if subprocess.run([RECONCILE, *arguments], cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"error: reconcile {' '.join(arguments)} failed; the lines above say why")


def quiet(*arguments: str) -> str:
    answer = subprocess.run([RECONCILE, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    if not answer.stdout:
        sys.exit(answer.stderr)
    return answer.stdout


if __name__ == "__main__":
    sys.exit(main())
