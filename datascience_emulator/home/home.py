"""The folder of one emulator: what lies where, its identity, and how clients reach it.

It holds emulator-home (the mark of `claim`), state.sqlite, artifacts/, servers/, logs/, lock, start.lock,
options.json (how it was started last), emulator.json (while it runs), and what clients sign in with:
oci/{config,key.pem,token,oauth.json,registry.json}. Everything is readable by the owner alone, whatever the
umask, since the environment variables of deployments are in it.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric import rsa

from datascience_emulator.api.credentials import make_credentials, oauth_client, registry_user, sign_in
from datascience_emulator.api.keys import NewKey, fingerprint, load_private, private_pem, public_pem
from datascience_emulator.home.claim import SIGN_IN, HomeUnusable, claim
from datascience_emulator.identity.compartments import make_compartment
from datascience_emulator.store.store import Store
from datascience_emulator.wire.ids_and_times import new_ocid

_SESSION = timedelta(hours=24)
# Keys from the console end with this line. Without it, the `oci` command asks on every call to add it.
_LABEL = b"OCI_API_KEY\n"


class HomeLocked(Exception):
    """Another emulator runs in this home; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def state(self) -> Path:
        return self.path / "state.sqlite"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def servers(self) -> Path:
        return self.path / "servers"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def config_file(self) -> Path:
        return self.path / "oci" / "config"

    @property
    def key_file(self) -> Path:
        return self.path / "oci" / "key.pem"

    @property
    def token_file(self) -> Path:
        return self.path / "oci" / "token"

    @property
    def emulator_json(self) -> Path:
        return self.path / "emulator.json"

    def claim(self) -> None:
        """Make the folder a home, unless it is one already. Raises HomeUnusable."""
        with self._usable():
            claim(self.path)

    def prepare(self) -> None:
        """Make the files and folders that are missing, and close all of them to others. Raises
        HomeUnusable.
        """
        with self._usable():
            claim(self.path)
            for folder in (self.path, self.artifacts, self.servers, self.logs, self.key_file.parent):
                _private_folder(folder)
            # SQLite gives the files beside it the mode of this one.
            os.close(os.open(self.state, os.O_RDONLY | os.O_CREAT, 0o600))
            own = (self.key_file.with_name(name) for name in SIGN_IN)
            for file in (*self.path.glob(f"{self.state.name}*"), *own):
                _close(file)

    def identify(self, store: Store, region: str, new_key: NewKey) -> None:
        """At the first start, make a tenancy, a user, a compartment and keys. At every start, write them to
        files for clients, with a new session token for 24 hours.
        """
        with store.transaction():
            for kind in ("tenancy", "user", "compartment"):
                if store.meta(kind) is None:
                    store.set_meta(kind, new_ocid(kind, ""))
            make_credentials(store, new_key)
            make_compartment(store, datetime.now(UTC))
            key = _load_or_make_key(self.key_file, new_key).public_key()
            key_id = f"{store.meta('tenancy')}/{store.meta('user')}/{fingerprint(key)}"
            store.register_key(key_id, public_pem(key))
        _write(self.token_file, sign_in(store, key, datetime.now(UTC), _SESSION).encode())
        self._write_config(store, fingerprint(key), region)
        client, user = oauth_client(store), registry_user(store)
        self._write_json("oauth.json", {"client_id": client.name, "client_secret": client.secret})
        self._write_json("registry.json", {"username": user.name, "password": user.secret})

    def _write_config(self, store: Store, mark: str, region: str) -> None:
        """DEFAULT signs with the API key; SESSION is a profile as `oci session authenticate` writes it."""
        common = {
            "fingerprint": mark,
            "key_file": self.key_file.resolve(),
            "tenancy": store.meta("tenancy"),
            "region": region,
        }
        profiles = {
            "DEFAULT": {"user": store.meta("user"), **common},
            "SESSION": {**common, "security_token_file": self.token_file.resolve()},
        }
        lines = [
            line
            for name, values in profiles.items()
            for line in (f"[{name}]", *(f"{key}={value}" for key, value in values.items()))
        ]
        _write(self.config_file, "".join(f"{line}\n" for line in lines).encode())

    def _write_json(self, name: str, value: dict[str, str]) -> None:
        _write(self.key_file.with_name(name), json.dumps(value, indent=2).encode() + b"\n")

    def lock(self) -> IO[str]:
        """Hold the home until the file returned is closed, or the process dies. Raises HomeLocked,
        HomeUnusable.
        """
        with self._usable():
            claim(self.path)
            _private_folder(self.path)
        file = self.open_for_owner("lock")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise HomeLocked(
                f"{self.path}: another emulator runs here ({self._who()}); "
                "use it, stop it, or choose another --home"
            ) from error
        return file

    def is_locked(self) -> bool:
        try:
            with (self.path / "lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def open_for_owner(self, name: str) -> IO[str]:
        """A file below the home, made if it is not there, to append to. Raises HomeUnusable, also for a link:
        what it leads to may be somebody else's.
        """
        with self._usable():
            _private_folder((self.path / name).parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            return os.fdopen(os.open(self.path / name, flags, 0o600), "a")

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HomeUnusable(
                f"{error.filename or self.path}: the state cannot be kept there ({error.strerror}); remove "
                "what is in the way, make the folder writable, or choose another --home"
            ) from error

    def _who(self) -> str:
        try:
            running = json.loads(self.emulator_json.read_text())
            return f"pid {running['pid']}, {running['endpoint']}"
        except (OSError, ValueError, KeyError):
            return "it is just starting"

    def announce(self, running: dict[str, Any]) -> None:
        _write(self.emulator_json, json.dumps(running, indent=2).encode() + b"\n")

    def keep_options(self, options: dict[str, Any]) -> None:
        """Keep the options of this start, for programs that start it again in the same way."""
        _write(self.path / "options.json", json.dumps(options, indent=2).encode() + b"\n")

    def withdraw(self) -> None:
        self.emulator_json.unlink(missing_ok=True)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)


def _close(file: Path) -> None:
    """Close it to others, if it exists. Links are left alone: they may lead to files that are not ours."""
    if not file.is_symlink() and file.exists():
        file.chmod(0o600)


def _load_or_make_key(path: Path, new_key: NewKey) -> rsa.RSAPrivateKey:
    if path.exists():
        known = load_private(path.read_bytes())
        if known is None:
            raise HomeUnusable(f"{path}: not an RSA key; remove it and start again")
        return known
    key = new_key()
    _write(path, private_pem(key) + _LABEL)
    return key


def _write(path: Path, content: bytes) -> None:
    """Write the file at once or not at all, readable by the owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
