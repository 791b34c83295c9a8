"""Signed inference requests. The SDK's own client cannot send headers, and Triton is routed by them
(docs/service.md §4.3, §4.6), so this is a plain request with the SDK's signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from reconciler.adapters.oci_client import CONNECTIONS, Access
from reconciler.core.errors import ServiceAnswer, Transient

TIMEOUT = (10.0, 70.0)
"""Seconds to connect, and to wait; the service gives up after 60 (docs/service.md §4.6)."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What came back, whatever the status; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Predictor:
    """Sends requests to the predict endpoints of one target. Safe to use from many threads."""

    def __init__(self, access: Access) -> None:
        self._signer = access.signer
        self._session = requests.Session()
        self._session.trust_env = not access.local
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS))

    def __call__(
        self, url: str, model: str, version: str | None, body: bytes, content_type: str = JSON
    ) -> Prediction:
        """Ask a model of the deployment at `url` (its modelDeploymentUrl).

        Every answer is returned, errors too: they are the model's to explain. Raises Transient when there is
        none.
        """
        headers = {"content-type": content_type, "accept": JSON, "model_name": model}
        if version is not None:
            headers["model_version"] = version
        place = f"{url.rstrip('/')}/predict"
        try:
            answer = self._session.post(
                place,
                data=body,
                headers=headers,
                auth=self._signer,
                timeout=TIMEOUT,
                # A redirect would need another signature, and would not be to a model deployment.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            reason = str(error.args[0] if error.args else error)
            said = ServiceAnswer(f"asking {model} at {place}", 0, type(error).__name__, reason)
            raise Transient(said) from error
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Prediction(answer.status_code, lowered, answer.content)
