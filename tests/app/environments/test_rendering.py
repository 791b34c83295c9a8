# ruff: noqa: E501 - manifests
"""`reconcile render`: manifests as they are for a target, with the origin of every value: golden files, which
are manifests again that say the same.

With UPDATE_GOLDEN=1 the files are written anew, to be read before they are committed.
"""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.app.validating import checked_drafts
from reconciler.app.workspace import workspace_at
from reconciler.core.model.findings import Location
from reconciler.core.model.views.rendered import (
    Origin,
    RenderedList,
    RenderedManifest,
    RenderedTable,
    RenderedValue,
    WrittenIn,
)
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.spec_draft import SpecDraft
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.tree import plain, scalars
from reconciler.report.render import yaml_lines
from tests.support.examples import examples
from tests.support.manifests import CONFIG, FULL, SMALL, lay_out
from tests.support.model_contents import TORCH
from tests.support.workspace import Done, Workspace, make

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = """\
apiVersion: reconciler.oci/v1
kind: Repository
owner: acme
secrets: [HF_TOKEN, AUTH, PROD_TOKEN]
targets:
  local: {emulator: {}, values: {replicas: 2, image: {tag: dev}}}
  staging:
    region: us-ashburn-1
    compartment: ocid1.compartment.oc1..a
    project: ml
    values: {replicas: 2, image: {tag: 2.0.0-rc1}, text: "10% off: \\"now\\""}
  prod:
    region: us-ashburn-1
    compartment: ocid1.compartment.oc1..b
    project: ml
    values: {replicas: 4, image: {tag: 1.9.3}}
"""
VISION = (
    FULL
    + """\
targets:
  staging:
    metadata: {description: null, labels: {team: null, stage: staging}}
    spec:
      state: active
      server: {env: {WEB_CONCURRENCY: null, AUTH: none}}
      network: null
      policy: null
      scaling: {min: null, max: null, cpu: null, coolDown: null, instances: 1}
  prod:
    spec:
      image: {tag: 1.0.1, digest: "sha256:DIGEST"}
      server:
        env: {HF_TOKEN: "{{ env.PROD_TOKEN }}"}
      scaling: {max: 8}
      rollout:
        probes: [{model: resnet, input: probes/in.json}]
""".replace("DIGEST", "1" * 64)
)
SIMPLE = (
    SMALL.replace("NAME", "simple").replace("tag: 1.0.0", 'tag: "{{ values.image.tag }}"')
    + """\
  server:
    env: {GREETING: "{{ values.text | default('hello') }}", URL: "x/{{ values.image.tag }}/{{ values.replicas }}"}
  scaling: {instances: "{{ values.replicas }}"}
targets:
  local: {spec: {server: {env: null}}}
"""
)
FOLDER = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: folder, description: "{{ '{{' }} env.HOME }} is no template, nor is {{ '{' }}%"}
spec:
  image: {repository: iad.ocir.io/acme/triton, build: {triton: 2.51.0, packages: {pip: [numpy==1.26.4]}}}
  modelRepository: repository
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 16}
targets:
  staging: null
  prod:
    metadata: {labels: {"a/b~c": "it's: \\"so\\" # no comment"}}
    spec: {bandwidthMbps: {min: 10, max: 20}}
"""
GROUP = (
    SMALL.replace("NAME", "group")
    + """\
  deploymentType: MODEL_GROUP
targets:
  prod:
    spec:
      models:
        - {name: resnet, versions: {"3": models/model.onnx}, config: {backend: onnxruntime, input: [{name: x, data_type: TYPE_FP32, dims: [1]}], output: [{name: y, data_type: TYPE_FP32, dims: [1]}]}}
        - {name: densenet, backend: onnxruntime, versions: {"1": models/model.onnx}}
      rollout: {update: live}
"""
)
CASES: dict[str, tuple[str, ...]] = {
    "vision-local": ("vision",),
    "vision-staging": ("vision", "-t", "staging"),
    "vision-prod": ("vision", "-t", "prod"),
    "vision-prod-set": ("vision", "-t", "prod", "--set", "values.replicas=6"),
    "simple-local": ("simple",),
    "simple-staging": ("simple", "-t", "staging"),
    "simple-prod": ("simple", "-t", "prod"),
    "simple-prod-set": ("simple", "-t", "prod", "--set", "values.image.tag=3", "--set", "values.text=hi"),
    "folder-local": ("folder",),
    "folder-prod": ("folder", "-t", "prod"),
    "group-prod": ("group", "-t", "prod"),
    "all-staging": ("-t", "staging"),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make(tmp_path_factory.mktemp("rendering"))
    made.write("reconciler.yaml", SETTINGS)
    lay_out(made.root)
    made.write("manifests/repository/m/config.pbtxt", CONFIG.replace("resnet", "m"))
    made.write("manifests/repository/m/1/model.pt", "").write_bytes(TORCH)
    texts = {"vision": VISION, "simple": SIMPLE, "folder": FOLDER, "group": GROUP}
    for name, text in texts.items():
        # What --set gives is text.
        made.write(
            f"manifests/{name}.yaml", text.replace('"{{ values.replicas }}"', '"{{ values.replicas | int }}"')
        )
    return made


@cache
def render(workspace: Workspace, case: str, *more: str) -> Done:
    return workspace.run("render", *CASES[case], *more)


@pytest.mark.parametrize("case", CASES)
def test_golden(workspace: Workspace, case: str) -> None:
    path, text = GOLDEN / f"{case}.yaml", render(workspace, case).out
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def drafts_of(workspace: Workspace, case: str) -> dict[str, SpecDraft]:
    """What the manifests themselves are on this target; places left out."""
    names = [word for word in CASES[case][:1] if not word.startswith("-")]
    target = dict(zip(CASES[case], CASES[case][1:], strict=False)).get("-t", "local")
    given = [word.removeprefix("values.").split("=") for word in CASES[case] if word.startswith("values.")]
    values = tuple((place, text) for place, text in given)
    drafts = checked_drafts(*workspace_at(workspace.root, target, {}, values), ())
    return {draft.name: without_place(draft) for draft in drafts if not names or draft.name in names}


def without_place(draft: SpecDraft) -> SpecDraft:
    return replace(draft, where=Location(""))


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown_is_a_manifest_that_says_the_same(workspace: Workspace, case: str) -> None:
    wanted = drafts_of(workspace, case)
    shown = workspace.write("manifests/shown.yaml", render(workspace, case).out)
    try:
        drafts = load_manifests([shown], workspace.root, {}).drafts
    finally:
        shown.unlink()
    assert {draft.name: without_place(draft) for draft in drafts} == wanted


def at(document: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        key = key.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


@pytest.mark.parametrize("case", CASES)
def test_json_has_an_origin_for_every_value_and_it_is_where_it_says(workspace: Workspace, case: str) -> None:
    document = render(workspace, case, "--format", "json").json
    yaml, _ = parse(render(workspace, case).out, "shown")
    assert [one["manifest"] for one in document["deployments"]] == [plain(one.root) for one in yaml]
    for one in document["deployments"]:
        text = (workspace.root / one["file"]).read_text()
        (written,), _ = parse(text, one["file"])
        there = {(scalar.line, scalar.column): scalar.value for scalar in scalars(written.root)}
        patches = text.split("\n").index("targets:") + 1
        assert set(one["origins"]) == set(leaves(one["manifest"], ""))
        for pointer, origin in one["origins"].items():
            if origin["from"] != "default":
                value = there[origin["line"], origin["column"]]
                assert value == at(one["manifest"], pointer) or "{{" in str(value), pointer
                assert (origin["from"] == "patch") == (origin["line"] > patches), pointer


def leaves(value: Any, pointer: str) -> list[str]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [(str(key).replace("~", "~0").replace("/", "~1"), one) for key, one in keys]
    return [leaf for key, one in below for leaf in leaves(one, f"{pointer}/{key}")] or [pointer]


def test_secrets_are_names(workspace: Workspace) -> None:
    environment = {"HF_TOKEN": "hunter2-hf", "PROD_TOKEN": "hunter2-prod", "AUTH": "hunter2-auth"}
    for form in ("yaml", "json"):
        done = workspace.run("render", "-t", "prod", "--format", form, env=environment)
        assert "hunter2" not in done.out + done.err
        assert "{{ env.PROD_TOKEN }}" in done.out


def test_names(workspace: Workspace) -> None:
    failed = workspace.run("render", "vison", code=1)
    assert "vison (did you mean vision?): no manifest has this name" in failed.err
    failed = workspace.run("render", "folder", "-t", "staging", code=1)
    assert "folder is not for target staging: manifests/folder.yaml:9:3 says so" in failed.err
    assert "note: folder is not for target staging" in workspace.run("render", "-t", "staging").err


def test_what_is_not_valid_is_not_shown(workspace: Workspace) -> None:
    bad = workspace.write("manifests/bad.yaml", SMALL.replace("NAME", "bad") + "targets: {prd: {}}\n")
    try:
        failed = workspace.run("render", "vision", code=3)
    finally:
        bad.unlink()
    assert "manifests/bad.yaml:11:11: reconciler.yaml has no target 'prd'" in failed.err
    assert failed.out == ""


ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8
) | st.sampled_from(
    [
        "no",
        "1.0",
        "null",
        "a: b",
        "- x",
        "# y",
        "{{ a }}",
        "é\x85\u2028\U0001f600",
        "sha256:ab",
        "a:",
        "~",
        "1_0",
    ]
)
SCALARS = ANY_TEXT | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.dictionaries(
    ANY_TEXT.filter(lambda key: key != "<<" and "{{" not in key),
    st.recursive(
        SCALARS,
        lambda below: (
            st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), below, max_size=2)
        ),
    ),
    min_size=1,
    max_size=4,
)


def rendered(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return RenderedTable(tuple((key, rendered(below)) for key, below in value.items()))
    if isinstance(value, list) and value:
        return RenderedList(tuple(map(rendered, value)))
    return RenderedValue(value, Origin(WrittenIn.MANIFEST, Location("a #\n.yaml", 1, 1)))


@settings(max_examples=examples(40))
@given(PLAIN)
def test_any_values_come_back_out_of_the_yaml(values: dict[str, Any]) -> None:
    text = "\n".join(yaml_lines([RenderedManifest("m\nn", Location("a"), rendered(values))], "t"))
    (document,), findings = parse(text, "shown")
    assert findings == []
    assert json.dumps(plain(document.root)) == json.dumps(values)
