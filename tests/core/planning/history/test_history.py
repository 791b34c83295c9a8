"""What the traces of a deployment tell, and what they do not."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import CatalogModel, Marks, State
from reconciler.core.planning.history.history import NO_WORK, ONE_REVISION, history_of
from reconciler.core.planning.history.traces import (
    Ending,
    PastDeployment,
    PastModel,
    PastWork,
    Traces,
)
from tests.support.pasts import APPLIED, GONE, LIVE, full


def test_the_newest_comes_first_and_each_trace_is_told_once() -> None:
    told = [(one.at[:16], one.what, one.ending) for one in history_of(full(), 30).happenings]
    assert told == [
        ("2026-11-27T10:00", "commit", Ending.PENDING),
        ("2026-11-26T12:00", "apply", Ending.FAILED),
        ("2026-11-26T11:59", "update", Ending.FAILED),
        ("2026-11-26T11:00", "publish a model", Ending.UNDER_WAY),
        ("2026-11-25T12:10", "update", Ending.DONE),
        ("2026-11-25T12:00", "publish a model", Ending.DONE),
        ("2026-11-25T11:00", "commit", Ending.APPLIED),
        ("2026-11-24T12:00", "create", Ending.DONE),
        ("2026-11-20T08:00", "commit", Ending.UNKNOWN),
    ]


def test_it_is_about_the_deployment_that_is_there() -> None:
    found = history_of(full(), 30)
    assert (found.ocid, found.state, found.revision) == (LIVE.ocid, State.ACTIVE, APPLIED)
    gone = history_of(Traces("vision", deployments=(PastDeployment(GONE),)), 30)
    assert (gone.ocid, gone.state, gone.revision) == ("", None, "")


def test_only_the_newest_are_told_and_how_many_there_are() -> None:
    found = history_of(full(), 2)
    assert [one.what for one in found.happenings] == ["commit", "apply"]
    assert found.unknown[0] == "only the newest 2 are told, of 9 that are known"


def test_no_work_request_is_said_to_be_of_a_revision() -> None:
    found = history_of(full(), 30)
    assert {one.revision for one in found.happenings if one.what in ("create", "update")} == {""}
    assert ONE_REVISION in found.unknown


def test_a_creation_that_is_not_listed_any_more_is_told_by_the_deployment() -> None:
    works = (PastWork("w", "MODEL_DEPLOYMENT_UPDATE", Ending.DONE, "2026-11-25T12:00:00Z"),)
    found = history_of(Traces("vision", deployments=(PastDeployment(LIVE, works),)), 30)
    created = found.happenings[-1]
    assert (created.what, created.at, created.ending) == ("create", LIVE.created, Ending.UNKNOWN)
    assert f"{LIVE.ocid}: what was done before 2026-11-25 12:00 UTC is not listed here" in found.unknown
    bare = history_of(Traces("vision", deployments=(PastDeployment(LIVE),)), 30)
    assert f"{LIVE.ocid}: {NO_WORK}" in bare.unknown


def test_without_a_deployment_it_says_so() -> None:
    entry = CatalogModel("ocid1.model", "vision", True, artifact="sha256:1", created="2026-11-25T12:00:00Z")
    found = history_of(Traces("vision", published=(PastModel(entry),)), 30)
    assert [one.what for one in found.happenings] == ["publish a model"]
    assert "no deployment of this name is there, and none is listed as deleted" in found.unknown
    assert "of which revision ocid1.model came from was not noted" in found.unknown


def test_a_model_group_has_no_provenance_and_nothing_is_missing() -> None:
    entry = CatalogModel("ocid1.group", "vision", True, artifact="sha256:1", is_model_group=True)
    found = history_of(Traces("vision", published=(PastModel(entry),)), 30)
    assert [one.what for one in found.happenings] == ["publish a model group"]
    assert not any("not noted" in line for line in found.unknown)


@pytest.mark.parametrize("applied", ["", "0" * 40])
def test_where_it_is_not_known_what_was_applied_no_commit_is_said_to_be_pending(applied: str) -> None:
    found = history_of(replace(full(), applied=applied), 30)
    assert {one.ending for one in found.happenings if one.what == "commit"} == {Ending.UNKNOWN}


def test_a_failure_of_which_the_time_is_not_known_comes_last() -> None:
    live = replace(LIVE, marks=Marks("acme", "vision", failed="1" * 64))
    found = history_of(Traces("vision", deployments=(PastDeployment(live),)), 30)
    assert [(one.what, one.at) for one in found.happenings] == [("create", LIVE.created), ("apply", "")]


def test_the_youngest_of_several_is_the_one() -> None:
    copy = replace(LIVE, ocid="ocid1.copy", created="2026-11-28T00:00:00Z")
    found = history_of(Traces("vision", deployments=(PastDeployment(copy), PastDeployment(LIVE))), 30)
    assert found.ocid == "ocid1.copy"
