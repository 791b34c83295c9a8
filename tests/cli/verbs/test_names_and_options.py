"""Names and options of the verbs, shell completion, and which libraries the verbs load."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, write_hello
from tests.support.workspace import RECONCILE, Workspace, make, stop


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None):
    made = make(tmp_path_factory.mktemp("looking"))
    write_hello(made)
    yield made
    stop(made)


def test_explain_a_deployment_that_does_not_exist_yet(workspace: Workspace) -> None:
    told = workspace.run("explain", "hello")
    assert "hello will be created: it does not exist yet" in told.out
    assert "it is set when the deployment is created" in told.out
    document = workspace.run("explain", "hello", "--format", "json").json
    assert (document["apiVersion"], document["action"]) == ("reconciler.oci/explain.v1", "create")
    fields = {item["field"]: item for item in document["fields"]}
    assert fields["spec.instance.shape"]["manifest"] == "VM.Standard.E4.Flex"
    assert fields["spec.instance.shape"]["standing"] == "planned"


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("explain", "no manifest has this name, nor a deployment of ours on target 'local'"),
        ("status", "no such deployment of ours on target 'local'"),
    ],
)
def test_an_unknown_name_is_an_error(workspace: Workspace, verb: str, said: str) -> None:
    failed = workspace.run(verb, "ghost", code=1)
    assert f"ghost: {said}" in failed.err
    assert failed.out == ""


def test_destroy_is_all_or_nothing(workspace: Workspace) -> None:
    failed = workspace.run("destroy", "ghost", "--yes", code=1)
    assert "ghost: no such deployment of ours on target 'local'; nothing was sent" in failed.err


def test_predict_of_an_unknown_name(workspace: Workspace) -> None:
    failed = workspace.run("predict", "ghost", "--model", "m", "--input", "-", code=1, stdin=b"{}")
    assert "ghost: no such deployment" in failed.err


def test_plan_takes_retry_failed_and_confirm(workspace: Workspace) -> None:
    planned = workspace.run("plan", "--retry-failed", "--confirm", "hello", "--format", "json")
    assert planned.json["summary"]["create"] == 1


@pytest.mark.parametrize("option", ["--only", "--confirm"])
@pytest.mark.parametrize("verb", [("plan",), ("apply", "--yes")], ids=" ".join)
def test_a_name_that_nobody_has_is_an_error(workspace: Workspace, verb: tuple[str, ...], option: str) -> None:
    failed = workspace.run(*verb, option, "helo", code=1)
    assert failed.err.startswith("error: helo (did you mean hello?): no manifest has this name, nor")
    assert failed.out == ""


def test_only_what_is_named_is_in_the_plan(workspace: Workspace) -> None:
    write = workspace.write("manifests/later.yaml", MANIFEST.replace("name: hello", "name: later"))
    planned = workspace.run("plan", "--only", "later", "--format", "json").json
    write.unlink()
    assert [item["name"] for item in planned["deployments"]] == ["later"]


def test_changes_only_prints_less_but_saves_the_whole_plan(workspace: Workspace) -> None:
    shown = workspace.run("plan", "--changes-only", "--out", "whole.json", "--format", "json").json
    assert [item["name"] for item in shown["deployments"]] == ["hello"]
    assert json.loads((workspace.root / "whole.json").read_text()) == shown


@pytest.mark.parametrize("more", [("--retry-failed",), ("--only", "a"), ("manifests",)])
def test_a_saved_plan_excludes_the_options_of_a_plan(workspace: Workspace, more: tuple[str, ...]) -> None:
    workspace.write("plan.json", "{}")
    failed = workspace.run("apply", "--plan", "plan.json", "--yes", *more, code=1)
    assert "--plan excludes" in failed.err


def completed(words: str) -> str:
    environment = {
        **os.environ,
        "_RECONCILE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    ran = subprocess.run([RECONCILE], env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


def test_the_shell_completes_verbs_and_options() -> None:
    assert "plain,explain" in completed("reconcile ex")
    assert "plain,--retry-failed" in completed("reconcile apply --re")
    assert "plain,--confirm" in completed("reconcile plan --con")
    assert "plain,--only" in completed("reconcile apply --on")
    assert "plain,--changes-only" in completed("reconcile plan --ch")


def test_help_loads_neither_the_sdk_nor_numpy_nor_what_only_a_run_needs(tmp_path: Path) -> None:
    code = (
        "import sys, json\n"
        "from reconciler.cli.verb_list import cli\n"
        "for arguments in (['--help'], ['explain', '--help'], ['apply', '--help']):\n"
        "    cli.main(arguments, standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    ran = subprocess.run(
        [RECONCILE.with_name("python"), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert not loaded & {
        "oci",
        "numpy",
        "requests",
        "git",
        "datascience_emulator",
        "cattrs",
        "rich",
        "jinja2",
    }
    ours = {name for name in loaded if name.startswith("reconciler.")}
    model = ("core.model.spec", "core.model.target", "core.model.views")
    parts = ("manifests", "triton", "core.planning", *model)
    assert not {name for name in ours if name.startswith(tuple(f"reconciler.{part}" for part in parts))}


@pytest.mark.parametrize(
    "words",
    [["validate"], ["render"], ["build", "--out", "o"], ["init", "new"], ["emulator", "status"], ["aply"]],
    ids=" ".join,
)
def test_verbs_without_a_cloud_do_not_load_the_sdk(tmp_path: Path, words: list[str]) -> None:
    write_hello(make(tmp_path))
    code = (
        "import sys, atexit\n"
        "from reconciler.cli.main import main\n"
        f"sys.argv = ['reconcile', *{words!r}]\n"
        "atexit.register(lambda: print('loaded', 'oci' in sys.modules))\n"
        "main()\n"
    )
    ran = subprocess.run(
        [RECONCILE.with_name("python"), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stdout.endswith("loaded False\n"), ran.stderr
