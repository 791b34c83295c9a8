"""What goes wrong on demand. A fault is a value in the state's `faults`:

    {"on": "POST .*/comments", "times": 1, …}     which requests: a regular expression over `METHOD /path`

with one of
    "status": 502                                 answered so, and nothing is done
    "drop": "before" | "after"                    no answer comes, and it is not done, or is
    "limit": "primary", "seconds": 3              403; x-ratelimit-reset is in so many seconds
    "limit": "secondary", "seconds": 3            429 with retry-after ("seconds": 0: without it)
    "truncate": 10                                only so many bytes of the answer come
    "body": "<html>", "status": 200               something that is no answer of GitHub's
"""

import re
import time
from typing import Any

from tests.support.github.answers import Reply, error
from tests.support.github.state import State

Fault = dict[str, Any]


def next_fault(state: State, words: str) -> Fault | None:
    """The fault that this request meets; it is used up by as many as its `times`."""
    for fault in state["faults"]:
        if re.fullmatch(fault["on"], words):
            left = fault.get("times", 1) - 1
            if left > 0:
                fault["times"] = left
            else:
                state["faults"].remove(fault)
            return dict(fault)
    return None


def in_place_of_answer(fault: Fault) -> Reply | None:
    """The answer that the fault stands for; None when the request is carried out."""
    seconds = fault.get("seconds", 1)
    match fault.get("limit"):
        case "primary":
            headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time() + seconds))}
            reply = error(403, "API rate limit exceeded for installation.")
        case "secondary":
            headers = {"retry-after": str(seconds)} if seconds else {}
            reply = error(429, "You have exceeded a secondary rate limit. Please wait a few minutes.")
        case _:
            if "body" in fault:
                return Reply(fault.get("status", 200), raw=fault["body"].encode())
            return error(fault["status"], "Server Error") if "status" in fault else None
    reply.headers.update(headers)
    return reply
