"""The view of the branch in the comment: the rules and workflows that it changes, and each manifest with what
an apply makes of its changes.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.review.branch import (
    BranchChanges,
    FieldChange,
    FileChange,
    ManifestChange,
    Touch,
)
from reconciler.core.planning.review.two_views import Outcome, outcome
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import Part
from reconciler.report.plan import words
from reconciler.report.plan.markdown_parts import FORMS, MOST_FIELDS, render
from reconciler.report.values import short_value

RULES = "rules"
BRANCH = "branch"

MOST_RULES = 20
MOST_FILES = 10

T = TypeVar("T")


def rule_parts(branch: BranchChanges) -> Iterator[Part]:
    """Settings and workflows, and what manifests say of how they may be applied: a line each."""
    yield from _list_parts(branch.workflows, _workflow, "workflow files")
    yield from _list_parts(branch.rules, _rule, "rules")


def _list_parts(found: Sequence[T], words_of: Callable[[T, bool], str], what: str) -> Iterator[Part]:
    for one in found[:MOST_RULES]:
        text, short = (Rendered(f"- {words_of(one, whole)}") for whole in (True, False))
        yield Part(RULES, (*[text] * (len(FORMS) - 2), short, ""), risky=True)
    if len(found) > MOST_RULES:
        more = Rendered(f"- and {len(found) - MOST_RULES:,} more {what}")
        yield Part(RULES, (*[more] * (len(FORMS) - 1), ""), risky=True)


def _workflow(file: FileChange, whole: bool) -> str:
    before = f" from {code(file.before)}" if whole and file.before else ""
    return f"{code(file.path if whole else cut(file.path, LONGEST_WORD_SHOWN))} {file.touch}{before}"


def _rule(field: FieldChange, whole: bool) -> str:
    place = code(field.field if whole else cut(field.field, LONGEST_WORD_SHOWN))
    return f"{place}: {code(short_value(field.old))} → {code(short_value(field.new))}" if whole else place


def branch_parts(plan: Plan, branch: BranchChanges) -> Iterator[Part]:
    """Each manifest that the branch adds, removes or changes, in each of FORMS."""
    for change in branch.deployments:
        yield Part(BRANCH, tuple(Rendered(_form(plan, change, form)) for form in FORMS))


def _form(plan: Plan, change: ManifestChange, form: str) -> str:
    if not form:
        return ""
    name = change.name if form != "name" else cut(change.name, LONGEST_WORD_SHOWN)
    if form == "name":
        return f"**{code(name)}** {change.touch}"
    details = form in ("full", "short")
    most_fields = len(change.fields) if form == "full" else MOST_FIELDS
    most_files = len(change.files) if form == "full" else MOST_FILES
    return render(
        "comment/manifest-change.md.j2",
        deployment=name,
        touch=change.touch,
        told=_told(plan, change),
        fields=[(field, _outcome(plan, change, field)) for field in change.fields[:most_fields]]
        if details
        else (),
        more_fields=max(0, len(change.fields) - most_fields) if details else 0,
        files=change.files[:most_files] if details else (),
        more_files=max(0, len(change.files) - most_files),
    ).strip()


def _told(plan: Plan, change: ManifestChange) -> str:
    """What is to be said of a manifest in a line."""
    parts = [change.manifest]
    if change.touch is Touch.CHANGED:
        parts += [counted(len(change.fields), "field")] if change.fields else []
        parts += [counted(len(change.files), "file")] if change.files else []
    came = outcome(plan, change)
    parts.append(f"it {words.action_words(came)}" if isinstance(came, Action) else came.value)
    return ", ".join(parts)


def _outcome(plan: Plan, change: ManifestChange, field: FieldChange) -> Rendered:
    """What an apply makes of a field; what it does not do stands out."""
    came = outcome(plan, change, field)
    plain = came in (Outcome.APPLIED, Outcome.CREATED, Outcome.NOT_LIVE)
    return Rendered(escape(came.value) if plain else f"**{escape(came.value)}**")
