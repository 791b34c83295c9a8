"""A model repository that is made from declared models (`models:` of a manifest): files and folders are put
where Triton looks for them.

The configuration of a model is the first of these that there is: a file that is named, fields that are
declared, one that is generated; otherwise Triton completes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from reconciler.core.model.artifact import Inline, LocalFile, Remote
from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location, has_errors
from reconciler.core.model.urls import BadUrl, read_url
from reconciler.core.privacy.credential_patterns import is_credential
from reconciler.triton.backends import MODEL_FILE, backend_of_files, backend_of_platform
from reconciler.triton.config.fields import NOWHERE
from reconciler.triton.config.pbtxt import parse_config, write_config
from reconciler.triton.config.values import Config
from reconciler.triton.config_file import CONFIG_FILE, read_config_to_publish
from reconciler.triton.files.credentials_in_files import CREDENTIAL_ADVICE, credential_in
from reconciler.triton.files.folder_walk import collect, local_file
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.portable_names import bad_paths
from reconciler.triton.laid_out_model import layout_of
from reconciler.triton.repository_layout import Layout, LayoutFile
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.checking import check_models
from reconciler.triton.version_policy import LARGEST_VERSION


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is fetched when the artifact is packed; `sha256` has 64 hex digits."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DeclaredVersion:
    """One version of a model, and where its content is: a file or a folder (an absolute path), or a file at a
    URL.
    """

    number: int
    content: Path | RemoteFile
    where: Location


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """One model. `config` is a config.pbtxt, or the fields of one, or None."""

    name: str
    backend: str | None
    config: Path | Mapping[str, Json] | None
    versions: tuple[DeclaredVersion, ...]
    where: Location


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
    files: list[LayoutFile] = []
    for version in declared.versions:
        of_version, wrong = _version_files(declared, settled.config or Config(), version)
        files += of_version
        findings += wrong
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
        has_config_file=is_file,
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
            if isinstance(config, Finding):
                return (config,)
            if isinstance(file, Finding):
                return (file,)
            settled = _Settled(file, config)
        case fields:
            written = _written(inside, _completed(declared, fields))
            if isinstance(written, tuple):
                return tuple(
                    replace(finding, where=declared.where, what=f"config: {finding.what}")
                    for finding in written
                )
            settled = written
    return tuple(_other_backend(declared, settled.config)) or settled


def _completed(declared: DeclaredModel, fields: Mapping[str, Json]) -> dict[str, Json]:
    """The declared fields, with the name and the backend of the model where they are missing."""
    complete: dict[str, Json] = {"name": declared.name, **fields}
    if declared.backend and not fields.get("backend") and not fields.get("platform"):
        field = "platform" if declared.backend == "ensemble" else "backend"
        complete[field] = backend_of_platform(declared.backend)
    return complete


def _written(inside: str, fields: Mapping[str, Json]) -> _Settled | tuple[Finding, ...]:
    text = write_config(fields)
    if isinstance(text, tuple):
        return text
    data = text.encode()
    if is_credential(text) or credential_in(data, len(data), CONFIG_FILE):
        return (Finding(NOWHERE, "holds a credential", CREDENTIAL_ADVICE),)
    config = parse_config(text)
    return (config,) if isinstance(config, Finding) else _Settled(LayoutFile(inside, Inline(text)), config)


def _other_backend(declared: DeclaredModel, config: Config | None) -> Iterator[Finding]:
    named = config.backend or config.platform if config else ""
    if declared.backend and named and backend_of_platform(declared.backend) != backend_of_platform(named):
        what = f"{declared.name!r} has backend {declared.backend!r}, and its configuration {named!r}"
        yield Finding(declared.where, what, "Give both the same, or leave `backend` out of the manifest.")


def _generated(declared: DeclaredModel, files: Sequence[LayoutFile]) -> _Settled:
    """The smallest configuration, for a backend that Triton cannot pick by the names of the files."""
    backend = backend_of_platform(declared.backend or "")
    if not backend or backend == backend_of_files(file.path.split("/")[2] for file in files):
        return _NONE
    written = _written(f"{declared.name}/{CONFIG_FILE}", {"name": declared.name, "backend": backend})
    return _NONE if isinstance(written, tuple) else written


def _version_files(
    declared: DeclaredModel, config: Config, version: DeclaredVersion
) -> tuple[list[LayoutFile], list[Finding]]:
    if not 1 <= version.number <= LARGEST_VERSION:
        what = f"{version.number} cannot be a version of {declared.name!r}"
        return [], [Finding(version.where, what, "Versions are whole numbers from 1.")]
    inside = f"{declared.name}/{version.number}"
    match version.content:
        case RemoteFile(url, sha256):
            try:
                own = PurePosixPath(read_url(url).path).name or "model"
            except BadUrl as bad:
                return [], [Finding(version.where, f"the URL {bad.what}", bad.advice)]
            name = _file_name(declared, config, own)
            return [LayoutFile(f"{inside}/{name}", Remote(url), sha256.lower())], []
        case Path() as path if path.is_dir():
            return collect(path, inside, path)
        case Path() as path if path.is_file():
            file = local_file(path, f"{inside}/{_file_name(declared, config, path.name)}")
            return ([], [file]) if isinstance(file, Finding) else ([file], [])
        case path:
            what = f"no such file or folder: {path}"
            return [], [Finding(version.where, what, "Check the path.")]


def _file_name(declared: DeclaredModel, config: Config, own: str) -> str:
    """The name under which Triton looks for a model that is one file."""
    backend = declared.backend or config.backend or config.platform
    return config.model_file or MODEL_FILE.get(backend_of_platform(backend), own)
