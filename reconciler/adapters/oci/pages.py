"""Any list of a service of OCI, page by page. A list that does not end is an error, not an endless read."""

import time
from collections.abc import Callable, Iterator

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.sdk import Sdk

PAGES = 1000
"""Pages of one list, which are a hundred thousand entries: no compartment has so many."""

LIST_BYTES = 128 << 20
"""Bytes of all pages of one list; ten thousand deployments have some thirty million."""

SECONDS = 600.0
"""Seconds for all pages of one list; a hundred pages take a minute over a slow line."""


def pages_of(operation: str, call: Callable[..., Sdk], *of: str, **options: object) -> Iterator[list[Sdk]]:
    """What `call` lists; `operation` says in words what is being done. Each page is asked for when the one
    before has been taken.
    """
    page, size, seen, ends = "", 0, {""}, time.monotonic() + SECONDS
    while True:
        with translated(operation):
            answer = call(*of, **options, **({"page": page} if page else {}))
            size += answer.size
            # An empty page may have another one after it: only the header says where the list ends.
            page = str(answer.headers.get("opc-next-page") or "")
            if page and (why := _endless(page in seen, len(seen), size, time.monotonic() > ends)):
                raise BadAnswer(why, again=False, status=answer.status, request_id=answer.request_id or "")
        yield answer.data
        if not page:
            return
        seen.add(page)


def _endless(repeated: bool, pages: int, size: int, late: bool) -> str:
    """Why the next page of a list is not read; empty when it is."""
    if repeated:
        return "a page leads back to one that was there already"
    if pages >= PAGES:
        return f"the list has more than {PAGES} pages"
    if size > LIST_BYTES:
        return f"the list has more than {LIST_BYTES >> 20} MiB"
    return f"the list has not ended after {SECONDS / 60:.0f} minutes" if late else ""
