"""Which Python `make` takes. Interpreters, uv and apt-get are stand-ins here: small scripts which say what
the real ones would, and write down how they were called. The scripts under test are copies that look below a
folder of the test where the real ones look below /usr.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.workspace import CHECKOUT

TOOLS = (
    "bash",
    "cat",
    "cp",
    "dirname",
    "env",
    "grep",
    "head",
    "id",
    "ls",
    "mkdir",
    "readlink",
    "tail",
    "touch",
)
PYTHON = """\
#!/bin/bash
echo "${{0##*/}} $*" >> {log}
case $1 in
    -c) echo "{said}" ;;
    --version) echo "Python {said}" ;;
    -m) if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi ;;
esac
exit {code}
"""
FETCHED = (
    'made=$UV_PYTHON_INSTALL_DIR/cpython-3.12.9-linux/bin; mkdir -p "$made"; cp {python} "$made/python3.12"'
)
LOST = """\
cat >&2 <<'END'
error: Failed to install cpython-3.12.9
  cause: Failed to download `https://example.com/cpython-3.12.9.tar.gz`
  cause: failed to lookup address information
END
exit 1"""


@dataclass(frozen=True)
class Machine:
    """A tree with the scripts, and a machine around it on which nothing is installed."""

    root: Path

    @property
    def tree(self) -> Path:
        return self.root / "tree"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def told(self) -> list[str]:
        """How the stand-ins were called."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def put(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # a link to this machine's own program, which is not to be written to
        file.write_text(text)
        file.chmod(0o755)
        return file

    def python(self, path: str, said: str, code: int = 0) -> Path:
        """An interpreter of a version, which may be followed by what it lacks."""
        return self.put(path, PYTHON.format(said=said, log=self.log, code=code))

    def program(self, name: str, does: str = "") -> Path:
        return self.put(f"bin/{name}", f'#!/bin/bash\necho "{name} $*" >> {self.log}\n{does}\n')

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", *command],
            cwd=self.tree,
            env={"PATH": str(self.root / "bin"), "HOME": str(self.root / "home")},
            capture_output=True,
            text=True,
            check=False,
        )

    def setup(self, python: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("scripts/setup", python)

    def chosen(self) -> str:
        """The name of the interpreter that .venv was made with."""
        done = self.setup()
        assert done.returncode == 0, done.stderr
        return next(line for line in self.told if "-m venv .venv" in line).split()[0]

    def refused(self, python: str = "") -> str:
        """What is said; and no environment was made."""
        done = self.setup(python)
        assert done.returncode == 1
        assert not (self.tree / ".venv").exists()
        return done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    for script in (CHECKOUT / "scripts").iterdir():
        made.put(f"tree/scripts/{script.name}", script.read_text().replace("/usr/", f"{tmp_path}/usr/"))
    made.put("tree/pyproject.toml", "")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        there = shutil.which(tool)
        assert there
        (tmp_path / "bin" / tool).symlink_to(there)
    made.program("curl")
    return made


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"bin/python3": "3.12.7"}, "python3"),
        ({"bin/python3": "3.11.2", "bin/python3.12": "3.12.7"}, "python3"),
        ({"bin/python3": "3.13.5", "bin/python3.11": "3.11.2"}, "python3.11"),
        ({"bin/python3": "3.13.5", "bin/python3.11": "3.11.2", "bin/python3.12": "3.12.7"}, "python3.12"),
        ({"bin/python3": "3.9.2", "usr/local/bin/python3.11": "3.11.2"}, "python3.11"),
        ({"home/.pyenv/versions/3.11.9/bin/python3.11": "3.11.9"}, "python3.11"),
        ({"home/.local/share/uv/python/cpython-3.12.9-linux/bin/python3.12": "3.12.9"}, "python3.12"),
        ({"tree/.python/versions/cpython-3.12.9-linux/bin/python3.12": "3.12.9"}, "python3.12"),
        ({"bin/python3": "pypy-3.11.13", "bin/python3.12": "3.12.7"}, "python3.12"),
        # A Python that was built without its shared library: nothing can be installed beside it.
        ({"bin/python3": "3.12.7 libpython3.12", "bin/python3.11": "3.11.2"}, "python3.11"),
    ],
    ids=str,
)
def test_one_that_is_there_is_taken(machine: Machine, there: dict[str, str], chosen: str) -> None:
    for path, said in there.items():
        machine.python(path, said)
    assert machine.chosen() == chosen


def test_one_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.put("bin/python3", "#!/bin/bash\necho 'no version is set' >&2; exit 127\n")
    machine.python("bin/python3.11", "3.11.2")
    assert machine.chosen() == "python3.11"


def test_what_debians_own_lacks_is_installed(machine: Machine) -> None:
    machine.program("apt-get")
    machine.program("sudo", 'exec "$@"')
    machine.python("usr/bin/python3.11", "3.11.2 python3.11-venv libpython3.11")
    (machine.root / "bin/curl").unlink()
    assert machine.chosen() == "python3.11"
    packages = "python3.11-venv libpython3.11 curl"
    assert f"apt-get install -qq -y --no-install-recommends {packages}" in machine.told


def test_who_may_not_install_is_told_all_packages_at_once(machine: Machine) -> None:
    machine.program("apt-get")
    machine.program("id", "echo 1000")
    machine.python("usr/bin/python3.11", "3.11.2 python3.11-venv libpython3.11")
    (machine.root / "bin/curl").unlink()
    assert machine.refused() == "error: run as root: apt-get install python3.11-venv libpython3.11 curl\n"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("python3.13", "this is Python 3.13.5, and the local Triton server needs 3.12 or 3.11"),
        ("python3.10", "there is no such program"),
        ("broken", "it does not run as Python 3"),
        ("static", "this Python 3.12.7 was built without libpython3.12"),
    ],
)
def test_one_that_is_named_and_does_not_fit_is_an_error(machine: Machine, named: str, said: str) -> None:
    machine.python("bin/python3", "3.12.7")
    machine.python("bin/python3.13", "3.13.5")
    machine.python("bin/static", "3.12.7 libpython3.12")
    machine.program("broken", "exit 1")
    advice = "name another, or leave PYTHON out, and one is looked for"
    assert machine.refused(named) == f"error: PYTHON={named}: {said}; {advice}\n"


def test_one_that_is_named_is_taken_and_no_other(machine: Machine) -> None:
    machine.python("bin/python3", "3.12.7")
    machine.python("bin/mine", "3.11.2")
    assert machine.setup("mine").returncode == 0
    assert "mine -m venv .venv" in machine.told
    assert not any(line.startswith("python3 ") for line in machine.told)


def test_an_environment_of_another_version_is_not_taken_for_it(machine: Machine) -> None:
    machine.python("bin/python3", "3.12.7")
    machine.python("bin/mine", "3.11.2")
    assert machine.setup().returncode == 0
    done = machine.setup("mine")
    assert done.returncode == 1
    assert "PYTHON=mine: .venv is there already, with Python 3.12.7; make clean removes it" in done.stderr


def test_where_none_is_uv_brings_one_into_the_tree(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    fetched = machine.python("elsewhere/python3.12", "3.12.9")
    machine.program("uv", f"env | grep ^UV_ >> {machine.log}\n" + FETCHED.format(python=fetched))
    assert machine.chosen() == "python3.12"
    assert "uv python install 3.12" in machine.told
    places = [line for line in machine.told if line.startswith(("UV_PYTHON_INSTALL_DIR=", "UV_CACHE_DIR="))]
    assert all(f"={machine.tree}/.python/" in place for place in places)
    assert len(places) == 2
    assert "UV_PYTHON_INSTALL_BIN=0" in machine.told  # nothing in ~/.local/bin


def test_uv_itself_comes_from_pypi_into_the_tree(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    assert "uv: " in machine.refused()  # the stand-in's pip brings none
    assert f"python3 -m venv {machine.tree}/.python/uv" in machine.told
    assert "python -m pip install --quiet --disable-pip-version-check uv>=0.9" in machine.told
    assert (machine.tree / ".python/uv/bin/python").exists()


def test_what_it_takes_to_get_uv_is_installed_too(machine: Machine) -> None:
    machine.python("usr/bin/python3", "3.13.5 python3.13-venv libpython3.13")
    (machine.root / "bin/python3").symlink_to(machine.root / "usr/bin/python3")
    machine.program("apt-get")
    machine.program("sudo", 'exec "$@"')
    machine.refused()
    assert "apt-get install -qq -y --no-install-recommends python3.13-venv" in machine.told


MESSAGE = """\
no Python 3.12 or 3.11 is here: fetching one with uv, into {tree}/.python
error: the local Triton server needs Python 3.12 or 3.11, and none is to be had here.
    {bin}/python3 is Python 3.13.5
    {bin}/python3.12 is Python 3.12.7, without libpython3.12
    uv: {trouble}
    Do one of these, and run make again:
      install Python 3.12 or 3.11 from your system's packages, where it has one
      uv python install 3.12    (it needs GitHub, or a mirror that UV_PYTHON_INSTALL_MIRROR names)
      PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.12
    One in an unusual place is named so: make ... PYTHON=/path/to/python3.12
    Without the local Triton, on Python 3.11 to 3.14: pip install oci-triton-reconciler
"""


def test_where_none_is_to_be_had_one_message_says_what_to_do(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    machine.python("bin/python3.12", "3.12.7 libpython3.12")
    machine.program("uv", LOST)
    trouble = "Failed to install cpython-3.12.9: failed to lookup address information"
    wanted = MESSAGE.format(tree=machine.tree, bin=machine.root / "bin", trouble=trouble)
    assert machine.refused() == wanted


def test_so_it_does_where_debian_packages_are_missing_for_uv(machine: Machine) -> None:
    machine.python("usr/bin/python3", "3.13.5 python3.13-venv libpython3.13")
    (machine.root / "bin/python3").symlink_to(machine.root / "usr/bin/python3")
    machine.program("apt-get")
    machine.program("id", "echo 1000")
    said = machine.refused()
    assert said.count("error: ") == 1
    needed = "it takes Debian's python3.13-venv to install it (as root: apt-get install python3.13-venv)"
    assert f"    uv: not here; {needed}\n" in said


def test_without_any_python_debians_is_installed(machine: Machine) -> None:
    there = machine.python("elsewhere/python3.11", "3.11.2")
    machine.program("sudo", 'exec "$@"')
    machine.program(
        "apt-get", f"if [[ $* == *python3 ]]; then mkdir -p {machine.root}/usr/bin && "
        f"cp {there} {machine.root}/usr/bin/; fi"
    )  # fmt: skip
    assert machine.chosen() == "python3.11"
    assert "apt-get install -qq -y --no-install-recommends python3" in machine.told


def test_strangers_takes_the_same(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    machine.python("bin/python3.11", "3.11.2")
    assert machine.run("scripts/strangers", "").returncode == 0
    assert "python3.11 -m venv .venv-strangers" in machine.told
    named = machine.run("scripts/strangers", "python3")
    assert named.returncode == 1
    assert "PYTHON=python3: this is Python 3.13.5" in named.stderr


@pytest.mark.parametrize("verb", ["setup", "strangers"])
def test_make_hands_on_the_python_that_is_named(verb: str) -> None:
    command = ["make", "--always-make", "--dry-run", verb]
    for named in ("", "python3.12"):
        told = subprocess.run(
            [*command, f"PYTHON={named}"], cwd=CHECKOUT, capture_output=True, text=True, check=True
        )
        assert f'scripts/{verb} "{named}"' in told.stdout


def test_the_tests_run_on_each_python_that_is_here_and_who_is_missing_is_told(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    machine.python("bin/python3.11", "3.11.2 libpython3.11")
    machine.python("bin/python3.14", "3.14.0 python3.14-venv")
    done = machine.run("scripts/pythons")
    assert done.returncode == 0, done.stderr
    summary = done.stderr.partition("The tests that need no server, by Python:\n")[2]
    assert summary.splitlines() == [
        f"    3.11: passed ({machine.root}/bin/python3.11)",
        "    3.12: NOT RUN (not on this machine)",
        f"    3.13: passed ({machine.root}/bin/python3)",
        f"    3.14: NOT RUN ({machine.root}/bin/python3.14 lacks python3.14-venv)",
    ]


def test_those_that_are_named_are_the_ones(machine: Machine) -> None:
    machine.python("bin/python3", "3.13.5")
    machine.python("bin/failing", "3.14.0", code=1)
    machine.python("bin/old", "3.10.1")
    (machine.tree / ".venv-pythons/3.14/bin").mkdir(parents=True)
    shutil.copy(machine.root / "bin/failing", machine.tree / ".venv-pythons/3.14/bin/python")
    done = machine.run("scripts/pythons", "failing", "python3")
    assert done.returncode == 1
    assert "    3.14: FAILED (failing)\n    3.13: passed (python3)\n" in done.stderr
    assert "error: old is 3.10.1" in machine.run("scripts/pythons", "old").stderr
