"""The secrets of one emulator: made once, and kept in its store.

Which secret gives access to what is decided where they are used.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa

from datascience_emulator.api.keys import NewKey, load_private, private_pem
from datascience_emulator.api.tokens import issue_session
from datascience_emulator.store.store import Store

_TOKEN_KEY = "token_key"  # noqa: S105 (the name of a key, no secret)
_OAUTH_CLIENT = "oauth_client"
_REGISTRY_USER = "registry_user"


@dataclass(frozen=True, slots=True)
class Login:
    """A name and the secret that goes with it."""

    name: str
    secret: str


def make_credentials(store: Store, new_key: NewKey) -> None:
    """Make those that do not exist yet. Call it inside a transaction."""
    if store.meta(_TOKEN_KEY) is None:
        store.set_meta(_TOKEN_KEY, private_pem(new_key()).decode())
    for kind, name in ((_OAUTH_CLIENT, secrets.token_hex(16)), (_REGISTRY_USER, "emulator/emulator")):
        if store.meta(kind) is None:
            store.set_meta(kind, json.dumps([name, secrets.token_urlsafe(32)]))


def token_key(store: Store) -> rsa.RSAPrivateKey:
    """The key that the emulator signs its tokens with."""
    return _load(_kept(store, _TOKEN_KEY))


def oauth_client(store: Store) -> Login:
    """The client of the identity domain that may exchange tokens."""
    return Login(*json.loads(_kept(store, _OAUTH_CLIENT)))


def registry_user(store: Store) -> Login:
    """The user who may sign in to the registry with a password, as `docker login` does."""
    return Login(*json.loads(_kept(store, _REGISTRY_USER)))


def sign_in(store: Store, public: rsa.RSAPublicKey, now: datetime, lifetime: timedelta) -> str:
    """A session token of the emulator's user for the key `public`."""
    tenancy, user = _kept(store, "tenancy"), _kept(store, "user")
    return issue_session(token_key(store), tenancy, user, public, now, lifetime)


def _kept(store: Store, name: str) -> str:
    value = store.meta(name)
    if value is None:
        raise LookupError(f"the state has no {name}; it was never identified")
    return value


@lru_cache(maxsize=16)
def _load(pem: str) -> rsa.RSAPrivateKey:
    key = load_private(pem.encode())
    if key is None:
        raise TypeError("the token key is an RSA key")
    return key
