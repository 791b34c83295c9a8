"""The registries of a target: who is asked about an image, and with which credentials.

Images of OCI's registry are asked for with the target's own sign-in. On the local cloud their names stand for
its own registry, which takes any image unless it was told of some: what it does not know, nobody can say.
Every other registry is asked with what Docker keeps for it.
"""

from collections.abc import Callable
from threading import Lock

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.registry.client import Missing, RegistryClient
from reconciler.adapters.registry.docker_credentials import docker_login
from reconciler.adapters.registry.emulated import look_in_emulator
from reconciler.adapters.registry.places import origin_of, place_of
from reconciler.adapters.registry.tokens import OCI_USER, Authorizations
from reconciler.adapters.registry.transport import USUAL, NotSaid, RegistryPatience, RegistryTransport
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import Failed, ReconcilerError, SetupError, quoting
from reconciler.core.model.images.image import ImageRequest, ImageSight, NoSuchImage, NotLookedUp, Platform
from reconciler.core.model.target import EmulatorTarget, OciTarget, Target
from reconciler.core.planning.images.hosts import is_ocir
from reconciler.core.privacy.redactor import Redactor


class TargetRegistries:
    """Safe to use from many threads. `access` signs in to the target; it is called when OCI's registry is
    asked first, and only then.
    """

    def __init__(
        self, target: Target, access: Callable[[], ServiceAccess], patience: RegistryPatience = USUAL
    ) -> None:
        self._target, self._access = target, _Once(access)
        self._transport = RegistryTransport(patience)
        own_signer = self._signer if isinstance(target, OciTarget) else None
        self._authorizations = Authorizations(self._transport, own_signer)
        self._client = RegistryClient(self._transport, self._authorizations)

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight | None:
        """What there is to say of an image, by its digest if it has one; None when nobody can say."""
        place = place_of(image.reference)
        try:
            if isinstance(self._target, EmulatorTarget) and place.is_ocir:
                return look_in_emulator(self._transport, self._access(), place, image.digest, platform)
            return self._client.facts(place, image.digest, platform)
        except Missing as missing:
            return NoSuchImage(self._words(missing), missing.taken)
        except (NotSaid, ReconcilerError) as error:
            return NotLookedUp(self._words(error))

    def digest_of(self, reference: str) -> str:
        """The digest that a tag stands for right now: of an index, if it is one. Raises Failed."""
        try:
            return self._client.digest(place_of(reference))
        except (Missing, NotSaid) as error:
            words = self._words(error)
            raise quoting(Failed(f"{reference}: {words}"), words) from None

    def credentials_for(self, host: str) -> dict[str, str] | None:
        """What a container engine needs for this registry, as the `docker` package takes it: for OCI's a
        token of the target's, else what Docker keeps; None when there is nothing. Raises SetupError, and what
        the signer raises.
        """
        try:
            if is_ocir(host) and isinstance(self._target, OciTarget):
                deadline = self._transport.deadline()
                token = self._authorizations.signed_token(origin_of(host), deadline)
                return {"username": OCI_USER, "password": token}
            login = docker_login(host)
        except NotSaid as error:
            words = self._words(error)
            raise quoting(SetupError(f"cannot sign in to {host}: {words}"), words) from None
        return {"username": login.user, "password": login.password} if login else None

    def _words(self, error: Exception) -> str:
        """The clause of an error. A registry may repeat what it was sent."""
        return Redactor(self._authorizations.secrets).text(str(error))

    def _signer(self) -> Sdk:
        return self._access().signer


class _Once:
    """Signs in once, for all threads; when that fails, it fails for all of them."""

    def __init__(self, access: Callable[[], ServiceAccess]) -> None:
        self._access, self._lock = access, Lock()
        self._known: ServiceAccess | None = None
        self._failure: ReconcilerError | None = None

    def __call__(self) -> ServiceAccess:
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._known is None:
                try:
                    self._known = self._access()
                except ReconcilerError as error:
                    self._failure = error
                    raise
            return self._known
