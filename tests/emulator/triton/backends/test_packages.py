"""A backend without its package says in Triton's table of models what to install."""

import sys
from pathlib import Path

import pytest

from tests.support.backend_cases.in_process import Refused, imported


@pytest.mark.parametrize(("backend", "package"), [("onnxruntime", "onnxruntime"), ("pytorch", "torch")])
def test_a_missing_package_is_named(
    backend: str, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with (
        imported(backend, tmp_path, {"default_model_filename": ""}) as model,
        pytest.raises(Refused, match=f"pip install {package}"),
    ):
        getattr(model, package)()
