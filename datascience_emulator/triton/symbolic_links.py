"""A folder of symbolic links for one server, so that Triton sees only paths without special characters.

Triton's Python backend starts its stubs by `bash -c` with unquoted paths (python_backend, stub_launcher.cc).
With a space or a `$` in one of them no stub starts, and Triton waits for ever. The watchdog removes the
folder. Nothing here may look into what is linked.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

HARMLESS = re.compile(r"[A-Za-z0-9_./+-]+")
FALLBACK = "/tmp"  # noqa: S108 (for a TMPDIR that a shell would take apart)


@dataclass(frozen=True, slots=True)
class Links:
    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def backends(self) -> Path:
        return self.folder / "backends"

    def point(self, model_dir: Path) -> None:
        """Let the same path lead to another artifact, in one step."""
        fresh = self.folder / "next"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(model_dir)
        fresh.replace(self.model)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def make_links(name: str, model_dir: Path, backends: Path) -> Links:
    """The links of the server `name`, in the temporary folder, for this user alone."""
    parent = tempfile.gettempdir()
    links = Links(Path(parent if HARMLESS.fullmatch(parent) else FALLBACK) / name)
    links.folder.mkdir(mode=0o700)
    links.model.symlink_to(model_dir)
    links.backends.symlink_to(backends)
    return links
