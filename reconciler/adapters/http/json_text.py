"""JSON texts that a service may send: within bounds, and with nothing that readers would take differently."""

from typing import Any

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.core.strict_json import AmbiguousJson, strict_json

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
        return strict_json(text.decode("utf-8-sig"))
    except RecursionError as error:
        raise BadAnswer("the answer is nested too deeply", again=False) from error
    except AmbiguousJson as error:
        raise BadAnswer(f"the answer has {error}", again=False) from error
    except ValueError as error:
        start = text[:80].decode(errors="replace")
        why = f"the answer is not the service's JSON; is a proxy in between? It begins: {start}"
        raise BadAnswer(why, again=True) from error
