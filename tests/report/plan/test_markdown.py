"""A plan as Markdown: safe with any value, risks first, never too long."""

import re

import pytest

from reconciler.report.markup.escaping import escape
from reconciler.report.markup.fitting import MAX_BYTES
from reconciler.report.plan.markdown import plan_markdown

TAGS = re.compile(r"<[^>]*>")
MARKUP = "\n# a\r\n\n---", "&amp; <!--", "`x`", "a|b", "<img src=x>", "*a*", "_a_", "![a](b)", "# a", "~~a~~"
OURS = {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}


@pytest.mark.parametrize(
    "name",
    [
        "all_groups",
        "clean_up",
        "tag_moved",
        "not_looked_up",
        "image_built",
        "downtime_allowed",
        "group_paused_adopted",
        "hostile",
    ],
)
def test_golden(made, golden, name) -> None:
    golden(plan_markdown(made(name)), f"{name}.md")


def test_no_tag_but_ours(case) -> None:
    assert set(TAGS.findall(plan_markdown(case.plan))) <= OURS


def test_every_row_of_a_table_has_four_cells(case) -> None:
    rows = [line for line in plan_markdown(case.plan).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} <= {5}


@pytest.mark.parametrize("text", MARKUP)
def test_a_value_is_never_markup(text) -> None:
    assert not set(re.sub("&#[0-9]+;|</?code>", "", escape(text))) & set("`|<>*_[]#~!&\n\\@")


@pytest.mark.parametrize("text", ["http://a.example", "www.a.example", "a@b.example", "@somebody"])
def test_a_value_is_never_a_link(text) -> None:
    assert not re.search(r"://|www\.|@", escape(text))


def test_the_title_counts_every_action(everything) -> None:
    first = plan_markdown(everything).splitlines()[0]
    totals = "1 to create, 2 to update (1 with a stop), 1 to delete, 4 unchanged, 1 blocked"
    assert first == f"### Plan for target test: {totals}"


def test_unchanged_deployments_can_be_left_out(everything) -> None:
    whole, cut = plan_markdown(everything), plan_markdown(everything, unchanged=False)
    assert [line for line in whole.splitlines() if line not in cut.splitlines()] == [
        "4 unchanged (as it should be): other, a, a, b"
    ]


def test_risks_come_first(everything) -> None:
    text = plan_markdown(everything)
    titles = re.findall("^#### (.*)$", text, re.MULTILINE)
    assert titles == ["Refused", "These stop serving or go", "Updates", "New"]
    words = ("is blocked", "stops serving for", "will be deleted", "will be updated**:", "will be created")
    assert sorted(words, key=text.index) == list(words)


def test_no_secret_is_shown(made) -> None:
    assert "hunter" not in plan_markdown(made("secrets"))


@pytest.mark.parametrize("number", [80, 400])
def test_it_always_fits_and_says_what_is_missing(many, number) -> None:
    text = plan_markdown(many(number))
    assert len(text.encode()) <= MAX_BYTES
    assert len(text.encode()) > MAX_BYTES * 0.8
    assert "foreign" in text
    named = len(re.findall("will be (?:created|updated)", text))
    hidden = re.search(r"\*\*([0-9]+) more not shown", text)
    assert named + (int(hidden[1]) if hidden else 0) == 2 * number
    assert hidden or "Details are left out" in text


def test_the_least_important_is_cut_first(many) -> None:
    text = plan_markdown(many(70))
    blocks = re.split("will be (?:created|updated)", text)[1:]
    with_steps = ["<details>" in block for block in blocks]
    assert len(blocks) == 140
    assert with_steps == sorted(with_steps, reverse=True)
    assert set(with_steps) == {True, False}


def test_the_refusal_of_the_whole_plan_stands_first(made) -> None:
    text = plan_markdown(made("too_many_deletes"))
    told = ("The whole plan is refused", "2 deployments would be deleted", "maxDeletes: 2", "will be deleted")
    assert sorted(told, key=text.index) == list(told)
