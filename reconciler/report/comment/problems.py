"""What is wrong in the manifests of a branch, as a comment on its pull request: from the document that
`validate --format json` prints.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from reconciler.core.model.text import counted
from reconciler.report.comment.frame import made_words, room_beside, where_words
from reconciler.report.markup.escaping import code, escape
from reconciler.report.markup.fitting import TextPart, fitted, in_one_form

FORMS = 3
"""With the advice, without it, not at all."""


def problems_comment(
    document: Mapping[str, Any], *, commit: str = "", made_at: str = "", newer: str = "", run_url: str = ""
) -> str:
    """The comment, in at most COMMENT_BYTES of UTF-8: each problem with its place and what to do; those that
    do not fit as their number. A document of an error says why the manifests were not read.
    """
    head = f"### {_title(document)}\n\n{made_words(commit, made_at, newer, run_url)}\n"
    where = where_words(run_url)
    told = fitted([*_parts(document)], room_beside(head, where), FORMS)
    lines = told.sections.get("", [])
    if told.hidden:
        lines.append(f"**{told.hidden:,} more not shown:** the text would be too long. {where}")
    return "\n".join([head, "\n\n".join(lines)]).rstrip("\n") + "\n"


def _title(document: Mapping[str, Any]) -> str:
    if "error" in document:
        return "The manifests could not be read"
    problems = document["problems"]
    if not problems:
        return f"Manifests are valid: {counted(document['ok'], 'manifest')}"
    files = len({problem["file"] for problem in problems})
    return f"Manifests are not valid: {counted(len(problems), 'problem')} in {counted(files, 'file')}"


def _parts(document: Mapping[str, Any]) -> Iterator[TextPart]:
    if "error" in document:
        lines = str(document["error"]["message"]).splitlines()
        yield TextPart("", in_one_form(" ".join(escape(line.strip()) for line in lines)), risky=True)
        return
    for finding in (*document["problems"], *document.get("notices", ())):
        yield TextPart("", partial(_finding, finding), risky=True)


def _finding(finding: Mapping[str, Any], form: int) -> str:
    place = f":{finding['line']}:{finding['column']}" if finding["line"] else ""
    severity = f"{finding['severity']}: " if "severity" in finding else ""
    what = f"- {code(finding['file'] + place)}: {severity}{escape(finding['what'])}"
    advice = " ".join(finding["advice"].split())
    return what if form or not advice else f"{what.rstrip('.')}. {escape(advice)}"
