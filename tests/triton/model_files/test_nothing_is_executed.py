"""No code of a model file runs in `validate`, `build` and `plan`, and nothing outside of the repository is
opened: files that would show it are in place, and the interpreter tells what it imports, runs, unpickles and
opens.
"""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto

from tests.support.hello import MANIFEST
from tests.support.model_contents import PYTHON
from tests.support.onnx_models import with_weight
from tests.support.torchscript_files import forward, torchscript
from tests.support.workspace import SETTINGS, Workspace, make

# Run in the process of each verb, before anything of ours: it notes what an audit hook hears.
WATCH = """
import json, os, sys
heard = []
def hook(event, arguments):
    if event == "exec":
        heard.append([event, str(getattr(arguments[0], "co_filename", ""))])
    elif event == "import":
        heard.append([event, str(arguments[1] or "")])
    elif event == "open":
        heard.append([event, str(arguments[0])])
    elif event in ("pickle.find_class", "os.system"):
        heard.append([event, repr(arguments)[:300]])
sys.addaudithook(hook)
from reconciler.cli.main import main
try:
    main()
finally:
    told = list(heard)
    with open(os.environ["HEARD"], "w") as file:
        json.dump(told, file)
"""


class Touches:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return exec, (f"open({str(self.place)!r}, 'w').close()",)


def touching(place: Path) -> str:
    return f"open({str(place)!r}, 'w').close()\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Workspace:
    """A repository of models that leave a file in `canaries` wherever somebody runs them."""
    canaries = tmp_path / "canaries"
    canaries.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(64))
    workspace = make(tmp_path / "repository")
    workspace.write("reconciler.yaml", SETTINGS)
    workspace.write("manifests/hello.yaml", MANIFEST.replace("DESCRIPTION", "one"))
    lay_out(workspace.root / "manifests/hello", canaries)
    for name in ("sitecustomize.py", "conftest.py", "usercustomize.py"):
        workspace.write(name, touching(canaries / name))
    return workspace


def lay_out(models: Path, canaries: Path) -> None:
    code = touching(canaries / "model") + PYTHON
    write(models / "py/1/model.py", code)
    for name in (
        "__init__.py",
        "conftest.py",
        "json.py",
        "ast.py",
        "zipfile.py",
        "helper.pth",
        "__main__.py",
    ):
        write(models / "py/1" / name, touching(canaries / name))
    write(models / "py/config.pbtxt", 'backend: "python"\n')
    boobytrap = pickle.dumps(Touches(canaries / "pickle"))
    data = b"\x80\x02c__torch__\nNet\n" + pickle.dumps(Touches(canaries / "torch"), 2)[2:]
    write(models / "pt/1/model.pt", torchscript(forward(), others={"data.pkl": data, "extra.pkl": boobytrap}))
    write(models / "pt/config.pbtxt", TENSORS.replace("BACKEND", "pytorch"))
    write(models / "labels/1/model.onnx", with_weight(listed=False).SerializeToString())
    write(models / "labels/config.pbtxt", 'backend: "onnxruntime"\n')
    write(models / "labels/words.txt", f"__import__('os').system('touch {canaries}/labels')\n")


TENSORS = """backend: "BACKEND"
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def heard(workspace: Workspace, *words: str, code: int = 0) -> list[tuple[str, str]]:
    """What the hook told of a verb."""
    told = workspace.root.parent / "heard.json"
    done = subprocess.run(
        [sys.executable, "-P", "-c", WATCH, *words],
        cwd=workspace.root,
        env={"PATH": "/usr/bin:/bin", "HOME": str(workspace.root.parent), "HEARD": str(told)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return [(event, what) for event, what in json.loads(told.read_text())]


def check(workspace: Workspace, events: list[tuple[str, str]]) -> None:
    assert list((workspace.root.parent / "canaries").iterdir()) == []
    assert [what for event, what in events if event in ("pickle.find_class", "os.system")] == []
    inside = f"{workspace.root}/"
    assert [what for event, what in events if event in ("exec", "import") and inside in what] == []
    opened = [what for event, what in events if event == "open"]
    assert any(what.startswith(inside) for what in opened), "the hook hears"
    assert [what for what in opened if what.endswith(("secret.bin", "/etc/hostname"))] == []


def test_no_model_is_run_by_a_verb(hostile: Workspace) -> None:
    check(hostile, heard(hostile, "validate"))
    check(hostile, heard(hostile, "build", "--out", str(hostile.root.parent / "built")))


def test_nor_by_a_plan(hostile: Workspace, emulator_installed: None) -> None:
    from tests.support.here import start_here, stop_here

    start_here(hostile.home)
    try:
        check(hostile, heard(hostile, "plan"))
    finally:
        stop_here(hostile.home)


@pytest.mark.parametrize("location", ["../../../../../secret.bin", "/etc/hostname", "link"])
def test_nothing_outside_is_opened(hostile: Workspace, location: str) -> None:
    made = with_weight(listed=False)
    weight = made.graph.initializer[0]
    weight.ClearField("float_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    models = hostile.root / "manifests/hello"
    write(models / "labels/1/model.onnx", made.SerializeToString())
    (models / "labels/1/link").symlink_to("../../../../../secret.bin")
    check(hostile, heard(hostile, "validate", code=3))
