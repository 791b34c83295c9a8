"""opc-retry-token: the same request twice has one effect and one answer.

"Retry tokens expire after 24 hours, but can be invalidated before then due to conflicting operations" (SDK
docstrings): here, another body, or the deletion of what the first request made.
"""

import json
from dataclasses import dataclass
from typing import Self

from datascience_emulator.store.store import Replay, Store
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import retry_token_used

_LIFETIME = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class RetryToken:
    """A retry token of one caller for one operation. `time`: of the request, in seconds since the epoch."""

    scope: str
    time: float

    @classmethod
    def of(cls, call: Call, method: str, path: str) -> Self | None:
        token = call.headers.get("opc-retry-token")
        if not token:
            return None
        return cls(json.dumps([call.caller.user, method, path, token]), call.now.timestamp())


def recall(store: Store, token: RetryToken, digest: str | None) -> Answer | None:
    """The answer to the first request with this token, if there was one. `digest`: of the body; None when it
    is not known yet. Raises 409 when the token cannot be used again.
    """
    replay = store.replay(token.scope, token.time - _LIFETIME)
    if replay is None:
        return None
    gone = replay.resource is not None and store.state_of(replay.resource) in ("DELETING", "DELETED")
    if gone or digest not in (None, replay.digest):
        raise retry_token_used()
    return Answer(replay.status, json.loads(replay.body), replay.headers)


def remember(store: Store, token: RetryToken, digest: str, answer: Answer) -> None:
    replay = Replay(digest, answer.made, answer.status, answer.headers, json.dumps(answer.body))
    store.remember(token.scope, token.time, replay)
