"""Where a reading decides for many operations at once: before the handler runs, and on what it answered.

A reading that concerns one resource is honoured in its handler. Nothing here knows a resource.
"""

from dataclasses import replace

from datascience_emulator.api.operations import Operation
from datascience_emulator.app.routes import DATA_SCIENCE
from datascience_emulator.readings import Readings
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import invalid, not_found

_CREATES = {one.name for one in DATA_SCIENCE.operations if one.name.startswith("create_")}
# What every list has; the sentence about "one other parameter" cannot mean these, or no filtered list could
# be paged.
_OF_ANY_LIST = {"compartmentId", "limit", "page", "sortBy", "sortOrder"}


def check(readings: Readings, operation: Operation, call: Call) -> None:
    """ "Only one parameter other than compartmentId may also be included in a query" (SDK,
    list_model_deployments).
    """
    if operation.name != "list_model_deployments" or readings.list_filters == "many":
        return
    filters = sorted((set(operation.query) & set(call.query)) - _OF_ANY_LIST)
    if len(filters) > 1:
        given = ", ".join(filters)
        raise invalid(f"only one parameter beside compartmentId may filter the list, not {given}")


def applied(readings: Readings, operation: Operation, answer: Answer) -> Answer:
    body = answer.body if isinstance(answer.body, dict) else {}
    if operation.name.startswith("get_") and body.get("lifecycleState") == "DELETED":
        if readings.after_delete == "gone":
            raise not_found()
        return answer
    if operation.name in _CREATES and answer.status == 200:
        return replace(answer, status=int(readings.created_status))
    return answer
