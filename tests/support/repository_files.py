"""Model repositories for what reads them through the port of `triton`."""

from collections.abc import Iterable, Mapping

from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip
from reconciler.core.model.artifact import Inline
from reconciler.triton.config_file import CONFIG_FILE, LARGEST_CONFIG
from reconciler.triton.files.local_files import LocalFiles


def files_of(paths: Iterable[str], texts: Mapping[str, str] | None = None) -> LocalFiles:
    """Files at these paths: those in `texts` have that content, the others have none."""
    return LocalFiles({path: Inline((texts or {}).get(path, "")) for path in (*paths, *(texts or {}))})


def read_zip(file: RangedFile) -> tuple[tuple[str, ...], dict[str, str]]:
    """The members of a remote zip, and the texts of its configurations by their paths."""
    content = RemoteZip(file)
    paths = content.paths()
    configs = [path for path in paths if path.rpartition("/")[2] == CONFIG_FILE]
    return paths, {path: content.read(path, 0, LARGEST_CONFIG).decode(errors="replace") for path in configs}
