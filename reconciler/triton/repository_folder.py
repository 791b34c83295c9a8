"""A model repository that is laid out already (`modelRepository:` of a manifest), taken as it is.

What Triton would skip without a word is refused here, where somebody can still read the message.
"""

from pathlib import Path

from reconciler.core.model.findings import Finding, Location, has_errors
from reconciler.triton.config.fields import NOWHERE
from reconciler.triton.config.values import Config
from reconciler.triton.config_file import CONFIG_FILE, read_config_to_publish
from reconciler.triton.files.folder_walk import bad_link, collect, list_folder
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.portable_names import bad_paths
from reconciler.triton.laid_out_model import layout_of
from reconciler.triton.model_reading import config_paths
from reconciler.triton.repository_layout import Layout, LayoutFile
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.checking import check_models


def layout_of_folder(
    folder: Path, where: Location, look_inside: bool = True
) -> tuple[Layout | None, list[Finding]]:
    """The layout of a model repository, and everything that is to be said of it; None when something is
    wrong. `where` is the place that names the folder. Without `look_inside`, no model file is looked into.
    """
    if not folder.is_dir():
        return None, [Finding(where, f"no such folder: {folder}", "Check `modelRepository`.")]
    folder = folder.absolute()
    try:
        files, findings, incomplete = _collect_models(folder)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return None, [Finding(Location(str(folder)), what, "Check its permissions.")]
    names = sorted({file.path.split("/")[0] for file in files})
    if not names and not findings:
        return None, [Finding(where, f"{folder} holds no model", "Add a folder for each model.")]
    models: list[RepositoryModel] = []
    for name in names:
        of_model = tuple(file for file in files if file.path.startswith(f"{name}/"))
        model = _model(folder, name, of_model, look_inside)
        if isinstance(model, Finding):
            findings.append(model)
        elif name not in incomplete:
            models.append(model)
    findings += [*check_models(models, names), *bad_paths(files, where)]
    return (None if has_errors(findings) else layout_of(files, models)), findings


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
        if not item.is_dir():
            what = "a file beside the models, which Triton does not look at"
            advice = "Move it into a model's folder, or out of the model repository."
            findings.append(Finding(Location(str(path)), what, advice))
        elif item.is_symlink() and (wrong := bad_link(str(path), folder, around)):
            findings.append(wrong)
        else:
            of_model, wrongs = collect(path, item.name, folder)
            files += of_model
            findings += wrongs
            if wrongs:
                incomplete.add(item.name)
    return files, findings, incomplete


def _model(
    folder: Path, name: str, files: tuple[LayoutFile, ...], look_inside: bool
) -> RepositoryModel | Finding:
    sources = {file.path: file.source for file in files}
    configs: dict[str, Config] = {}
    for path in config_paths([file.path.removeprefix(f"{name}/") for file in files]):
        inside = f"{name}/{path}"
        config = read_config_to_publish(LocalFiles(sources), inside, Location(str(folder / inside)))
        if isinstance(config, Finding):
            return config
        configs[path] = config
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
