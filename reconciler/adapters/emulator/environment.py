"""The environment of the emulator's process. It runs the code of models, which must not find there what was
given to us alone, such as a token of the CI.
"""

import os
from pathlib import Path

PASSED_ON = frozenset(
    {
        "CUDA_DEVICE_ORDER",
        "CUDA_VISIBLE_DEVICES",
        "DOCKER_CERT_PATH",
        "DOCKER_CONFIG",
        "DOCKER_CONTEXT",
        "DOCKER_HOST",
        "DOCKER_TLS_VERIFY",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "NVIDIA_VISIBLE_DEVICES",
        "PATH",
        "PYTHONPATH",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "XDG_RUNTIME_DIR",
    }
)
"""The variables that the emulator gets of ours, beside those that start with LC_."""


def environment() -> dict[str, str]:
    """Our variables that are passed on; Python looks for packages where this one is first."""
    ours = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("LC_")}
    paths = (str(Path(__file__).parents[3]), ours.get("PYTHONPATH"))
    return {**ours, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
