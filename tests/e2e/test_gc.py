"""`reconcile gc` against the emulator, by real HTTP and the real SDK: of hundreds of catalog entries exactly
those go that nothing needs, also while a deployment is created from one of them and while two of it run.

Without model servers. ENTRIES is how many there are to begin with.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from oci.data_science import models

from reconciler.core.model.live import ARTIFACT, NAME, OWNER, PUBLISHING
from reconciler.report.plan.json import plan_document, read_plan
from tests.support.bare import all_live, ask_for_one, start_bare, write_model
from tests.support.workspace import SETTINGS, Workspace, make, stop

ENTRIES = int(os.environ.get("ENTRIES", "200"))
NAMES = [f"name-{number:02}" for number in range(20)]
KEEP = 2
US, THEM = "tests", "others"


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("gc"))
    workspace.write("reconciler.yaml", f"{SETTINGS}gc: {{keep: {KEEP}}}\n")
    start_bare(workspace)
    yield workspace
    stop(workspace)


def apply(workspace: Workspace, name: str, content: str) -> str:
    """The OCID of the model that the deployment of this name runs then."""
    write_model(workspace, f"manifests/models-{name}", content)
    ask_for_one(workspace, f"manifests/{name}.yaml", f"models-{name}", {"name": name})
    workspace.run("apply", f"manifests/{name}.yaml", "--yes")
    return runs(workspace, name)


def runs(workspace: Workspace, name: str) -> str:
    details = all_live(workspace)[name].model_deployment_configuration_details
    return str(details.model_configuration_details.model_id)


def add(workspace: Workspace, entries: list[tuple[str, dict[str, str]]]) -> list[str]:
    """Catalog models with these names and tags, as an earlier run could have left them; their OCIDs."""
    client, compartment = workspace.sdk(), workspace.note["compartment"]
    project = client.list_projects(compartment).data[0].id

    def make_one(entry: tuple[str, dict[str, str]]) -> str:
        name, tags = entry
        details = models.CreateModelDetails(
            compartment_id=compartment, project_id=project, display_name=name, freeform_tags=tags
        )
        return str(client.create_model(details).data.id)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(make_one, entries))


def marked(name: str, content: str, owner: str = US) -> tuple[str, dict[str, str]]:
    return name, {OWNER: owner, NAME: name, ARTIFACT: f"sha256:{content}"}


def backdate(workspace: Workspace, days: dict[str, int]) -> None:
    """The clock of the service says that these were made on that day of January."""
    statement = "UPDATE resources SET document = json_set(document, '$.timeCreated', ?) WHERE id = ?"
    made = [(f"2026-01-{day:02}T00:00:00.000000Z", ocid) for ocid, day in days.items()]
    with closing(sqlite3.connect(workspace.home / "state.sqlite", timeout=60)) as store, store:
        store.executemany(statement, made)


def left(workspace: Workspace) -> set[str]:
    return {model.id for model in workspace.catalog()}


def filled(workspace: Workspace) -> tuple[set[str], set[str]]:
    """Hundreds of entries; those that are to stay, and those that are to go."""
    per_name = ENTRIES // len(NAMES)
    old = add(workspace, [marked(name, f"{name}-{day}") for name in NAMES for day in range(per_name)])
    backdate(workspace, {ocid: 1 + place % per_name for place, ocid in enumerate(old)})
    newest = {ocid for place, ocid in enumerate(old) if place % per_name >= per_name - KEEP}
    theirs = add(workspace, [marked("x", "theirs", THEM), ("unmarked", {}), ("half", {OWNER: US})])
    fresh = add(workspace, [marked(NAMES[0], "fresh"), (NAMES[0], half("fresh"))])
    abandoned = add(workspace, [(NAMES[0], half("abandoned"))])
    backdate(workspace, dict.fromkeys([*theirs, *abandoned], 1))
    return newest | {*theirs, *fresh}, {*old, *abandoned} - newest


def half(content: str) -> dict[str, str]:
    return {OWNER: US, NAME: NAMES[0], PUBLISHING: f"sha256:{content}"}


def test_exactly_what_nothing_needs_goes(workspace: Workspace) -> None:
    first = apply(workspace, "vision", "first")
    second = apply(workspace, "vision", "second")
    staying, going = filled(workspace)
    backdate(workspace, {first: 2, second: 3})
    before = left(workspace)
    assert before == staying | going | {first, second}

    shown = workspace.run("gc", "--dry-run", "--format", "json").json
    assert shown["summary"]["clean-up"] == len(NAMES)
    steps = [step["ocid"] for item in shown["deployments"] for step in item["steps"]]
    assert (len(steps), set(steps)) == (len(going), going)
    assert shown["kept"] == {
        "not ours": 3,
        "in use": 1,
        "needed within the last day": 2,
        "kept to go back to": KEEP * len(NAMES) + 1,
    }
    assert left(workspace) == before

    refused = workspace.run("gc", code=1)
    assert "pass --yes to delete without being asked; nothing was sent" in refused.err
    done = workspace.run("gc", "--yes")
    assert f"{len(staying) + 2} stay" in done.out
    assert left(workspace) == staying | {first, second}
    assert "Nothing to do." in workspace.run("gc", "--yes").out
    assert {item["action"] for item in workspace.plan().values()} == {"nothing"}


def test_a_creation_from_an_old_entry_wins_over_two_that_clean_up(workspace: Workspace) -> None:
    wanted = apply(workspace, "late", "late")
    client = workspace.sdk()
    client.delete_model_deployment(all_live(workspace)["late"].id)
    digest = next(model for model in workspace.catalog() if model.id == wanted).freeform_tags[ARTIFACT]
    staying, going = filled(workspace)
    newer = add(workspace, [marked("late", f"newer-{day}") for day in range(KEEP)])
    backdate(workspace, {wanted: 1, **dict.fromkeys(newer, 2)})

    together = [workspace.begin("gc", "--yes") for _ in range(2)]
    together.append(workspace.begin("apply", "manifests/late.yaml", "--yes"))
    for one in together:
        one.end()
    runs_now = runs(workspace, "late")
    (entry,) = [model for model in workspace.catalog() if model.freeform_tags.get(ARTIFACT) == digest]
    assert entry.id == runs_now
    assert left(workspace) == staying | {*newer, runs_now}
    assert not left(workspace) & going
    assert {item["action"] for item in workspace.plan().values()} == {"nothing"}
    assert "Nothing to do." in workspace.run("gc", "--yes").out


def test_a_saved_plan_deletes_only_what_nothing_needs_by_now(workspace: Workspace) -> None:
    runs_now = apply(workspace, "hello", "hello")
    ocids = add(workspace, [marked("vision", f"content {day}") for day in range(5)])
    theirs, *_ = add(workspace, [marked("vision", "theirs", THEM)])
    backdate(workspace, {ocid: 1 + day for day, ocid in enumerate([*ocids, theirs])})
    assert "give --dry-run" in workspace.run("gc", "--format", "markdown", code=1).err
    workspace.run("gc", "--out", "plan.json")
    assert left(workspace) == {*ocids, theirs, runs_now}

    backdate(workspace, {ocids[4]: 1, ocids[0]: 9})
    refused = workspace.run("apply", "--plan", "plan.json", "--yes", code=5)
    assert f"the catalog model {ocids[0]} is needed, or may be needed soon" in refused.err
    assert left(workspace) == {*ocids, theirs, runs_now}

    backdate(workspace, {ocids[4]: 5, ocids[0]: 1})
    forge(workspace, "plan.json", "forged.json", theirs)
    refused = workspace.run("apply", "--plan", "forged.json", "--yes", code=5)
    assert f"the catalog model {theirs} is none of ours" in refused.err
    workspace.run("apply", "--plan", "plan.json", "--yes")
    assert left(workspace) == {*ocids[3:], theirs, runs_now}
    assert workspace.run("gc", "--yes", "--format", "json").json["deployments"] == []


def held_by_others(workspace: Workspace, member: str) -> str:
    """A model group without marks that holds this model; its OCID."""
    client, compartment = workspace.sdk(), workspace.note["compartment"]
    entry = models.MemberModelDetails(inference_key="theirs", model_id=member)
    details = models.CreateModelGroupDetails(
        compartment_id=compartment,
        project_id=client.list_projects(compartment).data[0].id,
        display_name="theirs",
        model_group_details=models.HeterogeneousModelGroupDetails(),
        member_model_entries=models.MemberModelEntries(member_model_details=[entry]),
    )
    return str(client.create_model_group(details).data.id)


def test_what_a_model_group_of_others_holds_stays_in_every_plan_that_deletes(workspace: Workspace) -> None:
    held, kept = apply(workspace, "vision", "vision"), apply(workspace, "hello", "hello")
    entries = add(workspace, [marked("old", f"content {day}") for day in range(KEEP + 2)])
    backdate(workspace, {ocid: 1 + day for day, ocid in enumerate(entries)})
    workspace.sdk().create_model_artifact(entries[0], b"content")
    for member in (held, entries[0]):
        held_by_others(workspace, member)
    assert deleted_by(workspace.run("gc", "--dry-run", "--format", "json").json) == {entries[1]}
    (workspace.root / "manifests/vision.yaml").unlink()
    assert deleted_by(workspace.run("plan", "--format", "json").json) == set()
    workspace.run("plan", "--out", "plan.json")
    workspace.run("apply", "--plan", "plan.json", "--yes")
    assert all_live(workspace).keys() == {"hello"}
    workspace.run("gc", "--yes")
    assert left(workspace) == {held, kept, entries[0], *entries[2:]}


def deleted_by(plan: dict[str, Any]) -> set[str]:
    steps = (step for item in plan["deployments"] for step in item["steps"])
    return {step["ocid"] for step in steps if step["step"] == "deleteModel"}


def forge(workspace: Workspace, saved: str, forged: str, ocid: str) -> None:
    """The same plan, with a digest that fits, but that it deletes this one first."""
    plan = read_plan(json.loads((workspace.root / saved).read_text()), lambda secret: secret)
    (item,) = plan.deployments
    steps = (replace(item.steps[0], ocid=ocid), *item.steps[1:])
    other = replace(plan, deployments=(replace(item, steps=steps),))
    workspace.write(forged, json.dumps(plan_document(other)))
