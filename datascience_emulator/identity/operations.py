"""Identity: the tenancy with its one user and its one region, which clients ask for when they start; and
compartments.
"""

import hashlib

from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.api.records import etag, find, find_to_change
from datascience_emulator.api.site import Site
from datascience_emulator.identity import documents
from datascience_emulator.identity.compartments import new_compartment
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.errors import ServiceError, conflict, invalid, not_found
from datascience_emulator.wire.jsons import Json
from datascience_emulator.wire.names import new_ocid
from datascience_emulator.wire.pages import filtered, sorted_items

_STATES = ("ACTIVE", "DELETED")
_SORTS = {"TIMECREATED": "timeCreated", "NAME": "name"}
_KEYS = {"us-ashburn-1": "IAD", "us-phoenix-1": "PHX"}


# -- the tenancy, its user and its region


def get_tenancy(site: Site, call: Call) -> Answer:
    return Answer(body=_tenancy(site, call.params["id"]))


def _tenancy(site: Site, ocid: str) -> Json:
    if ocid != site.store.meta("tenancy"):
        raise not_found()
    return {
        "id": ocid,
        "name": "emulator",
        "description": "The tenancy of a local emulator.",
        "homeRegionKey": _region(site)["key"],
        "freeformTags": {},
        "definedTags": {},
    }


def get_user(site: Site, call: Call) -> Answer:
    ocid, tenancy = site.store.meta("user"), site.store.meta("tenancy")
    if call.params["id"] != ocid:
        raise not_found()
    user = {
        "id": ocid,
        "compartmentId": tenancy,
        "name": "emulator",
        "description": "The user of a local emulator.",
        "emailVerified": False,
        "timeCreated": _own_compartment(site).document["timeCreated"],
        "lifecycleState": "ACTIVE",
        "isMfaActivated": False,
        "freeformTags": {},
        "definedTags": {},
    }
    return Answer(body=user)


def list_regions(site: Site, call: Call) -> Answer:
    return Answer(body=[_region(site)])


def _region(site: Site) -> Json:
    return {"key": _KEYS.get(site.region, site.region.upper()), "name": site.region}


def list_region_subscriptions(site: Site, call: Call) -> Answer:
    _tenancy(site, call.params["id"])
    region = _region(site)
    subscription = {
        "regionKey": region["key"],
        "regionName": region["name"],
        "status": "READY",
        "isHomeRegion": True,
    }
    return Answer(body=[subscription])


def list_availability_domains(site: Site, call: Call) -> Answer:
    compartment = require_query(call, "compartmentId")
    names = [f"EMUL:{site.region.upper().removesuffix('-1')}-AD-{number}" for number in (1, 2, 3)]
    domains = [
        {"name": name, "id": f"ocid1.availabilitydomain.oc1..{_unique(name)}", "compartmentId": compartment}
        for name in names
    ]
    return Answer(body=domains)


def _unique(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:60]


# -- compartments


def list_compartments(site: Site, call: Call) -> Answer:
    """Only children; for the tenancy, the whole hierarchy if the call asks for it (SDK,
    list_compartments).
    """
    parent = require_query(call, "compartmentId")
    subtree = call.query.get("compartmentIdInSubtree", "false").lower() == "true"
    if subtree and parent != site.store.meta("tenancy"):
        raise invalid("compartmentIdInSubtree: can only be true for the tenancy")
    state = call.query.get("lifecycleState")  # in any case of letters (SDK)
    compartments = [
        record.document
        for record in site.store.in_states("compartment", _STATES)
        if (subtree or record.document["compartmentId"] == parent)
        and (state is None or record.state == state.upper())
    ]
    page = sorted_items(call, filtered(call, compartments, {"name": "name"}), _SORTS)
    return Answer(body=page.items, headers=page.headers)


def _own_compartment(site: Site) -> Record:
    return find(site.store, "compartment", str(site.store.meta("compartment")))


def get_compartment(site: Site, call: Call) -> Answer:
    """The tenancy is the root compartment, without a parent."""
    if call.params["id"] == site.store.meta("tenancy"):
        root = _tenancy(site, call.params["id"])
        del root["homeRegionKey"]
        created = _own_compartment(site).document["timeCreated"]
        return Answer(body={**root, "timeCreated": created, "lifecycleState": "ACTIVE", "isAccessible": True})
    record = find(site.store, "compartment", call.params["id"])
    return Answer(body=record.document, headers=etag(record))


def create_compartment(site: Site, call: Call) -> Answer:
    details = call.body
    _check_name(site, details["compartmentId"], details["name"], None)
    record = new_compartment(new_ocid("compartment", ""), details, call.now)
    site.store.insert(record)
    return Answer(body=record.document, headers=etag(record), made=record.id)


def _check_name(site: Site, parent: str, name: str, but: str | None) -> None:
    for other in site.store.in_states("compartment", ("ACTIVE",)):
        same = (other.document["compartmentId"], other.document["name"].lower()) == (parent, name.lower())
        if same and other.id != but:
            raise ServiceError(
                409, "CompartmentAlreadyExists", f"Compartment '{name}' already exists in {parent}."
            )


def update_compartment(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "compartment", call)
    if "name" in call.body:
        _check_name(site, record.document["compartmentId"], call.body["name"], record.id)
    record.document |= call.body
    site.store.save(record)
    return Answer(body=record.document, headers=etag(record))


def delete_compartment(site: Site, call: Call) -> Answer:
    """Done in the call. The service opens a work request, which fails when the compartment is not empty."""
    record = find_to_change(site.store, "compartment", call)
    left = site.store.count_in_compartment(record.id)
    if left:
        raise conflict(f"The compartment {record.id} still holds {left} resources. Delete them first.")
    record.document["lifecycleState"] = "DELETED"
    site.store.save(record)
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
