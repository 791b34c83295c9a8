"""Artifacts: the container images and repositories of the registry, read only. Images come by the control
API.
"""

from fnmatch import fnmatchcase

from ..errors import invalid, not_found
from ..images import Name, look_up
from ..jsons import Json
from ..plane import Operation, Service, Site
from ..schema import record, text
from ..store import Record
from ..wire import Answer, Call, etag, find, list_items, require_query

_PAGE, _MOST = 50, 1000
# A list gives these (SDK, ContainerImageSummary and ContainerRepositorySummary).
_IMAGE = {
    "compartmentId",
    "digest",
    "displayName",
    "id",
    "lifecycleState",
    "repositoryId",
    "repositoryName",
    "timeCreated",
    "version",
    "freeformTags",
    "definedTags",
}
# Query parameter → field. The first two may end in an asterisk (SDK, list_container_images).
_PATTERNS = {"repositoryName": "repositoryName", "version": "version"}
_IMAGE_FILTERS = {
    "displayName": "displayName",
    "imageId": "id",
    "repositoryId": "repositoryId",
    "lifecycleState": "lifecycleState",
    "imageDigest": "digest",
}
_REPOSITORY_FILTERS = {"displayName": "displayName", "repositoryId": "id", "lifecycleState": "lifecycleState"}
_SORTS = {"TIMECREATED": "timeCreated", "DISPLAYNAME": "displayName"}
_OF_LIST = ("compartmentId", "compartmentIdInSubtree", "limit", "page", "sortBy", "sortOrder")
_lookup = record({"imageUri": text(maximum=2048)}, {})


def list_images(site: Site, call: Call) -> Answer:
    found = [_with_versions(one) for one in _visible(site, call)]
    for name, field in _PATTERNS.items():
        pattern = call.query.get(name)
        if pattern is not None:
            found = [one for one in found if fnmatchcase(str(one.get(field, "")), pattern)]
    versioned = call.query.get("isVersioned")
    if versioned is not None:
        found = [one for one in found if bool(one["versions"]) == (versioned.lower() == "true")]
    found = _filtered(found, call, _IMAGE_FILTERS)
    return _collection(call, [{k: v for k, v in one.items() if k in _IMAGE} for one in found], {})


def get_image(site: Site, call: Call) -> Answer:
    image = find(site.store, "image", call.params["id"])
    return Answer(body=_full(image), headers=etag(image))


def look_up_image(site: Site, call: Call) -> Answer:
    name = Name.parse(call.body["imageUri"])
    image = look_up(site.store, name.path, name.digest or str(name.tag))
    if image is None:
        raise not_found()
    return Answer(body=_full(image), headers=etag(image))


def list_repositories(site: Site, call: Call) -> Answer:
    found = _filtered(_repositories(_visible(site, call)), call, _REPOSITORY_FILTERS)
    totals = {
        "repositoryCount": len(found),
        "imageCount": sum(one["imageCount"] for one in found),
        "layerCount": 0,
        "layersSizeInBytes": 0,
    }
    return _collection(call, found, totals)


def get_repository(site: Site, call: Call) -> Answer:
    for one in _repositories(site.store.every("image")):
        if one["id"] == call.params["id"]:
            return Answer(body=one)
    raise not_found()


# -- parts


def _visible(site: Site, call: Call) -> list[Record]:
    """Of the compartment; of the tenancy, with its whole tree when asked for."""
    compartment = require_query(call, "compartmentId")
    subtree = call.query.get("compartmentIdInSubtree", "false").lower() == "true"
    if subtree and compartment != site.store.meta("tenancy"):
        raise invalid("compartmentIdInSubtree: can only be true for the tenancy")
    return [
        one for one in site.store.every("image") if subtree or one.document["compartmentId"] == compartment
    ]


def _with_versions(image: Record) -> Json:
    versions = [
        {"version": tag, "timeCreated": time, "createdBy": image.document["createdBy"]}
        for tag, time in image.private["tags"].items()
    ]
    return {**image.document, "versions": versions}


def _full(image: Record) -> Json:
    sizes = {"layers": [], "layersSizeInBytes": 0, "manifestSizeInBytes": 0, "pullCount": 0}
    return {**_with_versions(image), **sizes}


def _repositories(images: list[Record]) -> list[Json]:
    by_path: dict[str, list[Record]] = {}
    for image in images:
        by_path.setdefault(image.private["path"], []).append(image)
    return [_repository(path, held) for path, held in by_path.items()]


def _repository(path: str, images: list[Record]) -> Json:
    oldest = images[0].document
    return {
        "id": oldest["repositoryId"],
        "compartmentId": oldest["compartmentId"],
        "displayName": oldest["repositoryName"],
        "namespace": path.partition("/")[0],
        "createdBy": oldest["createdBy"],
        "timeCreated": oldest["timeCreated"],
        "timeLastPushed": images[-1].document["timeCreated"],
        "imageCount": len(images),
        "isImmutable": False,
        "isPublic": False,
        "layerCount": 0,
        "layersSizeInBytes": 0,
        "billableSizeInGBs": 0,
        "lifecycleState": "AVAILABLE",
        "freeformTags": {},
        "definedTags": {},
    }


def _filtered(items: list[Json], call: Call, filters: dict[str, str]) -> list[Json]:
    wanted = {field: call.query[name] for name, field in filters.items() if name in call.query}
    return [one for one in items if all(one.get(field) == value for field, value in wanted.items())]


def _collection(call: Call, items: list[Json], totals: Json) -> Answer:
    by, order = call.query.get("sortBy", "TIMECREATED"), call.query.get("sortOrder")
    if by not in _SORTS or order not in (None, "ASC", "DESC"):
        raise invalid(f"sortBy: must be one of {', '.join(_SORTS)}; sortOrder: ASC or DESC")
    descending = order == "DESC" if order else by == "TIMECREATED"
    items = sorted(items, key=lambda one: (one[_SORTS[by]], one["id"]), reverse=descending)
    page = list_items(call, items, default=_PAGE, maximum=_MOST)
    left = items.index(page.body[-1]) + 1 if page.body else len(items)
    return Answer(
        body={"items": page.body, "remainingItemsCount": len(items) - left, **totals}, headers=page.headers
    )


ARTIFACTS = Service(
    "Artifacts",
    "/20160918",
    (
        Operation(
            "list_container_images",
            "GET",
            "/container/images",
            list_images,
            query=(*_OF_LIST, *_PATTERNS, *_IMAGE_FILTERS, "isVersioned"),
        ),
        Operation("get_container_image", "GET", "/container/images/{id}", get_image),
        Operation(
            "lookup_container_image_by_uri",
            "POST",
            "/container/images/actions/lookupImageByUri",
            look_up_image,
            _lookup,
        ),
        Operation(
            "list_container_repositories",
            "GET",
            "/container/repositories",
            list_repositories,
            query=(*_OF_LIST, *_REPOSITORY_FILTERS),
        ),
        Operation("get_container_repository", "GET", "/container/repositories/{id}", get_repository),
    ),
)
