"""The wheel of this checkout, and environments in which it is installed."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_without_extras(wheel: Path, folder: Path) -> Path:
    """An environment with the wheel and with what it requires, but for its extras; gives its `reconcile`.

    The requirements are links to the packages of the running environment, which must have them.
    """
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", f"--python={folder / 'bin/python'}", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for package in _required(_requirements_in(wheel)):
        for entry in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (site / entry).exists():
                (site / entry).symlink_to(Path(str(package.locate_file(entry))))
    return folder / "bin/reconcile"


def _requirements_in(wheel: Path) -> list[str]:
    with ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(packed.read(name)).get_all("Requires-Dist", [])


def _required(texts: list[str]) -> Iterator[Distribution]:
    """The packages that these requirements ask for, and those that they in turn require."""
    todo, seen = [(text, "") for text in texts], set()
    while todo:
        text, extra = todo.pop()
        requirement = Requirement(text)
        if (text, extra) in seen or not _applies(requirement, extra):
            continue
        seen.add((text, extra))
        package = distribution(requirement.name)
        assert requirement.specifier.contains(package.version, prereleases=True), text
        yield package
        todo += [(more, wanted) for more in package.requires or () for wanted in ("", *requirement.extras)]


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
