"""Breaks the product on purpose, one mistake at a time, and looks whether the tests notice.

    python tests/breakages/run.py [NAME…] [-j N] [--list]

A breakage is an entry of a .toml file of this folder: its `name`; the `file` that it is in; `find`, a text
that occurs in it exactly once; `replace`, what stands there instead; `breaks`, which law or rule that breaks
and what a user would see; and `tests`, where no test of the usual ones can notice. It must be a change of
behaviour that an engineer could make by mistake: no other way to write the same, and nothing that does not
even load.

Each is made in a copy of the working tree (the files that git knows, as they are now), and the tests that
need no servers run there until the first one fails. The copy that nothing was broken in goes first, and
passes. Ends with 1 when a breakage survives: then a test is missing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = ("tests/core", "tests/engine", "tests/report")
"""What is fast, and needs no server: all of it takes about a minute."""

PYTEST = (
    *("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
    *("--hypothesis-profile=first", "--hypothesis-seed=0"),
)
"""The first example that fails is enough, and it is the same one every time."""

LIMIT_SECONDS = 15 * 60
"""For one run of the tests; a machine may be busy."""

PASSED, FAILED = 0, 1
"""What pytest ends with: of whatever else, the tests have not been able to tell."""

NOTICED = re.compile(r"^(?:FAILED|ERROR) (?P<test>.+?)(?: - (?P<why>.*))?$", re.MULTILINE)
LONGEST_WHY = 90


class Wrong(Exception):
    """An entry, or the copy, is not what it should be."""


@dataclass(frozen=True, slots=True)
class Breakage:
    """One mistake; its fields are those of an entry."""

    name: str
    file: str
    find: str
    replace: str
    breaks: str
    tests: tuple[str, ...] = ()


NOTHING = Breakage("nothing broken", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the tests of one copy ended: by the code of pytest, or None when they did not in time."""

    breakage: Breakage
    code: int | None
    output: str
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether a test has failed; one that could not even be loaded says nothing."""
        return self.code == FAILED

    @property
    def line(self) -> str:
        """For people."""
        head = f"{self._word:<9}{self.seconds:6.1f} s  {self.breakage.name}"
        return f"{head}: {told}" if (told := self._told()) else head

    @property
    def _word(self) -> str:
        if self.code == PASSED:
            return "passed" if self.breakage is NOTHING else "SURVIVED"
        return "caught" if self.caught and self.breakage is not NOTHING else "WRONG"

    def _told(self) -> str:
        if self.code is None:
            return f"the tests had not ended by then\n{self.output}"
        if self.code == PASSED:
            return self.breakage.breaks
        found = NOTICED.search(self.output)
        if not self.caught or found is None or self.breakage is NOTHING:
            return f"pytest ended with {self.code}\n{self.output}"
        return f"{found['test']} - {(found['why'] or '')[:LONGEST_WHY]}".rstrip(" -")


def main() -> int:
    """The command line."""
    options = arguments()
    try:
        asked = chosen(options.names)
        if options.list:
            for breakage in asked:
                print(f"{breakage.name} ({breakage.file})\n    {breakage.breaks}")
            return 0
        return run(asked, options.jobs)
    except Wrong as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 1


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Deliberate mistakes, one at a time: do the tests notice?")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("-j", dest="jobs", type=int, default=1, metavar="N", help="so many at once")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    return parser.parse_args()


def chosen(names: Sequence[str]) -> list[Breakage]:
    """The breakages of these names, or all."""
    there = {breakage.name: breakage for path in sorted(HERE.glob("*.toml")) for breakage in read(path)}
    if unknown := [name for name in names if name not in there]:
        raise Wrong(f"no breakage is called {', '.join(unknown)}; --list says which there are")
    return [there[name] for name in names] if names else list(there.values())


def read(path: Path) -> Iterator[Breakage]:
    """The entries of one file."""
    for entry in tomllib.loads(path.read_text())["breakage"]:
        tests = tuple(entry.pop("tests", ()))
        yield Breakage(**{key: value.strip("\n") for key, value in entry.items()}, tests=tests)


def run(asked: Sequence[Breakage], jobs: int) -> int:
    """All of them, each told when it has ended; 1 when one survives."""
    began = time.monotonic()
    for breakage in asked:
        broken(breakage, ROOT)
    extra = [test for breakage in asked for test in breakage.tests]
    whole = tested(NOTHING, (*TESTS, *extra))
    print(whole.line, flush=True)
    if whole.code != PASSED:
        return 1
    with ThreadPoolExecutor(jobs) as pool:
        going = [pool.submit(tested, breakage, tests_of(breakage)) for breakage in asked]
        outcomes = [told(ended.result()) for ended in as_completed(going)]
    caught = sum(outcome.caught for outcome in outcomes)
    print(f"{caught} of {len(asked)} caught, in {time.monotonic() - began:.0f} s")
    return 0 if caught == len(asked) else 1


def told(outcome: Outcome) -> Outcome:
    """Say how one has ended, as soon as it has."""
    print(outcome.line, flush=True)
    return outcome


def tests_of(breakage: Breakage) -> tuple[str, ...]:
    """Those first that are the likeliest to notice: its own, and those of its folder."""
    parts = Path(breakage.file).parts
    return (*breakage.tests, *sorted(TESTS, key=lambda test: Path(test).name not in parts))


def tested(breakage: Breakage, tests: Sequence[str]) -> Outcome:
    """Run these tests in a copy with this breakage."""
    began = time.monotonic()
    with copy() as root:
        if breakage is not NOTHING:
            (root / breakage.file).write_text(broken(breakage, root))
        is_imported(root)
        code, output = pytest(root, tests)
    return Outcome(breakage, code, output, time.monotonic() - began)


@contextmanager
def copy() -> Iterator[Path]:
    """A folder with the files that git knows, as they are in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    with TemporaryDirectory(prefix="breakage-") as folder:
        root = Path(folder).resolve() / "copy"
        for name in filter(None, listed.stdout.split("\0")):
            if os.path.lexists(ROOT / name):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name, follow_symlinks=False)
        yield root


def broken(breakage: Breakage, root: Path) -> str:
    """The content of its file with this mistake."""
    path = root / breakage.file
    if not path.is_file():
        raise Wrong(f"{breakage.name}: there is no file {breakage.file}")
    text = path.read_text()
    if (times := text.count(breakage.find)) != 1:
        raise Wrong(f"{breakage.name}: its `find` occurs {times} times in {breakage.file}, not once")
    return text.replace(breakage.find, breakage.replace)


def is_imported(root: Path) -> None:
    """The copy is what the tests import, and not what this environment has installed."""
    command = [sys.executable, "-c", "import reconciler; print(reconciler.__file__)"]
    ended = subprocess.run(command, cwd=root.parent, env=environment(root), capture_output=True, text=True)
    found = Path(ended.stdout.strip())
    if ended.returncode or not found.is_relative_to(root):
        raise Wrong(f"the copy in {root} is not what is imported: {found}\n{ended.stderr}")


def pytest(root: Path, tests: Sequence[str]) -> tuple[int | None, str]:
    """Its code, None when it did not end in time, and what it has printed."""
    command = [sys.executable, *PYTEST, *dict.fromkeys(tests)]
    try:
        ended = subprocess.run(
            command, cwd=root, env=environment(root), capture_output=True, text=True, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired as late:
        return None, late.output.decode(errors="replace") if isinstance(late.output, bytes) else ""
    return ended.returncode, ended.stdout + ended.stderr


def environment(root: Path) -> dict[str, str]:
    """The copy comes first; lines are long enough to tell which test has failed, and why."""
    more = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "400"}
    return {**os.environ, **more}


if __name__ == "__main__":
    sys.exit(main())
