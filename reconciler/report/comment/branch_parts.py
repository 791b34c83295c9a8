"""The view of the branch in the comment: the rules and workflows that it changes, and each manifest with what
an apply makes of its changes.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut
from reconciler.core.planning.plan import Action
from reconciler.core.planning.review.branch import (
    BranchChanges,
    FieldChange,
    FileChange,
    ManifestChange,
    Touch,
)
from reconciler.core.planning.review.two_views import BranchOutcome, TwoViews
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import TextPart, in_one_form
from reconciler.report.plan import words
from reconciler.report.plan.markdown_parts import FORMS, MOST_FIELDS, WITH_DETAILS, render
from reconciler.report.values import short_value

RULES = "rules"
BRANCH = "branch"

MOST_RULES = 20
MANY = ("targets.", "secrets:")
"""Settings of which there may be any number; so they do not push others out."""

MOST_FILES = 10

T = TypeVar("T")


def rule_parts(branch: BranchChanges) -> Iterator[TextPart]:
    """Settings and workflows, and what manifests say of how they may be applied: a line each."""
    yield from _list_parts(branch.workflows, _workflow, "workflow files")
    rules = sorted(branch.rules, key=lambda field: field.field.startswith(MANY))
    yield from _list_parts(rules, _rule, "rules")


def _list_parts(found: Sequence[T], words_of: Callable[[T, bool], str], what: str) -> Iterator[TextPart]:
    for one in found[:MOST_RULES]:
        yield TextPart(RULES, partial(_list_item, words_of, one), risky=True)
    if len(found) > MOST_RULES:
        more = f"- and {len(found) - MOST_RULES:,} more {what}"
        yield TextPart(RULES, in_one_form(Rendered(more)), risky=True)


def _list_item(words_of: Callable[[T, bool], str], one: T, form: int) -> Rendered:
    return Rendered(f"- {words_of(one, FORMS[form] != 'name')}")


def _workflow(file: FileChange, whole: bool) -> str:
    before = f" from {code(file.before)}" if whole and file.before else ""
    return f"{code(file.path if whole else cut(file.path, LONGEST_WORD_SHOWN))} {file.touch}{before}"


def _rule(field: FieldChange, whole: bool) -> str:
    place = code(field.field if whole else cut(field.field, LONGEST_WORD_SHOWN))
    return f"{place}: {code(short_value(field.old))} → {code(short_value(field.new))}" if whole else place


def branch_parts(views: TwoViews) -> Iterator[TextPart]:
    """Each manifest that the branch adds, removes or changes, in each of FORMS."""
    for change in views.branch.deployments:
        yield TextPart(BRANCH, partial(_form, views, change))


def _form(views: TwoViews, change: ManifestChange, number: int) -> Rendered:
    form = FORMS[number]
    name = change.name if form != "name" else cut(change.name, LONGEST_WORD_SHOWN)
    if form == "name":
        return Rendered(f"**{code(name)}** {change.touch}")
    details = form in WITH_DETAILS
    most_fields = len(change.fields) if form == "full" else MOST_FIELDS
    most_files = len(change.files) if form == "full" else MOST_FILES
    shown = render(
        "comment/manifest-change.md.j2",
        deployment=name,
        touch=change.touch,
        told=_told(views, change),
        fields=[(field, _outcome(views, change, field)) for field in change.fields[:most_fields]]
        if details
        else (),
        more_fields=max(0, len(change.fields) - most_fields) if details else 0,
        files=change.files[:most_files] if details else (),
        more_files=max(0, len(change.files) - most_files),
    )
    return Rendered(shown.strip())


def _told(views: TwoViews, change: ManifestChange) -> str:
    """What is to be said of a manifest in a line."""
    parts = [change.manifest]
    if change.touch is Touch.CHANGED:
        parts += [counted(len(change.fields), "field")] if change.fields else []
        parts += [counted(len(change.files), "file")] if change.files else []
    parts += [f"its fields in the base are not known: {change.unread}"] if change.unread else []
    came = views.outcome(change)
    return (
        f"{', '.join(parts)}; {f'it {words.action_words(came)}' if isinstance(came, Action) else came.value}"
    )


def _outcome(views: TwoViews, change: ManifestChange, field: FieldChange) -> Rendered:
    """What an apply makes of a field; what it does not do stands out."""
    came = views.outcome(change, field)
    plain = came in (BranchOutcome.APPLIED, BranchOutcome.CREATED, BranchOutcome.NOT_LIVE)
    return Rendered(escape(came.value) if plain else f"**{escape(came.value)}**")
