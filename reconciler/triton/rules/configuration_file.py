"""Rules on the file config.pbtxt itself: under which name and where Triton reads it, what is left in it."""

from collections.abc import Iterator
from itertools import islice

from reconciler.core.model.findings import Severity
from reconciler.triton.config.leftovers import FILL_IN, MOST_LEFT, PLACEHOLDER, not_filled_in
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.version_policy import version_number

_LIKE_IT = frozenset(
    {"config.pbtx", "config.pbtext", "config.pb", "config.prototxt", "config.txt", "config.pbtxt.txt"}
)


def _other_name(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Without one, Triton completes a configuration, and it is not the one that was written."""
    if model.config is not None:
        return
    for path in sorted(model.paths):
        if "/" not in path and (path.lower() in _LIKE_IT or path.lower() == CONFIG_FILE):
            what = f"{path!r} is not read: a model's configuration is named {CONFIG_FILE}"
            yield Fault(what, f"Rename it to {CONFIG_FILE}.", path=path)


def _in_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path in sorted(model.paths):
        folder, _slash, name = path.partition("/")
        if name == CONFIG_FILE and version_number(folder) is not None:
            what = f"{quoted(path)} is not read: all versions share one {CONFIG_FILE}"
            advice = f"Move it to {model.name}/{CONFIG_FILE}, or remove it."
            severity = Severity.ERROR if model.config is None else Severity.WARNING
            yield Fault(what, advice, path=path, severity=severity)


def _folder(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if CONFIG_FILE in model.folders:
        yield Fault(f"{CONFIG_FILE} is a folder", "Rename it.", path=CONFIG_FILE)


def _placeholder(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    text = model.settings.text
    found = list(islice(PLACEHOLDER.finditer(text), MOST_LEFT)) if model.has_config_file else []
    in_strings = [match for match in found if not _in_comment(text, match.start())]
    if in_strings:
        yield Fault(not_filled_in(text, in_strings), FILL_IN, (), severity=Severity.WARNING)


def _in_comment(text: str, at: int) -> bool:
    return "#" in text[text.rfind("\n", 0, at) + 1 : at]


_SOURCE = "core, model_repository_manager.cc, GetModelConfigFullPath"

RULES = (
    Rule("configuration-of-another-name", _SOURCE, _other_name),
    Rule("configuration-in-a-version", _SOURCE, _in_version),
    Rule("placeholder", 'tensorrtllm_backend docs, "Modify the Model Configuration"', _placeholder),
    Rule("configuration-is-a-folder", "core, model_repository_manager.cc, InitializeModelInfo", _folder),
)
