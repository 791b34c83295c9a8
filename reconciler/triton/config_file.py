"""A model's config.pbtxt as a file, and its other configurations: read through the port, with bounds, then
parsed by `pbtxt`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.core.privacy.credential_patterns import credentials_in
from reconciler.triton.config.pbtxt import parse_config
from reconciler.triton.config.values import Config
from reconciler.triton.files.credentials_in_files import CREDENTIAL_ADVICE
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.repository_layout import LayoutFile
from reconciler.triton.server.served import VARIANTS

CONFIG_FILE = "config.pbtxt"
LARGEST_CONFIG = 1 << 20
"""Bytes of a config.pbtxt that are still read; real ones have a few thousand."""


def config_paths(paths: Collection[str]) -> list[str]:
    """The configurations among the paths of a model's folder."""
    variants = (path for path in paths if path.startswith(VARIANTS) and path.endswith(".pbtxt"))
    return sorted({*variants, CONFIG_FILE}.intersection(paths))


def read_config(files: RepositoryFiles, path: str, where: Location) -> Config | tuple[Finding, ...]:
    """What a config.pbtxt says, or everything that is wrong with it; `where` is the file, as messages name
    it. Raises Failed as the port does.
    """
    text = _text(files, path, where)
    return text if isinstance(text, tuple) else _parsed(text, where)


def read_config_to_publish(
    files: RepositoryFiles, path: str, where: Location
) -> Config | tuple[Finding, ...]:
    """The same, of a file that would be packed: it must not hold a credential."""
    text = _text(files, path, where)
    if isinstance(text, tuple):
        return text
    return tuple(credentials_in(text, where.path, CREDENTIAL_ADVICE))[:1] or _parsed(text, where)


def read_configs_to_publish(
    name: str, files: Sequence[LayoutFile]
) -> tuple[dict[str, Config], list[Finding]]:
    """The same, of all configurations among the files of the model `name`, by their paths in its folder."""
    sources = {file.path: file.source for file in files}
    configs: dict[str, Config] = {}
    findings: list[Finding] = []
    for path in config_paths([file.path.removeprefix(f"{name}/") for file in files]):
        inside = f"{name}/{path}"
        source = sources[inside]
        where = Location(source.path if isinstance(source, LocalFile) else inside)
        config = read_config_to_publish(LocalFiles(sources), inside, where)
        if isinstance(config, tuple):
            findings += config
        else:
            configs[path] = config
    return configs, findings


def _text(files: RepositoryFiles, path: str, where: Location) -> str | tuple[Finding, ...]:
    """The file as text; a byte that is no UTF-8 is half a character, which the server takes in strings and in
    comments.
    """
    try:
        data = files.read(path, 0, LARGEST_CONFIG + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return (Finding(where, what, "Check the path and its permissions."),)
    if len(data) > LARGEST_CONFIG:
        return (Finding(where, f"larger than {LARGEST_CONFIG} bytes", "A config.pbtxt holds no data."),)
    return data.decode(errors="surrogateescape")


def _parsed(text: str, where: Location) -> Config | tuple[Finding, ...]:
    parsed = parse_config(text)
    if isinstance(parsed, Config):
        return parsed
    if not _is_utf8(text):
        return (Finding(where, "not UTF-8", "Save it as UTF-8."),)
    return tuple(replace(finding, where=replace(finding.where, path=where.path)) for finding in parsed)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
