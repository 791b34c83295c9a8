"""The lists of the service, page by page: asked for by compartment, and filtered by whoever reads them
(docs/service.md §0.2).
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from oci.data_science import DataScienceClient

from reconciler.adapters.oci.errors import cut
from reconciler.adapters.oci.pages import pages_of
from reconciler.adapters.sdk import Sdk

PAGE = 100
"""The most that the service gives at once (docs/service.md §0.2)."""

NEWEST_FIRST = {"sort_by": "timeAccepted", "sort_order": "DESC"}


class Lists:
    """The resources of one compartment by kind, as objects of the SDK."""

    def __init__(self, client: DataScienceClient, compartment: str) -> None:
        self._client = client
        self._compartment = compartment

    def deployments(self) -> list[Sdk]:
        """Summaries with full configurations (docs/service.md §0.1), deleted ones among them."""
        return self._all("model deployments", self._client.list_model_deployments)

    def models(self) -> list[Sdk]:
        """Summaries of catalog models."""
        return self._all("catalog models", self._client.list_models)

    def groups(self) -> list[Sdk]:
        """Summaries of model groups, without their members."""
        return self._all("model groups", self._client.list_model_groups)

    def projects(self) -> list[Sdk]:
        """Summaries of projects."""
        return self._all("projects", self._client.list_projects)

    def work_requests(self) -> Iterator[list[Sdk]]:
        """Pages of work requests, newest first."""
        return self._pages("work requests", self._client.list_work_requests, NEWEST_FIRST)

    def deployments_named(self, name: str) -> list[Sdk]:
        """Summaries of model deployments with this display name: the one filter that is allowed beside the
        compartment (docs/service.md §0.2).
        """
        pages = self._pages(
            f"model deployments named {name}", self._client.list_model_deployments, {"display_name": name}
        )
        return [item for page in pages for item in page]

    def newest_work(self, resource: str, **filters: str) -> str:
        """The OCID of the work request of a resource that was accepted last, of those that pass the filters;
        empty when there is none.
        """
        return next((str(item.id) for item in self._work_of(resource, **filters)), "")

    def work_of(self, resource: str, most: int) -> list[Sdk]:
        """The newest work requests of a resource."""
        return list(islice(self._work_of(resource, limit=min(most, PAGE)), most))

    def _work_of(self, resource: str, **options: object) -> Iterator[Sdk]:
        """The work requests of a resource, newest first."""
        options = {"resource_id": resource, **options, **NEWEST_FIRST}
        pages = self._pages(f"work requests of {resource}", self._client.list_work_requests, options)
        return (item for page in pages for item in page)

    def errors(self, work_request: str) -> tuple[str, ...]:
        """What a work request says of its failure, oldest first."""
        return self._messages(self._client.list_work_request_errors, work_request)

    def logs(self, work_request: str) -> tuple[str, ...]:
        """What a work request says of its progress, oldest first."""
        return self._messages(self._client.list_work_request_logs, work_request)

    def _all(self, what: str, call: Callable[..., Sdk]) -> list[Sdk]:
        return [item for page in self._pages(what, call, {}) for item in page]

    def _pages(
        self, what: str, call: Callable[..., Sdk], options: Mapping[str, object]
    ) -> Iterator[list[Sdk]]:
        operation = f"listing the {what} of {self._compartment}"
        return pages_of(operation, call, self._compartment, **{"limit": PAGE, **options})

    def _messages(self, call: Callable[..., Sdk], work_request: str) -> tuple[str, ...]:
        pages = pages_of(f"reading what the work request {work_request} says", call, work_request)
        entries = sorted((entry for page in pages for entry in page), key=lambda entry: str(entry.timestamp))
        return tuple(cut(entry.message) for entry in entries if entry.message)
