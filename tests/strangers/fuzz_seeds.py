"""What the requests of the fuzzer need: resources that are really made, and SDK clients that send nothing.

It must not know what the emulator answers.
"""

import base64
from typing import Any

import oci
from oci.data_science import models as m
from oci.identity import IdentityClient
from oci.identity.models import CreateCompartmentDetails

from tests.support.emulator import configuration, group_details
from tests.support.serving import Client

NUMBER = "NUMBER"
"""Stands in a body for what has to be another each time."""


class Seeds:
    """Notes requests, in the order in which they are to be sent. `cloud` makes what they name.

    A note: {method, path, query, headers, body, signed}; `body` is in base64, `signed` says whether the body
    is part of the signature.
    """

    def __init__(self, cloud: Client, config: dict[str, Any]) -> None:
        self.cloud, self.config, self.endpoint = cloud, config, cloud.endpoint
        self.noted: list[dict[str, Any]] = []
        self.compartment, self.project = cloud.compartment, cloud.project()
        self.other = self._compartment("other")
        self.science: Any = self.silent(oci.data_science.DataScienceClient)

    def silent(self, kind: Any) -> Any:
        """A client of the SDK whose requests are noted, and go nowhere."""
        client = kind(
            self.config, service_endpoint=self.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
        )
        client.base_client.request = self._note
        return client

    def _note(self, request: Any, *_: Any) -> oci.Response:
        headers = {name: str(value) for name, value in request.header_params.items()}
        path = request.url.removeprefix(self.endpoint)
        signed = request.enforce_content_headers
        self.note(request.method, path, request.body, dict(request.query_params or {}), signed, **headers)
        return oci.Response(200, {}, None, request)

    def note(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        query: dict[str, Any] | None = None,
        signed: bool = True,
        **headers: str,
    ) -> None:
        kept = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CLIENT}
        raw = body.encode() if isinstance(body, str) else body
        self.noted.append(
            {
                "method": method,
                "path": path,
                "query": {name: _text(value) for name, value in (query or {}).items()},
                "headers": kept,
                "body": None if raw is None else base64.b64encode(raw).decode(),
                "signed": signed,
            }
        )

    # -- what is made

    def _compartment(self, name: str) -> str:
        client = IdentityClient(self.config, service_endpoint=self.endpoint)
        details = CreateCompartmentDetails(
            compartment_id=self.config["tenancy"], name=name, description="to move things to"
        )
        return str(client.create_compartment(details).data.id)

    def make(self, resource: str, *details: Any) -> str:
        return str(getattr(self.cloud.sdk, f"create_{resource}")(*details).data.id)

    def model(self, content: bytes | None = b"content", **more: Any) -> str:
        model = self.make("model", self.of(m.CreateModelDetails, **more))
        if content is not None:
            self.cloud.sdk.create_model_artifact(model, content)
        return model

    def deployment(self) -> str:
        """Nothing is started for it: it is none of Triton's."""
        return self.cloud.create(self.project, configuration(self.model(), triton=False))

    def group(self, kind: Any = None) -> str:
        named = {"one": self.model()}
        return self.make("model_group", group_details(self.compartment, self.project, named, kind))

    def of(self, kind: Any, **more: Any) -> Any:
        """Details that name the compartment, and the project where there is one."""
        given = {"compartment_id": self.compartment, "project_id": self.project, **more}
        return kind(**{name: value for name, value in given.items() if name in kind().swagger_types})


_OF_THE_CLIENT = {"content-length", "opc-client-info", "user-agent", "opc-request-id", "opc-client-retries"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
