"""Requests that carry no credentials but those that we give them.

The library adds those of ~/.netrc for a request without any, and `default` there means every host; they even
take the place of an Authorization that we have written. Proxies and certificates of the environment stay.
"""

from typing import TypeVar

Prepared = TypeVar("Prepared")


def unsigned(request: Prepared) -> Prepared:
    """The request as it is: the `auth` of a session that is to add none."""
    return request
