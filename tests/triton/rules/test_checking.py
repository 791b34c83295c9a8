"""What is told of the faults that rules find: one cause is one problem, and nothing hides an error."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciler.core.model.findings import Location, Severity
from reconciler.triton.repository_folder import layout_of_folder
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules import checking
from reconciler.triton.rules.rule import Fault, Repository, Rule

MODEL = RepositoryModel("m", Location("models/m"), ())
FIELD = ("input", 0, "name")


def warning(what: str) -> Fault:
    return Fault(what, field=FIELD, severity=Severity.WARNING)


def error(what: str) -> Fault:
    return Fault(what, field=FIELD)


def rule(faults: Sequence[Fault]) -> Rule:
    def check(_model: RepositoryModel, _repository: Repository) -> Iterator[Fault]:
        return iter(faults)

    return Rule("r", "ours", check)


def judge_by(monkeypatch: pytest.MonkeyPatch, rules: list[Rule]) -> None:
    """Instead of by the table; every model has something to look at for these."""
    monkeypatch.setattr(checking, "_looking_at", lambda *_: rules)


@pytest.mark.parametrize(
    ("by_rule", "told"),
    [
        ([[error("a")], [error("b")]], "a"),
        ([[error("a")], [warning("b")]], "a"),
        ([[warning("a")], [warning("b")]], "a"),
        ([[warning("a")], [error("b")], [error("c"), warning("d")]], "ab"),
        ([[warning("a"), error("b")]], "ab"),
    ],
)
def test_of_one_field(monkeypatch: pytest.MonkeyPatch, by_rule: list[list[Fault]], told: str) -> None:
    judge_by(monkeypatch, [rule(faults) for faults in by_rule])
    assert "".join(finding.what for finding in checking.check_models([MODEL], ["m"])) == told


def test_many_warnings_hide_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Fault(str(number), severity=Severity.WARNING) for number in range(checking.MOST_FAULTS + 1)]
    wrong = [Fault(str(number)) for number in range(checking.MOST_FAULTS + 1)]
    judge_by(monkeypatch, [rule([*many, *wrong])])
    severities = [finding.severity for finding in checking.check_models([MODEL], ["m"])]
    assert severities.count(Severity.WARNING) == checking.MOST_FAULTS
    assert severities.count(Severity.ERROR) == checking.MOST_FAULTS


def test_folders_in_the_place_of_files_end_no_check(tmp_path: Path) -> None:
    version = tmp_path / "models" / "m" / "1"
    for name in ("rank0.engine", "config.json"):
        (version / name).mkdir(parents=True)
        (version / name / "part").write_text("x")
    (version.parent / "config.pbtxt").write_text('backend: "tensorrtllm"')
    layout, _ = layout_of_folder(tmp_path / "models", Location("manifest.yaml", 1, 1))
    assert layout is not None
