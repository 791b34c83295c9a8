"""The service Artifacts: container images and repositories, read only. The control API adds images."""

from fnmatch import fnmatchcase

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.api.records import etag, find
from datascience_emulator.registry.images import Name, look_up
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call, query_flag, require_query, whole_tenancy
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND
from datascience_emulator.wire.errors import not_found
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import filtered, page_limit, sorted_items
from datascience_emulator.wire.schema import record, text

_PAGE, _MOST = 50, 1000
# The fields in a list (SDK, ContainerImageSummary).
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
    "systemTags",
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


def list_images(cloud: Cloud, call: Call) -> Answer:
    images = [_with_versions(image) for image in _visible(cloud, call)]
    for name, field in _PATTERNS.items():
        pattern = call.query.get(name)
        if pattern is not None:
            images = [image for image in images if fnmatchcase(str(image.get(field, "")), pattern)]
    versioned = query_flag(call, "isVersioned")
    if versioned is not None:
        images = [image for image in images if bool(image["versions"]) == versioned]
    images = filtered(call, images, _IMAGE_FILTERS)
    return _collection(call, [{k: v for k, v in image.items() if k in _IMAGE} for image in images], {})


def get_image(cloud: Cloud, call: Call) -> Answer:
    image = find(cloud.store, "image", call.params["id"])
    return Answer(body=_full(image), headers=etag(image))


def look_up_image(cloud: Cloud, call: Call) -> Answer:
    name = Name.parse(call.body["imageUri"])
    image = look_up(cloud.store, name.path, name.digest or str(name.tag))
    if image is None:
        raise not_found()
    return Answer(body=_full(image), headers=etag(image))


def list_repositories(cloud: Cloud, call: Call) -> Answer:
    repositories = filtered(call, _repositories(_visible(cloud, call)), _REPOSITORY_FILTERS)
    totals = {
        "repositoryCount": len(repositories),
        "imageCount": sum(repository["imageCount"] for repository in repositories),
        "layerCount": 0,
        "layersSizeInBytes": 0,
    }
    return _collection(call, repositories, totals)


def get_repository(cloud: Cloud, call: Call) -> Answer:
    for repository in _repositories(cloud.store.every("image")):
        if repository["id"] == call.params["id"]:
            return Answer(body=repository)
    raise not_found()


# -- parts


def _visible(cloud: Cloud, call: Call) -> list[Record]:
    """The images in the compartment of the call, or in the whole tenancy if it asks for that."""
    compartment = require_query(call, "compartmentId")
    subtree = whole_tenancy(call, compartment)
    return [
        image
        for image in cloud.store.every("image")
        if subtree or image.document["compartmentId"] == compartment
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
    return [_repository(path, images) for path, images in by_path.items()]


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
        **NO_TAGS_OF_ANY_KIND,
    }


def _collection(call: Call, items: list[Json], totals: Json) -> Answer:
    page = sorted_items(call, items, _SORTS, limit=page_limit(call, _PAGE, _MOST))
    body = {"items": page.items, "remainingItemsCount": page.left, **totals}
    return Answer(body=body, headers=page.headers)


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
