"""Ports whose words are redacted: what the service, servers and registries say, before anybody sees it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar, cast

from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.errors import Trouble
from reconciler.core.model.images.image import ImageFacts, NoSuchImage, NotLookedUp, redacted_image
from reconciler.core.model.live import CatalogModel, Live, Snapshot
from reconciler.core.model.spec import Revision
from reconciler.core.model.views.checkup import (
    CompartmentState,
    FirstAnswer,
    LogState,
    OfferedShape,
    PrivateEndpointState,
    Route,
    redacted_fact,
)
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.privacy.redactor import without_credentials
from reconciler.core.privacy.texts import with_texts
from reconciler.engine.ports import LargeContent
from reconciler.triton.files.port import RepositoryFiles

C = TypeVar("C")
R = TypeVar("R", Live, CatalogModel)


def redacted(port: C, redaction: Redaction) -> C:
    """The same port. The errors of all its methods are redacted; of what they return, what `_redacted` names.
    A result of a new type that holds words of others has to be added there.
    """
    return cast("C", _RedactedPort(port, redaction))


class _RedactedPort:
    def __init__(self, port: object, redaction: Redaction) -> None:
        self._port, self._redaction = port, redaction

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            with self._redaction.redacted_errors():
                return self._redacted(method(*arguments, **options))

        return call

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        port: Any = self._port
        with self._redaction.redacted_errors():
            return self._redacted(port(*arguments, **options))

    def _redacted(self, result: object) -> object:
        text = self._redaction.text
        match result:
            case Live():
                self._redaction.learn_live(result)
                result = with_plain_names(result)
                if not result.details and not result.errors:
                    return result
                return replace(result, details=text(result.details), errors=tuple(map(text, result.errors)))
            case Snapshot():
                return self._snapshot(result)
            case WorkProgress():
                return replace(result, message=text(result.message)) if result.message else result
            case Trouble():
                errors, logs = tuple(map(text, result.errors)), tuple(map(text, result.logs))
                return replace(result, errors=errors, logs=logs)
            case (Live() as live, str() as etag):
                return self._redacted(live), etag
            case [Live(), *_]:
                return [self._redacted(live) for live in cast("list[Live]", result)]
            case Revision():
                return replace(result, commit=text(result.commit), branch=text(result.branch))
            case NoSuchImage() | NotLookedUp():
                return replace(result, why=text(result.why))
            case ImageFacts():
                return redacted_image(result, text)
            case FirstAnswer() | CompartmentState() | LogState() | PrivateEndpointState() | Route():
                return redacted_fact(result, text, self._redaction.error)
            case dict() if any(isinstance(value, OfferedShape) for value in result.values()):
                return {text(str(name)): shape for name, shape in result.items()}
            case dict() if any(isinstance(value, WorkProgress) for value in result.values()):
                return {key: self._redacted(value) for key, value in result.items()}
            case None | str() | tuple() | list() | dict():
                return result  # whether it is one of the ports below takes long to find out
            case RepositoryFiles() | LargeContent():
                # It asks the service whenever something is read.
                return redacted(result, self._redaction)
        return result

    def _snapshot(self, snapshot: Snapshot) -> Snapshot:
        for live in snapshot.deployments:
            self._redaction.learn_live(live)
        deployments = tuple(cast("Iterable[Live]", map(self._redacted, snapshot.deployments)))
        models = tuple(map(with_plain_names, snapshot.models))
        return replace(snapshot, deployments=deployments, models=models)


def with_plain_names(resource: R) -> R:
    """A resource whose names and marks hold no credential, whoever wrote it there: they are told in many
    places. What a deployment is configured with stays, because it is written back.
    """
    if isinstance(resource, CatalogModel):
        return with_texts(resource, without_credentials)
    name, marks = without_credentials(resource.display_name), with_texts(resource.marks, without_credentials)
    same = name == resource.display_name and marks == resource.marks
    return resource if same else replace(resource, display_name=name, marks=marks)
