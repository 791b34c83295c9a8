"""How a run says that it needs a catalog entry, so that nobody deletes it: it marks when.

Whoever deletes an entry has read its etag before looking whether anything uses it
(`deployment/catalog_deletion.py`). A mark changes the etag, so the deletion that comes after it is refused;
and where the deletion came first, the mark finds nothing, and the content is published anew. An entry that
was marked within the last day is not cleaned up either, so the deployment has that long to appear.
"""

from contextlib import suppress
from http import HTTPStatus

from reconciler.core.model.errors import CloudError, NotFound
from reconciler.core.model.live import CatalogModel
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller
from reconciler.engine.snapshots import IndexedSnapshot
from reconciler.engine.utc import timestamp


async def take_up(cloud: Cloud, call: Caller, entry: CatalogModel) -> bool:
    """Mark that this entry is needed; whether it is still there. One that takes no more tags is used without
    the mark.
    """
    try:
        await call(cloud.mark_used, entry.ocid, entry.is_model_group, timestamp(call.clock))
    except NotFound:
        return False
    except CloudError as error:
        if error.answer.status != HTTPStatus.BAD_REQUEST:
            raise
    return True


async def is_gone(cloud: Cloud, call: Caller, ocid: str, *, group: bool) -> bool:
    """Whether a catalog entry is there no more."""
    try:
        await call(cloud.catalog_entry, ocid, group)
    except NotFound:
        return True
    return False


async def keep_for_rollback(cloud: Cloud, call: Caller, left: str, owner: str, now: IndexedSnapshot) -> None:
    """Mark the entry that a deployment is about to leave, unless it is the newest of its name anyway: of
    those that nothing has used for a day at least one stays (`core/planning/clean_up.py`).
    """
    ours = {model.ocid: model for model in now.snapshot.models if model.owner == owner and model.active}
    entry = ours.pop(left, None)
    if entry is None:
        return
    newer = any(other.last_used >= entry.last_used for other in ours.values() if other.name == entry.name)
    if newer or left in now.groups_by_member:
        with suppress(CloudError):
            await take_up(cloud, call, entry)
