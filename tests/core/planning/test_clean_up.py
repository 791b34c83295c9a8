"""Which catalog entries `gc` deletes, and why the others stay."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.core.model.live import CatalogModel, Live, Project, Snapshot, State
from reconciler.core.planning.clean_up import Stays, plan_clean_up, sort_catalog
from reconciler.core.planning.plan import Action
from reconciler.core.planning.steps import DeleteModel

OWNER, KEEP = "acme", 3
RECENT = "2026-11-26T12:00:00Z"
"""A day ago."""
OLD, NEW = "2026-11-01T00:00:00.000Z", "2026-11-27T11:00:00.000Z"


def model(ocid: str, name: str | None = "vision", **changes: object) -> CatalogModel:
    whole = CatalogModel(ocid, "shown", True, OWNER, name, f"sha256:{ocid}", created=OLD)
    return replace(whole, **changes)


def group(ocid: str, *members: str, **changes: object) -> CatalogModel:
    return model(ocid, is_model_group=True, members=members, **changes)


def live(runs: str, state: State = State.ACTIVE, project: str = "project-1") -> Live:
    return Live("ocid1.deployment", "somebody's", state, None, runs, project)


def sorted_out(
    *models: CatalogModel, deployments: Iterable[Live] = (), keep: int = 1, elsewhere: Iterable[str] = ()
) -> tuple[set[str], dict[str, Stays]]:
    snapshot = Snapshot(Project("ml", "project-1"), tuple(deployments), models, frozenset(elsewhere))
    sorting = sort_catalog(snapshot, OWNER, keep, RECENT)
    return {model.ocid for model in sorting.going}, dict(sorting.staying)


def versions(number: int, **changes: object) -> list[CatalogModel]:
    """The first is the oldest."""
    return [
        model(f"m{day}", created=f"2026-11-{day:02}T00:00:00Z", **changes) for day in range(1, number + 1)
    ]


def test_the_newest_of_each_name_stay_to_go_back_to() -> None:
    others = [replace(one, ocid=f"other-{one.ocid}", name="other") for one in versions(2)]
    going, staying = sorted_out(*versions(6), *others, keep=KEEP)
    assert going == {"m1", "m2", "m3"}
    assert set(staying.values()) == {Stays.FOR_ROLLBACK}


def test_what_was_taken_up_again_counts_as_new() -> None:
    first, *rest = versions(4)
    going, _ = sorted_out(replace(first, used="2026-11-20T00:00:00Z"), *rest)
    assert going == {"m2", "m3", "m4"}


@pytest.mark.parametrize("state", [state for state in State if state is not State.DELETED])
@pytest.mark.parametrize("project", ["project-1", "another"])
def test_what_any_deployment_runs_stays_and_is_not_counted(state: State, project: str) -> None:
    going, staying = sorted_out(*versions(3), deployments=[live("m3", state, project)])
    assert (going, staying) == ({"m1"}, {"m2": Stays.FOR_ROLLBACK, "m3": Stays.IN_USE})


def test_what_a_deleted_deployment_ran_goes() -> None:
    going, _ = sorted_out(*versions(3), deployments=[live("m1", State.DELETED)])
    assert going == {"m1", "m2"}


@pytest.mark.parametrize(
    "age", [{"created": NEW}, {"used": NEW}, {"created": ""}, {"created": "yesterday", "used": "2026"}]
)
def test_what_may_be_needed_right_now_stays_and_is_not_counted(age: dict[str, str]) -> None:
    fresh = replace(model("fresh"), **age)
    going, staying = sorted_out(*versions(2), fresh)
    assert (going, staying["fresh"]) == ({"m1"}, Stays.RECENT)


def test_a_publication_that_was_abandoned_goes_and_one_under_way_stays() -> None:
    begun = model("begun", artifact=None, publishing="sha256:x", created=NEW)
    left = replace(begun, ocid="left", created=OLD)
    going, staying = sorted_out(begun, left, keep=9)
    assert (going, staying) == ({"left"}, {"begun": Stays.RECENT})


@pytest.mark.parametrize(
    "change", [{"owner": "other"}, {"owner": None}, {"name": None}, {"artifact": None, "publishing": None}]
)
def test_what_does_not_carry_our_marks_stays(change: dict[str, None]) -> None:
    theirs = replace(model("theirs"), **change)
    going, staying = sorted_out(*versions(2), theirs)
    assert (going, staying["theirs"]) == ({"m1"}, Stays.NOT_OURS)


def test_what_is_inactive_or_deleted_is_no_entry() -> None:
    assert sorted_out(replace(model("gone"), active=False)) == (set(), {})


def test_members_stay_and_go_with_their_groups_which_go_first() -> None:
    catalog = [
        model("m1"),
        model("m2"),
        model("shared"),
        group("g1", "m1", "shared", created="2026-11-01T00:00:00Z"),
        group("g2", "m2", "shared", created="2026-11-02T00:00:00Z"),
    ]
    going, staying = sorted_out(*catalog)
    assert going == {"g1", "m1"}
    assert staying == {"g2": Stays.FOR_ROLLBACK, "m2": Stays.IN_A_GROUP, "shared": Stays.IN_A_GROUP}
    plan = plan_clean_up("test", OWNER, Snapshot(Project("ml", "p"), (), tuple(catalog)), 1, RECENT)
    (item,) = plan.deployments
    assert item.steps == (DeleteModel("g1", is_model_group=True), DeleteModel("m1"))


def test_a_member_goes_under_the_name_of_its_group() -> None:
    catalog = (model("m1", "first"), group("g1", "m1"), group("g2", created="2026-11-02T00:00:00Z"))
    plan = plan_clean_up("test", OWNER, Snapshot(Project("ml", "p"), (), catalog), 1, RECENT)
    assert [(item.name, len(item.steps)) for item in plan.deployments] == [("vision", 2)]


@pytest.mark.parametrize("owner", ["other", None])
def test_members_of_somebody_elses_group_stay(owner: str | None) -> None:
    going, staying = sorted_out(*versions(3), replace(group("g", "m1"), owner=owner))
    assert (going, staying["m1"]) == ({"m2"}, Stays.IN_A_GROUP)


def test_while_a_group_of_others_cannot_be_read_no_model_goes() -> None:
    snapshot = Snapshot(Project("ml", "p"), (), (*versions(3), group("g1")), unread_groups=("theirs",))
    sorting = sort_catalog(snapshot, OWNER, 1, RECENT)
    assert sorting.going == ()
    assert {sorting.staying[ocid] for ocid in ("m1", "m2", "m3")} == {Stays.UNKNOWN}


def test_what_has_failed_is_nothing_to_go_back_to_and_goes_after_a_day() -> None:
    """Such as a model group that could not be made."""
    failed = {"active": False, "failed": True}
    groups = [
        group("g1", "m1", **failed),
        group("g2", created=NEW, **failed),
        group("g3", owner="x", **failed),
    ]
    going, staying = sorted_out(*versions(3), *groups, keep=1)
    assert going == {"g1", "m1", "m2"}
    assert (staying["g2"], staying["g3"]) == (Stays.RECENT, Stays.NOT_OURS)


@pytest.mark.parametrize("owner", [OWNER, "other", None])
def test_members_of_a_group_that_somebody_has_deactivated_stay(owner: str | None) -> None:
    """Whoever did may activate it again."""
    held = group("g1", "m1", active=False, inactive=True, owner=owner)
    sorting = sort_catalog(Snapshot(Project("ml", "p"), (), (*versions(3), held)), OWNER, 1, RECENT)
    assert [model.ocid for model in sorting.going] == ["m2"]
    assert sorting.staying["m1"] is Stays.IN_A_GROUP


def test_members_of_groups_of_other_projects_stay() -> None:
    going, staying = sorted_out(*versions(3), elsewhere=["m1"])
    assert (going, staying["m1"]) == ({"m2"}, Stays.IN_USE)


def test_members_of_a_group_that_runs_or_is_being_made_stay() -> None:
    made = replace(group("g2", "m2"), active=False, creating=True)
    catalog = [model("m1"), model("m2"), group("g1", "m1"), made]
    going, staying = sorted_out(*catalog, deployments=[live("g1")])
    assert going == set()
    assert staying == {"g1": Stays.IN_USE, "m1": Stays.IN_USE, "g2": Stays.RECENT, "m2": Stays.IN_A_GROUP}


def test_the_plan_says_what_goes_for_each_name_and_how_much_stays() -> None:
    catalog = (*versions(4), model("x", "other"), model("theirs", owner="other"), model("fresh", used=NEW))
    plan = plan_clean_up("test", OWNER, Snapshot(Project("ml", "p"), (), catalog), 2, RECENT)
    (item,) = plan.deployments
    assert (item.name, item.action, item.seen) == ("vision", Action.CLEAN_UP, None)
    assert item.reason == "nothing uses 2 catalog models"
    assert item.steps == (DeleteModel("m1"), DeleteModel("m2"))
    assert plan.kept == (("not ours", 1), ("needed within the last day", 1), ("kept to go back to", 3))
    assert plan.sends


def test_a_clean_catalog_is_nothing_to_do() -> None:
    plan = plan_clean_up("test", OWNER, Snapshot(Project("ml", "p"), (), (model("m1"),)), 1, RECENT)
    assert plan.empty
    assert plan.kept == (("kept to go back to", 1),)


def test_the_step_holds_what_was_marked_when_the_plan_was_made() -> None:
    catalog = (model("m1", used=OLD), *versions(9)[5:])
    plan = plan_clean_up("test", OWNER, Snapshot(Project("ml", "p"), (), catalog), 1, RECENT)
    assert DeleteModel("m1", used=OLD) in plan.deployments[0].steps
