"""The predict endpoint."""

import asyncio
from typing import Any
from unittest.mock import patch

import requests
from oci.data_science import models as m

from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator, FakeFleet, artifact
from tests.support.refusals.proof import Cloud, deploy, deployment, forever, ocid, refused


def _ask(e: Emulator, made: str, path: str = "predict", method: str = "POST", body: Any = b"{}") -> Any:
    url = f"{e.endpoint}/{made}/{path}"
    return requests.request(method, url, data=body, auth=e.auth, timeout=10)


@refused("predict-unsigned")
def predict_unsigned(cloud: Cloud) -> requests.Response:
    e = cloud()
    return requests.post(f"{e.endpoint}/{e.deploy()}/predict", data=b"{}", timeout=10)


@refused("predict-inactive")
def predict_inactive(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = e.deploy()
    e.finished(e.client.deactivate_model_deployment(made))
    return _ask(e, made)


@refused("predict-without-length")
def predict_without_length(cloud: Cloud) -> requests.Response:
    e = cloud()
    request = requests.Request("POST", f"{e.endpoint}/{e.deploy()}/predict", data=b"{}", auth=e.auth)
    prepared = request.prepare()
    del prepared.headers["content-length"]
    prepared.body, prepared.headers["transfer-encoding"] = iter([b"{}"]), "chunked"
    with requests.Session() as session:
        return session.send(prepared, timeout=10)


@refused("predict-too-large")
def predict_too_large(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, e.deploy(), body=bytes(10 * 2**20 + 1))


@refused("predict-no-server")
def predict_no_server(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, e.deploy(triton=False))


@refused("predict-no-stream")
def predict_no_stream(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, e.deploy(), "predictWithResponseStream")


def _with_endpoint(e: Emulator) -> str:
    endpoint = m.InferenceHttpEndpoint(endpoint_uri_suffix="v1/one", http_methods=["POST"])
    project = e.project()
    made = e.create(project, e.model(project, artifact("one")), custom_http_endpoints=[endpoint])
    e.settle(made.data.id)
    return str(made.data.id)


@refused("predict-unknown-suffix")
def predict_unknown_suffix(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, _with_endpoint(e), "predict/v1/two")


@refused("predict-unknown-method")
def predict_unknown_method(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, _with_endpoint(e), "predict/v1/one", "DELETE")


@refused("predict-unknown")
def predict_unknown(cloud: Cloud) -> requests.Response:
    return _ask(cloud(), ocid("datasciencemodeldeployment"))


@refused("predict-creating")
def predict_creating(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    return _ask(e, deploy(e, deployment(e)).json()["id"])


@refused("predict-by-put")
def predict_by_put(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _ask(e, e.deploy(), method="PUT")


@refused("predict-too-often")
def predict_too_often(cloud: Cloud) -> requests.Response:
    """The limit is a small one here."""
    e = cloud(limits=Limits(predict_rate=0.0))
    return _ask(e, e.deploy())


@refused("predict-too-slow")
def predict_too_slow(cloud: Cloud) -> requests.Response:
    """The server never answers, and the limit is a short one here."""
    e = cloud(limits=Limits(predict_seconds=0.05))
    made = e.deploy()
    with patch.object(FakeFleet, "predict", _never):
        return _ask(e, made)


async def _never(*arguments: Any) -> None:
    await asyncio.Event().wait()
