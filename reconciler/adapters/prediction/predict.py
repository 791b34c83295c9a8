"""Signed inference requests. The SDK's own client cannot send headers, by which the service routes requests
to Triton's models (docs/service.md §4.3, §4.6), so this sends a plain request with the SDK's signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

import requests

from reconciler.adapters.http.bounded_answers import BadAnswer, BoundedAdapter, beginning_of, body_of
from reconciler.adapters.oci.client import CONNECTIONS, ServiceAccess
from reconciler.adapters.oci.errors import cut, of_bad_answer
from reconciler.core.model.errors import CloudError, ServiceAnswer, Transient

TIMEOUT = (10.0, 70.0)
"""Seconds to connect, and to wait; the service gives up after 60 (docs/service.md §4.6)."""

LARGEST_ANSWER = 32 << 20
"""Bytes; a request may have 10 million (docs/service.md §4.6, 413), and answers are not much larger."""

NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
"""The URL that the service gives for the endpoint is none."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What came back, whatever the status; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Predictor:
    """Sends requests to the predict endpoints of one target. Safe to use from many threads."""

    def __init__(self, access: ServiceAccess) -> None:
        self._signer = access.signer
        self._session = requests.Session()
        self._session.trust_env = not access.local
        self._bounds = replace(access.bounds, body=LARGEST_ANSWER)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundedAdapter(self._bounds, TIMEOUT, pool_maxsize=CONNECTIONS))

    def __call__(self, url: str, model: str, version: str | None, body: bytes) -> Prediction:
        """Ask a model of the deployment at `url` (its modelDeploymentUrl).

        Every answer is returned; of an error, which the model has to explain, the beginning. Raises Transient
        when there is no answer, CloudError when it is larger than the service's are; and one of them for a
        redirect, which is no answer of the service.
        """
        # A folder may be called anything, and a header that is no bytes can only hold Latin-1.
        headers: dict[str, str | bytes] = {"content-type": JSON, "accept": JSON, "model_name": model.encode()}
        if version is not None:
            headers["model_version"] = version
        endpoint = f"{url.rstrip('/')}/predict"
        operation = f"asking {model} at {endpoint}"
        try:
            with self._session.post(
                endpoint, data=body, headers=headers, auth=self._signer, timeout=TIMEOUT, stream=True
            ) as answer:
                good = answer.status_code < HTTPStatus.BAD_REQUEST
                content = body_of(answer, self._bounds) if good else beginning_of(answer)
        except BadAnswer as error:
            raise of_bad_answer(operation, error) from error
        except requests.RequestException as error:
            reason = cut(str(error.args[0] if error.args else error))
            kind = CloudError if isinstance(error, NO_ADDRESS) else Transient
            raise kind(ServiceAnswer(operation, 0, type(error).__name__, reason)) from error
        lower_case = {name.lower(): value for name, value in answer.headers.items()}
        return Prediction(answer.status_code, lower_case, content)
