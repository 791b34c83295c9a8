"""No manifest is skipped without a word: what cannot be followed, read or understood is a finding."""

import os
import time
from pathlib import Path

import pytest

from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.discovery import nothing_found
from reconciler.manifests.loading import load_manifests

MANIFEST = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: NAME}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: 1.0.0}
  models:
    - {name: m, backend: onnxruntime, versions: {"1": {url: "https://example.com/m.onnx", sha256: DIGEST}}}
  instance: {shape: VM.GPU.A10.1}
""".replace("DIGEST", "0" * 64)
SETTINGS = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: acme\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    write(folder / "manifests" / "one.yaml", "one")
    (folder / "reconciler.yaml").write_text(SETTINGS)
    return folder


def write(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MANIFEST.replace("NAME", name))
    return path


def names(root: Path, *paths: Path) -> list[str]:
    return [draft.name for draft in load_manifests(paths, root, {}).drafts]


def refused(root: Path, *paths: Path) -> str:
    with pytest.raises(InvalidManifests) as caught:
        names(root, *paths)
    return str(caught.value)


def test_a_linked_folder_is_followed(root: Path) -> None:
    write(root / "teams" / "vision" / "two.yaml", "two")
    (root / "manifests" / "vision").symlink_to("../teams/vision")
    assert names(root) == ["one", "two"]


def test_links_that_lead_in_circles_end(root: Path) -> None:
    write(root / "manifests" / "deep" / "two.yaml", "two")
    (root / "manifests" / "deep" / "up").symlink_to("..")
    (root / "manifests" / "also").symlink_to("deep")
    (root / "manifests" / "top").symlink_to("../..", target_is_directory=True)
    assert "manifests/top: leads out of the repository by a link" in refused(root)
    (root / "manifests" / "top").unlink()
    (root / "manifests" / "top").symlink_to("..")
    assert names(root) == ["two", "one"]


def test_a_folder_that_is_not_ours_to_follow(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "two.yaml", "two")
    (root / "manifests" / "linked").symlink_to(tmp_path / "outside")
    assert "manifests/linked: leads out of the repository by a link" in refused(root)
    assert "leads out of the repository by a link" in refused(
        root, root / "manifests" / "linked" / "two.yaml"
    )


def test_a_manifest_that_is_a_link(root: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.yaml", "two")
    (root / "manifests" / "two.yaml").symlink_to(outside)
    assert "manifests/two.yaml: leads out of the repository by a link" in refused(root)
    (root / "manifests" / "two.yaml").unlink()
    (root / "manifests" / "two.yaml").symlink_to(write(root / "shared" / "two.yaml", "two"))
    assert names(root) == ["one", "two"]


def test_all_manifests_behind_a_link(root: Path, tmp_path: Path) -> None:
    (root / "manifests").rename(tmp_path / "elsewhere")
    (root / "manifests").symlink_to(tmp_path / "elsewhere")
    assert "manifests: leads out of the repository by a link" in refused(root)
    (root / "manifests").unlink()
    (root / "manifests").symlink_to("nowhere")
    assert "manifests: is a link to nothing" in refused(root)


@pytest.mark.parametrize("target", ["nowhere", "broken"])
def test_a_link_to_nothing_may_have_been_a_folder(root: Path, target: str) -> None:
    (root / "manifests" / "broken").symlink_to(target)
    assert "manifests/broken: is a link to nothing" in refused(root)


@pytest.mark.parametrize("ending", ["YAML", "Yml", "YML"])
def test_endings_in_any_case(root: Path, ending: str) -> None:
    write(root / "manifests" / f"two.{ending}", "two")
    assert names(root) == ["one", "two"]


def test_hidden_files_are_left_out(root: Path) -> None:
    write(root / "manifests" / ".two.yaml", "two")
    write(root / "manifests" / ".git" / "three.yaml", "three")
    (root / "manifests" / ".#lock").symlink_to("nowhere")
    assert names(root) == ["one"]


@pytest.mark.parametrize("path", ["", ".", "manifests/.."])
def test_the_settings_are_not_a_manifest(root: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert names(root, Path(path)) == ["one"]
    assert "settings do not belong among the manifests" in refused(root, Path("reconciler.yaml"))
    write(root / "manifests" / "reconciler.yaml", "two")
    assert names(root, Path(path)) == ["one", "two"]


def test_a_folder_that_cannot_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "manifests" / "closed").mkdir()
    scan = os.scandir

    def closed(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)  # root may read everything
    assert "manifests/closed: cannot be read: Permission denied" in refused(root)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n",
        "kind: Deployment\nmetadata: {name: {{ .Values.x }}}\n",
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nspec: {}\n",
        "kind: vocabulary\nwords: [model, deployment]\n",
        "- kind\n- version\n",
        "",
    ],
)
def test_files_of_others_are_left_alone(root: Path, text: str) -> None:
    (root / "manifests" / "other.yaml").write_text(text)
    assert names(root) == ["one"]


HEAD = "apiVersion: reconciler.oci/v1\nkind: ModelDeployment\n"


@pytest.mark.parametrize(
    ("head", "right"),
    [
        ("apiVersion: reconciler/v1\nkind: ModelDeploy\n", "'reconciler.oci/v1'"),
        ("apiVersion: Reconciler.OCI/v1\nkind: modeldeployment\n", "'ModelDeployment'"),
        ("apiVersion: v1\nkind: ModelDeployments\n", "'ModelDeployment'"),
        ("apiVersion: x\nkind: DeploymentModel\n", "must be ModelDeployment"),
        ("apiversion: reconciler.oci/v1\nKind: ModelDeployment\n", "Did you mean 'kind'?"),
        ("type: ModelDeployment\n", "lacks the field 'kind'"),
        ("{apiVersion: recnciler.oci/v1, kind: ModelDeploymnt}\n", "'ModelDeployment'"),
    ],
)
def test_a_typing_error_in_kind_or_version_is_a_finding(root: Path, head: str, right: str) -> None:
    body = MANIFEST.removeprefix(HEAD) if not head.startswith("{") else ""
    (root / "manifests" / "two.yaml").write_text(head + body)
    assert right in refused(root)


def test_where_manifests_are_looked_for_is_told_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert nothing_found(tmp_path).startswith("no manifests: there is no folder ../manifests/")
    (tmp_path / "manifests").mkdir()
    assert nothing_found(tmp_path).startswith("no manifests in ../manifests/: ")


def test_a_deep_folder_costs_little(root: Path) -> None:
    """Folders of models lie beside manifests. The paths are too long for one call."""
    here = os.open(root / "manifests", os.O_RDONLY)
    for _ in range(700):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    began = time.process_time()
    assert names(root) == ["one"]
    assert time.process_time() - began < 1


def test_each_of_two_links_that_lead_out_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("a", "b"):
        (root / "manifests" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidManifests) as refused:
        names(root)
    assert [finding.where.path for finding in refused.value.findings] == ["manifests/a", "manifests/b"]
