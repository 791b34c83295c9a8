"""What is wrong with a value, in words for people: what it is, what it must be, and what to do."""

import math
import re
from collections.abc import Sequence
from typing import assert_never

from reconciler.core.model.text import nearest
from reconciler.core.privacy.credential_patterns import is_credential
from reconciler.manifests.schema import forms
from reconciler.manifests.schema.document_reading import Bad, DocumentReading
from reconciler.manifests.schema.forms import Form
from reconciler.manifests.schema.notes import Count
from reconciler.manifests.wording import listed, short
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table, TableEntry


def shown(node: Node) -> str:
    """A value as messages show it; never one that looks like a credential."""
    if not isinstance(node, Scalar) or node.value is None:
        return kind_of(node)
    if node.secret is not None:
        return f"what {node.secret.reference} holds"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if not isinstance(node.value, str):
        return str(node.value)
    return "(hidden: it looks like a secret)" if is_credential(node.value) else f"'{short(node.value)}'"


def kind_of(node: Node) -> str:
    """What kind of thing a value is."""
    match node:
        case Table():
            return "a mapping"
        case Listing():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "true or false"
        case Scalar(value=int()):
            return "a whole number"
        case Scalar(value=float(number)):
            return "a number with a fraction" if math.isfinite(number) else "an infinite number"
        case Scalar():
            return "text"


def expected(form: Form) -> str:
    """What kind of thing a form expects."""
    match form:
        case forms.TextForm():
            return form.limits.what
        case forms.ChoiceForm():
            return listed(form.words)
        case forms.NumberForm():
            return "a whole number" if form.whole else "a number"
        case forms.BoolForm():
            return "true or false"
        case forms.ListForm():
            return "a list"
        case forms.MapForm() | forms.FreeForm() | forms.TableForm():
            return "a mapping"
        case forms.UnionForm():
            return listed(list(dict.fromkeys(expected(option) for option in form.options)))
        case _:
            assert_never(form)


def span(form: forms.NumberForm) -> str:
    """The limits of a number."""
    limits = form.limits
    if limits.low is not None and limits.high is not None:
        return f"between {limits.low} and {limits.high}"
    return f"at least {limits.low}" if limits.low is not None else f"at most {limits.high}"


def kind_advice(node: Node, form: Form) -> str:
    """How to write a value of the kind that is expected, where that is easy."""
    if isinstance(form, forms.TextForm) and isinstance(node, Scalar):
        return "Put quotes around it; in a template add `| string`."
    if isinstance(form, forms.NumberForm) and isinstance(node, Scalar) and isinstance(node.value, str):
        return "Remove the quotes; in a template add `| int`." if _numeric(node.value) else ""
    if isinstance(form, forms.ListForm) and isinstance(node, Scalar):
        return "Write it as a list: [a, b]."
    return ""


def _numeric(text: str) -> bool:
    return re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", text) is not None


def wrong_count(entries: int, count: Count) -> str:
    """How many entries there must be; or "" when the number is right."""
    if entries < count.least:
        return f"at least {count.least} {'entry' if count.least == 1 else 'entries'}"
    return f"at most {count.most} entries" if count.most is not None and entries > count.most else ""


def is_null(node: Node) -> bool:
    """Whether there is no value."""
    return isinstance(node, Scalar) and node.value is None


def refuse_unknown_field(
    reading: DocumentReading, entry: TableEntry, key: str, at: str, known: Sequence[str]
) -> None:
    place = at or "the document"
    advice = nearest(key, known) or f"It may have: {', '.join(known)}."
    reading.refuse(entry, f"{place} has no field '{short(key)}'", advice)


def refuse_missing_field(reading: DocumentReading, node: Table, at: str, item: forms.FormField) -> Bad:
    form = item.form
    only = form.words[0] if isinstance(form, forms.ChoiceForm) and len(form.words) == 1 else ""
    advice = f"Write `{item.key}: {only}`." if only else item.doc.text
    return reading.refuse(node, f"{at or 'the document'} lacks the field '{item.key}'", advice)


def refuse_kind(reading: DocumentReading, node: Node, at: str, form: Form) -> Bad:
    place = at or "the document"
    if is_null(node):
        return reading.refuse(
            node, f"{place} has no value; it must be {expected(form)}", "Give it one, or remove the line."
        )
    return reading.refuse(
        node, f"{place} must be {expected(form)}, not {kind_of(node)}", kind_advice(node, form)
    )
