"""The artifacts that experiments upload: the least that a model deployment can start with."""

import base64
import io
import zipfile
from collections.abc import Callable

CONDA = (
    "oci://service-conda-packs@id19sfcrra6z/service_pack/cpu/"
    "General_Machine_Learning_for_CPUs_on_Python_3.12/1.0/generalml_p312_cpu_x86_64_v1"
)
"""An environment that the service has for everybody (oracle-samples/oci-data-science-ai-samples, in the
runtime.yaml of its newer examples).
"""

_SCORE = """\
def load_model():
    return None


def predict(data, model=None):
    return {"prediction": data}
"""
_RUNTIME = f"""\
MODEL_ARTIFACT_VERSION: '3.0'
MODEL_DEPLOYMENT:
  INFERENCE_CONDA_ENV:
    INFERENCE_ENV_SLUG: generalml_p312_cpu_x86_64_v1
    INFERENCE_ENV_TYPE: data_science
    INFERENCE_ENV_PATH: {CONDA}
    INFERENCE_PYTHON_VERSION: '3.12'
"""

MODEL_NAME, MODEL_VERSION = "identity", "1"
INFERENCE = b'{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}]}'
_ONNX = base64.b64decode(
    "CAcSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQDQ=="
)
"""A model that answers y = x, one number (ONNX, operator set 13)."""
_CONFIG = """\
name: "identity"
platform: "onnxruntime_onnx"
max_batch_size: 0
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""


def python_model(mark: str, *, broken: bool = False) -> bytes:
    """For the service's own server: score.py and runtime.yaml. `mark` makes it differ from others. `broken`:
    no server starts with it.
    """
    score = "raise RuntimeError('broken on purpose')\n" if broken else _SCORE
    return _zipped({"score.py": score.encode(), "runtime.yaml": _RUNTIME.encode(), "mark": mark.encode()})


def triton_model(mark: str, *, broken: bool = False) -> bytes:
    """A model repository of Triton, with one ONNX model. The rest as in `python_model`."""
    return _zipped(
        {
            "identity/config.pbtxt": _CONFIG.encode(),
            "identity/1/model.onnx": b"broken on purpose" if broken else _ONNX,
            "identity/mark": mark.encode(),
        }
    )


class Zeros:
    """A body of zeros, which takes no memory. `before_each` is called before each part of it is read."""

    def __init__(self, length: int, before_each: Callable[[], None]) -> None:
        self._length = self._left = length
        self._before_each = before_each

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        self._before_each()
        size = self._left if size < 0 else min(size, self._left)
        self._left -= size
        return bytes(size)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
