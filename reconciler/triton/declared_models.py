"""A model repository that is made from declared models (`models:` of a manifest): files and folders are put
where Triton looks for them.

The configuration of a model is the first of these that there is: a file that is named, fields that are
declared, one that is generated; otherwise Triton completes it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reconciler.core.model.artifact import Inline, LocalFile
from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location, has_errors
from reconciler.core.privacy.credential_patterns import is_credential
from reconciler.triton.backend_choice import chosen
from reconciler.triton.backends import MODEL_FILE, backend_of_platform
from reconciler.triton.config.fields import Field, FieldFault
from reconciler.triton.config.pbtxt import parse_config, write_config
from reconciler.triton.config.values import Config
from reconciler.triton.config_file import CONFIG_FILE, read_config_to_publish, read_configs_to_publish
from reconciler.triton.declared_files import (
    DeclaredFile,
    DeclaredVersion,
    files_beside,
    files_of_version,
)
from reconciler.triton.files.credentials_in_files import CREDENTIAL_ADVICE, credential_in
from reconciler.triton.files.folder_walk import local_file
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.portable_names import bad_paths
from reconciler.triton.laid_out_model import layout_of
from reconciler.triton.repository_layout import Layout, LayoutFile
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.checking import check_models


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """One model. `config` is a config.pbtxt, or the fields of one, or None; `files` are what else lies in its
    folder. `place` tells where one of these fields stands.
    """

    name: str
    backend: str | None
    config: Path | Mapping[str, Json] | None
    versions: tuple[DeclaredVersion, ...]
    where: Location
    files: tuple[DeclaredFile, ...] = ()
    place: Callable[[Field], Location] | None = None


def layout_of_models(
    models: Sequence[DeclaredModel], look_inside: bool = True
) -> tuple[Layout | None, list[Finding]]:
    """The layout of these models, and everything that is to be said of them; None when something is wrong.
    Without `look_inside`, no model file is looked into.
    """
    findings = _duplicates(models)
    laid_out: list[RepositoryModel] = []
    for declared in models:
        model = _lay_out(declared)
        if isinstance(model, RepositoryModel):
            laid_out.append(replace(model, look_inside=look_inside))
        else:
            findings += model
    files = tuple(file for model in laid_out for file in model.files)
    findings += check_models(laid_out, [declared.name for declared in models])
    if models:
        findings += bad_paths(files, models[0].where)
    return (None if has_errors(findings) else layout_of(files, laid_out)), findings


def _duplicates(models: Sequence[DeclaredModel]) -> list[Finding]:
    places: dict[str, Location] = {}
    findings: list[Finding] = []
    for model in models:
        if model.name in places:
            what = f"a second model {model.name!r} (the first is at {places[model.name]})"
            findings.append(Finding(model.where, what, "Give each model a name of its own."))
        places.setdefault(model.name, model.where)
        numbers = [version.number for version in model.versions]
        for number in sorted({number for number in numbers if numbers.count(number) > 1}):
            what = f"version {number} of {model.name!r} is there twice"
            findings.append(Finding(model.where, what, "Leave one of them out."))
    return findings


def _lay_out(declared: DeclaredModel) -> RepositoryModel | list[Finding]:
    """The model with its files, its configuration among them; or what is wrong with it."""
    configured = _configured(declared)
    findings = list(configured) if isinstance(configured, tuple) else []
    settled = _NONE if isinstance(configured, tuple) else configured
    files, wrong = _files(declared, settled.config or Config())
    variants, wrongs = read_configs_to_publish(declared.name, files)
    findings += [*wrong, *wrongs]
    if findings:
        return findings
    if settled.file is None:
        settled = _generated(declared, files)
    if settled.file:
        files.append(settled.file)
    is_file = isinstance(declared.config, Path)
    config_where = Location(str(declared.config)) if is_file else declared.where
    return RepositoryModel(
        declared.name,
        declared.where,
        tuple(files),
        settled.config,
        config_where,
        variants,
        has_config_file=is_file,
        field_place=partial(_place, declared) if isinstance(declared.config, Mapping) else None,
    )


@dataclass(frozen=True, slots=True)
class _Settled:
    """A model's configuration: the file and what it says; None where Triton completes it."""

    file: LayoutFile | None
    config: Config | None


_NONE = _Settled(None, None)


def _configured(declared: DeclaredModel) -> _Settled | tuple[Finding, ...]:
    """The configuration that is declared, or what is wrong with it."""
    inside = f"{declared.name}/{CONFIG_FILE}"
    match declared.config:
        case None:
            return _NONE
        case Path() as path:
            source = LocalFiles({inside: LocalFile(str(path))})
            config = read_config_to_publish(source, inside, Location(str(path)))
            file = local_file(path, inside)
            if isinstance(config, tuple):
                return config
            if isinstance(file, Finding):
                return (file,)
            settled = _Settled(file, config)
        case fields:
            written = _written(inside, _completed(declared, fields))
            if isinstance(written, tuple):
                return tuple(_of_field(declared, fault) for fault in written)
            settled = written
    return tuple(_other_backend(declared, settled.config)) or settled


def _of_field(declared: DeclaredModel, fault: FieldFault) -> Finding:
    return Finding(_place(declared, fault.field), f"config: {fault.what}", fault.advice)


def _place(declared: DeclaredModel, field: Field) -> Location:
    return declared.place(field) if declared.place else declared.where


def _completed(declared: DeclaredModel, fields: Mapping[str, Json]) -> dict[str, Json]:
    """The declared fields, with the name and the backend of the model where they are missing."""
    complete: dict[str, Json] = {"name": declared.name, **fields}
    if declared.backend and not fields.get("backend") and not fields.get("platform"):
        field = "platform" if declared.backend == "ensemble" else "backend"
        complete[field] = backend_of_platform(declared.backend)
    return complete


def _written(inside: str, fields: Mapping[str, Json]) -> _Settled | tuple[FieldFault, ...]:
    text = write_config(fields)
    if isinstance(text, tuple):
        return text
    data = text.encode()
    if is_credential(text) or credential_in(data, len(data), CONFIG_FILE):
        return (FieldFault((), "holds a credential", CREDENTIAL_ADVICE),)
    config = parse_config(text)
    if isinstance(config, tuple):
        return tuple(FieldFault((), wrong.what, wrong.advice) for wrong in config)
    return _Settled(LayoutFile(inside, Inline(text)), config)


def _other_backend(declared: DeclaredModel, config: Config | None) -> Iterator[Finding]:
    named = config.backend or config.platform if config else ""
    if declared.backend and named and backend_of_platform(declared.backend) != backend_of_platform(named):
        what = f"{declared.name!r} has backend {declared.backend!r}, and its configuration {named!r}"
        yield Finding(declared.where, what, "Give both the same, or leave `backend` out of the manifest.")


def _generated(declared: DeclaredModel, files: Sequence[LayoutFile]) -> _Settled:
    """The smallest configuration, for a backend that Triton cannot pick by the names of the files."""
    backend = backend_of_platform(declared.backend or "")
    paths = [file.path.removeprefix(f"{declared.name}/") for file in files]
    if not backend or backend == chosen(Config(), declared.name, paths).backend:
        return _NONE
    written = _written(f"{declared.name}/{CONFIG_FILE}", {"name": declared.name, "backend": backend})
    return _NONE if isinstance(written, tuple) else written


def _files(declared: DeclaredModel, config: Config) -> tuple[list[LayoutFile], list[Finding]]:
    backend = declared.backend or config.backend or config.platform
    known_as = config.model_file or MODEL_FILE.get(backend_of_platform(backend), "")
    files: list[LayoutFile] = []
    findings: list[Finding] = []
    for version in declared.versions:
        of_version, wrong = files_of_version(declared.name, version, known_as)
        files += of_version
        findings += wrong
    numbers = [version.number for version in declared.versions]
    beside, wrong = files_beside(declared.name, declared.files, numbers, files)
    return [*files, *beside], [*findings, *wrong]
