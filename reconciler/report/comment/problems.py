"""What is wrong in the manifests of a branch, as a comment on its pull request: from the document that
`validate --format json` prints.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model.text import counted
from reconciler.report.comment.frame import COMMENT_BYTES, made_words, where_words
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import Part, fitted

ROOM_FOR_LEFT_OUT = 600


def problems_comment(
    document: Mapping[str, Any], *, commit: str = "", made_at: str = "", newer: str = "", run_url: str = ""
) -> str:
    """The comment, in at most 65,000 bytes of UTF-8: each problem with its place and what to do; those that do
    not fit as their number. A document of an error says why the manifests were not read.
    """
    head = f"### {_title(document)}\n\n{made_words(commit, made_at, newer, run_url)}\n"
    told = fitted([*_parts(document)], COMMENT_BYTES - len(head.encode()) - ROOM_FOR_LEFT_OUT)
    lines = told.sections.get("", [])
    if told.hidden:
        lines.append(
            f"**{told.hidden:,} more not shown:** the text would be too long. {where_words(run_url)}"
        )
    return "\n".join([head, "\n\n".join(lines)]).rstrip("\n") + "\n"


def _title(document: Mapping[str, Any]) -> str:
    if "error" in document:
        return "The manifests could not be read"
    problems = document["problems"]
    if not problems:
        return f"Manifests are valid: {counted(document['ok'], 'manifest')}"
    files = len({problem["file"] for problem in problems})
    return f"Manifests are not valid: {counted(len(problems), 'problem')} in {counted(files, 'file')}"


def _parts(document: Mapping[str, Any]) -> Iterator[Part]:
    if "error" in document:
        lines = str(document["error"]["message"]).splitlines()
        yield _part(" ".join(escape(line.strip()) for line in lines), "")
        return
    for problem in document["problems"]:
        yield _part(f"- {_place(problem)}: {escape(problem['what'])}", problem["advice"])
    for notice in document.get("notices", ()):
        yield _part(f"- {_place(notice)}: {notice['severity']}: {escape(notice['what'])}", notice["advice"])


def _place(finding: Mapping[str, Any]) -> Rendered:
    place = f":{finding['line']}:{finding['column']}" if finding["line"] else ""
    return code(f"{finding['file']}{place}")


def _part(what: str, advice: str) -> Part:
    """With the advice, without it, not at all."""
    whole = f"{what} {escape(' '.join(advice.split()))}" if advice else what
    return Part("", (whole, what, ""), risky=True)
