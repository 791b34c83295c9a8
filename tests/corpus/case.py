"""A case of the corpus: a model repository, or one model of one, that a real tritonserver was asked about.

Cases of a topic are in `cases/TOPIC.py`; what the server said of them is in `verdicts/TOPIC.json`, which
`make corpus` writes. No case says by itself whether it is good.
"""

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.corpus import cases

VERDICTS = Path(__file__).parent / "verdicts"

PYTHON_MODEL = """import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [pb_utils.InferenceResponse([]) for _ in requests]
"""


def completing_model(size: int = 1, then: str = "") -> str:
    """A Python model that completes its configuration: x and y, of one dimension of this size, and `then`."""
    return f"""import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.add_input({{"name": "x", "data_type": "TYPE_FP32", "dims": [{size}]}})
        config.add_output({{"name": "y", "data_type": "TYPE_FP32", "dims": [{size}]}})
{f"        {then}{chr(10)}" if then else ""}        return config

    def execute(self, requests):
        return [pb_utils.InferenceResponse([]) for _ in requests]
"""


@dataclass(frozen=True)
class Case:
    """`files` are contents by paths in the model repository; a path that ends with `/` is an empty folder.
    With `alone`, it is one model of the case's name, which is loaded into a server that has others, too.
    """

    name: str
    files: Mapping[str, str | bytes]
    alone: bool = False

    def write(self, repository: Path) -> None:
        repository.mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            place = repository / path
            if path.endswith("/"):
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)


def one_model(name: str, config: str | None, files: Mapping[str, str | bytes] | None = None) -> Case:
    """A model with this config.pbtxt, and these files in its folder: a Python model in version 1, where none
    are given.
    """
    inside = {"1/model.py": PYTHON_MODEL} if files is None else dict(files)
    if config is not None:
        inside["config.pbtxt"] = config
    return Case(name, {f"{name}/{path}": content for path, content in inside.items()}, alone=True)


def repository(name: str, files: Mapping[str, str | bytes]) -> Case:
    """A whole model repository, which a server of its own is started with."""
    return Case(name, files)


@dataclass(frozen=True)
class Verdict:
    """What the server said: whether it loaded every model, which versions it serves then, and, where it does
    not, its reason.
    """

    accepted: bool
    served: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    def agrees_with(self, other: "Verdict") -> bool:
        return (self.accepted, self.served) == (other.accepted, other.served)

    def as_json(self) -> dict[str, Any]:
        if not self.accepted:
            return {"accepted": False, "reason": self.reason}
        return {"accepted": True, "served": [list(version) for version in self.served]}


@cache
def topics() -> dict[str, tuple[Case, ...]]:
    """All cases, by topic."""
    found = {}
    for module in pkgutil.iter_modules(cases.__path__):
        found[module.name] = tuple(importlib.import_module(f"{cases.__name__}.{module.name}").CASES)
    return found


def verdicts_of(topic: str) -> dict[str, Verdict]:
    """What the server said of the cases of a topic, when it was last asked."""
    path = VERDICTS / f"{topic}.json"
    told = json.loads(path.read_text())["verdicts"] if path.is_file() else {}
    return {
        name: Verdict(
            of["accepted"],
            tuple((model, number) for model, number in of.get("served", ())),
            of.get("reason", ""),
        )
        for name, of in told.items()
    }
