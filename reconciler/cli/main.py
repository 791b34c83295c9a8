"""The command `reconcile`: finds the verb, and turns errors into messages and exit codes.

Verbs import what they need when they run: `--help` and `--version` load nothing but this.
"""

import os
import sys
from importlib import import_module
from typing import ClassVar, NoReturn

import click

from reconciler import __version__
from reconciler.app.interrupting import ends_at_once
from reconciler.cli import streams
from reconciler.core.errors import Exit, InvalidManifests, ReconcilerError


class Verbs(click.Group):
    """Verbs by name; the module of each is imported when it is asked for."""

    MODULES: ClassVar[dict[str, str]] = {
        "init": "offline",
        "validate": "offline",
        "build": "offline",
        "plan": "changing",
        "apply": "changing",
        "destroy": "changing",
        "status": "inspecting",
        "explain": "inspecting",
        "predict": "inspecting",
        "emulator": "emulator",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one needs them."""
        return list(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, or None; click then names the nearest one."""
        if cmd_name not in self.MODULES:
            return None
        command = getattr(import_module(f"reconciler.cli.{self.MODULES[cmd_name]}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconcile")
def cli() -> None:
    """Keep NVIDIA Triton model deployments on OCI Data Science as the manifests in git say.

    Without -t the target is the emulator on this machine, which is started when it is needed.

    \b
    Exit codes: 0 done, or nothing to do; 1 failed; 2 differences (plan --detailed-exitcode);
    3 manifests invalid; 4 plan stale: plan again; 5 refused by a safety rule.
    """


def main() -> NoReturn:
    """Run a verb and end the process with the exit code of the design."""
    with streams.standard(), ends_at_once("interrupted"):
        code = run()
    sys.exit(code)


def run() -> int:
    """Run a verb; what goes wrong is told on stderr. Returns the exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except InvalidManifests as error:
        tell_problems(error)
        return error.exit_code
    except ReconcilerError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{streams.why(error)}", err=True)
        return Exit.FAILED
    except click.exceptions.Abort:
        return Exit.FAILED
    except click.ClickException as error:
        error.show()
        return Exit.FAILED
    return code if isinstance(code, int) else Exit.DONE


def tell_problems(error: InvalidManifests) -> None:
    """Every problem on stderr; in GitHub Actions as annotations too, which it reads there as well: stdout may
    be on its way to a file.
    """
    from reconciler.report.problems import annotation, problem_lines

    for line in problem_lines(error.problems):
        click.echo(line, err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in error.problems:
            click.echo(annotation(problem), err=True)
