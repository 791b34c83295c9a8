"""Comments on how an apply ended, and on what is wrong in manifests."""

import pytest

from reconciler.report.comment.frame import COMMENT_BYTES
from reconciler.report.comment.problems import problems_comment
from reconciler.report.comment.result import result_comment
from tests.support.endings import RESULTS, problems
from tests.support.pull_requests import HEAD, MADE, RUN
from tests.support.schemas import fits

STAMP = {"commit": HEAD, "made_at": MADE, "run_url": RUN}
ERROR = {
    "error": {
        "kind": "SetupError",
        "message": "no such target\n  see reconciler.yaml",
        "exitCode": 1,
        "meaning": "failed",
    }
}


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_results(golden, name) -> None:
    document = RESULTS[name]()
    fits(document)
    golden(result_comment(document, **STAMP), f"comment-{name}.md")


def test_problems(golden) -> None:
    fits(problems())
    golden(problems_comment(problems(), **STAMP), "comment-problems.md")


def test_what_failed_comes_first_with_the_words_of_the_service() -> None:
    text = result_comment(RESULTS["result"]())
    told = (
        "failed</code> failed",
        "no capacity for",
        "opc-request-id",
        "old</code> left out",
        "done</code> done",
    )
    assert sorted(told, key=text.index) == list(told)


def test_an_error_instead_of_a_result() -> None:
    assert "Nothing was applied" in result_comment(ERROR)
    assert "no such target" in result_comment(ERROR)
    assert "could not be read" in problems_comment(ERROR)
    assert "no such target" in problems_comment(ERROR)


def test_no_problem_is_one_line() -> None:
    document = {**problems(), "valid": True, "problems": [], "notices": []}
    assert problems_comment(document).strip() == "### Manifests are valid: 3 manifests"


@pytest.mark.parametrize("number", [100, 2000])
def test_they_fit_whatever_there_is_to_say(number) -> None:
    wrong = problems()
    many = {
        **wrong,
        "problems": [{**wrong["problems"][0], "line": line, "advice": "x" * 900} for line in range(number)],
    }
    result = RESULTS["result"]()
    failed = next(item for item in result["deployments"] if item["result"] == "failed")
    long = {**failed["error"], "message": "it failed\n" + "\n".join("error: @<|" * 20 for _ in range(100))}
    ended = [{**failed, "name": f"deployment-{at}", "error": long} for at in range(number)]
    for text in (problems_comment(many, **STAMP), result_comment({**result, "deployments": ended}, **STAMP)):
        assert COMMENT_BYTES // 2 < len(text.encode()) <= COMMENT_BYTES
        assert number == 100 or "more not shown" in text
        assert RUN in text
