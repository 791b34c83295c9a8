"""Which path of Triton a predict request goes to, and how the reply of a text ensemble is completed.

Oracle's samples send the headers `model_name` and `model_version`, oracle-ads sends them with hyphens, and
MODEL_DEPLOY_PREDICT_ENDPOINT maps every request to one path. It must not open a connection.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datascience_emulator.triton.values import Reply

PREDICT_ENDPOINT = "MODEL_DEPLOY_PREDICT_ENDPOINT"
NAME = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.~-]{1,255}\Z")
VERSION = re.compile(r"[0-9]{1,19}\Z")
# Headers of the message itself. Those for signatures, routing and connections are not passed on.
FORWARDED = ("content-type", "content-encoding", "inference-header-content-length", "accept")


@dataclass(frozen=True, slots=True)
class ModelRoute:
    name: str
    version: str | None

    @property
    def path(self) -> str:
        version = f"/versions/{self.version}" if self.version else ""
        return f"/v2/models/{self.name}{version}"


@dataclass(frozen=True, slots=True)
class FixedRoute:
    path: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class TextEnsemble:
    """An ensemble with text inputs: the names of its text outputs, and whether it has a batch dimension."""

    outputs: tuple[str, ...]
    batched: bool


def find_route(
    headers: Mapping[str, str], environment: Mapping[str, str], *, triton: bool = True
) -> ModelRoute | FixedRoute | Refused:
    """With a fixed endpoint, every request goes there: "user can only inference single Model" (Oracle's
    Triton TensorRT sample). Containers that are not Triton answer at `/predict` (docs/service.md §4.1).
    """
    if fixed := environment.get(PREDICT_ENDPOINT) or ("" if triton else "predict"):
        return FixedRoute(f"/{fixed.lstrip('/')}")
    named = {key.lower().replace("-", "_"): value.strip() for key, value in headers.items()}
    name, version = named.get("model_name"), named.get("model_version")
    if not name:
        return Refused(
            "the request names no model: send the headers model_name and model_version (or model-name and "
            f"model-version), or set {PREDICT_ENDPOINT} in the deployment's environment"
        )
    if not NAME.match(name):
        return Refused(f"header model_name: {name!r} is not the name of a model")
    if version and not VERSION.match(version):
        return Refused(f"header model_version: {version!r} is not a number")
    return ModelRoute(name, version or None)


def forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers for the server. A request without a content type is JSON: clients in samples send none."""
    lower = {key.lower(): value for key, value in headers.items()}
    return {"content-type": "application/json"} | {name: lower[name] for name in FORWARDED if name in lower}


def error(status: int, code: str, message: str) -> Reply:
    """An error that does not come from a server, in the form of the service's errors."""
    body = json.dumps({"code": code, "message": message}).encode()
    return Reply(status, {"content-type": "application/json"}, body)


def text_ensemble(config: Mapping[str, Any]) -> TextEnsemble | None:
    """The text ensemble that a model's configuration describes; None for any other model."""
    texts = [entry for entry in config.get("input", []) if entry["data_type"] == "TYPE_STRING"]
    if config.get("platform") != "ensemble" or not texts:
        return None
    names = tuple(entry["name"] for entry in config["output"] if entry["data_type"] == "TYPE_STRING")
    return TextEnsemble(names, config.get("max_batch_size", 0) > 0)


def lacks_inputs(body: bytes) -> bool:
    """Whether the body is a JSON object, but not an inference request of the KServe protocol."""
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return isinstance(value, dict) and "inputs" not in value


def with_outputs(body: bytes, ensemble: TextEnsemble) -> bytes:
    """The reply of Triton's generate extension, with the text outputs added as `outputs`, as in the reply to
    an inference request.

    UNVERIFIED: no document of the service says this. Oracle's second Triton sample (Triton_TensorRT, a Falcon
    ensemble) sends `{"text_input": …}`, which only generate accepts, and reads
    `.json()["outputs"][0]["data"]`, which only infer returns.
    """
    reply = json.loads(body)
    outputs = [output(name, reply[name], ensemble.batched) for name in ensemble.outputs if name in reply]
    return json.dumps({**reply, "outputs": outputs}).encode()


def output(name: str, value: str | list[str], batched: bool) -> dict[str, Any]:
    data = value if isinstance(value, list) else [value]
    shape = [1, len(data)] if batched else [len(data)]
    return {"name": name, "datatype": "BYTES", "shape": shape, "data": data}
