"""A model repository from the `models:` of a manifest: files and folders are put where Triton looks for them.

Configurations are taken as given, written from fields, generated, or left to Triton, in that order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.core.model.artifact import Inline, Remote
from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.urls import BadUrl, read_url
from reconciler.core.privacy.credentials import is_credential
from reconciler.triton.backends import MODEL_FILE, backend_of_files, backend_of_platform
from reconciler.triton.config_fields import BadConfig
from reconciler.triton.config_pbtxt import Config, parse_config, write_config
from reconciler.triton.files.credentials import ADVICE as CREDENTIAL_ADVICE
from reconciler.triton.files.credentials import credential_in
from reconciler.triton.files.folder_walk import bad_paths, collect, local_file, shown
from reconciler.triton.layout import (
    DeclaredModel,
    DeclaredVersion,
    Layout,
    LayoutFile,
    LocalPath,
    RemoteFile,
)
from reconciler.triton.repository_model import (
    CONFIG_FILE,
    RepositoryModel,
    check_models,
    read_config,
    served_by,
    tensors_of,
)
from reconciler.triton.version_policy import LARGEST_VERSION


def layout_of_models(models: Sequence[DeclaredModel]) -> tuple[Layout | None, list[Finding]]:
    """The layout of these models; None when there are findings, and then all of them."""
    findings = _twice(models)
    laid_out: list[RepositoryModel] = []
    for declared in models:
        model = _lay_out(declared)
        if isinstance(model, RepositoryModel):
            laid_out.append(model)
        else:
            findings += model
    files = tuple(file for model in laid_out for file in model.files)
    findings += check_models(laid_out, [declared.name for declared in models])
    if models:
        findings += bad_paths(files, models[0].where)
    return (None if findings else Layout(files, served_by(laid_out), tensors_of(laid_out))), findings


def _twice(models: Sequence[DeclaredModel]) -> list[Finding]:
    first: dict[str, Location] = {}
    findings: list[Finding] = []
    for model in models:
        if model.name in first:
            advice = "give each model a name of its own"
            findings.append(
                Finding(model.where, f"a second model {model.name!r} (first at {first[model.name]})", advice)
            )
        first.setdefault(model.name, model.where)
        numbers = [version.number for version in model.versions]
        for number in sorted({number for number in numbers if numbers.count(number) > 1}):
            what = f"version {number} of {model.name!r} is there twice"
            findings.append(Finding(model.where, what, "leave one of them out"))
    return findings


def _lay_out(declared: DeclaredModel) -> RepositoryModel | list[Finding]:
    """The model with its files, its configuration among them; only findings when nothing more can be said
    about it.
    """
    settled = _configured(declared)
    findings = list(settled) if isinstance(settled, tuple) else []
    given = _NONE if isinstance(settled, tuple) else settled
    files: list[LayoutFile] = []
    for version in declared.versions:
        found, wrong = _version_files(declared, given.config or Config(), version)
        files += found
        findings += wrong
    if findings:
        return findings
    used = given if given.file else _generated(declared, files)
    where = shown(declared.config) if isinstance(declared.config, Path) else declared.where
    own = (used.file,) if used.file else ()
    return RepositoryModel(declared.name, declared.where, (*files, *own), used.config, where)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A model's configuration: the file and what it says; None where Triton completes it."""

    file: LayoutFile | None
    config: Config | None


_NONE = _Settled(None, None)


def _configured(declared: DeclaredModel) -> _Settled | tuple[Finding, ...]:
    inside = f"{declared.name}/{CONFIG_FILE}"
    match declared.config:
        case None:
            return _NONE
        case Path() as path:
            config, file = read_config(path), local_file(path, inside)
            if isinstance(config, Finding):
                return (config,)
            if isinstance(file, Finding):
                return (file,)
            settled = _Settled(file, config)
        case fields:
            written = _written(inside, _completed(declared, fields))
            if isinstance(written, tuple):
                return tuple(
                    Finding(declared.where, f"config: {wrong.what}", wrong.advice) for wrong in written
                )
            settled = written
    return tuple(_other_backend(declared, settled.config)) or settled


def _completed(declared: DeclaredModel, fields: Mapping[str, Json]) -> dict[str, Json]:
    complete: dict[str, Json] = {"name": declared.name, **fields}
    if declared.backend and not fields.get("backend") and not fields.get("platform"):
        complete["platform" if declared.backend == "ensemble" else "backend"] = backend_of_platform(
            declared.backend
        )
    return complete


def _written(inside: str, fields: Mapping[str, Json]) -> _Settled | tuple[BadConfig, ...]:
    text = write_config(fields)
    if isinstance(text, tuple):
        return text
    if is_credential(text) or credential_in(text.encode(), 0, CONFIG_FILE):
        return (BadConfig("holds a credential", CREDENTIAL_ADVICE),)
    config = parse_config(text)
    return (config,) if isinstance(config, BadConfig) else _Settled(LayoutFile(inside, Inline(text)), config)


def _other_backend(declared: DeclaredModel, config: Config | None) -> Iterator[Finding]:
    named = config.backend or config.platform if config else ""
    if declared.backend and named and backend_of_platform(declared.backend) != backend_of_platform(named):
        what = f"{declared.name!r} has backend {declared.backend!r}, and its configuration {named!r}"
        yield Finding(declared.where, what, "give both the same, or leave `backend` out of the manifest")


def _generated(declared: DeclaredModel, files: Sequence[LayoutFile]) -> _Settled:
    """The least configuration, for a backend that Triton cannot pick by the files' names."""
    backend = backend_of_platform(declared.backend or "")
    if not backend or backend == backend_of_files(file.path.split("/")[2] for file in files):
        return _NONE
    written = _written(f"{declared.name}/{CONFIG_FILE}", {"name": declared.name, "backend": backend})
    return _NONE if isinstance(written, tuple) else written


def _version_files(
    declared: DeclaredModel, config: Config, version: DeclaredVersion
) -> tuple[list[LayoutFile], list[Finding]]:
    if not 1 <= version.number <= LARGEST_VERSION:
        advice = "versions are whole numbers from 1"
        return [], [
            Finding(version.where, f"{version.number} cannot be a version of {declared.name!r}", advice)
        ]
    inside = f"{declared.name}/{version.number}"
    match version.content:
        case RemoteFile(url, sha256):
            try:
                own = PurePosixPath(read_url(url).path).name or "model"
            except BadUrl as bad:
                return [], [Finding(version.where, f"the URL {bad.what}", bad.advice)]
            name = _file_name(declared, config, own)
            return [LayoutFile(f"{inside}/{name}", Remote(url), sha256.lower())], []
        case LocalPath(path) if path.is_dir():
            return collect(path, inside, path)
        case LocalPath(path) if path.is_file():
            found = local_file(path, f"{inside}/{_file_name(declared, config, path.name)}")
            return ([], [found]) if isinstance(found, Finding) else ([found], [])
        case LocalPath(path):
            advice = "check the path; it counts from the manifest's repository"
            return [], [Finding(version.where, f"no such file or folder: {shown(path)}", advice)]


def _file_name(declared: DeclaredModel, config: Config, own: str) -> str:
    """Where Triton looks for a model that is one file."""
    backend = declared.backend or config.backend or config.platform
    return config.model_file or MODEL_FILE.get(backend_of_platform(backend), own)
