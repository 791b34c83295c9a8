"""The command `datascience-emulator`, also as `python -m datascience_emulator`.

Here is only the look at whether all that the emulator needs is installed; the rest is in `cli`.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

_NEEDED = ("cryptography", "httpx", "starlette", "uvicorn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"error: the emulator needs {', '.join(missing)}: pip install 'oci-triton-reconciler[emulator]'\n"
        )
        return 1
    from datascience_emulator.cli.verbs import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
