"""The command `reconcile`: runs a verb, and ends the process with the exit code of the design.

Whatever happens, from the first import on, ends in a message. So all else is loaded inside of that, and this
module loads next to nothing: a Ctrl-C while it does would end in a traceback.
"""

import os
import sys

FAILED = 1


def main() -> None:
    """Run the verb of the command line. An interruption before anything has begun has nothing to say."""
    code = FAILED
    try:
        code = _run()
    except KeyboardInterrupt:
        pass
    except Exception as error:
        _tell(error)
    sys.exit(code)


def _run() -> int:
    from reconciler.cli.running import run_command

    return run_command()


def _tell(error: Exception) -> None:
    from reconciler.cli.unexpected import unexpected

    text = "".join(f"{line}\n" for line in unexpected(error))
    try:
        os.write(2, text.encode(errors="backslashreplace"))
    except OSError:
        return
