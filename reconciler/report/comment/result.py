"""How an apply ended, as a comment on the pull requests that it carried out: from the document that
`apply --format json` prints. What failed comes first.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut
from reconciler.report.comment.frame import made_words, room_beside, where_words
from reconciler.report.markup.escaping import code, escape
from reconciler.report.markup.fitting import TextPart, fitted, in_forms
from reconciler.report.values import duration_words

FORMS = 5
"""All of it, the words of the service, the first line, the name alone, nothing."""

MOST_LINES = 6
"""Lines of one error that are shown where not all is: the opc-request-id, and then the service's reasons."""

ORDER = ("failed", "interrupted", "blocked", "left out", "not begun", "done", "paused", "nothing")
BAD = frozenset(ORDER[:5])
SAID_BY_SERVICE = ("opc-request-id", "work request:", "error:")


def result_comment(
    document: Mapping[str, Any], *, commit: str = "", made_at: str = "", newer: str = "", run_url: str = ""
) -> str:
    """The comment, in at most COMMENT_BYTES of UTF-8. A document of an error says why nothing was applied."""
    head = f"### {_title(document)}\n\n{made_words(commit, made_at, newer, run_url)}\n"
    where = where_words(run_url)
    told = fitted([*_parts(document)], room_beside(head, where), FORMS)
    texts = told.sections.get("", [])
    if told.hidden:
        bad = f", {told.risky:,} of which did not end well" if told.risky else ""
        what = f"**{told.hidden:,} more not shown**{bad}: the text would be too long."
        texts.append(f"{what} {where}")
    elif told.cut:
        texts.append(f"Details are left out where the text would have been too long. {where}")
    return "\n".join([head, "\n\n".join(texts)]).rstrip("\n") + "\n"


def no_result_comment(*, commit: str = "", made_at: str = "", run_url: str = "") -> str:
    """The comment about an apply that was ended from outside, before it could say anything."""
    head = f"### {NO_RESULT[0].upper()}{NO_RESULT[1:]}\n\n{made_words(commit, made_at, '', run_url)}\n"
    return f"{head}\nIt was cancelled, took too long, or its machine was lost. {GO_ON}\n"


NO_RESULT = "apply was ended before it could say how"
GO_ON = "A part of it may be done: run it again, it goes on where it stopped."


def _title(document: Mapping[str, Any]) -> str:
    if "deployments" not in document:
        return "Nothing was applied"
    numbers = Counter(item["result"] for item in document["deployments"])
    words = {"nothing": "unchanged"}
    told = [f"{numbers[result]:,} {words.get(result, result)}" for result in ORDER if numbers[result]]
    if document["refusals"]:
        told = ["the whole plan was refused, and nothing was sent"]
    return f"Apply to target {escape(document['target'])}: {', '.join(told) or 'nothing to do'}"


def _parts(document: Mapping[str, Any]) -> Iterator[TextPart]:
    """All parts, what ended worst first."""
    if document.get("error"):
        yield _failure("**It stopped:**", document["error"])
    for refusal in document.get("refusals", ()):
        yield _part("", [_refusal(refusal)], risky=True)
    deployments = [item for item in document.get("deployments", ()) if item["result"] != "nothing"]
    for item in sorted(deployments, key=lambda item: (ORDER.index(item["result"]), item["name"])):
        yield _deployment(item)
    if unchanged := len(document.get("deployments", ())) - len(deployments):
        yield _part(f"{counted(unchanged, 'deployment')} unchanged", [])


def _deployment(item: Mapping[str, Any]) -> TextPart:
    name, result = item["name"], item["result"]
    took = f" after {duration_words(item['seconds'])}" if item["seconds"] is not None else ""
    action = f" ({item['action']})" if item["action"] != result else ""
    title = f"**{code(name)} {result}**{took}{action}"
    bare = f"**{code(cut(name, LONGEST_WORD_SHOWN))} {result}**"
    if item["error"]:
        return _failure(title, item["error"], bare)
    said = [_refusal(refusal) for refusal in item["refusals"]]
    said += [f"> Note: {escape(note)}" for note in item["notes"]]
    return _part(title, said, bare, risky=result in BAD)


def _failure(title: str, error: Mapping[str, Any], bare: str = "") -> TextPart:
    """An error with all of its lines, those of the service, the first one, or only what it is about."""
    first, *rest = [line.strip() for line in str(error["message"]).splitlines() if line.strip()] or [""]
    service = [line for said in SAID_BY_SERVICE for line in rest if line.startswith(said)]
    lines: tuple[list[str], ...] = (rest, (service or rest)[:MOST_LINES], [])
    title = f"{title} (exit code {error['exitCode']}: {escape(error['meaning'])})"

    def write(form: int) -> str:
        if form >= len(lines):
            return bare or title
        return "\n".join([title, "", f"> {escape(first)}", *(f"> - {escape(line)}" for line in lines[form])])

    return TextPart("", write, risky=True)


def _refusal(refusal: Mapping[str, Any]) -> str:
    choices = [f"> - {escape(choice)}" for choice in refusal["choices"]]
    return "\n".join([f"> **Refused:** {escape(refusal['reason'])}", *choices])


def _part(title: str, said: list[str], bare: str = "", *, risky: bool = False) -> TextPart:
    whole = "\n\n".join(filter(None, [title, *said]))
    return TextPart("", in_forms(whole, whole, title or whole, bare or title or whole), risky)
