"""The command `reconcile`: runs a verb, and ends the process with the exit code of the design.

Whatever happens, from the first import on, ends in a message: what can fail is loaded inside of that.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn

FAILED = 1


def main() -> NoReturn:
    """Run the verb of the command line. An interruption before anything has begun has nothing to say."""
    code = FAILED
    try:
        code = _run()
    except KeyboardInterrupt:
        pass
    except Exception as error:
        from reconciler.cli.unexpected import unexpected

        with suppress(OSError):
            os.write(2, "".join(f"{line}\n" for line in unexpected(error)).encode(errors="backslashreplace"))
    sys.exit(code)


def _run() -> int:
    from reconciler.cli.running import run_command

    return run_command()
