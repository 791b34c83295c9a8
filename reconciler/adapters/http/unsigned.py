"""Keeps the library from adding credentials to our requests.

It adds those of ~/.netrc to a request without any, and `default` there means every host; they even replace an
Authorization header of ours. Proxies and certificates of the environment stay in use.
"""

from typing import TypeVar

Prepared = TypeVar("Prepared")


def unsigned(request: Prepared) -> Prepared:
    """The request as it is: the `auth` of a session that is to add none."""
    return request
