"""`doctor` of a tenancy without a way in, and what becomes of words of others."""

import base64
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci._vendor import requests as oci_requests

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.examining import Examination
from reconciler.app.doctor.asking import asking
from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.configuration import LogRef
from reconciler.core.model.errors import CloudError, NotAllowed, ServiceAnswer, Transient
from reconciler.core.model.views.checkup import (
    Checkup,
    CompartmentState,
    FirstAnswer,
    LogState,
    Route,
    Topic,
    Verdict,
    wrong,
)
from reconciler.core.planning.doctor import access, surroundings
from reconciler.report.doctor import checkup_lines
from tests.support.workspace import Workspace

PROD = """\
apiVersion: reconciler.oci/v1
kind: Repository
owner: tests
targets:
  prod:
    region: us-ashburn-1
    compartment: ocid1.compartment.oc1..one
    project: ml
    auth: session
"""


def _token(expires: float) -> str:
    parts = ({"alg": "RS256"}, {"exp": int(expires), "jwk": "{}"})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*texts, "c2lnbmF0dXJl"))


@pytest.fixture
def prod(tmp_path: Path) -> Workspace:
    """A tenancy with a session that ended a minute ago."""
    workspace = Workspace(tmp_path)
    workspace.write("reconciler.yaml", PROD)
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    file = workspace.write("oci/key.pem", pem.decode())
    token = workspace.write("oci/token", _token(time.time() - 60))
    workspace.write(
        "oci/config",
        f"[DEFAULT]\nregion=us-ashburn-1\nkey_file={file}\nsecurity_token_file={token}\n"
        "tenancy=ocid1.tenancy.oc1..one\nfingerprint=aa\nuser=ocid1.user.oc1..one\n",
    )
    return workspace


def test_a_session_that_has_expired(prod: Workspace) -> None:
    env = {"OCI_CONFIG_FILE": str(prod.root / "oci/config")}
    document = json.loads(prod.run("doctor", "-t", "prod", "--format", "json", code=1, env=env).out)
    first, *rest = document["checks"]
    assert first["verdict"] == "wrong"
    assert "has expired" in first["what"]
    assert "oci session authenticate" in first["what"] + " ".join(first["advice"])
    assert {check["verdict"] for check in rest} == {"not seen"}
    assert {check["what"] for check in rest if check["topic"] in ("limits", "logs", "shapes")} == {
        "no valid manifest says what it takes"
    }


class _Talkative:
    """A target that repeats a secret wherever it may."""

    def first_answer(self) -> FirstAnswer:
        return FirstAnswer(0.0, NotAllowed(ServiceAnswer("signing in", 401, "No", f"not with {SECRET}")))

    def compartment_state(self) -> CompartmentState:
        return CompartmentState(SECRET, f"IS {SECRET}")

    def log(self) -> LogState:
        return LogState(SECRET, SECRET)

    def route(self) -> Route:
        return Route(f"https://{SECRET}", SECRET)


SECRET = "hunter2-hunter2-hunter2"


@pytest.mark.parametrize("question", ["first_answer", "compartment_state", "log", "route"])
def test_what_others_say_is_redacted(question: str) -> None:
    redaction = Redaction({"OCI_CLIENT_SECRET": SECRET})
    answer = getattr(redacted(_Talkative(), redaction), question)()
    assert SECRET not in repr(answer)
    assert SECRET not in str(getattr(answer, "refusal", ""))


def _examination(**calls: Any) -> Examination:
    """What is asked of Data Science comes from `calls`."""
    examination = Examination(ServiceAccess({}, None), "ocid1.compartment.oc1..one")
    examination.__dict__["_science"] = SimpleNamespace(**calls)
    return examination


def test_a_certificate_that_is_not_trusted_is_a_finding_like_any_other() -> None:
    """A proxy that opens TLS shows one of its own."""

    def refused(*_: object, **__: object) -> None:
        raise oci_requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED: self-signed certificate")

    check = access.sign_in(_examination(list_projects=refused).first_answer(), "auth: session")
    assert (check.topic, check.verdict) == (Topic.SIGN_IN, Verdict.WRONG)
    assert "set REQUESTS_CA_BUNDLE" in check.what


def test_a_list_that_leads_back_is_not_read_for_ever() -> None:
    pages = 0

    def again(*_: object, **__: object) -> SimpleNamespace:
        nonlocal pages
        pages += 1
        return SimpleNamespace(data=[], size=2, headers={"opc-next-page": "x"}, status=200, request_id="")

    with pytest.raises(CloudError, match="a page leads back"):
        _examination(list_model_deployment_shapes=again).shapes()
    assert pages == 2


def test_a_service_that_hangs_is_not_asked_hundreds_of_questions() -> None:
    now, asked = 0.0, []

    def slow(group: str, log: str) -> LogState:
        nonlocal now
        now += 60.0
        asked.append(log)
        raise Transient(ServiceAnswer("reading", 0, "ReadTimeout", "nothing came"))

    hanging: Any = SimpleNamespace(log=slow)
    with asking(hanging, lambda: now) as ask:
        answers = [ask.log(LogRef("group", f"log{number}")).result() for number in range(9)]
    assert len(asked) == 2
    checks = [surroundings.log(LogRef("group", "log"), seen, group, "here") for seen, group in answers]
    assert {check.verdict for check in checks} == {Verdict.NOT_SEEN}
    assert "took too long" in checks[-1].what


def test_no_word_of_others_is_a_line_of_its_own() -> None:
    check = wrong(Topic.LOGS, "one\n\x1b[2Jfine      logs", "two\nfine")
    lines = checkup_lines(Checkup("prod", (check,)))
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
