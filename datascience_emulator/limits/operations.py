"""The Limits service, for Data Science alone: which limits there are, how large they are, and what is left.

Fields and answers: OCI SDK 2.189, `oci/limits`. All limits are of the region.
"""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.data_science.deployments.service_limits import LIMITS, UNREACHED, used
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.errors import not_found
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import filtered, list_items

_SERVICE = "data-science"
_MOST = 1000


def list_definitions(cloud: Cloud, call: Call) -> Answer:
    _require_tenancy(call)
    definitions: list[Json] = [
        {
            "name": name,
            "serviceName": _SERVICE,
            "description": f"The limit {name} of Data Science.",
            "scopeType": "REGION",
            "areQuotasSupported": True,
            "isResourceAvailabilitySupported": True,
            "isDeprecated": False,
            "isEligibleForLimitIncrease": True,
            "isDynamic": False,
        }
        for name in LIMITS
    ]
    return _page(call, filtered(call, definitions, {"name": "name", "serviceName": "serviceName"}))


def list_values(cloud: Cloud, call: Call) -> Answer:
    _require_tenancy(call)
    values: list[Json] = []
    if require_query(call, "serviceName") == _SERVICE and call.query.get("scopeType", "REGION") == "REGION":
        values = [{"name": name, "scopeType": "REGION", "value": _limit(cloud, name)} for name in LIMITS]
    return _page(call, filtered(call, values, {"name": "name"}))


def availability(cloud: Cloud, call: Call) -> Answer:
    """The usage is that of the tenancy. UNVERIFIED: that a limit which does not exist is a 404."""
    require_query(call, "compartmentId")
    name = call.params["limit"]
    if call.params["service"] != _SERVICE or name not in LIMITS:
        raise not_found()
    taken = used(cloud.store).get(name, 0.0)
    left = max(0.0, _limit(cloud, name) - taken)
    fractional = {"fractionalUsage": float(taken), "fractionalAvailability": float(left)}
    return Answer(body={"used": int(taken), "available": int(left), **fractional})


def _require_tenancy(call: Call) -> None:
    """Limits are listed for the tenancy: "the OCID of the parent compartment (remember that the tenancy is
    simply the root compartment)" (SDK). Another compartment is nobody's.
    """
    if require_query(call, "compartmentId") != call.caller.tenancy:
        raise not_found()


def _limit(cloud: Cloud, name: str) -> int:
    return cloud.limits.service.get(name, UNREACHED)


def _page(call: Call, items: list[Json]) -> Answer:
    return list_items(call, items, default=100, maximum=_MOST)


_PAGED = ("compartmentId", "limit", "page")
SERVICE_LIMITS = Service(
    "Limits",
    "/20190729",
    (
        Operation(
            "list_limit_definitions",
            "GET",
            "/limitDefinitions",
            list_definitions,
            query=(*_PAGED, "serviceName", "name"),
            note="Those of model deployments alone.",
        ),
        Operation(
            "list_limit_values",
            "GET",
            "/limitValues",
            list_values,
            query=(*_PAGED, "serviceName", "name", "scopeType"),
        ),
        Operation(
            "get_resource_availability",
            "GET",
            "/services/{service}/limits/{limit}/resourceAvailability",
            availability,
            query=("compartmentId",),
        ),
    ),
)
