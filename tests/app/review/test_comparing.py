"""Reviewed plans come from artifacts: whatever their files hold, it is told, and covers nothing."""

import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from reconciler.app.privacy.redaction import Redaction
from reconciler.app.review import comparing
from reconciler.app.review.comparing import compare_with_files
from reconciler.app.saved_plans.save_and_load import save
from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.errors import Failed
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.compared import Comparison
from reconciler.report.plan.compared import comparison_document
from tests.support.applied import deployed
from tests.support.drive import OWNER, desired, plan_on, spec
from tests.support.memory import MemoryCloud

DEEP = b'{"apiVersion": ' + b"[" * 70 + b"]" * 70 + b"}"
WRONG = [
    b"",
    b"\xff\xfe",
    b"[" * 200_000,
    b"[]",
    b'{"a": 1, "a": 2}',
    b'{"a": NaN}',
    b'{"a": "\\ud800"}',
    DEEP,
]


def compared(plan: Plan, *places: Path) -> Comparison:
    return compare_with_files(plan, places, Redaction({}, OWNER))


@pytest.fixture
def plan() -> Plan:
    return plan_on(MemoryCloud(), desired(spec("a")))


@pytest.mark.parametrize("content", WRONG, ids=range(len(WRONG)))
def test_what_is_no_plan_covers_nothing(tmp_path: Path, plan: Plan, content: bytes) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    (whole, _) = compared(plan, file).unreviewed
    assert whole.promise.kind == "plan"
    assert not whole.seen[0].unread.startswith(str(file))


def test_a_pipe_is_not_waited_for(tmp_path: Path, plan: Plan) -> None:
    os.mkfifo(tmp_path / "plan.json")
    assert "it is a pipe" in compared(plan, tmp_path).unreviewed[0].seen[0].unread


def test_every_plan_below_a_folder_counts_once_and_links_do_not(tmp_path: Path, plan: Plan) -> None:
    for place in ("reviewed/9/deep", "reviewed/10", "elsewhere"):
        (tmp_path / place).mkdir(parents=True)
        save(plan, tmp_path / place / "plan.json")
    reviewed = tmp_path / "reviewed"
    (reviewed / "10/other.json").write_text("no plan")
    (reviewed / "linked").symlink_to(tmp_path / "elsewhere")
    (reviewed / "9/plan.json").symlink_to(tmp_path / "elsewhere/plan.json")
    found = compared(plan, reviewed, reviewed / "10/plan.json")
    names = [one.name for one in found.reviewed]
    assert names == ["reviewed/10/plan.json", "reviewed/9/deep/plan.json"]
    assert found.covered


def test_there_may_be_too_many(tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST", 2)
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        save(plan, tmp_path / str(number) / "plan.json")
    with pytest.raises(Failed, match="3 reviewed plans, and 2 at most"):
        compared(plan, tmp_path)


def test_a_folder_that_cannot_be_read_is_no_empty_one(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(place: str) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(place))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Failed, match="Permission denied: it cannot be known what was reviewed"):
        compared(plan, tmp_path)


def test_a_secret_in_a_reviewed_plan_is_redacted_and_compares_as_redacted(tmp_path: Path) -> None:
    """What a run on a pull request could not know to be secret is known here."""
    secret = "hunter2-and-more"
    redaction = Redaction({"GITHUB_TOKEN": secret}, OWNER)
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec("a", description=f"with {secret}"))
    planned = plan_on(cloud, desired(spec("a", description="without")))
    save(planned, tmp_path / "plan.json")
    here = redaction.plan(planned, cloud.deployments.values())
    assert secret not in str([change.old for change in here.deployments[0].changes])
    assert compare_with_files(here, [tmp_path], redaction).covered
    changed = plan_on(cloud, desired(spec("a", description="other", scaling=FixedScaling(2))))
    other = redaction.plan(changed, cloud.deployments.values())
    told = comparison_document(compare_with_files(other, [tmp_path], redaction))
    assert told["covered"] is False
    assert secret not in str(told)


def test_a_secret_in_what_is_no_plan_is_redacted(tmp_path: Path, plan: Plan) -> None:
    secret = "hunter2-and-more"
    (tmp_path / "plan.json").write_text(f'{{"apiVersion": "{secret}"}}')
    told = compare_with_files(plan, [tmp_path], Redaction({"GITHUB_TOKEN": secret}, OWNER))
    assert secret not in str(comparison_document(told))


def test_a_plan_that_was_compared_is_read_back_as_the_plan_that_it_is(tmp_path: Path, plan: Plan) -> None:
    save(plan, tmp_path / "plan.json")
    save(plan, tmp_path / "again.json", compared(plan, tmp_path / "plan.json"))
    assert compared(plan, tmp_path / "again.json").covered
    assert not compared(replace(plan, target="other"), tmp_path / "again.json").covered
