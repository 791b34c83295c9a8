"""`doctor` of a tenancy without a way in, and what becomes of words of others."""

import base64
import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.app.redaction import Redaction, redacted
from reconciler.core.model.errors import NotAllowed, ServiceAnswer
from reconciler.core.model.views.checkup import (
    Checkup,
    CompartmentState,
    FirstAnswer,
    LogState,
    Route,
    Topic,
    wrong,
)
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


def test_no_word_of_others_is_a_line_of_its_own() -> None:
    check = wrong(Topic.LOGS, "one\n\x1b[2Jfine      logs", "two\nfine")
    lines = checkup_lines(Checkup("prod", (check,)))
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
