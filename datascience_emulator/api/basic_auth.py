"""Basic authorization: a name and a secret, as OAuth clients and `docker login` send them."""

import base64
import hmac

from starlette.requests import Request

from datascience_emulator.api.credentials import Login


def basic_credentials(request: Request) -> Login | None:
    """The name and password of a basic authorization header, if the request has one."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return None
    return Login(name, secret)


def same(login: Login | None, known: Login) -> bool:
    """Compares in constant time, so that the time of an answer reveals nothing."""
    if login is None:
        return False
    name = hmac.compare_digest(login.name.encode(), known.name.encode())
    return hmac.compare_digest(login.secret.encode(), known.secret.encode()) and name
