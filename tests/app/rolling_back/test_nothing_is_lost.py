"""rollback into the work tree: what is in no commit stays, every file of the manifest comes back, and no
document of another deployment is touched, whatever has become of the manifest since.
"""

import pytest

from tests.support.hello import CONFIG, MANIFEST, MODEL, write_hello
from tests.support.reverting import DESCRIBED, OTHER, back, changed, git, saved
from tests.support.workspace import Workspace

FILE = "manifests/hello.yaml"
DECLARED = (
    MANIFEST.replace("  modelRepository: hello\n", "")
    + """  models: [{name: m, backend: python, config: ../own/config.pbtxt, versions: {"1": ../own/model.py}}]
"""
)

# -- what is in no commit


@pytest.mark.parametrize("ignored", ["probes/", ""])
def test_a_file_that_git_does_not_track_is_not_written_over(made: Workspace, ignored: str) -> None:
    first = saved(made)
    git(made, "rm", "-q", "--cached", "probes/in.json")
    made.write(".gitignore", f".reconciler/\n{ignored}\n")
    made.write(FILE, MANIFEST)
    git(made, "add", ".gitignore", FILE)
    git(made, "commit", "-qm", "Probes are made here now")
    made.write("probes/in.json", '{"precious": 1}')
    assert "probes/in.json: changed, and not committed" in back(made, first, code=1)
    assert (made.root / "probes/in.json").read_text() == '{"precious": 1}'


def test_nor_one_that_stands_where_a_folder_was(made: Workspace) -> None:
    first = saved(made)
    git(made, "rm", "-rq", "probes")
    made.write(".gitignore", ".reconciler/\nprobes\n")
    made.write(FILE, MANIFEST)
    saved(made)
    made.write("probes", "precious")
    assert "probes: changed, and not committed" in back(made, first, code=1)
    assert (made.root / "probes").read_text() == "precious"


def test_what_is_ignored_and_would_not_be_touched_is_in_nobodys_way(made: Workspace) -> None:
    """Models that a build writes, beside a manifest of git."""
    first = saved(made)
    made.write(".gitignore", ".reconciler/\nmade/\n")
    made.write(FILE, DESCRIBED["two"].replace("modelRepository: hello", "modelRepository: ../made"))
    git(made, "mv", "manifests/hello", "made")
    git(made, "rm", "-rq", "--cached", "made")
    saved(made)
    assert "wrote manifests/hello.yaml" in back(made, first)
    assert (made.root / "made/m/config.pbtxt").read_text() == CONFIG


# -- every file of the manifest


def test_the_configuration_of_a_model_comes_back(made: Workspace) -> None:
    made.write(FILE, DECLARED)
    made.write("own/config.pbtxt", CONFIG)
    made.write("own/model.py", MODEL)
    made.run("validate")
    first = saved(made)
    made.write("own/config.pbtxt", CONFIG + "max_batch_size: 4\n")
    saved(made)
    assert "wrote own/config.pbtxt" in back(made, first)
    assert (made.root / "own/config.pbtxt").read_text() == CONFIG
    made.write("own/config.pbtxt", CONFIG + "max_batch_size: 8\n")
    assert "own/config.pbtxt: changed, and not committed" in back(made, first, code=1)


def test_what_links_lead_to_comes_back_and_links_do(made: Workspace) -> None:
    made.write(FILE, DECLARED.replace("../own/", "../link/"))
    for folder, factor in (("one", "1"), ("two", "2")):
        made.write(f"{folder}/config.pbtxt", CONFIG)
        made.write(f"{folder}/model.py", MODEL.replace("FACTOR", factor))
    (made.root / "link").symlink_to("one")
    made.run("validate")
    first = saved(made)
    (made.root / "link").unlink()
    (made.root / "link").symlink_to("two")
    made.write("one/model.py", MODEL.replace("FACTOR", "3"))
    saved(made)
    back(made, first)
    assert changed(made) == ["serving/link", "serving/one/model.py"]
    assert git(made, "diff", "--stat", first) == ""


# -- the document of the manifest


HEADS = ["# of June\n---\n", "%YAML 1.2\n---\n"]


@pytest.mark.parametrize("head", HEADS)
def test_however_its_document_began_it_goes_among_others(made: Workspace, head: str) -> None:
    made.write(FILE, head + MANIFEST)
    first = saved(made)
    made.write(FILE, f"{head}{OTHER}---\n{DESCRIBED['two']}")
    saved(made)
    back(made, first)
    text = (made.root / FILE).read_text()
    assert text.startswith(head + OTHER)
    assert text.endswith(head + MANIFEST)
    made.run("validate")


def test_from_manifests_that_are_not_valid_there_is_a_way_back(made: Workspace) -> None:
    made.write(FILE, MANIFEST)
    first = saved(made)
    write_hello(made, factor=3)
    made.write(FILE, f"{MANIFEST}  bogus: 1\n")
    made.write("manifests/other.yaml", OTHER)
    made.run("validate", code=3)
    saved(made)
    told = back(made, first)
    assert "note: files that came since are left, whatever names them: target local: " in told
    assert git(made, "diff", "--stat", first, "--", FILE, "manifests/hello") == ""
    made.run("validate")


def test_a_text_that_is_no_yaml_is_left_and_the_way_back_is_told(made: Workspace) -> None:
    made.write(FILE, MANIFEST)
    first = saved(made)
    made.write(FILE, f"{MANIFEST}  - ]\n")
    saved(made)
    assert f"{FILE}: is no YAML any more" in back(made, first, code=1)
    assert changed(made) == []


def test_a_name_that_was_given_up_is_not_asked_for_a_second_time(made: Workspace) -> None:
    made.write(FILE, MANIFEST)
    first = saved(made)
    made.write(FILE, MANIFEST.replace("name: hello", "name: greets, renamedFrom: hello"))
    saved(made)
    told = back(made, first, code=1)
    assert "it is called greets now" in told
    assert f"git show {first}:./{FILE}" in told
    assert changed(made) == []
