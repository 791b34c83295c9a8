"""The parts of a plan as Markdown, each in the forms in which it may be shown, and the order in which risks
come first. The summary of a job and the comment on a pull request are both made of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut
from reconciler.core.planning.capacity.changes import PlanCapacity
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.two_views import ChangeOrigin
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import Fitted, TextPart, in_one_form
from reconciler.report.plan import words
from reconciler.report.plan.capacity import capacity_lines
from reconciler.report.plan.steps import named_steps, step_details, step_words
from reconciler.report.values import value_words
from reconciler.shipped import template_text

if TYPE_CHECKING:
    from jinja2 import Template

FORMS = ("full", "short", "line", "name", "")
"""How much of a deployment is shown: all with its steps, without steps, one line, only its name, nothing."""

WITH_DETAILS = FORMS[:2]

MOST_FIELDS = 20
"""Fields of one update that are shown where not all is."""

MOST_LEFT_OUT = Fitted({}, 10**9, 10**9, cut=True)
"""For the room that the words for what is left out take at most."""

SECTIONS = (
    "Refused",
    "These stop serving or go",
    "These may break clients",
    "Updates",
    "New",
    "Paused",
    "Unused in the catalog",
    "Released",
)
RISKY = frozenset(SECTIONS[:3])


def changing(plan: Plan) -> list[DeploymentPlan]:
    """The deployments that do not just stay as they are, the most important first."""
    return sorted((item for item in plan.deployments if item.action is not Action.NOTHING), key=_importance)


def section_of(item: DeploymentPlan) -> str:
    """Where it is told."""
    if item.action is Action.BLOCKED:
        return SECTIONS[0]
    if item.action in {Action.REPLACE, Action.DELETE} or words.stops(item):
        return SECTIONS[1]
    if item.dangers:
        return SECTIONS[2]
    if item.action is Action.PAUSED:
        return SECTIONS[5]
    if item.action is Action.CLEAN_UP:
        return SECTIONS[6]
    if item.action is Action.RELEASE:
        return SECTIONS[7]
    return SECTIONS[4] if item.action is Action.CREATE else SECTIONS[3]


def _importance(item: DeploymentPlan) -> tuple[int, bool, str]:
    return SECTIONS.index(section_of(item)), item.action is Action.DELETE, item.name


def deployment_part(
    item: DeploymentPlan, capacity: PlanCapacity, origins: Mapping[str, ChangeOrigin] | None = None
) -> TextPart:
    """A deployment in each of `FORMS`. With `origins`, by field, its changes tell where they come from."""
    section = section_of(item)

    def write(form: int) -> Rendered:
        details = FORMS[form] in WITH_DETAILS
        lines = tuple(capacity_lines(capacity.of(item), capacity.prices)) if details else ()
        parts = words.by_update(item) if details else ()
        shown = {"item": item, "form": FORMS[form], "capacity": lines, "parts": parts, "origins": origins}
        return Rendered(render("plan-deployment.md.j2", **shown).strip())

    return TextPart(section, write, risky=section in RISKY)


def refused_parts(plan: Plan) -> Iterator[TextPart]:
    """Why nothing at all is sent; it stands before all sections."""
    if plan.refusals:
        yield line_part(Rendered(f"**{escape(words.WHOLE_PLAN_REFUSED)}:**"), risky=True)
    for refusal in plan.refusals:
        choices = [f"> - {escape(choice)}" for choice in refusal.choices]
        yield line_part(
            Rendered("\n".join([f"> **Refused:** {escape(refusal.reason)}", *choices])), risky=True
        )


def unseen_parts(plan: Plan) -> Iterator[TextPart]:
    """What was not looked at. It stands before all sections too, and is less important than what is at risk:
    a manifest may name any number of variables.
    """
    for line in (*words.unset_lines(plan), *words.unseen_lines(plan)):
        yield line_part(Rendered(f"> **Not looked at:** {escape(line)}"))


def line_part(text: Rendered, section: str = "", *, risky: bool = False) -> TextPart:
    """A part with one form, which is there until whole parts are left out."""
    return TextPart(section, in_one_form(text), risky)


def in_order(sections: Mapping[str, list[str]], order: Iterable[str]) -> dict[str, list[str]]:
    """The sections as they are shown."""
    return {title: sections[title] for title in order if title in sections}


def left_out_words(told: Fitted, where: str) -> Rendered:
    """What is said of what is not shown, and `where` all of it is, as finished Markdown."""
    if told.hidden:
        risky = f" {told.risky:,} of them are risky." if told.risky else ""
        what = "the least important ones, because the text would be too long."
        return Rendered(f"**{told.hidden:,} more not shown:** {what}{risky} {where}")
    if told.cut:
        return Rendered(f"Details are left out where the text would have been too long. {where}")
    return Rendered("")


def render(name: str, **values: object) -> Rendered:
    """A template with these values."""
    return Rendered(_template(name).render(**values))


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, StrictUndefined

    # Markdown has to be escaped too, not HTML alone: `finalize` sees every expression.
    environment = Environment(
        autoescape=False,  # noqa: S701 - as above
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        action=words.action_words,
        rollback=words.rollback_words,
        code=code,
        details=step_details,
        count=counted,
        heading=words.heading,
        kept=words.kept_line,
        short=lambda name: cut(name, LONGEST_WORD_SHOWN),
        step=step_words,
        steps=named_steps,
        stops=words.stops,
        title=words.title,
        value=value_words,
    )
    environment.globals.update(
        STOP=Impact.STOP,
        REPLACE=Impact.REPLACE,
        BESIDE=(ChangeOrigin.DRIFT, ChangeOrigin.DIFFERS),
        MOST_FIELDS=MOST_FIELDS,
        WITH_DETAILS=WITH_DETAILS,
    )
    return environment.from_string(template_text(name))
