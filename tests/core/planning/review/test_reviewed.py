"""Which targets of a push are reviewed: a table of what may have happened on the branch."""

from dataclasses import dataclass, replace

import pytest

from reconciler.core.planning.review.reviewed import (
    BranchCommit,
    BranchFacts,
    MergedPull,
    ReviewState,
    UploadedPlan,
    applied_later,
    concerned_since,
    merged_since,
    plan_name,
    review,
)

OURS, FORK = 1, 2
A, B, C, D = (letter * 40 for letter in "abcd")
HEAD, OTHER = "7" * 40, "8" * 40

APPLIED = BranchCommit(A, frozenset({"prod"}))
MERGED = "2026-02-01T00:00:00Z"
SEVEN = MergedPull(7, HEAD, "main", OURS, MERGED)
EIGHT = MergedPull(8, OTHER, "main", OURS, MERGED)


def plan_of(pull: MergedPull, **changes: object) -> UploadedPlan:
    name = plan_name("prod", pull.number, pull.head)
    return replace(UploadedPlan(1, name, pull.head, OURS, False, "2026-01-01T00:00:00Z"), **changes)


def facts(*commits: BranchCommit, plans: tuple[UploadedPlan, ...] = (), **changes: object) -> BranchFacts:
    uploads: dict[str, tuple[UploadedPlan, ...]] = {}
    for one in plans:
        uploads[one.name] = (*uploads.get(one.name, ()), one)
    return replace(BranchFacts("push", "main", OURS, commits, uploads=uploads), **changes)


@dataclass(frozen=True)
class Case:
    """`reason` is part of the only one; empty: reviewed, with the plans of these pull requests."""

    known: BranchFacts
    reason: str = ""
    pulls: tuple[int, ...] = ()


CASES = {
    "a merge commit, or a squash": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN),)), pulls=(7,)
    ),
    "a rebase of two commits": Case(
        facts(
            BranchCommit(C, pulls=(SEVEN,)),
            BranchCommit(B, pulls=(SEVEN,)),
            APPLIED,
            plans=(plan_of(SEVEN),),
        ),
        pulls=(7,),
    ),
    "two merges, of a queue or quickly one after the other": Case(
        facts(
            BranchCommit(C, pulls=(EIGHT,)),
            BranchCommit(B, pulls=(SEVEN,)),
            APPLIED,
            plans=(plan_of(SEVEN), plan_of(EIGHT)),
        ),
        pulls=(7, 8),
    ),
    "nothing since: the run is made again": Case(facts(replace(APPLIED, pulls=(SEVEN,)))),
    "an apply that failed is no apply": Case(
        facts(
            BranchCommit(C, pulls=(EIGHT,)),
            BranchCommit(B, frozenset({"other"}), (SEVEN,)),
            APPLIED,
            plans=(plan_of(SEVEN), plan_of(EIGHT)),
        ),
        pulls=(7, 8),
    ),
    "what came before the last apply does not matter": Case(
        facts(BranchCommit(C, pulls=(EIGHT,)), replace(APPLIED, pulls=()), plans=(plan_of(EIGHT),)),
        pulls=(8,),
    ),
    "a push without a pull request": Case(facts(BranchCommit(B), APPLIED), "pushed without a pull request"),
    "merged into another branch, which was then pushed": Case(
        facts(BranchCommit(B, pulls=(replace(SEVEN, base="next"),)), APPLIED, plans=(plan_of(SEVEN),)),
        "pushed without a pull request to main: bbbbbbbbbbbb",
    ),
    "a fork": Case(
        facts(
            BranchCommit(B, pulls=(replace(SEVEN, repository=FORK),)),
            APPLIED,
            plans=(plan_of(SEVEN, repository=FORK),),
        ),
        "#7 comes from a fork",
    ),
    "a fork that is deleted, with a plan that looks right": Case(
        facts(BranchCommit(B, pulls=(replace(SEVEN, repository=0),)), APPLIED, plans=(plan_of(SEVEN),)),
        "#7 comes from a fork",
    ),
    "a plan that a fork has uploaded": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN, repository=FORK),)),
        "was not made by a run of this repository",
    ),
    "a plan that a run at another commit has uploaded": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN, head=OTHER),)),
        "was not made by a run of this repository at 777777777777",
    ),
    "an expired plan": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN, expired=True),)),
        "the plan of pull request #7 at 777777777777 has expired",
    ),
    "no plan: the job failed": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED), "no plan of pull request #7 at 777777777777"
    ),
    "the plan of an earlier head": Case(
        facts(
            BranchCommit(B, pulls=(SEVEN,)),
            APPLIED,
            plans=(plan_of(replace(SEVEN, head=OTHER)),),
        ),
        "no plan of pull request #7",
    ),
    "one of two has no plan": Case(
        facts(
            BranchCommit(C, pulls=(EIGHT,)),
            BranchCommit(B, pulls=(SEVEN,)),
            APPLIED,
            plans=(plan_of(EIGHT),),
        ),
        "no plan of pull request #7",
    ),
    "a plan that was made after the merge": Case(
        facts(
            BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN, created="2026-02-01T00:00:01Z"),)
        ),
        "the plan of pull request #7 at 777777777777 was made after the merge",
    ),
    "a plan of a time that is not told": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN, created=""),)),
        "was made after the merge",
    ),
    "a pull request without a plan, that changes other files alone": Case(
        facts(
            BranchCommit(C, pulls=(EIGHT,)),
            BranchCommit(B, pulls=(SEVEN,), concerns=frozenset({"test"})),
            APPLIED,
            plans=(plan_of(EIGHT),),
        ),
        pulls=(8,),
    ),
    "the same, in one of the commits of a rebase": Case(
        facts(
            BranchCommit(C, pulls=(SEVEN,), concerns=frozenset()),
            BranchCommit(B, pulls=(SEVEN,), concerns=frozenset({"prod"})),
            APPLIED,
        ),
        "no plan of pull request #7",
    ),
    "one that changes other files alone, with a plan": Case(
        facts(BranchCommit(B, pulls=(SEVEN,), concerns=frozenset()), APPLIED, plans=(plan_of(SEVEN),)),
        pulls=(7,),
    ),
    "a push without a pull request, of other files alone": Case(
        facts(
            BranchCommit(C, pulls=(SEVEN,)),
            BranchCommit(B, concerns=frozenset()),
            APPLIED,
            plans=(plan_of(SEVEN),),
        ),
        pulls=(7,),
    ),
    "a fork's pull request, of other files alone": Case(
        facts(
            BranchCommit(B, pulls=(replace(SEVEN, repository=FORK),), concerns=frozenset()),
            APPLIED,
        ),
    ),
    "started by hand": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=(plan_of(SEVEN),), event="workflow_dispatch"),
        "started by hand",
    ),
    "a push of a tag": Case(facts(APPLIED, branch=""), "the run is for no branch"),
    "started by a schedule": Case(facts(APPLIED, event="schedule"), "started by schedule, not by a push"),
    "never applied before": Case(
        facts(BranchCommit(B, pulls=(SEVEN,)), plans=(plan_of(SEVEN),), whole=True),
        "no commit of the branch was applied to it yet",
    ),
    "applied too long ago": Case(
        facts(*(BranchCommit(f"{n:040x}") for n in range(9))), "none of the last 9 commits was applied"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_may_have_happened(name: str) -> None:
    case = CASES[name]
    found = review("prod", case.known)
    if case.reason:
        assert found.state is ReviewState.UNREVIEWED
        (reason,) = found.reasons
        assert case.reason in reason
        return
    assert found.state is ReviewState.REVIEWED
    assert [one.pull.number for one in found.pulls] == list(case.pulls)
    assert all(one.plan and one.plan.head == one.pull.head for one in found.pulls)
    assert found.since == A


def test_of_several_plans_of_a_head_the_newest_counts() -> None:
    older = plan_of(SEVEN, id=9, created="2026-01-01T00:00:00Z")
    newer = plan_of(SEVEN, id=3, created="2026-01-02T00:00:00Z")
    forged = plan_of(SEVEN, id=8, created="2026-01-03T00:00:00Z", repository=FORK)
    gone = plan_of(SEVEN, id=7, created="2026-01-04T00:00:00Z", expired=True)
    late = plan_of(SEVEN, id=6, created="2026-02-02T00:00:00Z")
    for plans in ((older, newer, forged, gone, late), (late, gone, forged, newer, older)):
        found = review("prod", facts(BranchCommit(B, pulls=(SEVEN,)), APPLIED, plans=plans))
        assert [one.plan and one.plan.id for one in found.pulls] == [3]


def test_each_target_has_its_own_last_apply() -> None:
    known = facts(
        BranchCommit(C, pulls=(EIGHT,)),
        BranchCommit(B, frozenset({"test"}), (SEVEN,)),
        APPLIED,
        plans=(plan_of(SEVEN), plan_of(EIGHT)),
    )
    assert [pull.number for pull in merged_since("test", known)] == [8]
    assert [pull.number for pull in merged_since("prod", known)] == [7, 8]
    assert review("test", known).state is ReviewState.UNREVIEWED, "the plans are of another target"


def test_a_result_is_told_where_something_of_the_target_was_changed() -> None:
    known = facts(
        BranchCommit(C, pulls=(EIGHT,)), BranchCommit(B, pulls=(SEVEN,), concerns=frozenset()), APPLIED
    )
    assert merged_since("prod", known) == (SEVEN, EIGHT)
    assert concerned_since("prod", known) == (EIGHT,)


def test_where_no_apply_is_known_only_the_pushed_commit_is_told_of() -> None:
    known = facts(BranchCommit(C, pulls=(EIGHT,)), BranchCommit(B, pulls=(SEVEN,)))
    assert merged_since("prod", known) == (EIGHT,)


def test_a_later_apply_of_one_of_the_targets_is_named() -> None:
    later = (BranchCommit(D, frozenset({"test"})), BranchCommit(C, frozenset({"prod"})))
    known = facts(APPLIED, later=later)
    assert "cccccccccccc, a later commit of main, was applied to prod" in applied_later(["prod"], known)
    assert "dddddddddddd" in applied_later(["prod", "test"], known)
    assert applied_later(["third"], known) == ""
