"""Reads the models that deployments run, and says what is served of them, now and on the way to what is
desired.

What we published tells its models itself; of anything else the content is read, by ranges.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from reconciler.app.connecting import ReachedTarget
from reconciler.app.live.reading_live import at_once, patiently
from reconciler.core.model.configuration import Configuration, DeploymentType
from reconciler.core.model.errors import CloudError, Failed, NotFound
from reconciler.core.model.live import Live
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.served.structure import Served, Servings, WillNotServe
from reconciler.core.planning.run_scope import Guarded
from reconciler.triton.live_models import member_model, models_in
from reconciler.triton.server.served import changed_engines, serve_the_same, served_by

Models: TypeAlias = tuple[ModelFolder, ...]


def served_now(reached: ReachedTarget, deployments: Sequence[Live]) -> dict[str, Served | None]:
    """What each of these deployments serves, by its OCID; None where that cannot be read."""
    models = _models_of(reached, deployments)
    return {live.ocid: _served(models.get(live.ocid), live.configuration) for live in deployments}


def servings_of(reached: ReachedTarget, guarded: Iterable[Guarded]) -> dict[str, Servings]:
    """What these deployments serve on their way, by their OCIDs; without those that serve the same before and
    after, whatever their models are.
    """
    changing = [item for item in guarded if not _serves_the_same(item)]
    unknown = [
        item.live
        for item in changing
        if item.spec.by_ocid or item.before.artifact != item.spec.artifact.digest
    ]
    models = _models_of(reached, unknown)
    named = _named_models(reached, changing)
    return {
        item.live.ocid: _servings(
            item, models.get(item.live.ocid), named.get(item.spec.by_ocid, item.spec.artifact.models)
        )
        for item in changing
    }


def _serves_the_same(item: Guarded) -> bool:
    same_models = item.before.artifact == item.after.artifact
    return same_models and serve_the_same(item.before.container.words, item.after.container.words)


def _servings(item: Guarded, live_models: Models | None, own: Models | None) -> Servings:
    """`own` are the models of the spec."""
    digest, by_ocid = item.spec.artifact.digest, item.spec.by_ocid
    before = own if item.before.artifact == digest and not by_ocid else live_models
    after = own if item.after.artifact == digest else before
    first, then = item.before.container.words, item.after.container.words
    if hindrance := _engines(item, before, after) or _folders(first, then, before, after):
        container_first: Served | None = WillNotServe(hindrance)
        models_first: Served | None = container_first
    else:
        container_first, models_first = _loaded(before, then), _loaded(after, first)
    return Servings(_loaded(before, first), container_first, models_first, _loaded(after, then))


def _engines(item: Guarded, before: Models | None, after: Models | None) -> str:
    """Why neither image can load the other's models; empty when nothing is known against it. An engine of
    TensorRT is built for one release of it (docs/updates.md, Two changes that no order can bring in).
    """
    containers = (item.before.container, item.after.container)
    images = {container.digest or container.image for container in containers}
    names = changed_engines(before or (), after or ())
    if len(images) == 1 or not names:
        return ""
    return f"the engines of {', '.join(names)} are built for one image, and it changes too"


def _folders(first: Sequence[str], then: Sequence[str], before: Models | None, after: Models | None) -> str:
    """Why neither command finds the other's models; empty when it does. A command names the folder that the
    models lie in (docs/service.md §4.1).
    """
    old, new = ({model.lies_in for model in models or ()} for models in (before, after))
    if tuple(first) == tuple(then) or not old or not new or old == new:
        return ""
    places = f"{_place(old)} of the live artifact and {_place(new)} of the new one"
    return f"the models lie {places}, and no command finds both"


def _place(folders: Collection[str]) -> str:
    (folder,) = folders
    return f"in the folder {folder!r}" if folder else "at the top"


def _served(models: Models | None, configuration: Configuration | None) -> Served | None:
    return _loaded(models, configuration.container.words) if configuration else None


def _loaded(models: Models | None, words: Sequence[str]) -> Served | None:
    return None if models is None else served_by(models, words)


# -- reading the models


def _models_of(reached: ReachedTarget, deployments: Sequence[Live]) -> dict[str, Models | None]:
    """The models that each deployment runs, by its OCID; None where nobody can tell."""
    kinds = {live.model_id: live.deployment_type for live in deployments if live.model_id}
    read = _read_all(reached, kinds)
    return {live.ocid: read.get(live.model_id or "") for live in deployments}


def _named_models(reached: ReachedTarget, guarded: Sequence[Guarded]) -> dict[str, Models | None]:
    """The models in each catalog model that a spec names by its OCID; None where nobody can tell them."""
    kinds = {item.spec.by_ocid: item.after.kind for item in guarded if item.spec.by_ocid}
    return _read_all(reached, kinds)


def _read_all(reached: ReachedTarget, kinds: Mapping[str, str]) -> dict[str, Models | None]:
    reads = [partial(_read, reached, ocid, kind) for ocid, kind in kinds.items()]
    return dict(zip(kinds, at_once(known_or_none, reads), strict=True))


def _read(reached: ReachedTarget, ocid: str, kind: str) -> Models:
    return read_entry(reached, ocid, of_group=kind == DeploymentType.MODEL_GROUP)


def read_entry(reached: ReachedTarget, ocid: str, *, of_group: bool) -> Models:
    """The models of a catalog model, or of a model group. Raises Failed where nobody can tell them."""
    if of_group:
        return _read_group(reached, ocid)
    kept = reached.cloud.kept_models(ocid)
    return kept if kept is not None else models_in(reached.cloud.content(ocid))


def _read_group(reached: ReachedTarget, ocid: str) -> Models:
    members = reached.cloud.members(ocid)
    return tuple(at_once(lambda member: _read_member(reached, *member), members))


def _read_member(reached: ReachedTarget, key: str, ocid: str) -> ModelFolder:
    """The model of this key. Several keys may share a catalog model, which is kept with the name of one."""
    kept = reached.cloud.kept_models(ocid)
    return replace(kept[0], name=key) if kept else member_model(key, reached.cloud.content(ocid))


def known_or_none(read: Callable[[], Models]) -> Models | None:
    """The models that `read` finds; None when nobody can tell them, or nothing is there."""
    try:
        return patiently(read)
    except NotFound:
        return None
    except CloudError:
        raise
    except Failed:
        return None
