"""No value acts: in no comment, in no summary and in no log. `tests.support.hostile_values` lists what was
tried; each is put into every place of a plan, of what a branch changes, and of the documents of apply and
validate.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from reconciler.cli.output.escaping import WorkflowCommandFilter, escaped
from reconciler.core.model.findings import Finding, Location
from reconciler.report.comment.frame import COMMENT_BYTES
from reconciler.report.comment.plan import PlanComment, plan_comment
from reconciler.report.comment.problems import problems_comment
from reconciler.report.comment.result import result_comment
from reconciler.report.findings import annotation
from reconciler.report.markup.fitting import MAX_BYTES
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN as WITHOUT_COLOURS
from tests.support.endings import RESULTS, problems
from tests.support.github_markdown import Read
from tests.support.hostile_values import PLAIN as HARMLESS
from tests.support.hostile_values import TRIED, everywhere
from tests.support.pull_requests import PULL_REQUESTS, RUN

OURS = frozenset({"apiVersion", "result", "action", "severity", "kind"})
MADE = cache(lambda name: PULL_REQUESTS[name]())


ENDED = cache(RESULTS["result"])


def hostile(comment: PlanComment, text: str) -> PlanComment:
    return replace(everywhere(comment, text), run_url=RUN, newer=text)


def comment_of(name: str, text: str) -> PlanComment:
    return hostile(MADE(name), text)


@cache
def all_kinds() -> PlanComment:
    """A stop, one that is blocked, drift, and rules and workflows that the branch changes."""
    names = ("a_stop", "blocked_by_the_version_guard", "drift_beside_the_branch")
    found, items = MADE("settings_and_workflows"), [MADE(name).plan.deployments[-1] for name in names]
    return replace(found, plan=replace(found.plan, deployments=tuple(items)))


WRITTEN: dict[str, Callable[[str], str]] = {
    "all kinds": lambda text: plan_comment(hostile(all_kinds(), text)),
    "base unknown": lambda text: plan_comment(replace(comment_of("nothing_to_do", text), branch=text)),
    "nothing to do": lambda text: plan_comment(comment_of("nothing_to_do", text)),
    "summary": lambda text: plan_markdown(comment_of("a_stop", text).plan),
    "result": lambda text: result_comment(everywhere(ENDED(), text, OURS), commit=text),
    "problems": lambda text: problems_comment(everywhere(problems(), text, OURS), newer=text),
}


@pytest.mark.parametrize("where", sorted(WRITTEN))
def test_no_value_acts(where) -> None:
    write = WRITTEN[where]
    lists = where == "result"  # of the lines of an error, of which there may be more
    usual = Read(write(f"{HARMLESS}\n{HARMLESS}" if lists else HARMLESS))
    found = {what: [*_wrong(write(text), text, usual, lists)] for what, text in TRIED.items()}
    assert {what: wrong for what, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("what", ["javascript", "HTML", "a link", "a person", "nothing", "half a character"])
def test_only_an_address_of_the_web_is_a_link(what) -> None:
    address = TRIED.get(what, "javascript:alert(1)")
    assert Read(plan_comment(replace(MADE("nothing_to_do"), run_url=address))).links == []
    assert Read(plan_comment(MADE("nothing_to_do"))).links == [f"a href={RUN}"]


def _wrong(markdown: str, text: str, usual: Read, lists: bool = False) -> Iterator[str]:
    read = Read(markdown)
    if len(markdown.encode()) > (MAX_BYTES if markdown.startswith("### Plan") else COMMENT_BYTES):
        yield "too long"
    if read.acting:
        yield f"acts: {read.acting}"
    if read.comments or "<!--" in markdown:
        yield "a comment"
    if set(read.links) - set(usual.links):
        yield f"links: {read.links}"
    # A very long one leads to shorter forms; all others say as much as any value does.
    same = set(read.skeleton) <= set(usual.skeleton) if lists else read.skeleton == usual.skeleton
    if text.strip() and len(text) < 1000 and not same:
        yield "other elements"
    if seen := [sign for sign in read.text + read.code if _is_unseen(sign)]:
        yield f"unseen: {seen}"
    if wrong := re.search(r"(?m)^\s*(::|/)|##\[", markdown):
        yield f"a command: {wrong.group()}"


def _is_unseen(sign: str) -> bool:
    """The zero-width space is ours."""
    printable_only_by_name = sign in "\u034f\u115f\u3164\uffa0\u2800\ufe0f\U000e0100"
    return printable_only_by_name or (not sign.isprintable() and sign not in "\n\u200b")


def test_nothing_acts_in_the_log() -> None:
    """Text passes the streams of the command line, which take commands of GitHub's runner out."""
    usual = len(plan_lines(comment_of("a_stop", HARMLESS).plan, WITHOUT_COLOURS))
    for text in TRIED.values():
        lines = plan_lines(comment_of("a_stop", text).plan, WITHOUT_COLOURS)
        logged = WorkflowCommandFilter()(escaped("\n".join(lines)))
        assert not re.search(r"(?m)^\s*::|##\[|[\x00-\x09\x0b-\x1f\x7f]", logged)
        assert not text or len(lines) == usual


@pytest.mark.parametrize("what", sorted(TRIED))
def test_an_annotation_stays_one_command_with_its_place(what) -> None:
    text = TRIED[what]
    line = annotation(Finding(Location(f"{text}.yaml", 7, 3), text, text))
    assert len(line.splitlines()) == 1
    head, _, message = line.removeprefix("::error ").partition("::")
    properties = dict(part.split("=", 1) for part in head.split(",")[-3:])
    assert properties == {"line": "7", "col": "3", "title": "Manifest problem"}
    assert head.count(",") == 3
    assert message.isprintable()


def test_each_rule_finds_something_where_nothing_is_escaped() -> None:
    """The judge is no yes-man: as they are, these values act."""
    usual, short = Read(HARMLESS), {what: text for what, text in TRIED.items() if len(text) < 1000}
    acts = {
        what for what, text in short.items() if what != "half a character" and [*_wrong(text, text, usual)]
    }
    assert acts > {
        "a person",
        "an issue",
        "a commit",
        "an emoji",
        "a formula",
        "an address",
        "HTML",
        "a mail address",
    }
    assert acts > {
        "our marker",
        "a heading",
        "a list",
        "a footnote",
        "another direction",
        "nothing to see",
        "a command to a bot",
    }
