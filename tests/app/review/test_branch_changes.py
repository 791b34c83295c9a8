"""What a branch changes against its base, read from real repositories of git."""

import shutil
import subprocess

import pytest

from reconciler.app.review.branch_changes import branch_changes
from reconciler.app.workspace import workspace_at
from reconciler.core.planning.review.branch import BranchChanges, FieldChange, FileChange, Touch
from tests.support.reverting import git, saved
from tests.support.workspace import SETTINGS, Workspace


def told(made: Workspace, base: str = "HEAD^", target: str = "local", **env: str) -> BranchChanges | str:
    return branch_changes(*workspace_at(made.root, target, env), base)


def known(made: Workspace, base: str = "HEAD^", **env: str) -> BranchChanges:
    changes = told(made, base, **env)
    assert isinstance(changes, BranchChanges)
    return changes


def edit(made: Workspace, path: str, old: str, new: str) -> None:
    file = made.root / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_nothing_but_other_files_is_nothing(made) -> None:
    made.write("README.md", "x")
    commit = git(made, "rev-parse", "HEAD")
    saved(made)
    assert known(made) == BranchChanges(commit)


def test_fields_and_files_of_a_deployment(made) -> None:
    edit(made, "manifests/hello.yaml", "description: one", "description: two")
    edit(made, "manifests/hello/m/1/model.py", "x * 2", "x * 3")
    edit(made, "probes/in.json", "{}", '{"inputs": []}')
    saved(made)
    (change,) = known(made).deployments
    assert (change.name, change.touch, change.manifest) == ("hello", Touch.CHANGED, "manifests/hello.yaml")
    fields = {field.field: (field.old, field.new) for field in change.fields}
    assert fields.pop("metadata.description") == ("one", "two")
    old, new = fields.pop("spec.models")
    assert old != new
    assert not fields
    assert change.files == (
        FileChange("manifests/hello/m/1/model.py", Touch.CHANGED),
        FileChange("probes/in.json", Touch.CHANGED),
    )


def test_a_file_that_moves_with_its_manifest_is_renamed(made) -> None:
    shutil.move(made.root / "manifests/hello", made.root / "manifests/moved")
    edit(made, "manifests/hello.yaml", "modelRepository: hello", "modelRepository: moved")
    saved(made)
    (change,) = known(made).deployments
    assert change.fields == ()
    assert (
        FileChange("manifests/moved/m/1/model.py", Touch.RENAMED, "manifests/hello/m/1/model.py")
        in change.files
    )
    assert len(change.files) == 2


def test_manifests_come_and_go_and_are_renamed(made) -> None:
    base = git(made, "rev-parse", "HEAD")
    shutil.copy(made.root / "manifests/hello.yaml", made.root / "manifests/other.yaml")
    edit(made, "manifests/other.yaml", "name: hello", "name: other")
    saved(made)
    assert [(one.name, one.touch) for one in known(made).deployments] == [("other", Touch.ADDED)]
    edit(made, "manifests/hello.yaml", "name: hello", "name: renamed, renamedFrom: hello")
    (made.root / "manifests/other.yaml").unlink()
    saved(made)
    renamed, other = sorted(known(made).deployments, key=lambda one: one.name != "renamed")
    assert (other.name, other.touch) == ("other", Touch.REMOVED)
    assert [field.field for field in renamed.fields] == ["metadata.name", "metadata.renamedFrom"]
    assert [one.name for one in known(made, base).deployments] == ["renamed"]


def test_one_that_is_not_for_the_target_any_more(made) -> None:
    text = SETTINGS.replace("  local:", "  staging: {emulator: {}}\n  local:")
    made.write("reconciler.yaml", text)
    saved(made)
    manifest = (made.root / "manifests/hello.yaml").read_text()
    made.write("manifests/hello.yaml", f"{manifest}targets: {{local: null}}\n")
    saved(made)
    changes = told(made)
    assert isinstance(changes, BranchChanges), changes
    (change,) = changes.deployments
    assert (change.touch, change.absent) == (Touch.REMOVED, True)


def test_settings_each_with_its_place(made) -> None:
    made.write(
        "reconciler.yaml",
        SETTINGS.replace("owner: tests", "owner: others") + "safety: {maxDeletes: 5}\nsecrets: [A]\n",
    )
    saved(made)
    assert known(made).settings == (
        FieldChange("owner", "tests", "others", rule=True, live=False),
        FieldChange("safety.maxDeletes", None, 5, rule=True, live=False),
        FieldChange("secrets: A", None, "listed", rule=True, live=False),
    )


def test_rules_of_a_manifest_are_rules(made) -> None:
    edit(made, "manifests/hello.yaml", "rollout: {", "policy: {protect: true}\n  rollout: {downtime: allow, ")
    saved(made)
    assert [(rule.field, rule.old, rule.new) for rule in known(made).rules] == [
        ("hello: spec.rollout.downtime", "never", "allow"),
        ("hello: spec.policy.protect", None, True),
    ]


def test_workflows_beside_the_root_renames_included(made) -> None:
    top = made.root.parent
    (top / ".github/workflows/plan.yml").rename(top / ".github/workflows/other.yml")
    made.write("../.github/actions/x/action.yml", "runs: {}\n")
    saved(made)
    assert known(made).workflows == (
        FileChange(".github/actions/x/action.yml", Touch.ADDED),
        FileChange(".github/workflows/other.yml", Touch.RENAMED, ".github/workflows/plan.yml"),
    )


def test_actions_and_code_owners_are_told_wherever_github_looks_for_them(made) -> None:
    places = ("CODEOWNERS", "ci/setup/action.yaml", "docs/CODEOWNERS")
    for place in (*places, "docs/actions.yml", "serving/CODEOWNERS"):
        made.write(f"../{place}", "x\n")
    saved(made)
    assert known(made).workflows == tuple(FileChange(place, Touch.ADDED) for place in places)


def test_secrets_are_told_by_their_reference_and_never_looked_up(made) -> None:
    edit(
        made,
        "manifests/hello.yaml",
        "  instance:",
        '  server: {env: {PIN: "hunter1", MAX_TOKENS: "5"}}\n  instance:',
    )
    saved(made)
    new = 'PIN: "{{ env.PIN }}", MAX_TOKENS: "6"'
    edit(made, "manifests/hello.yaml", 'PIN: "hunter1", MAX_TOKENS: "5"', new)
    saved(made)
    changes = known(made, PIN="hunter2")
    assert "hunter" not in str(changes)
    (change,) = changes.deployments
    assert [(field.field, field.old, field.new) for field in change.fields] == [
        ("spec.server.env.MAX_TOKENS", "(not shown)", "(not shown)"),
        ("spec.server.env.PIN", "(not shown)", {"secret": "env.PIN"}),
    ]


def test_a_first_branch_with_a_repository_of_ours_adds_all(made) -> None:
    tree = git(made, "hash-object", "-t", "tree", "-w", "/dev/null")
    empty = git(made, "commit-tree", tree, "-m", "empty")
    changes = known(made, empty)
    assert [(one.name, one.touch) for one in changes.deployments] == [("hello", Touch.ADDED)]
    assert changes.settings[0] == FieldChange("apiVersion", None, "reconciler.oci/v1", rule=True, live=False)


def test_a_target_that_the_base_does_not_have_adds_all(made) -> None:
    made.write("reconciler.yaml", SETTINGS.replace("  local:", "  staging: {emulator: {}}\n  local:"))
    saved(made)
    changes = told(made, target="staging")
    assert isinstance(changes, BranchChanges)
    assert [(one.name, one.touch) for one in changes.deployments] == [("hello", Touch.ADDED)]


@pytest.mark.parametrize("base", ["no-such-branch", "0" * 40, "--output=x", ""])
def test_a_base_that_is_not_there_is_a_reason(made, base) -> None:
    assert "is not in this clone" in str(told(made, base))


def test_a_shallow_clone_is_a_reason_with_what_to_do(made, tmp_path) -> None:
    made.write("README.md", "x")
    saved(made)
    url = f"file://{made.root.parent}"
    command = [
        "git",
        "-c",
        "protocol.file.allow=always",
        "clone",
        "-q",
        "--depth=1",
        url,
        str(tmp_path / "clone"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert "shallow" in str(told(Workspace(tmp_path / "clone/serving")))
    assert "fetch-depth: 0" in str(told(Workspace(tmp_path / "clone/serving")))


def test_an_invalid_manifest_of_the_base_is_told_and_the_others_are_compared(made) -> None:
    other = (made.root / "manifests/hello.yaml").read_text().replace("name: hello", "name: other")
    made.write("manifests/other.yaml", other)
    made.write("manifests/third.yaml", other.replace("name: other", "name: third"))
    edit(made, "manifests/hello.yaml", "spec:", "specs:")
    saved(made)
    edit(made, "manifests/hello.yaml", "specs:", "spec:")
    edit(made, "manifests/other.yaml", "description: one", "description: two")
    saved(made)
    hello, changed = known(made).deployments
    assert (hello.name, hello.fields) == ("hello", ())
    assert hello.unread.startswith("manifests/hello.yaml:")
    assert hello.files == (FileChange("manifests/hello.yaml", Touch.CHANGED),)
    assert [(field.field, field.new) for field in changed.fields] == [("metadata.description", "two")]


def test_a_model_of_the_base_that_git_lfs_has_elsewhere(made) -> None:
    """As in a job: the branch has the file itself, and of the base there is only what stands for it."""
    stand_in = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 9\n"
    model = "manifests/hello/m/1/weights.bin"
    made.write(model, stand_in)
    saved(made)
    made.write(model, "new weights")
    saved(made)
    (change,) = known(made).deployments
    assert "Git LFS" in change.unread
    assert change.files == (FileChange(model, Touch.CHANGED),)
    made.write("README.md", "x")
    saved(made)
    assert known(made).deployments == ()


def test_invalid_settings_of_the_base_are_a_reason(made) -> None:
    text = (made.root / "reconciler.yaml").read_text()
    made.write("reconciler.yaml", f"{text}unknown: 1\n")
    saved(made)
    made.write("reconciler.yaml", text)
    saved(made)
    assert "cannot be read: reconciler.yaml" in str(told(made))


def test_what_is_not_committed_counts_and_nothing_is_written(made) -> None:
    edit(made, "manifests/hello.yaml", "description: one", "description: two")
    before = git(made, "status", "--porcelain", "--untracked-files=all")
    (change,) = known(made, "HEAD").deployments
    assert [field.new for field in change.fields] == ["two"]
    assert git(made, "status", "--porcelain", "--untracked-files=all") == before
