"""`--set values.NAME=TEXT`: what is known only when a command runs, and no secret."""

from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner

from reconciler.app.workspace import with_command_line_values
from reconciler.cli.resuming import after_apply, after_saved_plan
from reconciler.cli.shared_options import PlanOptions
from reconciler.cli.verb_list import cli
from reconciler.core.model.errors import SetupError
from tests.support.hello import MANIFEST, write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.workspace import SETTINGS, Workspace, make

TAGGED = MANIFEST.replace('tag: "1"', 'tag: "{{ values.image.tag }}"')


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    reaches(monkeypatch, MemoryCloud())
    workspace = make(tmp_path)
    write_hello(workspace)
    workspace.write("manifests/hello.yaml", TAGGED)
    workspace.write("reconciler.yaml", SETTINGS + "    values: {image: {name: triton, tag: of-the-file}}\n")
    monkeypatch.chdir(workspace.root)
    return workspace


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_a_value_of_the_command_line_replaces_the_targets(made: Workspace) -> None:
    assert "triton:of-the-file" in run("plan", "--format", "json")
    assert '"triton:0012"' not in run("plan", "--format", "json")
    told = run("plan", "--format", "json", "--set", "values.image.tag=0012")
    assert "triton:0012" in told
    assert "triton:of-the-file" not in told


def test_a_plan_and_the_command_that_completes_it_name_the_values(made: Workspace) -> None:
    assert "values.image.tag=a=b c" not in run("plan")
    text = run("plan", "--set", "values.image.tag=1.0", "--set", "values.note=a=b c", "--out", "plan.json")
    assert "owner tests, values.image.tag=1.0, values.note=a=b c" in text
    assert '"image.tag": "1.0"' in Path("plan.json").read_text()
    given = (("image.tag", "1.0"), ("note", "a=b c"))
    assert after_apply(PlanOptions(values=given), []) == (
        "reconcile apply --set values.image.tag=1.0 --set 'values.note=a=b c'"
    )
    assert after_saved_plan(Path("p.json"), made.root, None, given, []) == ""


def test_values_may_be_nested() -> None:
    values = {"a": {"b": 1, "c": [1]}, "d": 2}
    given = (("a.b", "x"), ("e.f.g", "y"), ("d", "z"))
    assert with_command_line_values(values, given) == {
        "a": {"b": "x", "c": [1]},
        "d": "z",
        "e": {"f": {"g": "y"}},
    }
    assert values == {"a": {"b": 1, "c": [1]}, "d": 2}
    with pytest.raises(SetupError, match=r"--set values\.d\.x: d is a value already"):
        with_command_line_values(values, (("d.x", "y"),))


@pytest.mark.parametrize(
    "text", ["", "x", "tag=1", "values=1", "values.=1", "values.a..b=1", "values.a b=1", "env.X=1"]
)
def test_a_wrong_name_of_a_value_is_refused(made: Workspace, text: str) -> None:
    with pytest.raises(Exception, match=r"write values\.NAME=TEXT"):
        run("validate", "--set", text)


@pytest.mark.parametrize("text", ["{{ env.HF_TOKEN }}", "{{ values.image.name }}", "{% if x %}"])
def test_a_value_is_not_read_as_a_template(made: Workspace, text: str) -> None:
    """What is put in is not read again."""
    with pytest.raises(Exception, match="an image tag"):
        run("validate", "--set", f"values.image.tag={text}")


def test_a_value_is_no_credential(made: Workspace) -> None:
    """Plans show it, and are kept where many can read them."""
    token = "hf_" + "x" * 34
    with pytest.raises(UsageError, match=r"image\.tag: has the form of a credential") as refused:
        run("plan", "--set", f"values.image.tag={token}")
    assert token not in str(refused.value)
