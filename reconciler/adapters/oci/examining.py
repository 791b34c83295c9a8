"""What `doctor` reads of a target beside what a plan reads: one call for each question, nothing is changed.

It decides nothing: answers become the facts of `core.model.views.checkup`, refusals stay errors.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import cached_property

import requests
from oci.exceptions import ServiceError

from reconciler.adapters.http.bounded_answers import BadAnswer, BoundedAdapter
from reconciler.adapters.oci.client import BOUNDS, ServiceAccess, client_of, data_science
from reconciler.adapters.oci.errors import cut, translated
from reconciler.adapters.oci.pages import pages_of
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import CloudError, SetupError
from reconciler.core.model.target import ArtifactBucket
from reconciler.core.model.views.checkup import (
    CompartmentState,
    FirstAnswer,
    LimitLeft,
    LogState,
    OfferedShape,
    PrivateEndpointState,
    Route,
)

SERVICE = "data-science"
"""The name of Data Science in the Limits service (docs/service.md §10)."""

ROUTE_TIMEOUT = (10.0, 20.0)
"""Seconds to connect, and until the first byte of any answer."""


class Examination:
    """Reads of one target, in one compartment. Safe to use from many threads."""

    def __init__(self, access: ServiceAccess, compartment: str) -> None:
        self._access, self.compartment = access, compartment

    def first_answer(self) -> FirstAnswer:
        """What the service answers to a signed call, and what time it is there."""
        headers: Sdk = None
        try:
            with translated("signing in"):
                try:
                    headers = self._science.list_projects(self.compartment, limit=1).headers
                except ServiceError as error:
                    headers = error.headers
                    raise
        except (CloudError, SetupError) as error:
            return FirstAnswer(_skew(headers), error)
        return FirstAnswer(_skew(headers))

    def compartment_state(self) -> CompartmentState:
        """The compartment itself."""
        with translated(f"reading the compartment {self.compartment}"):
            found = self._identity.get_compartment(self.compartment).data
        return CompartmentState(cut(str(found.name or found.id)), str(found.lifecycle_state))

    def read(self, operation: str) -> None:
        """Whether this list of Data Science may be asked for: its first entry is read."""
        call: Callable[..., Sdk] = getattr(self._science, operation)
        with translated(operation):
            call(self.compartment, limit=1)

    def shapes(self) -> dict[str, OfferedShape]:
        """The compute shapes for model deployments, by name."""
        call = self._science.list_model_deployment_shapes
        pages = pages_of("listing the shapes", call, self.compartment)
        return {
            str(one.name): OfferedShape(float(one.core_count or 0), float(one.memory_in_gbs or 0))
            for page in pages
            for one in page
        }

    def limit_names(self) -> frozenset[str]:
        """The names of all limits of Data Science. They are those of the tenancy."""
        pages = pages_of(
            "listing the limits of Data Science",
            self._limits.list_limit_definitions,
            self._tenancy,
            service_name=SERVICE,
            limit=1000,
        )
        return frozenset(str(one.name) for page in pages for one in page if one.name)

    def limit_left(self, name: str) -> LimitLeft:
        """How much is left of a limit in this compartment."""
        with translated(f"reading what is left of {name}"):
            found = self._limits.get_resource_availability(SERVICE, name, self.compartment).data
        exact = found.fractional_availability
        available = exact if exact is not None else found.available
        used = found.fractional_usage if found.fractional_usage is not None else found.used
        return LimitLeft(_float(available), _float(used))

    def log_group(self, group: str) -> None:
        """Whether a log group may be read."""
        with translated(f"reading the log group {group}"):
            self._logging.get_log_group(group)

    def log(self, group: str, log: str) -> LogState:
        """A log in its group."""
        with translated(f"reading the log {log}"):
            found = self._logging.get_log(group, log).data
        return LogState(str(found.lifecycle_state), str(found.log_type), found.is_enabled is not False)

    def private_endpoint(self, ocid: str) -> PrivateEndpointState:
        """A private endpoint of Data Science."""
        with translated(f"reading the private endpoint {ocid}"):
            found = self._science.get_data_science_private_endpoint(ocid).data
        return PrivateEndpointState(str(found.lifecycle_state), str(found.data_science_resource_type))

    def bucket(self, bucket: ArtifactBucket) -> str:
        """The namespace of the bucket for large content. Raises SetupError when the bucket is not there."""
        # The client of Object Storage takes a while to load, and few targets have a bucket.
        from reconciler.adapters.oci.object_storage.bucket import Bucket

        return Bucket(self._access, bucket).namespace

    def route(self, address: str) -> Route:
        """Whether HTTP gets from here to an address: its name resolves, TLS is trusted, something answers.
        Nothing is signed, and any answer will do.
        """
        session = requests.Session()
        session.trust_env = not self._access.local
        adapter = BoundedAdapter(BOUNDS, ROUTE_TIMEOUT)
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        try:
            with session, session.get(address, timeout=ROUTE_TIMEOUT, stream=True, allow_redirects=False):
                return Route(address)
        except BadAnswer:
            return Route(address)
        except requests.RequestException as error:
            first = error.args[0] if error.args else error
            reason = getattr(first, "reason", first)
            return Route(address, cut(f"{type(error).__name__}: {reason}"))

    def endpoint(self) -> str:
        """Where the control plane answers."""
        return str(self._science.base_client.endpoint)

    @property
    def _tenancy(self) -> str:
        """The tenancy; where neither config nor signer says which, the compartment, which may be refused."""
        named = self._access.config.get("tenancy") or getattr(self._access.signer, "tenancy_id", "")
        return str(named or self.compartment)

    @cached_property
    def _science(self) -> Sdk:
        return data_science(self._access)

    @cached_property
    def _identity(self) -> Sdk:
        from oci.identity import IdentityClient

        return client_of(IdentityClient, "Identity", self._access)

    @cached_property
    def _limits(self) -> Sdk:
        from oci.limits import LimitsClient

        return client_of(LimitsClient, "Limits", self._access)

    @cached_property
    def _logging(self) -> Sdk:
        from oci.logging import LoggingManagementClient

        return client_of(LoggingManagementClient, "Logging", self._access)


def _skew(headers: Sdk) -> float | None:
    """Seconds that the sender of these headers is ahead of this machine."""
    try:
        return parsedate_to_datetime(str((headers or {}).get("date") or "")).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None


def _float(value: Sdk) -> float | None:
    return None if value is None else float(value)
