"""A model repository that is laid out already (`modelRepository:` of a manifest), taken as it is.

Every folder in it is a model, as for Triton. Files beside the models are left out, with a note.
"""

from collections.abc import Sequence
from pathlib import Path

from reconciler.core.model.findings import Finding, Location, Severity, has_errors
from reconciler.triton.config_file import CONFIG_FILE, read_configs_to_publish
from reconciler.triton.files.folder_walk import bad_link, collect, list_folder
from reconciler.triton.files.portable_names import bad_paths
from reconciler.triton.laid_out_model import layout_of
from reconciler.triton.repository_layout import Layout, LayoutFile
from reconciler.triton.repository_model import NOWHERE, RepositoryModel
from reconciler.triton.rules.checking import check_models
from reconciler.triton.version_policy import version_number

ONE_ABOVE = "Its folders are versions: name the folder above it, in which a model has a folder of its own."


def layout_of_folder(
    folder: Path, where: Location, look_inside: bool = True
) -> tuple[Layout | None, list[Finding]]:
    """The layout of a model repository, and everything that is to be said of it; None when something is
    wrong. `where` is the place that names the folder. Without `look_inside`, no model file is looked into.
    """
    if not folder.is_dir():
        return None, [Finding(where, "no such folder", "Check `modelRepository`.")]
    folder = folder.absolute()
    try:
        files, findings, incomplete = _collect_models(folder)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return None, [Finding(Location(str(folder)), what, "Check its permissions.")]
    by_name: dict[str, list[LayoutFile]] = {}
    for file in files:
        by_name.setdefault(file.path.split("/")[0], []).append(file)
    if not by_name and not has_errors(findings):
        return None, [
            *findings,
            Finding(where, "the model repository holds no model", "Add a folder for each model."),
        ]
    if _one_model(files):
        return None, [Finding(where, "this is the folder of one model, and not of all", ONE_ABOVE)]
    models: list[RepositoryModel] = []
    for name in sorted(by_name):
        model = _model(folder, name, tuple(by_name[name]), look_inside)
        if isinstance(model, list):
            findings += model
        elif name not in incomplete:
            models.append(model)
    findings += [*check_models(models, sorted(by_name)), *bad_paths(files, where)]
    return (None if has_errors(findings) else layout_of(files, models)), findings


def _one_model(files: Sequence[LayoutFile]) -> bool:
    """Whether these look like the versions of one model, and not like models."""
    parts = [file.path.split("/") for file in files]
    of_models = any(len(part) > 2 and version_number(part[1]) is not None for part in parts)
    return bool(parts) and not of_models and all(version_number(part[0]) for part in parts)


def _collect_models(folder: Path) -> tuple[list[LayoutFile], list[Finding], set[str]]:
    """All files, what is wrong, and the models of which a file cannot be taken: they would be blamed for its
    absence.
    """
    files: list[LayoutFile] = []
    findings: list[Finding] = []
    incomplete: set[str] = set()
    around = frozenset({str(folder.resolve())})
    for item in list_folder(folder):
        path = folder / item.name
        if not item.is_dir() and not item.is_symlink():
            findings += _beside(path)
        elif item.is_symlink() and (wrong := bad_link(str(path), folder, around)):
            findings.append(wrong)
        else:
            of_model, wrongs = collect(path, item.name, folder)
            files += of_model
            findings += wrongs
            if wrongs:
                incomplete.add(item.name)
    return files, findings, incomplete


def _beside(path: Path) -> list[Finding]:
    """The note on a file beside the models, which is not packed."""
    if path.name.startswith("."):
        return []
    what = "a file beside the models, which Triton does not look at: it is left out"
    advice = "Move it into a model's folder if a model needs it."
    return [Finding(Location(str(path)), what, advice, Severity.WARNING)]


def _model(
    folder: Path, name: str, files: tuple[LayoutFile, ...], look_inside: bool
) -> RepositoryModel | list[Finding]:
    """The model with its configurations, or everything that is wrong with these."""
    configs, findings = read_configs_to_publish(name, files)
    if findings:
        return findings
    own = configs.pop(CONFIG_FILE, None)
    where, config_where = Location(str(folder / name)), Location(str(folder / name / CONFIG_FILE))
    return RepositoryModel(
        name,
        where,
        files,
        own,
        config_where if own else NOWHERE,
        configs,
        has_config_file=own is not None,
        folder=str(folder / name),
        look_inside=look_inside,
    )
