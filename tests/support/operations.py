"""Conformance of a cloud, operation by operation: cases, and a client that notes what they sent.

A case is a function that calls one operation of the real SDK's client in every documented way and asserts
what the world looks like afterwards. What "every documented way" is comes from the SDK itself: the keyword
arguments that its method accepts, and the fields of the models that it is given.
"""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

import oci
import pytest
from oci.data_science import DataScienceClient, models

from tests.support.answers import faults
from tests.support.waiting import wait_for

# They never reach the wire.
_OF_THE_CLIENT = {"allow_control_chars", "retry_strategy", "enable_strict_url_encoding", "buffer_limit"}

# Fields that no request may carry, and arguments that there is nothing to say with; each with the reason.
_NOT_TO_SEND = {
    # SDK, its docstring: "These environment variables can not be set or modified by user".
    "OcirModelDeploymentEnvironmentConfigurationDetails": {"default_environment_variables"},
    # What can be made to fail on every cloud has one error, so its errors have one page.
    "list_work_request_errors": {"page"},
}

# What Terraform's provider waits for (its internal/service/datascience): a part of the resource's entityType,
# and its actionType, by the operationType of the work request. The SDK knows none for a moved version set.
_AWAITED_OF = {
    "MODEL_DEPLOYMENT": ("model-deployment", ("CREATE", "UPDATE", "DELETE")),
    "MODEL_GROUP": ("model-group", ("CREATE", "DELETE")),
    "MODEL_GROUP_VERSION_HISTORY": ("modelgroupversionhistory", ("DELETE",)),
    "MODELVERSIONSET": ("modelversionset", ("DELETE",)),
    "COMPUTE_TARGET": ("compute-target", ("CREATE", "UPDATE", "DELETE")),
    "PRIVATE_ENDPOINT": ("datascience", ("CREATE", "UPDATE", "DELETE")),
}
AWAITED = {
    f"{subject}_{what}": (part, f"{what}D")
    for subject, (part, all_of_it) in _AWAITED_OF.items()
    for what in all_of_it
} | {
    "EXPORT_MODEL_ARTIFACT": ("model-artifact", "CREATED"),
    "IMPORT_MODEL_ARTIFACT": ("model-artifact", "CREATED"),
    "PRIVATE_ENDPOINT_MOVE": ("datascience", "UPDATED"),
    "UNKNOWN_ENUM_VALUE": ("modelversionset", "UPDATED"),
}

Case = Callable[["World"], None]
CASES: dict[str, list[Case]] = defaultdict(list)


def case(*operations: str) -> Callable[[Case], Case]:
    """This function is a case of each of `operations` (names of the SDK's methods)."""

    def register(function: Case) -> Case:
        for operation in operations:
            CASES[operation].append(function)
        return function

    return register


@cache
def documented(operation: str) -> frozenset[str]:
    """The arguments of the operation: positional ones too."""
    method = getattr(DataScienceClient, operation)
    found = re.search(r"expected_kwargs = \[(.*?)\]", inspect.getsource(method), re.DOTALL)
    keywords = set(re.findall(r'"(\w+)"', found.group(1))) if found else set()
    positional = set(inspect.signature(method).parameters) - {"self", "kwargs"}
    return frozenset((keywords | positional) - _OF_THE_CLIENT)


@cache
def documented_models(operation: str) -> frozenset[type]:
    """The models that its body can be made of: where a field is of an abstract kind, each that there is."""
    described = inspect.getdoc(getattr(DataScienceClient, operation)) or ""
    found: set[type] = set()
    for name in re.findall(r":param oci\.data_science\.models\.(\w+) ", described):
        _add_models(getattr(models, name), found)
    return frozenset(found)


def _add_models(kind: type[Any], found: set[type]) -> None:
    if kind in found:
        return
    if concrete := [one for one in vars(models).values() if inspect.isclass(one) and kind in one.__bases__]:
        for one in concrete:
            _add_models(one, found)
        return
    found.add(kind)
    for written in kind().swagger_types.values():  # "str", "list[LogDetails]", "dict(str, str)"
        for name in re.findall(r"\w+", written):
            if hasattr(models, name):
                _add_models(getattr(models, name), found)


@dataclass
class Sent:
    """What went out so far: arguments by operation, fields by operation and class of the SDK's models."""

    arguments: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    fields: dict[str, dict[type, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    def note(self, operation: str, arguments: Mapping[str, Any]) -> None:
        self.arguments[operation] |= arguments.keys()
        for value in arguments.values():
            self._note_model(operation, value)

    def _note_model(self, operation: str, value: Any) -> None:
        if isinstance(value, list | tuple):
            for one in value:
                self._note_model(operation, one)
        elif isinstance(value, dict):
            self._note_model(operation, list(value.values()))
        elif hasattr(value, "swagger_types"):
            given = {name: getattr(value, name) for name in value.swagger_types}
            given = {name: one for name, one in given.items() if one is not None}
            self.fields[operation][type(value)] |= given.keys()
            for one in given.values():
                self._note_model(operation, one)

    def missing(self, operation: str) -> list[str]:
        """What is documented and was not sent."""
        arguments = documented(operation) - _NOT_TO_SEND.get(operation, set())
        absent = [f"argument {name}" for name in arguments - self.arguments[operation]]
        for kind in documented_models(operation):
            every = kind().swagger_types.keys() - _NOT_TO_SEND.get(kind.__name__, set())
            absent += [f"{kind.__name__}.{name}" for name in every - self.fields[operation][kind]]
        return sorted(absent)


class Client:
    """The SDK's client. Every call carries an opc-request-id of its own, and its answer has to show it.

    `faults`: what is wrong with the answers so far. `taken`: requests that were not refused.
    """

    def __init__(self, client: DataScienceClient) -> None:
        self.sdk, self.sent, self._numbers = client, Sent(), count(1)
        self.faults: set[str] = set()
        self.taken: dict[str, list[oci.Request]] = defaultdict(list)

    def __getattr__(self, operation: str) -> Callable[..., oci.Response]:
        method = getattr(self.sdk, operation)
        signature = inspect.signature(method)

        def call(*arguments: Any, **keywords: Any) -> oci.Response:
            if "opc_request_id" in documented(operation):
                keywords["opc_request_id"] = f"conformance{next(self._numbers)}"
            named = signature.bind(*arguments, **keywords).arguments
            extra = named.pop("kwargs", {})
            self.sent.note(operation, {**named, **extra})
            response = method(*arguments, **keywords)
            asked = keywords.get("opc_request_id")
            assert asked is None or response.headers["opc-request-id"].startswith(f"{asked}/")
            self.faults |= {f"{operation}: {fault}" for fault in faults(response.data)}
            self.taken[operation].append(response.request)
            return response

        return call


@dataclass
class World:
    """One cloud for one test. `other_compartment` is somewhere to move things to.

    `outside`: what the cases need of other services and do not make, by name (see `cases/outside.py`).
    `patience`: seconds that a work request may take.
    """

    client: Client
    storage: oci.object_storage.ObjectStorageClient
    region: str
    compartment: str
    other_compartment: str
    outside: Mapping[str, str]
    patience: float
    forgotten: list[Callable[[], Any]] = field(default_factory=list)

    def anew(self) -> "World":
        """The same cloud for another test."""
        return replace(self, client=Client(self.client.sdk), forgotten=[])

    def named(self, name: str) -> str:
        """A name, or a retry token, that nothing else has, nor ever had."""
        return f"{name}-{uuid4().hex[:12]}"

    def later(self, remove: Callable[[], Any]) -> None:
        """Undo this when the test is over, whatever its end."""
        self.forgotten.append(remove)

    def delete_later(self, operation: str, *ids: str) -> None:
        """As `later`, with an operation that may leave a work request to wait for."""

        def remove() -> None:
            answer = getattr(self.client, operation)(*ids)
            if "opc-work-request-id" in answer.headers:
                self.finished(answer)

        self.later(remove)

    def clean(self) -> None:
        """Newest first; what others still need, when those are gone."""
        left = [*reversed(self.forgotten)]
        while left:
            needed = [remove for remove in left if not _removed(remove)]
            assert len(needed) < len(left), f"{len(left)} resources cannot be removed"
            left = needed

    def finished(self, response: oci.Response) -> Any:
        """The work request of the answer, once it is over."""
        work = response.headers["opc-work-request-id"]

        def over() -> Any:
            found = self.client.get_work_request(work).data
            return found if found.time_finished else None

        return _named_as_awaited(wait_for(over, self.patience))

    def succeeded(self, response: oci.Response, operation_type: str) -> Any:
        work = self.finished(response)
        assert (work.operation_type, work.status) == (operation_type, "SUCCEEDED"), work
        return work

    # -- what many operations have in common

    def refused(
        self, status: int, code: str | None, call: Callable[..., Any], *arguments: Any, **keywords: Any
    ) -> None:
        """`code`: none after HEAD, which has no body to say it in."""
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            # Else the SDK tries again for 90 seconds what is in the wrong state.
            call(*arguments, retry_strategy=oci.retry.NoneRetryStrategy(), **keywords)
        assert (caught.value.status, caught.value.code) == (status, code), caught.value

    def once(self, operation: str, *arguments: Any, token: str, other: Any, place: int = -1) -> oci.Response:
        """A create with a retry token, twice: one effect. With `other` in its place: refused."""
        call, token = getattr(self.client, operation), self.named(token)
        first = call(*arguments, opc_retry_token=token)
        again = call(*arguments, opc_retry_token=token)
        assert getattr(again.data, "id", None) == getattr(first.data, "id", None)
        changed = list(arguments)
        changed[place] = other
        self.refused(409, "InvalidatedRetryToken", call, *changed, opc_retry_token=token)
        return first

    def guarded(self, operation: str, *arguments: Any, etag: str, **keywords: Any) -> oci.Response:
        """With an etag that is not the current one: refused. With the current one: done."""
        call = getattr(self.client, operation)
        wrong = "00000000-0000-0000-0000-000000000000"
        self.refused(412, "NoEtagMatch", call, *arguments, if_match=wrong, **keywords)
        return call(*arguments, if_match=etag, **keywords)

    def moved(self, resource: str, details: Any, *ids: str, etag: str, first: bool = False) -> None:
        """To the other compartment, guarded by an etag; sent again with the same retry token: no harm.

        `first`: where the SDK's method takes the details before the ids.
        """
        call = f"change_{resource}_compartment"
        there = details(compartment_id=self.other_compartment)
        arguments = (there, *ids) if first else (*ids, there)
        token = self.named("move")
        answer = self.guarded(call, *arguments, etag=etag, opc_retry_token=token)
        again = getattr(self.client, call)(*arguments, if_match=etag, opc_retry_token=token)
        assert again.headers.get("opc-work-request-id") == answer.headers.get("opc-work-request-id")
        if "opc-work-request-id" in answer.headers:
            assert self.finished(answer).status == "SUCCEEDED"
        found = getattr(self.client, f"get_{resource}")(*ids)
        assert found.data.compartment_id == self.other_compartment
        assert found.headers["etag"] != etag

    def listed(
        self,
        operation: str,
        *arguments: Any,
        filters: Mapping[str, tuple[Any, Any]],
        sorts: Mapping[str, str],
        within: Mapping[str, Any] | None = None,
        key: str = "id",
        untold: Collection[str] = (),
    ) -> list[Any]:
        """Filters (value that fits some, value that fits none), sorts (`sort_by` → attribute), pages.

        `within` narrows every call, so that the list is a small one also on a cloud that others use.
        `untold`: filters by what the items do not say.
        """
        call, narrow = getattr(self.client, operation), dict(within or {})
        every = self._all(call, *arguments, **narrow)
        assert every, f"{operation} found nothing to work with"
        assert keys(self._all(call, *arguments, **narrow, limit=1), key) == keys(every, key)
        for name, (some, none) in filters.items():
            rest = {other: value for other, value in narrow.items() if other != name}
            found = self._all(call, *arguments, **{**rest, name: some})
            assert found, f"{operation}: {name}={some} finds nothing"
            if name not in untold:
                assert {getattr(one, name) for one in found} == {some}, f"{operation}: {name}={some}"
            assert self._all(call, *arguments, **{**rest, name: none}) == [], f"{operation}: {name}={none}"
        for sort, attribute in sorts.items():
            for order in ("ASC", "DESC", None):
                asked = {"sort_by": sort, **({"sort_order": order} if order else {})}
                found = self._all(call, *arguments, **narrow, **asked)
                values = [getattr(one, attribute) for one in found]
                assert len(set(values)) > 1, f"{operation}: all of one {attribute}, in any order sorted"
                # SDK: descending by time, ascending by all else, unless told otherwise.
                down = order == "DESC" or (order is None and sort.startswith("time"))
                assert values == sorted(values, reverse=down), f"{operation}: {sort} {order}"
        return every

    def _all(self, call: Callable[..., oci.Response], *arguments: Any, **keywords: Any) -> list[Any]:
        found, page = [], None
        while True:
            answer = call(*arguments, **keywords, **({"page": page} if page else {}))
            found += answer.data
            page = answer.headers.get("opc-next-page")
            if not page:
                return found


def _named_as_awaited(work: Any) -> Any:
    """Terraform's provider finds what it waits for by a part of the resource's type, and by what was done."""
    part, action = AWAITED.get(work.operation_type, ("", None))
    for resource in work.resources if work.status == "SUCCEEDED" else ():
        assert part in resource.entity_type.lower()
        assert action in (None, resource.action_type)
    return work


def _removed(remove: Callable[[], Any]) -> bool:
    try:
        remove()
    except oci.exceptions.ServiceError as error:
        if error.status not in (404, 409):
            raise
        return bool(error.status == 404)
    return True


def keys(items: Sequence[Any], key: str) -> list[Any]:
    return [getattr(one, key) for one in items]
