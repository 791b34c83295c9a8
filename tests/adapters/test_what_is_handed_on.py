"""What others say is handed on as it came: a secret in it is found, whatever characters it has. Who prints it
takes out what moves a cursor.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.artifact import Remote
from reconciler.core.model.configuration import Secret
from reconciler.core.model.errors import CloudError
from tests.support.http_service import COMPARTMENT, Asked, Reply, Service

SECRETS = {
    "an escape": "s3cret\x1b[2J-Zebra",
    "a return": "s3cret\r\n-Zebra-Quagga",
    "lines": "s3cret one\ntwo-Zebra",
    "a tab": "s3cret\tand-Zebra",
    "what ends a line for Python": "s3cret\x1c-\x85Zebra",
    "a null": "s3\0cret-Zebra",
    "what turns text": "s3cret\u202e-Zebra",
}
ANSWERS: dict[str, Callable[[str], Reply]] = {
    "message": lambda said: (400, {}, json.dumps({"code": "InvalidParameter", "message": said}).encode()),
    "code": lambda said: (400, {}, json.dumps({"code": said, "message": "no"}).encode()),
    "text": lambda said: (500, {}, said.encode()),
    "moment": lambda said: (200, {}, json.dumps([{"id": "d", "timeCreated": said}]).encode()),
    "key": lambda said: (200, {}, b"[{%s:1,%s:2}]" % ((json.dumps(said).encode(),) * 2)),
    "document": lambda said: (200, {}, f"{said}, said the proxy".encode()),
}


def no_fetch(remote: Remote, sha256: str) -> Path:
    raise AssertionError(remote.url)


@pytest.fixture(params=SECRETS.values(), ids=SECRETS)
def secret(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def redaction(secret: str) -> Redaction:
    made = Redaction({})
    made.learn(Secret("env.TOKEN", secret))
    return made


@pytest.fixture
def cloud(access: ServiceAccess, redaction: Redaction) -> OciCloud:
    made = OciCloud(access, COMPARTMENT, "serving", create_project=False, fetch=no_fetch)
    return redacted(made, redaction)


def tells(told: str) -> bool:
    return any(part in told for part in ("s3", "cret", "Zebra", "Quagga"))


@pytest.mark.parametrize("place", ANSWERS)
def test_a_secret_in_an_error(service: Service, cloud: OciCloud, secret: str, place: str) -> None:
    reply = ANSWERS[place](f"it is {secret} there")
    service.answer = lambda _: reply
    with pytest.raises(CloudError) as caught:
        cloud.deployment_states()
    told = str(caught.value)
    assert not tells(told)
    assert "(not shown)" in told, "it was said"
    assert "\n" not in told
    assert not tells(caught.value.answer.code)


def test_a_secret_in_what_a_work_request_says(service: Service, cloud: OciCloud, secret: str) -> None:
    def answer(asked: Asked) -> Reply:
        entry = {"code": "x", "message": f"it is {secret}", "timestamp": "2024-01-01T00:00:00Z"}
        return 200, {}, json.dumps([entry]).encode()

    service.answer = answer
    trouble = cloud.trouble("ocid1.work")
    assert trouble.errors
    assert trouble.logs
    assert not any(map(tells, (*trouble.errors, *trouble.logs)))
