"""The entry point of the command `reconcile`: runs a verb and exits with its exit code.

Every error ends in a message, from the first import on. So this module imports next to nothing itself: a
Ctrl-C during its own imports would end in a traceback.
"""

import gc
import os
import sys

FAILED = 1


def main() -> None:
    """Run the verb of the command line. An interruption before anything has begun prints nothing."""
    code = FAILED
    try:
        code = _run()
    except KeyboardInterrupt:
        pass
    except Exception as error:
        _tell(error)
    sys.exit(code)


RARELY = 50_000
"""Objects that a run makes until Python looks for garbage that holds itself. There is hardly any, and a run
over a thousand manifests would spend a tenth of its time with looking.
"""


def _run() -> int:
    from reconciler.cli.exit_codes import run_command

    gc.set_threshold(RARELY)
    return run_command()


def _tell(error: Exception) -> None:
    from reconciler.cli.unexpected_errors import unexpected_error_lines

    text = "".join(f"{line}\n" for line in unexpected_error_lines(error))
    try:
        os.write(2, text.encode(errors="backslashreplace"))
    except OSError:
        return
