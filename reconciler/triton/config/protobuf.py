"""The protobuf of a model configuration, as the package `tritonclient` brings it.

Its generated module is loaded by its file, because the package would import grpc and numpy, which offline
verbs must not wait for. No other file is read here.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from reconciler.core.model.errors import SetupError


@cache
def protobuf() -> Any:
    """The generated module. Raises SetupError when the package is missing."""
    package = importlib.util.find_spec("tritonclient")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "grpc" / "model_config_pb2.py"
        spec = importlib.util.spec_from_file_location("model_config_pb2", path)
        if path.is_file() and spec and spec.loader:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise SetupError("the package that reads config.pbtxt is missing: pip install 'tritonclient[grpc]'")
