"""Readings that concern many operations: checked before the handler runs, and applied to its answer.

A reading that concerns one resource is honoured in the handlers of that resource.
"""

from dataclasses import replace

from datascience_emulator.api.operations import Operation
from datascience_emulator.app.routes import DATA_SCIENCE
from datascience_emulator.readings import Readings
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import invalid, not_found

_CREATES = {operation.name for operation in DATA_SCIENCE.operations if operation.name.startswith("create_")}
# Every list has these. The sentence about "one other parameter" cannot mean them, since otherwise no filtered
# list could be paged.
_OF_ANY_LIST = {"compartmentId", "limit", "page", "sortBy", "sortOrder"}


def check(readings: Readings, operation: Operation, call: Call) -> None:
    """ "Only one parameter other than compartmentId may also be included in a query" (SDK,
    list_model_deployments).
    """
    if operation.name != "list_model_deployments" or readings.list_filters == "many":
        return
    filters = sorted((set(operation.query) & set(call.query)) - _OF_ANY_LIST)
    if len(filters) > 1:
        raise invalid(
            f"only one parameter beside compartmentId may filter the list, not {', '.join(filters)}"
        )


def applied(readings: Readings, operation: Operation, answer: Answer) -> Answer:
    body = answer.body if isinstance(answer.body, dict) else {}
    if operation.name.startswith("get_") and body.get("lifecycleState") == "DELETED":
        if readings.after_delete == "gone":
            raise not_found()
        return answer
    if operation.name in _CREATES and answer.status == 200:
        return replace(answer, status=int(readings.created_status))
    return answer
