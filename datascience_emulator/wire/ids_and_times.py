"""How OCIDs, times and request ids look."""

import re
import secrets
from datetime import UTC, datetime

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_ocid(kind: str, region: str) -> str:
    """`kind` as in `datasciencemodel`; `region` empty for what is global (users, tenancies, compartments)."""
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(60))
    key = {"us-ashburn-1": "iad", "us-phoenix-1": "phx"}.get(region, region)
    return f"ocid1.{kind}.oc1.{key}.{unique}"


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as services print it (docs/service.md §5.5)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def request_id(header: str | None) -> str:
    """The caller's id (or one made up), followed by two of our own."""
    first = re.sub(r"[^A-Za-z0-9_.-]", "", (header or "").split("/")[0])[:64]
    return "/".join(
        (first or secrets.token_hex(16).upper(), secrets.token_hex(16).upper(), secrets.token_hex(16).upper())
    )
