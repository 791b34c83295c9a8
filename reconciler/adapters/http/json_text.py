"""JSON texts that a service may send: within bounds, and with nothing that readers would take differently."""

import json
from typing import Any

from reconciler.adapters.http.bounded_answers import BadAnswer

MOST_VALUES = 300_000
"""Values in one answer. A hundred deployments, full configurations and all, have some ten thousand; and a
value may take a hundred times the memory of its text.
"""


def parsed_json(text: bytes) -> Any:
    """A JSON document. Raises BadAnswer for what is none, or is none that a service would send."""
    if not text.strip():
        raise BadAnswer("the answer is empty; is a proxy in between?", again=True)
    if text.count(b",") > MOST_VALUES:
        raise BadAnswer(f"the answer has more than {MOST_VALUES} values", again=False)
    try:
        return json.loads(
            text.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_without_repeats
        )
    except RecursionError as error:
        raise BadAnswer("the answer is nested too deeply", again=False) from error
    except ValueError as error:
        start = text[:80].decode(errors="replace")
        why = f"the answer is not the service's JSON; is a proxy in between? It begins: {start}"
        raise BadAnswer(why, again=True) from error


def _no_number(name: str) -> float:
    raise BadAnswer(f"the answer has {name} for a number", again=False)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise BadAnswer(f"the answer has {key} twice in one object", again=False)
        values[key] = value
    return values
