"""The SDK's copy of requests with answers within bounds (`bounded_answers`)."""

from typing import Any

from oci.base_client import OCIHTTPAdapter

from reconciler.adapters.http.bounded_answers import BadAnswer, Bounded


class BoundedSdkAdapter(Bounded, OCIHTTPAdapter):  # type: ignore[misc]  # the SDK has no types
    """For sessions of the SDK, which carries its own copy of requests."""


class WholeAdapter(BoundedSdkAdapter):
    """For sessions of code that reads the whole body at once, however large it is."""

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        """Raises BadAnswer for a body that is packed: unpacked, it could be of any size."""
        request.headers["accept-encoding"] = "identity"
        response = super().send(request, *arguments, **options)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            response.close()
            raise BadAnswer(
                "the answer is packed, although that was not asked for",
                again=False,
                status=response.status_code,
            )
        return response
