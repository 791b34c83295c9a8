"""reconciler.yaml → settings."""

from pathlib import Path

import pytest

from reconciler.core.model.errors import InvalidManifests, SetupError
from reconciler.core.model.spec import Prune
from reconciler.core.model.target import (
    ArtifactBucket,
    Auth,
    EmulatorTarget,
    ImageBuilds,
    ImagePins,
    OciTarget,
    OptionGroupsReading,
    Ownership,
    Safety,
)
from reconciler.manifests.settings import find_root, load_settings

HEAD = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: acme\n"
COMPARTMENT = "ocid1.compartment.oc1..aaaa"


def write(root: Path, text: str) -> None:
    (root / "reconciler.yaml").write_text(HEAD + text, encoding="utf-8")


def test_the_least_settings_have_the_local_target(tmp_path: Path) -> None:
    write(tmp_path, "")
    settings = load_settings(tmp_path)
    assert settings.owner == "acme"
    assert settings.safety == Safety()
    assert (settings.safety.images, settings.image_builds) == (ImagePins.ANY, ImageBuilds.NEVER)
    home = str(tmp_path / ".reconciler" / "emulator")
    assert settings.targets == {"local": EmulatorTarget("local", home, "acme")}


def test_every_field(tmp_path: Path) -> None:
    write(
        tmp_path,
        f"""targets:
  local: {{emulator: {{home: state/here}}, project: ml, values: {{replicas: 1}}, artifacts: {{bucket: b}}}}
  prod:
    region: us-ashburn-1
    compartment: {COMPARTMENT}
    project: ml-serving
    auth: github-oidc
    profile: CI
    createProject: true
    values: {{replicas: 3, deep: {{list: [1, two, 3.5, null, true]}}}}
    artifacts: {{bucket: large-models, namespace: acme, prefix: triton/artifacts}}
safety:
  maxDeletes: 0
  maxChangedPercent: 50
  updateGroups: documented
  prune: confirm
  ownership: {{update: adopt-unowned, prune: adopt-all}}
  images: pinned
images: {{build: onApply}}
""",
    )
    settings = load_settings(tmp_path)
    assert settings.safety == Safety(
        max_deletes=0,
        max_changed_percent=50,
        option_groups=OptionGroupsReading.DOCUMENTED,
        prune=Prune.CONFIRM,
        update_ownership=Ownership.ADOPT_UNOWNED,
        prune_ownership=Ownership.ADOPT_ALL,
        images=ImagePins.PINNED,
    )
    assert settings.image_builds is ImageBuilds.ON_APPLY
    assert settings.targets["local"] == EmulatorTarget(
        "local", str(tmp_path / "state/here"), "ml", {"replicas": 1}, ArtifactBucket("b")
    )
    assert settings.targets["prod"] == OciTarget(
        name="prod",
        region="us-ashburn-1",
        compartment=COMPARTMENT,
        project="ml-serving",
        auth=Auth.GITHUB_OIDC,
        profile="CI",
        create_project=True,
        values={"replicas": 3, "deep": {"list": [1, "two", 3.5, None, True]}},
        artifacts=ArtifactBucket("large-models", "acme", "triton/artifacts"),
    )


@pytest.mark.parametrize(
    ("artifacts", "wrong"),
    [
        ("{}", "artifacts"),
        ("{bucket: 'no/bucket'}", r"artifacts\.bucket must be a bucket"),
        ("{bucket: ..}", r"artifacts\.bucket must be a bucket"),
        ("{bucket: b, prefix: a/../b}", r"artifacts\.prefix must be a path"),
        ("{bucket: b, prefix: a/}", r"artifacts\.prefix must be a path"),
        ("{bucket: b, namespace: 'a b'}", r"artifacts\.namespace must be a namespace"),
        ("{bucket: b, region: r}", "region"),
    ],
)
def test_a_bucket_that_cannot_be(tmp_path: Path, artifacts: str, wrong: str) -> None:
    write(tmp_path, f"targets: {{local: {{emulator: {{}}, artifacts: {artifacts}}}}}\n")
    with pytest.raises(InvalidManifests, match=wrong):
        load_settings(tmp_path)


def test_an_absolute_home_is_kept(tmp_path: Path) -> None:
    write(tmp_path, f"targets: {{local: {{emulator: {{home: {tmp_path}/elsewhere}}}}}}\n")
    target = load_settings(tmp_path).targets["local"]
    assert isinstance(target, EmulatorTarget)
    assert target.home == f"{tmp_path}/elsewhere"


TEMPLATED = ["{{ env.COMPARTMENT }}", "{{ values.x }}", "{{ env.X | default('x') }}", "{% if x %}", "a {{ b"]


@pytest.mark.parametrize("text", TEMPLATED)
def test_settings_take_nothing_from_the_environment(tmp_path: Path, text: str) -> None:
    for line in (
        f'targets: {{prod: {{region: us-ashburn-1, compartment: "{text}", project: ml}}}}\n',
        f'targets: {{local: {{emulator: {{}}, values: {{deep: ["{text}"]}}}}}}\n',
    ):
        write(tmp_path, line)
        with pytest.raises(InvalidManifests, match=r"reconciler.yaml:\d+:\d+: .*holds no templates"):
            load_settings(tmp_path)


def test_only_the_named_target_is_read(tmp_path: Path) -> None:
    write(tmp_path, 'targets: {prod: {region: us-ashburn-1, compartment: "x", project: ml}}\n')
    assert set(load_settings(tmp_path, "local").targets) == {"local"}
    with pytest.raises(InvalidManifests, match=r"targets\.prod\.compartment"):
        load_settings(tmp_path, "prod")


def test_the_list_of_secrets(tmp_path: Path) -> None:
    write(tmp_path, "")
    assert load_settings(tmp_path).secrets is None
    write(tmp_path, "secrets: []\n")
    assert load_settings(tmp_path).secrets == frozenset()
    write(tmp_path, "secrets: [HF_TOKEN, NGC_KEY]\n")
    assert load_settings(tmp_path).secrets == {"HF_TOKEN", "NGC_KEY"}
    write(tmp_path, "secrets: [HF_TOKEN, GITHUB_TOKEN, 'no name']\n")
    with pytest.raises(InvalidManifests) as caught:
        load_settings(tmp_path)
    assert "GITHUB_TOKEN belongs to the runner" in str(caught.value)
    assert "secrets[2] must be the name of a variable" in str(caught.value)


def test_a_target_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, f"targets: {{prod: {{region: us-ashburn-1, compartment: {COMPARTMENT}, project: ml}}}}\n")
    with pytest.raises(SetupError, match=r"no target 'prd'; it has local, prod\. Did you mean 'prod'"):
        load_settings(tmp_path, "prd")


def test_the_root_is_the_nearest_folder_with_settings(tmp_path: Path) -> None:
    write(tmp_path, "")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == tmp_path
    write(tmp_path / "a", "")
    assert find_root(deep) == tmp_path / "a"


def test_without_settings_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="reconcile init"):
        find_root(tmp_path)
    with pytest.raises(SetupError, match="reconcile init"):
        load_settings(tmp_path)
