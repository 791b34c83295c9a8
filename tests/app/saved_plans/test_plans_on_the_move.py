"""Saved plans: moved between checkouts, saved, loaded, and refused when they were edited."""

import dataclasses
import hashlib
import json
import os
import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.app.saved_plans.admitting import PlannedFiles
from reconciler.app.saved_plans.file_paths import absolute, relative
from reconciler.app.saved_plans.save_and_load import _secret, load, save
from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Entry, LocalFile, Remote, Source, make_artifact
from reconciler.core.model.configuration import Secret
from reconciler.core.model.errors import Failed, ReconcilerError, Refused
from reconciler.core.model.live import State
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.spec import Policy
from reconciler.core.model.target import EmulatorTarget, Settings
from reconciler.core.planning.admission.admission import admitted
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import serving_states
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.environment_secrets import not_looked_at
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import DeleteDeployment, ProbeDeployment, PublishModel, WaitFor
from reconciler.report.plan.json import _structured, plan_document, read_plan
from tests.support.examples import examples
from tests.support.reaching import workspace_of
from tests.support.reviews import CONTAINER, MAY, REVIEWS, World, spec
from tests.support.served import structure_of


def files(value: object) -> Iterator[str]:
    """Every file that a value names, wherever in it."""
    if isinstance(value, LocalFile | File):
        yield value.path
    elif isinstance(value, tuple):
        for item in value:
            yield from files(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from files(getattr(value, field.name))


@pytest.mark.parametrize("name", REVIEWS)
def test_every_file_moves_and_comes_back(name: str) -> None:
    plan = REVIEWS[name]()
    moved = absolute(plan, Path("/somewhere"))
    assert sorted(files(moved)) == sorted(f"/somewhere/{path}" for path in files(plan))
    assert relative(moved, Path("/somewhere")) == plan


def test_files_of_a_rollback_move_too() -> None:
    plan = REVIEWS["new_content"]()
    (item,) = (item for item in plan.deployments if item.steps)
    back = (dataclasses.replace(item.rollbacks[0], steps=item.steps),)
    plan = dataclasses.replace(plan, deployments=(dataclasses.replace(item, rollbacks=back),))
    assert sorted(files(absolute(plan, Path("/a")))) == sorted(f"/a/{path}" for path in files(plan))


def workspace(root: Path, **environment: str) -> tuple[Workspace, EmulatorTarget]:
    target = EmulatorTarget("prod", str(root), "ml-serving")
    return workspace_of(root, Settings("acme-vision", {"prod": target}), **environment), target


@pytest.mark.parametrize("name", REVIEWS)
def test_a_saved_plan_is_loaded_as_it_was(tmp_path: Path, name: str) -> None:
    plan = REVIEWS[name]()
    save(plan, tmp_path / "plan.json")
    assert load(*workspace(tmp_path, HF_TOKEN="a secret"), tmp_path / "plan.json") == plan
    assert "a secret" not in (tmp_path / "plan.json").read_text()


@pytest.mark.parametrize("environment", [{}, {"HF_TOKEN": ""}])
def test_a_secret_that_is_not_set_has_no_value(tmp_path: Path, environment: dict[str, str]) -> None:
    """Of the deployment alone that needs it: it is held back where the plan is admitted."""
    save(REVIEWS["new_deployment"](), tmp_path / "plan.json")
    assert not_looked_at(load(*workspace(tmp_path, **environment), tmp_path / "plan.json")) == ("HF_TOKEN",)


def hiding(plan: Plan, name: str) -> Plan:
    """The plan with another secret in place of each."""

    def changed(value: object) -> object:
        if isinstance(value, Secret):
            return Secret.of(name)
        if isinstance(value, tuple):
            return tuple(map(changed, value))
        if dataclasses.is_dataclass(value):
            names = (field.name for field in dataclasses.fields(value))
            return dataclasses.replace(value, **{name: changed(getattr(value, name)) for name in names})
        return value

    return changed(plan)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "OCI_CLIENT_SECRET", "NOT_LISTED"])
def test_a_saved_plan_takes_only_secrets_that_a_manifest_may_take(tmp_path: Path, name: str) -> None:
    """Its digest proves nothing: whoever edits it makes a new one."""
    plan = REVIEWS["new_deployment"]()
    path = tmp_path / "plan.json"
    hostile = hiding(plan, name)
    save(hostile, path)
    there, target = workspace(tmp_path, **{name: "a-secret-of-the-runner"})
    settings = dataclasses.replace(there.settings, secrets=frozenset({"HF_TOKEN"}))
    with pytest.raises(Refused, match=f"the plan takes a variable from 'env.{name}'"):
        load(dataclasses.replace(there, settings=settings), target, path)


def test_a_plan_that_keeps_a_live_variable_cannot_be_saved(tmp_path: Path) -> None:
    asked = spec(
        policy=Policy(ignore=("/spec/server/env/HF_TOKEN",)),
        container=dataclasses.replace(CONTAINER, image="another:1"),
    )
    plan = World().of(spec()).plan(asked)
    with pytest.raises(Refused, match=r"spec\.policy\.ignore keeps a variable.*apply without --plan"):
        save(plan, tmp_path / "plan.json")
    assert list(tmp_path.iterdir()) == []


ENVIRONMENT = {"HF_TOKEN": "a secret", "GITHUB_TOKEN": "the runner's own"}


def forged(tmp_path: Path, plan: Plan) -> Path:
    """A saved plan with a digest that fits it, whoever wrote it."""
    file = tmp_path / "forged.json"
    file.write_text(json.dumps(plan_document(plan)))
    return file


def refusal(tmp_path: Path, plan: Plan) -> str:
    file = forged(tmp_path, plan)
    with pytest.raises(Refused) as refused:
        load(*workspace(tmp_path, **ENVIRONMENT), file)
    assert "Nothing was sent" in str(refused.value)
    return str(refused.value)


def with_entry(path: str) -> Plan:
    """A file of the artifact comes from elsewhere; somebody knows the digest of that."""
    return other_source(LocalFile(path))


def other_source(source: Source) -> Plan:
    plan = REVIEWS["new_content"]()
    (item,) = (item for item in plan.deployments if item.steps)
    publish = next(step for step in item.steps if isinstance(step, PublishModel))
    entry = dataclasses.replace(publish.artifact.entries[0], source=source)
    artifact = dataclasses.replace(publish.artifact, entries=(entry, *publish.artifact.entries[1:]))
    steps = tuple(
        dataclasses.replace(step, artifact=artifact) if step is publish else step for step in item.steps
    )
    return dataclasses.replace(plan, deployments=(dataclasses.replace(item, steps=steps),))


def with_probe(path: str) -> Plan:
    return with_probed(File(path, "0" * 64), None)


def with_answer(path: str) -> Plan:
    return with_probed(File("bird.json", "0" * 64), File(path, "0" * 64))


def with_probed(body: File, expect: File | None) -> Plan:
    plan = REVIEWS["new_content"]()
    (item,) = (item for item in plan.deployments if item.steps)
    probe = Probe("m", body, expect=expect)
    steps = tuple(
        dataclasses.replace(step, probes=(probe,)) if isinstance(step, ProbeDeployment) else step
        for step in item.steps
    )
    return dataclasses.replace(plan, deployments=(dataclasses.replace(item, steps=steps),))


def with_manifest(path: str) -> Plan:
    plan = REVIEWS["new_content"]()
    return dataclasses.replace(
        plan, deployments=tuple(dataclasses.replace(item, manifest=path) for item in plan.deployments)
    )


OUTSIDE = ["../outside", "/etc/passwd", "manifests/../../outside", "link", "folder/outside", "a\0b"]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("named", [with_entry, with_probe, with_answer, with_manifest])
def test_no_file_outside_of_the_repository_is_read(
    tmp_path: Path, named: Callable[[str], Plan], path: str
) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "outside").write_text("not for you")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "folder").symlink_to(tmp_path)
    told = refusal(root, named(path))
    assert repr(path) in told
    assert "'vision'" in told


@pytest.mark.parametrize("path", ["../nowhere", "/nowhere", "manifests/../../nowhere"])
def test_a_missing_path_outside_of_the_repository_is_refused_too(tmp_path: Path, path: str) -> None:
    refusal(tmp_path, with_entry(path))


def test_a_folder_or_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "models").mkdir()
    assert "something else, not a file" in refusal(tmp_path, with_entry("pipe"))
    assert "a folder, not a file" in refusal(tmp_path, with_probe("models"))


def letters(count: int) -> str:
    return (string.ascii_letters + string.digits)[:count]


KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{letters(60)}\n"
CREDENTIALS = {
    "id_rsa": (KEY, "holds a private key"),
    "netrc": (f"machine a.example login me password {letters(20)}\n", "holds a credential of .netrc"),
    ".env": (f"API_TOKEN={letters(30)}\n", "holds a secret of .env"),
    "reconciler.yaml": (f"owner: x\n# {KEY}", "holds a private key"),
    "models/weights.bin": (KEY + "\0" * 100_000, "holds a private key"),
    "body.json": (json.dumps({"inputs": KEY}), "holds a private key"),
}


@pytest.mark.parametrize("path", CREDENTIALS)
@pytest.mark.parametrize("named", [with_entry, with_probe, with_answer])
def test_no_file_with_a_credential_is_uploaded(
    tmp_path: Path, named: Callable[[str], Plan], path: str
) -> None:
    text, kind = CREDENTIALS[path]
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    told = refusal(tmp_path, named(path))
    assert f"'vision' names the file {path!r}, which {kind}" in told
    assert letters(20) not in told


def test_a_file_in_the_rollback_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text(KEY)
    plan = with_entry("id_rsa")
    (item,) = (item for item in plan.deployments if item.steps)
    back = (dataclasses.replace(item.rollbacks[0], steps=item.steps),)
    assert "holds a private key" in refusal(
        tmp_path, dataclasses.replace(plan, deployments=(dataclasses.replace(item, rollbacks=back),))
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/opc/v2/instance/",
        "file:///etc/passwd",
        "ftp://example.com/model",
        "http://example.com/model",
        "https://example.com/a b",
        "https://example.com/model\n",
        "",
    ],
)
def test_only_urls_that_a_manifest_may_name_are_downloaded(tmp_path: Path, url: str) -> None:
    assert repr(url) in refusal(tmp_path, other_source(Remote(url)))


@pytest.mark.parametrize(
    "reference", ["live", "GITHUB_TOKEN", "env.HF_TOKEN env.GITHUB_TOKEN", "env.GITHUB_TOKEN\n", "", "env."]
)
def test_only_whole_variables_are_looked_up(tmp_path: Path, reference: str) -> None:
    container = dataclasses.replace(CONTAINER, environment=(("A", Secret(reference, "")),))
    with pytest.raises(Refused, match="the plan takes a variable from"):
        load(
            *workspace(tmp_path, live="x", **ENVIRONMENT),
            forged(tmp_path, World().plan(spec(container=container))),
        )


def test_a_plan_that_our_planner_cannot_make_is_refused(tmp_path: Path) -> None:
    plan = REVIEWS["new_content"]()
    (item,) = (item for item in plan.deployments if item.steps)
    item = dataclasses.replace(item, steps=(DeleteDeployment("ocid1.other"), WaitFor(State.DELETED)))
    told = refusal(tmp_path, dataclasses.replace(plan, deployments=(item,)))
    assert "'vision': its steps are none of the action update: deleteDeployment, waitFor" in told
    assert "find out who wrote it" in told


def places(value: object, way: tuple = ()) -> Iterator[tuple]:
    """The ways to everything in a document."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*way, key)
        if isinstance(child, dict | list):
            yield from places(child, (*way, key))


def edited(document: dict, way: tuple, value: object) -> dict:
    copy = json.loads(json.dumps(document))
    *rest, last = way
    inner = copy
    for key in rest:
        inner = inner[key]
    inner[last] = value
    return copy


DOCUMENTS = {name: json.loads(json.dumps(plan_document(REVIEWS[name]()))) for name in REVIEWS}
EDITS = [(name, way) for name, document in DOCUMENTS.items() for way in places(document)]
VALUES = [
    None, True, 0, -1, 10**400, 1e300, "", "x", "../x", "\0", "a\nb", "ACTIVE", "sha256:" + "0" * 64, [], {},
    [[]], {"": None}, {"secret": "env.HF_TOKEN"}, {"step": "deleteDeployment", "ocid": "x"}, ["x", 1],
]  # fmt: skip


@settings(max_examples=examples(60))
@given(st.sampled_from(EDITS), st.sampled_from(VALUES))
def test_every_edited_plan_ends_in_a_message(edit: tuple[str, tuple], value: object) -> None:
    """With the digest of the edited plan, as far as it is one."""
    name, way = edit
    document = edited(DOCUMENTS[name], way, value)
    with suppress(Exception):  # whoever edits it makes it fit, or is told that it does not
        document = plan_document(
            _structured(document, lambda secret: dataclasses.replace(secret, value="a secret"))
        )
    known, _ = workspace(Path("/nowhere"), **ENVIRONMENT)
    with suppress(ReconcilerError):
        found = read_plan(document, lambda secret: _secret(known, secret))
        if list(faults(found)):
            return
        index = index_of(World().of(spec()).of(spec("old")).snapshot, found.owner)
        served = dict.fromkeys(serving_states(found, index), structure_of(MAY))
        admitted(found, Conditions(index, served=served))


def test_a_file_that_is_read_in_pieces_is_checked_once(tmp_path: Path) -> None:
    """A model file may be read a thousand times, some bytes each."""
    file = tmp_path / "model.onnx"
    file.write_bytes(b"abcd")
    entry = Entry("m/1/model.onnx", hashlib.sha256(b"abcd").hexdigest(), 4, LocalFile(str(file)))
    planned = PlannedFiles(make_artifact([entry], frozenset()))
    assert planned.read(entry.path, 0, 2) == b"ab"
    file.write_bytes(b"wxyz")
    assert planned.read(entry.path, 2, 2) == b"cd"
    with pytest.raises(Failed, match="it is not what the plan saw"):
        PlannedFiles(make_artifact([entry], frozenset())).read(entry.path, 2, 2)
