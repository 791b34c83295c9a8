"""The emulator as a process that runs no model servers, as where no Triton is installed: what is killed and
ordered here is about the control plane, and a server takes seconds to start.
"""

import sys

sys.modules["datascience_emulator.triton"] = None  # type: ignore[assignment]  # as if it could not be imported

from datascience_emulator.__main__ import main  # noqa: E402 - after what it must not find

if __name__ == "__main__":
    sys.exit(main())
