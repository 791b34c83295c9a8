"""The command in environments that are not as one expects: it does what it was asked, or ends in a message
that says what is wrong; never in a traceback. What is of a process, such as its streams, its limits and its
user, is tried with one; the rest is run in this one, which takes a tenth of the time.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.cli.exit_codes import run
from tests.support.hello import MANIFEST, write_hello
from tests.support.workspace import RECONCILE, Done, Workspace, make, stop

PROBED = MANIFEST + "  rollout: {probes: [{model: m, input: probe.json, expect: probe.json}]}\n"
DEEP = "[" * 100_000 + "]" * 100_000
SETTINGS = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: tests\n"
OTHER_USER = "setpriv --bounding-set=-all --inh-caps=-all "
"""Root without its powers: to it, too, what is not readable is not."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[Workspace]:
    """A repository whose emulator runs: nobody changes it."""
    made = make(tmp_path_factory.mktemp("environments"))
    write_hello(made)
    made.run("plan")
    yield made
    stop(made)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "repository")
    write_hello(made)
    return made


def shell(workspace: Workspace, script: str, **environment: str | None) -> Done:
    """Run a script, in which `reconcile` is ours; a variable that is None is unset."""
    given = {
        **os.environ,
        "GITHUB_ACTIONS": "",
        "XDG_STATE_HOME": str(workspace.root / "state"),
        **environment,
    }
    done = subprocess.run(
        ["/bin/bash", "-c", f'reconcile() {{ "{RECONCILE}" "$@"; }}; {script}'],
        cwd=workspace.root,
        env={name: value for name, value in given.items() if value is not None},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


Here = Callable[[Workspace, str], Done]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs `reconcile`, after a `cd` perhaps, in this process."""

    def run_here(workspace: Workspace, script: str) -> Done:
        *before, words = script.split("; ")
        folder = before[0].removeprefix("cd ") if before else "."
        monkeypatch.chdir(workspace.root / folder)
        monkeypatch.setenv("GITHUB_ACTIONS", "")
        monkeypatch.setattr(sys, "argv", shlex.split(words))
        code = run()
        return Done(code, *capsys.readouterr())

    return run_here


def fine(done: Done) -> Done:
    told = done.out + done.err
    assert "Traceback" not in told
    assert "a bug" not in told
    assert 0 <= done.code <= 5
    return done


@pytest.mark.parametrize(
    ("environment", "script"),
    [
        ({"COLUMNS": "abc", "LINES": "0"}, "reconcile plan"),
        ({"COLUMNS": "9" * 5000}, "reconcile --help"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "reconcile plan"),
        ({"PYTHONIOENCODING": "utf-16"}, "reconcile validate"),
        ({"PYTHONIOENCODING": "latin-1"}, "reconcile plan --format markdown"),
        ({"TERM": None, "HOME": None, "LANG": None}, "reconcile plan"),
        ({"TERM": "\x1b[2J", "LC_ALL": "xx_YY.nonsense"}, "reconcile validate"),
        (
            {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/etc/passwd", "TMPDIR": "/nonexistent"},
            "reconcile plan",
        ),
        ({"XDG_CACHE_HOME": "/etc/passwd", "TMPDIR": "/nonexistent"}, "reconcile build --out built"),
        ({"PYTHONWARNINGS": "error"}, "reconcile plan"),
        ({"PATH": ""}, "reconcile plan"),
        ({}, "ulimit -n 20; reconcile plan"),
        ({}, "umask 0777; reconcile validate"),
        ({}, "reconcile validate <&- 2>&-"),
        ({}, "set -o pipefail; reconcile plan | head -1"),
        ({}, "set -o pipefail; reconcile plan --format json | head -1"),
    ],
    ids=str,
)
def test_the_command_works_in_an_unusual_environment(
    shared: Workspace, environment: dict[str, str | None], script: str
) -> None:
    done = fine(shell(shared, script, **environment))
    assert done.code == 0, done.err
    assert done.out
    assert "error" not in done.err


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("reconcile plan >&-", 1, "error: the output cannot be written (Bad file descriptor)"),
        ("reconcile apply <&-", 1, "nobody is there to confirm: pass --yes to apply"),
        (
            "mkdir gone; cd gone; rmdir ../gone; reconcile validate",
            1,
            "the current folder does not exist any",
        ),
        (
            "mkdir gone; cd gone; rmdir ../gone; reconcile init",
            1,
            "the current folder does not exist any more",
        ),
        (
            "mkdir gone; cd gone; rmdir ../gone; reconcile emulator status",
            1,
            "the current folder does not exist",
        ),
        ("ulimit -f 0; reconcile build --out full", 1, "full/hello.zip: not written (File too large)"),
        ("reconcile validate $'a\\nb'", 3, "a\\nb: does not exist"),
        ("reconcile validate $'\\xff'", 3, "does not exist"),
        ("reconcile validate $(printf 'x%.0s' {1..300})", 1, "File name too long"),
        (
            "echo x > state; reconcile emulator start --home $PWD/state/deep",
            1,
            "error: state/deep: the local",
        ),
    ],
)
def test_a_real_process_says_what_is_wrong(shared: Workspace, script: str, code: int, said: str) -> None:
    done = fine(shell(shared, script))
    assert done.code == code, done.err
    assert said in done.err


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("reconcile plan --out /nonexistent/x", 1, "cannot be saved here: /nonexistent is no folder"),
        ("reconcile plan --out ''", 1, "'--out': the path is empty"),
        ("reconcile build --out ''", 1, "'--out': the path is empty"),
        ("reconcile validate ''", 1, "the path is empty"),
        ("reconcile init ''", 1, "the path is empty"),
        ("reconcile plan -t ''", 1, "'--target': it is empty"),
        ("reconcile status ''", 1, "it is empty"),
        ("reconcile plan --only ''", 1, "it is empty"),
        ("reconcile aply", 1, "No such command 'aply'. Did you mean apply?"),
        ("reconcile emulator strt", 1, "No such command 'strt'. Did you mean start or status?"),
        ("reconcile plan --onyl x", 1, "Did you mean '--only'?"),
        (
            "reconcile plan hello",
            3,
            "its file is manifests/hello.yaml; plan and apply take --only hello, too",
        ),
        ("cd manifests; reconcile validate hello", 3, "manifests/hello: holds no manifest"),
        ("cd manifests/hello; reconcile validate hello", 3, "its file is ../hello.yaml"),
        ("reconcile explain manifests/hello.yaml", 1, "manifests/hello.yaml (did you mean hello?)"),
    ],
)
def test_it_says_what_is_wrong(shared: Workspace, here: Here, script: str, code: int, said: str) -> None:
    done = fine(here(shared, script))
    assert done.code == code, done.err
    assert said in done.err


def deep_probe(made: Workspace) -> None:
    made.write("manifests/hello.yaml", PROBED)
    made.write("manifests/probe.json", DEEP)


def manifests_are(made: Workspace, what: str) -> None:
    shutil.rmtree(made.root / "manifests")
    place = made.root / "manifests"
    match what:
        case "a file":
            place.write_text("x")
        case "a pipe":
            os.mkfifo(place)
        case "a folder":
            place.mkdir()
        case "gone":
            return
        case link:
            place.symlink_to(link)


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("a file", 3, "manifests:1:1: the document must be a mapping, not text"),
        ("a pipe", 3, "manifests: is not a regular file"),
        ("/etc", 3, "manifests: leads out of the repository by a link"),
        ("nowhere", 3, "manifests: is a link to nothing"),
        ("manifests", 3, "manifests: is a link to nothing"),
        ("a folder", 0, "no manifests in manifests/: they are YAML files that hold kind: ModelDeployment"),
        ("gone", 0, "no manifests: there is no folder manifests/, where they are looked for"),
    ],
)
def test_files_that_are_not_manifests(
    workspace: Workspace, here: Here, what: str, code: int, said: str
) -> None:
    manifests_are(workspace, what)
    done = fine(here(workspace, "reconcile validate"))
    assert done.code == code
    assert said in (done.err if code else done.out)


@pytest.mark.parametrize(
    ("path", "script", "code", "said"),
    [
        ("p.json", "reconcile apply --plan p.json --yes", 1, "p.json: not a saved plan"),
        (".reconciler/emulator/emulator.json", "reconcile emulator status", 1, ""),
        (".reconciler/cache/hashes.json", "reconcile build --out o", 0, ""),
        ("manifests/probe.json", "reconcile validate", 3, "'probe.json' is not JSON"),
        ("reconciler.yaml", "reconcile validate", 3, "exceeded maximum nesting depth"),
        (
            "manifests/deep.yaml",
            "reconcile validate manifests/deep.yaml",
            3,
            "exceeded maximum nesting depth",
        ),
    ],
)
def test_files_that_are_nested_deeply(
    workspace: Workspace, here: Here, path: str, script: str, code: int, said: str
) -> None:
    if path.endswith("probe.json"):
        workspace.write("manifests/hello.yaml", PROBED)
    workspace.write(path, DEEP)
    done = fine(here(workspace, script))
    assert (done.code, said in done.err) == (code, True)
    assert "nested too deeply" not in done.err


@pytest.mark.parametrize(
    ("targets", "asked", "said"),
    [
        ("", "prod", "reconciler.yaml has no target 'prod'; it has local"),
        ("targets:\n", "local", "targets has no value"),
        ("targets: [a]\n", "local", "targets must be a mapping, not a list"),
        ("targets: {prod: }\n", "prod", "targets.prod has no value"),
        ("targets: {local: }\n", "local", "targets.local has no value"),
    ],
)
def test_bad_targets(workspace: Workspace, here: Here, targets: str, asked: str, said: str) -> None:
    workspace.write("reconciler.yaml", SETTINGS + targets)
    done = fine(here(workspace, f"reconcile validate -t {asked}"))
    assert done.code in (1, 3)
    assert said in done.err


@pytest.mark.parametrize(
    ("locked", "script", "code", "said"),
    [
        ("manifests/hello.yaml", "validate", 3, "manifests/hello.yaml: cannot be read: Permission denied"),
        ("manifests", "validate", 3, "manifests: cannot be read: Permission denied"),
        ("reconciler.yaml", "validate", 3, "reconciler.yaml: cannot be read: Permission denied"),
        (".", "validate", 1, "Permission denied"),
        (".", "build --out o", 1, "Permission denied"),
        (".", "emulator status", 1, "Permission denied"),
    ],
)
def test_files_that_cannot_be_read(
    workspace: Workspace, locked: str, script: str, code: int, said: str
) -> None:
    user = "" if os.getuid() else OTHER_USER
    if not os.getuid() and shutil.which("setpriv") is None:
        pytest.skip("root reads everything, and there is no setpriv")
    try:
        # Only once one is in it: nobody but root can enter a folder that is closed.
        done = fine(shell(workspace, f"chmod 0 {locked}; {user}{RECONCILE} {script}"))
    finally:
        (workspace.root / locked).chmod(0o755)
    assert done.code == code, done.err
    assert said in done.err


@pytest.mark.usefixtures("emulator_installed")
def test_the_emulator_has_a_default_home_outside_of_a_repository(tmp_path: Path) -> None:
    outside = Workspace(tmp_path)
    script = "reconcile emulator start && reconcile emulator status && reconcile emulator stop"
    done = fine(shell(outside, script))
    assert done.code == 0, done.err
    home = tmp_path / "state/oci-triton-reconciler/emulator"
    assert home.is_dir()
    assert done.err.count(f"note: no reconciler.yaml here or above: its state is in {home}\n") == 3
    assert done.out.count("running at http") == 2
    assert done.out.endswith("stopped\n")


@pytest.mark.parametrize(
    ("state", "home", "found"),
    [
        ("/s", "/h", "/s/oci-triton-reconciler/emulator"),
        ("relative", "/h", "/h/.local/state/oci-triton-reconciler/emulator"),
        ("", "/h", "/h/.local/state/oci-triton-reconciler/emulator"),
    ],
)
def test_the_default_home_is_below_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, home: str, found: str
) -> None:
    from reconciler.app.local_emulator import home_of

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", home)
    assert home_of(None) == (Path(found), True)


@pytest.mark.parametrize(
    ("script", "code", "kind"),
    [
        ("reconcile aply --format json", 1, "UsageError"),
        ("reconcile plan --format json --nosuch", 1, "UsageError"),
        ("reconcile plan --format=json -t nosuch", 1, "SetupError"),
        ("reconcile plan nosuch --format json", 3, "InvalidManifests"),
        ("reconcile status ghost --format json", 1, "Failed"),
        ("cd /; reconcile status --format json", 1, "SetupError"),
    ],
)
def test_with_format_json_an_error_is_printed_as_a_document(
    shared: Workspace, here: Here, script: str, code: int, kind: str
) -> None:
    done = fine(here(shared, script))
    document = done.json
    assert document["apiVersion"] == "reconciler.oci/error.v1"
    assert (document["error"]["kind"], document["error"]["exitCode"], done.code) == (kind, code, code)
    assert document["error"]["message"]
    assert done.err


def test_only_one_document_is_printed(workspace: Workspace, here: Here) -> None:
    workspace.write("manifests/hello.yaml", "kind: ModelDeployment\n")
    done = fine(here(workspace, "reconcile validate --format json"))
    assert done.json["apiVersion"] == "reconciler.oci/validate.v1"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (os.environ["PATH"], "git: not a git repository (or any of the parent directories): .git"),
        ("/nonexistent", "there is no git on this machine"),
    ],
    ids=["refused", "no git"],
)
def test_a_missing_revision_is_noted(shared: Workspace, path: str, reason: str) -> None:
    (shared.root / ".git").mkdir()
    try:
        done = fine(shell(shared, "reconcile plan --format json", PATH=path))
    finally:
        (shared.root / ".git").rmdir()
    assert done.json["revision"] is None
    assert (done.code, done.err) == (0, f"note: no revision is marked ({reason})\n")


def test_in_github_actions_findings_are_commands_and_other_text_is_not(shared: Workspace) -> None:
    name = "::error::x ##[error]y"
    done = fine(
        shell(shared, f"reconcile validate '{name}'; reconcile explain '{name}'", GITHUB_ACTIONS="true")
    )
    lines = done.err.splitlines()
    assert [line for line in lines if line.lstrip().startswith("::")] == [
        "::error file=%3A%3Aerror%3A%3Ax ##[error]y,title=Manifest problem::does not exist%0ACheck the path."
    ]
    assert not [line for line in lines if "##[" in line and not line.startswith("::")]
