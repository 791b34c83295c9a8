"""What `targets:` of a manifest makes of it, for each target."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.model.configuration import Autoscaling, FixedScaling
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.spec import Claim
from reconciler.manifests.loading import Loaded, load_manifests, variables_declared
from reconciler.shipped import schema_text
from tests.support.examples import examples
from tests.support.manifests import SMALL, write
from tests.support.merge_patch import reference

BASE = SMALL.replace("NAME", "vision")
TARGETS = frozenset({"local", "staging", "prod"})


def load(root: Path, target: str, **values: Any) -> Loaded:
    return load_manifests((), root, values, target=target, targets=TARGETS)


def refused(root: Path, target: str, **values: Any) -> str:
    with pytest.raises(InvalidManifests) as caught:
        load(root, target, **values)
    return str(caught.value)


def with_targets(root: Path, targets: str, base: str = BASE) -> Path:
    return write(root, f"{base}targets:\n{targets}")


def test_each_target_has_what_its_patch_says(root: Path) -> None:
    with_targets(
        root,
        "  prod: {spec: {scaling: {min: 1, max: 4, cpu: {out: 70, in: 30}}}}\n"
        "  staging: {metadata: {description: for trials}, spec: {scaling: {instances: 2}}}\n",
    )
    scaling = {name: load(root, name).drafts[0].configuration.scaling for name in TARGETS}
    assert isinstance(scaling["prod"], Autoscaling)
    assert (scaling["staging"], scaling["local"]) == (FixedScaling(2), FixedScaling(1))
    assert load(root, "staging").drafts[0].configuration.description == "for trials"


@pytest.mark.parametrize("overlay", ["targets: {prod: {}}\n", "targets: {}\n", "targets: {staging: null}\n"])
def test_an_overlay_with_nothing_in_it_changes_nothing(root: Path, overlay: str) -> None:
    write(root, BASE)
    before = load(root, "prod")
    write(root, BASE + overlay)
    assert load(root, "prod") == before


def test_null_removes_and_the_default_holds(root: Path) -> None:
    base = BASE.replace(
        "spec:\n", "spec:\n  scaling: {instances: 3}\n  server: {port: 9000, env: {A: '1'}}\n"
    )
    with_targets(root, "  prod: {spec: {scaling: null, server: {env: null}}}\n", base)
    configuration = load(root, "prod").drafts[0].configuration
    assert configuration.scaling == FixedScaling(1)
    assert (configuration.container.port, configuration.container.environment) == (
        9000,
        (("CONTAINER_TYPE", "TRITON"),),
    )


def test_what_is_wrong_with_the_result_is_told_where_it_stands(root: Path) -> None:
    base = BASE.replace("spec:\n", "spec:\n  server: {port: 8446}\n")
    with_targets(root, "  prod:\n    spec:\n      scaling: {instances: 0}\n", base)
    findings = refused(root, "prod").split("\n")
    assert findings[0] == "manifests/a.yaml:5:18: spec.server.port cannot be 8446, 8447 or 24224"
    assert findings[2].startswith("manifests/a.yaml:15:28: spec.scaling.instances must be between 1 and")
    assert "instances" not in refused(root, "staging"), "it is fine there"


def test_a_template_of_the_target_wins_and_the_other_is_not_looked_at(root: Path) -> None:
    base = BASE.replace("  instance:", "  scaling: {instances: '{{ values.there }}'}\n  instance:")
    with_targets(root, "  prod: {spec: {scaling: {instances: '{{ values.here }}'}}}\n", base)
    assert load(root, "prod", here=7).drafts[0].configuration.scaling == FixedScaling(7)
    assert load(root, "staging", there=5).drafts[0].configuration.scaling == FixedScaling(5)
    assert "11:" not in refused(root, "staging", here=7)
    assert "values.there is not defined" in refused(root, "staging", here=7)


def test_what_is_not_for_a_target_is_no_draft_but_a_claim(root: Path) -> None:
    base = BASE.replace("{name: vision}", "{name: vision, renamedFrom: sight}")
    with_targets(root, "  staging: null\n", base)
    found = load(root, "staging")
    assert (found.drafts, found.others) == ((), (Claim("vision", "sight"),))
    (absent,) = found.absent
    assert (absent.claim, str(absent.where)) == (Claim("vision", "sight"), "manifests/a.yaml:12:3")
    assert load(root, "prod").others == ()


def test_its_name_must_be_known_all_the_same(root: Path) -> None:
    base = BASE.replace(
        "{name: vision}", '{name: "vision-{{ values.stage }}", description: "{{ values.text }}"}'
    )
    with_targets(root, "  staging: null\n", base)
    assert load(root, "staging", stage="s").others == (Claim("vision-s"),)
    findings = refused(root, "staging")
    assert "values.stage is not defined" in findings
    assert "values.text" not in findings


def test_two_manifests_of_one_name_for_different_targets(root: Path) -> None:
    with_targets(root, "  staging: null\n")
    write(
        root,
        BASE.replace("tag: 1.0.0", "tag: 2.0.0") + "targets: {prod: null, local: null}\n",
        "manifests/b.yaml",
    )
    for target, tag in (("prod", "1.0.0"), ("staging", "2.0.0")):
        found = load(root, target)
        assert [draft.image.tag for draft in found.drafts] == [tag]
        assert found.others == ()
    write(root, BASE, "manifests/b.yaml")
    assert "a second deployment is named 'vision'" in refused(root, "prod")


def test_a_secret_of_another_target_is_a_secret_here(root: Path) -> None:
    with_targets(
        root,
        '  prod: {spec: {server: {env: {TOKEN: "{{ env.PROD_TOKEN }}"}}}}\n'
        '  staging: {spec: {server: {env: {TOKEN: "{{ env.STAGING_TOKEN }}", B: "{{ values.x }}"}}}}\n',
    )
    declared = load(root, "prod").declared
    assert declared.secrets == {"PROD_TOKEN", "STAGING_TOKEN"}
    assert declared.hidden == {"vision": {"TOKEN"}}
    assert variables_declared(root, {}, "prod") == declared
    assert variables_declared(root, {}, "local").hidden == {"vision": frozenset()}


def test_a_patch_may_bring_what_the_manifest_leaves_out(root: Path) -> None:
    with_targets(root, "  prod: {spec: {bandwidthMbps: {min: 10, max: 20}, policy: {protect: true}}}\n")
    (draft,) = load(root, "prod").drafts
    assert draft.configuration.bandwidth is not None
    assert draft.policy.protect


def test_a_pin_goes_with_its_tag(root: Path) -> None:
    digest = "sha256:" + "0" * 64
    base = BASE.replace("tag: 1.0.0", f"tag: 1.0.0, digest: '{digest}'")
    with_targets(root, "  prod: {spec: {image: {tag: 2.0.0}}}\n", base)
    assert "the digest on line 5 decides" in refused(root, "prod")
    for more in ("digest: null", f"digest: '{digest}'"):
        with_targets(root, f"  prod: {{spec: {{image: {{tag: 2.0.0, {more}}}}}}}\n", base)
        assert load(root, "prod").drafts[0].image.tag == "2.0.0"


ANY = st.none() | st.integers(0, 9) | st.sampled_from(["x", {}, [], ["x"], {"x": 1}])
TEXT = st.sampled_from(["x", "{{ values.n | string }}"])
MODEL = {"name": "m", "backend": "onnxruntime", "versions": {"1": "models/model.onnx"}}
AUTOSCALING = {"instances": None, "min": 1, "max": 3, "cpu": {"out": 70, "in": 30}}
ENV = st.dictionaries(st.sampled_from(["AB", "BC"]), TEXT, min_size=1)
WIDTH = st.fixed_dictionaries({"min": st.integers(1, 9)}, optional={"max": st.integers(8, 20)})
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from([{"tag": "2"}, {"digest": "sha256:" + "0" * 64}, {"tag": "3"}, {"tags": 1}]),
        "scaling": st.sampled_from([None, {"instances": 3}, AUTOSCALING, {"instances": 2}]) | ANY,
        "server": st.fixed_dictionaries(
            {"env": st.dictionaries(st.sampled_from(["AB", "BC"]), TEXT, min_size=1)}
        )
        | st.sampled_from([None, {"env": {"AB": None}}, {"port": 9000}, {"env": {"BC": None}}]),
        "instance": st.sampled_from([{"shape": "VM.GPU2.1"}, {"shape": "VM.GPU3.1"}, {"shape": None}]),
        "models": st.sampled_from([[MODEL], [MODEL, {**MODEL, "name": "n"}], {}]),
        "bandwidthMbps": st.fixed_dictionaries(
            {"min": st.integers(1, 9)}, optional={"max": st.integers(8, 20)}
        ),
        "policy": st.fixed_dictionaries({"paused": st.booleans()}),
    },
)
PATCHES = st.fixed_dictionaries(
    {},
    optional={"spec": PARTS, "metadata": st.dictionaries(st.sampled_from(["description"]), TEXT, min_size=1)},
)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATCHES)
def test_a_patch_gives_what_a_manifest_that_is_written_so_gives(root: Path, patch: dict[str, Any]) -> None:
    """Or it is refused."""
    base = yaml.safe_load(BASE)
    base["spec"] |= {"server": {"env": {"AB": "1"}}, "scaling": {"instances": 1}}
    write(root, json.dumps({**base, "targets": {"prod": patch}}, indent=1))
    try:
        (patched,) = load(root, "prod", n=3).drafts
    except InvalidManifests:
        return
    write(root, json.dumps(reference(base, patch), indent=1))
    (written,) = load(root, "prod", n=3).drafts
    assert replace(patched, where=written.where) == written


VALIDATOR = jsonschema.Draft7Validator(json.loads(schema_text("model-deployment.v1.json")))
DOCUMENT: dict[str, Any] = {
    "apiVersion": "reconciler.oci/v1",
    "kind": "ModelDeployment",
    "metadata": {"name": "vision"},
    "spec": {
        "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1"},
        "modelRepository": "m",
        "instance": {"shape": "VM.GPU.A10.1"},
    },
}


@pytest.mark.parametrize(
    ("patch", "good"),
    [
        (None, True),
        ({}, True),
        ({"metadata": {"description": None, "labels": {"a": None, "b": "x"}}}, True),
        ({"spec": {"scaling": {"instances": None, "min": 1, "max": "{{ values.max }}"}}}, True),
        ({"spec": {"image": {"digest": None}, "models": [{"name": "m", "versions": {"1": "x"}}]}}, True),
        ({"spec": {"logs": None, "bandwidthMbps": {"min": 3}}}, True),
        ({"metadata": {"name": "other"}}, False),
        ({"kind": "ModelDeployment"}, False),
        ({"spec": {"instance": {"shape": None}}}, False),
        ({"spec": {"scalings": None}}, False),
        ({"spec": {"models": {"m": {}}}}, False),
        ({"spec": {"models": [{"name": None, "versions": {"1": "x"}}]}}, False),
        ({"spec": {"scaling": {"instances": 0}}}, False),
        (3, False),
    ],
)
def test_editors_know_patches(patch: Any, good: bool) -> None:
    assert VALIDATOR.is_valid({**DOCUMENT, "targets": {"prod": patch}}) == good
