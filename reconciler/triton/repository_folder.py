"""A model repository that is laid out already (`modelRepository:`), taken as it lies.

What Triton would pass over in silence is refused here, where somebody can still read the message.
"""

from collections.abc import Iterator
from pathlib import Path

from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.folder_walk import bad_link, bad_paths, collect, list_folder, shown
from reconciler.triton.layout import Layout, LayoutFile
from reconciler.triton.repository_model import (
    CONFIG_FILE,
    RepositoryModel,
    check_models,
    read_config,
    served_by,
    tensors_of,
)
from reconciler.triton.version_policy import looks_like_version, version_number


def layout_of_folder(folder: Path, where: Location) -> tuple[Layout | None, list[Finding]]:
    """The layout of a model repository; None when there are findings. `where` is the place that names the
    folder.
    """
    if not folder.is_dir():
        return None, [Finding(where, f"no such folder: {shown(folder)}", "check `modelRepository`")]
    try:
        files, findings = _collect_models(folder.absolute())
    except OSError as error:
        return None, [Finding(shown(folder), f"cannot be read: {error.strerror}", "check its permissions")]
    names = sorted({file.path.split("/")[0] for file in files})
    if not names and not findings:
        return None, [Finding(where, f"{shown(folder)} holds no model", "add a folder for each model")]
    found = [_model(folder.absolute(), name, files) for name in names]
    models = [model for model in found if isinstance(model, RepositoryModel)]
    findings += [finding for finding in found if isinstance(finding, Finding)]
    findings += [*check_models(models, names), *_bad_versions(folder, files), *bad_paths(files, where)]
    return (None if findings else Layout(tuple(files), served_by(models), tensors_of(models))), findings


def _collect_models(folder: Path) -> tuple[list[LayoutFile], list[Finding]]:
    files: list[LayoutFile] = []
    findings: list[Finding] = []
    for item in list_folder(folder):
        path = folder / item.name
        if not item.is_dir():
            advice = "move it into a model's folder, or out of the model repository"
            findings.append(
                Finding(shown(path), "a file beside the models, which Triton does not look at", advice)
            )
            continue
        if item.is_symlink() and (wrong := bad_link(str(path), folder, frozenset({str(folder.resolve())}))):
            findings.append(wrong)
            continue
        found, more = collect(path, item.name, folder)
        files += found
        findings += more
    return files, findings


def _model(folder: Path, name: str, files: list[LayoutFile]) -> RepositoryModel | Finding:
    own = tuple(file for file in files if file.path.startswith(f"{name}/"))
    path = folder / name / CONFIG_FILE
    if not any(file.path == f"{name}/{CONFIG_FILE}" for file in own):
        return RepositoryModel(name, shown(folder / name), own)
    config = read_config(path)
    return (
        config
        if isinstance(config, Finding)
        else RepositoryModel(name, shown(folder / name), own, config, shown(path))
    )


def _bad_versions(folder: Path, files: list[LayoutFile]) -> Iterator[Finding]:
    for name, inner in sorted(
        {(parts[0], parts[1]) for file in files if len(parts := file.path.split("/")) > 2}
    ):
        number = version_number(inner)
        if number == 0 or (number is None and looks_like_version(inner)):
            advice = "a version's folder is named by a whole number from 1, without leading zeros; rename it"
            yield Finding(
                shown(folder.absolute() / name / inner),
                f"{inner!r} is not a version that Triton serves",
                advice,
            )
