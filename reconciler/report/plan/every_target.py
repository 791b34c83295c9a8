"""The plans for every target of a repository, as one JSON document (schemas/plans.v1.json), and the headings
between them.
"""

from collections.abc import Mapping

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import Exit
from reconciler.core.model.text import first_line
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.plan import Plan
from reconciler.report.errors import error_words
from reconciler.report.markup.escaping import escape
from reconciler.report.plan.json import plan_document
from reconciler.report.style import Paint, Style, clean

API_VERSION = "reconciler.oci/plans.v1"


def heading(target: str, form: str, show: Style) -> str:
    """What stands above the plan for a target."""
    name = clean(target)
    return f"## {name}\n" if form == "markdown" else show(f"== {name} ==", Paint.STRONG)


def no_plan_line(message: str, form: str) -> str:
    """What stands in place of a plan, by the error that kept it from being made."""
    line = first_line(message)
    return f"No plan: {escape(line) if form == 'markdown' else clean(line)}"


def plans_document(targets: Mapping[str, Json], code: Exit) -> dict[str, Json]:
    """All of them; what the command ends with is that of the whole."""
    return {"apiVersion": API_VERSION, "exitCode": code.value, "targets": dict(targets)}


def planned_document(plan: Plan, code: Exit, *, unchanged: bool, prices: Prices | None) -> dict[str, Json]:
    """The plan for one target, and the exit code that it would have alone."""
    return {"exitCode": code.value, "plan": plan_document(plan, unchanged=unchanged, prices=prices)}


def refused_document(kind: str, message: str, code: Exit) -> dict[str, Json]:
    """Why there is no plan for one target."""
    return {"exitCode": code.value, "error": error_words(kind, message, code)}
