"""`make bench`: figures of this machine. It fails when a request failed while a deployment changed."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import rolling

RECONCILE = Path(sys.executable).with_name("reconcile")
MANIFESTS = 1000
ROUNDS = 5

SETTINGS = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: bench\n"
MANIFEST = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {{name: d{number:04}, description: One of many, labels: {{team: bench}}}}
spec:
  image: {{repository: iad.ocir.io/acme/triton, tag: 1.0.0}}
  models:
    - {{name: one, backend: onnxruntime, versions: {{"1": model.onnx}}}}
    - {{name: two, backend: onnxruntime, versions: {{"1": model.onnx, "2": model.onnx}}}}
  server:
    command: [tritonserver, --model-repository=/opt/ds/model/deployed_model]
    env: {{LEVEL: "{{{{ values.level }}}}"}}
  instance: {{shape: VM.Standard.E4.Flex, ocpus: 4, memoryGBs: 32}}
  scaling: {{min: 1, max: 4, cpu: {{out: 70, in: 30}}, coolDown: 10m}}
  bandwidthMbps: {{min: 10, max: 20}}
"""

MODEL = bytes.fromhex(
    "08083a390a100a017812017922084964656e746974791201675a100a0178120b0a09080112050a0312016e"
    "62100a0179120b0a09080112050a0312016e420210113200"
)
"""An ONNX file: y = x, of any size."""


def main() -> int:
    """1 when a request failed while a deployment was updated."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root)
        show("reconcile --version", root, "--version")
        show("reconcile --help", root, "--help")
        show(f"reconcile validate, {MANIFESTS} manifests", root, "validate")
    tell("emulator, from its start to its first answer", [answer_time() for _ in range(ROUNDS)])
    print()
    return 0 if rolling.run() else 1


def write(root: Path) -> None:
    targets = "targets: {local: {emulator: {}, values: {level: INFO}}}\n"
    (root / "reconciler.yaml").write_text(SETTINGS + targets)
    manifests = root / "manifests"
    manifests.mkdir()
    (manifests / "model.onnx").write_bytes(MODEL)
    for number in range(MANIFESTS):
        (manifests / f"{number:04}.yaml").write_text(MANIFEST.format(number=number))


def show(title: str, root: Path, *arguments: str) -> None:
    """The best and the median of a few rounds, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([RECONCILE, *arguments], cwd=root, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    tell(title, taken)


def answer_time() -> float:
    """Seconds that a new emulator takes until it answers."""
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "emulator.json"
        command = [sys.executable, "-m", "datascience_emulator", "serve", "--home", folder]
        began = time.perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while not note.exists():
                assert process.poll() is None, "the emulator did not start"
                time.sleep(0.001)
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(json.loads(note.read_text())["endpoint"])
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def tell(title: str, taken: list[float]) -> None:
    taken.sort()
    print(f"{title:45} best {taken[0]:6.3f} s   median {taken[len(taken) // 2]:6.3f} s")


if __name__ == "__main__":
    sys.exit(main())
