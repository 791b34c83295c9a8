"""Identity: the tenancy with its one user and its one region, which clients ask for when they start; and
compartments.
"""

import hashlib

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.api.records import etag, find, find_to_change
from datascience_emulator.identity import documents
from datascience_emulator.identity.compartments import new_compartment
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call, require_query, whole_tenancy
from datascience_emulator.wire.errors import ServiceError, conflict, not_found
from datascience_emulator.wire.ids_and_times import new_ocid
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import filtered, sorted_items

_STATES = ("ACTIVE", "DELETED")
_SORTS = {"TIMECREATED": "timeCreated", "NAME": "name"}
_KEYS = {"us-ashburn-1": "IAD", "us-phoenix-1": "PHX"}


# -- the tenancy, its user and its region


def get_tenancy(cloud: Cloud, call: Call) -> Answer:
    return Answer(body=_tenancy(cloud, call.params["id"]))


def _tenancy(cloud: Cloud, ocid: str) -> Json:
    if ocid != cloud.store.meta("tenancy"):
        raise not_found()
    return {
        "id": ocid,
        "name": "emulator",
        "description": "The tenancy of a local emulator.",
        "homeRegionKey": _region(cloud)["key"],
        "freeformTags": {},
        "definedTags": {},
    }


def get_user(cloud: Cloud, call: Call) -> Answer:
    ocid, tenancy = cloud.store.meta("user"), cloud.store.meta("tenancy")
    if call.params["id"] != ocid:
        raise not_found()
    user = {
        "id": ocid,
        "compartmentId": tenancy,
        "name": "emulator",
        "description": "The user of a local emulator.",
        "emailVerified": False,
        "timeCreated": _own_compartment(cloud).document["timeCreated"],
        "lifecycleState": "ACTIVE",
        "isMfaActivated": False,
        "freeformTags": {},
        "definedTags": {},
    }
    return Answer(body=user)


def list_regions(cloud: Cloud, call: Call) -> Answer:
    return Answer(body=[_region(cloud)])


def _region(cloud: Cloud) -> Json:
    return {"key": _KEYS.get(cloud.region, cloud.region.upper()), "name": cloud.region}


def list_region_subscriptions(cloud: Cloud, call: Call) -> Answer:
    _tenancy(cloud, call.params["id"])
    region = _region(cloud)
    subscription = {
        "regionKey": region["key"],
        "regionName": region["name"],
        "status": "READY",
        "isHomeRegion": True,
    }
    return Answer(body=[subscription])


def list_availability_domains(cloud: Cloud, call: Call) -> Answer:
    compartment = require_query(call, "compartmentId")
    names = [f"EMUL:{cloud.region.upper().removesuffix('-1')}-AD-{number}" for number in (1, 2, 3)]
    domains = [
        {"name": name, "id": f"ocid1.availabilitydomain.oc1..{_unique(name)}", "compartmentId": compartment}
        for name in names
    ]
    return Answer(body=domains)


def _unique(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:60]


# -- compartments


def list_compartments(cloud: Cloud, call: Call) -> Answer:
    """Only children; for the tenancy, the whole hierarchy if the call asks for it (SDK,
    list_compartments).
    """
    parent = require_query(call, "compartmentId")
    subtree = whole_tenancy(call, parent)
    state = call.query.get("lifecycleState")  # in any case of letters (SDK)
    compartments = [
        record.document
        for record in cloud.store.in_states("compartment", _STATES)
        if (subtree or record.document["compartmentId"] == parent)
        and (state is None or record.state == state.upper())
    ]
    page = sorted_items(call, filtered(call, compartments, {"name": "name"}), _SORTS)
    return Answer(body=page.items, headers=page.headers)


def _own_compartment(cloud: Cloud) -> Record:
    return find(cloud.store, "compartment", str(cloud.store.meta("compartment")))


def get_compartment(cloud: Cloud, call: Call) -> Answer:
    """The tenancy is the root compartment, without a parent."""
    if call.params["id"] == cloud.store.meta("tenancy"):
        root = _tenancy(cloud, call.params["id"])
        del root["homeRegionKey"]
        created = _own_compartment(cloud).document["timeCreated"]
        return Answer(body={**root, "timeCreated": created, "lifecycleState": "ACTIVE", "isAccessible": True})
    record = find(cloud.store, "compartment", call.params["id"])
    return Answer(body=record.document, headers=etag(record))


def create_compartment(cloud: Cloud, call: Call) -> Answer:
    details = call.body
    _check_name(cloud, details["compartmentId"], details["name"], None)
    record = new_compartment(new_ocid("compartment", ""), details, call.now)
    cloud.store.insert(record)
    return Answer(body=record.document, headers=etag(record), made=record.id)


def _check_name(cloud: Cloud, parent: str, name: str, but: str | None) -> None:
    for other in cloud.store.in_states("compartment", ("ACTIVE",)):
        same = (other.document["compartmentId"], other.document["name"].lower()) == (parent, name.lower())
        if same and other.id != but:
            raise ServiceError(
                409, "CompartmentAlreadyExists", f"Compartment '{name}' already exists in {parent}."
            )


def update_compartment(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "compartment", call)
    if "name" in call.body:
        _check_name(cloud, record.document["compartmentId"], call.body["name"], record.id)
    record.document |= call.body
    cloud.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def delete_compartment(cloud: Cloud, call: Call) -> Answer:
    """Done in the call. The service opens a work request, which fails when the compartment is not empty."""
    record = find_to_change(cloud.store, "compartment", call)
    left = cloud.store.count_in_compartment(record.id)
    if left:
        raise conflict(f"The compartment {record.id} still holds {left} resources. Delete them first.")
    record.document["lifecycleState"] = "DELETED"
    cloud.store.save(record)
    return Answer(204)


_PAGED = ("compartmentId", "limit", "page")
IDENTITY = Service(
    "Identity",
    "/20160918",
    (
        Operation("get_tenancy", "GET", "/tenancies/{id}", get_tenancy),
        Operation("get_user", "GET", "/users/{id}", get_user, note="There is one user."),
        Operation("list_regions", "GET", "/regions", list_regions, note="The emulator's own region alone."),
        Operation(
            "list_region_subscriptions",
            "GET",
            "/tenancies/{id}/regionSubscriptions",
            list_region_subscriptions,
        ),
        Operation(
            "list_availability_domains",
            "GET",
            "/availabilityDomains",
            list_availability_domains,
            query=("compartmentId",),
        ),
        Operation(
            "list_compartments",
            "GET",
            "/compartments",
            list_compartments,
            query=(*_PAGED, "compartmentIdInSubtree", "name", "lifecycleState", "sortBy", "sortOrder"),
            note="Nobody's permissions are looked at: accessLevel changes nothing.",
        ),
        Operation("get_compartment", "GET", "/compartments/{id}", get_compartment),
        Operation(
            "create_compartment",
            "POST",
            "/compartments",
            create_compartment,
            documents.create_compartment,
            retry_token=True,
        ),
        Operation(
            "update_compartment",
            "PUT",
            "/compartments/{id}",
            update_compartment,
            documents.update_compartment,
        ),
        Operation(
            "delete_compartment",
            "DELETE",
            "/compartments/{id}",
            delete_compartment,
            note="Done at once, without a work request; refused at once when the compartment is not empty.",
        ),
    ),
)
