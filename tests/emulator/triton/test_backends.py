"""A backend without its package says in Triton's table of models what to install."""

import importlib.util
import sys
from types import ModuleType

import pytest

from datascience_emulator.triton import runtime


class TritonModelException(Exception):
    pass


@pytest.mark.parametrize(("backend", "package"), [("onnxruntime", "onnxruntime"), ("pytorch", "torch")])
def test_a_missing_package_is_named(backend: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    utils = ModuleType("triton_python_backend_utils")
    monkeypatch.setattr(utils, "TritonModelException", TritonModelException, raising=False)
    monkeypatch.setitem(sys.modules, utils.__name__, utils)
    monkeypatch.setitem(sys.modules, package, None)
    spec = importlib.util.spec_from_file_location("model", runtime.OWN_BACKENDS / backend / "model.py")
    assert spec
    assert spec.loader
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    with pytest.raises(TritonModelException, match=f"pip install {package}"):
        getattr(model, package)()
