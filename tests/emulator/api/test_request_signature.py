"""Every way in which a signature can be wrong is answered with 401, and changes nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import oci
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

GET = "/models?compartmentId={compartment}"


def signed(
    emulator: Any, method: str, path: str, body: bytes = b"", **options: Any
) -> requests.PreparedRequest:
    url = f"{emulator.endpoint}/20190101{path.format(compartment=emulator.compartment)}"
    request = requests.Request(method, url, data=body or None, headers=options.pop("headers", {}), **options)
    prepared = request.prepare()
    return (options.get("auth") or emulator.auth)(prepared)


def send(request: requests.PreparedRequest) -> requests.Response:
    with requests.Session() as session:
        return session.send(request, timeout=10)


def project_body(emulator: Any) -> bytes:
    return json.dumps({"compartmentId": emulator.compartment}).encode()


def assert_refused(emulator: Any, answer: requests.Response, hint: str) -> None:
    assert answer.status_code == 401
    assert answer.json()["code"] == "NotAuthenticated"
    assert hint in answer.json()["message"]
    assert answer.headers["opc-request-id"].count("/") == 2
    assert emulator.client.list_projects(emulator.compartment).data == []


def test_what_is_signed_is_accepted(emulator: Any) -> None:
    assert send(signed(emulator, "GET", GET)).status_code == 200
    assert send(signed(emulator, "POST", "/projects", project_body(emulator))).status_code == 200


def test_no_signature(emulator: Any) -> None:
    answer = requests.get(f"{emulator.endpoint}/20190101/models?compartmentId=c", timeout=10)
    assert_refused(emulator, answer, "no authorization header")


def test_a_body_that_was_tampered_with(emulator: Any) -> None:
    request = signed(emulator, "POST", "/projects", project_body(emulator))
    request.body = project_body(emulator).replace(b"ocid1", b"ocid2")
    assert_refused(emulator, send(request), "x-content-sha256")


def test_another_key(emulator: Any, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.pem").write_bytes(pem)
    config = emulator.config
    ids = (config["tenancy"], config["user"], config["fingerprint"])
    request = signed(emulator, "GET", GET, auth=oci.signer.Signer(*ids, str(tmp_path / "other.pem")))
    assert_refused(emulator, send(request), "does not match")


def test_an_unknown_user(emulator: Any) -> None:
    config = emulator.config
    other = oci.signer.Signer(
        config["tenancy"], "ocid1.user.oc1..x", config["fingerprint"], config["key_file"]
    )
    assert_refused(emulator, send(signed(emulator, "GET", GET, auth=other)), "no registered key")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_skewed_clock(emulator: Any, minutes: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    assert_refused(emulator, send(signed(emulator, "GET", GET, headers={"date": date})), "5 minutes")


def test_a_clock_within_the_skew(emulator: Any) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(minutes=4), usegmt=True)
    assert send(signed(emulator, "GET", GET, headers={"date": date})).status_code == 200


@pytest.mark.parametrize(("old", "status"), [("date", 200), ("x-date", 401)])
def test_of_two_dates_x_date_counts(emulator: Any, old: str, status: int) -> None:
    """Programs in a browser cannot set `date`."""
    config, now = emulator.config, datetime.now(UTC)
    dates = {"date": now, "x-date": now} | {old: now - timedelta(hours=1)}
    ids = (config["tenancy"], config["user"], config["fingerprint"])
    auth = oci.signer.Signer(*ids, config["key_file"])
    auth.create_signers(auth.api_key, auth.private_key, ["x-date", "(request-target)", "host"], [])
    headers = {name: format_datetime(date, usegmt=True) for name, date in dates.items()}
    assert send(signed(emulator, "GET", GET, auth=auth, headers=headers)).status_code == status


def test_another_path_than_the_one_signed(emulator: Any) -> None:
    request = signed(emulator, "GET", GET)
    request.url += "&limit=1"
    assert_refused(emulator, send(request), "does not match")


def test_a_body_that_is_not_covered(emulator: Any) -> None:
    """The header set of a GET is not enough for a POST."""
    auth = emulator.auth
    request = requests.Request(
        "POST", f"{emulator.endpoint}/20190101/projects", data=project_body(emulator)
    ).prepare()
    request.headers["content-type"] = "application/json"
    answer = send(auth(request, enforce_content_headers=False))
    assert_refused(emulator, answer, "x-content-sha256")


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda text: text.replace("Signature ", "Bearer "), "Signature keyId"),
        (lambda text: text.replace("rsa-sha256", "hmac-sha256"), "algorithm"),
        (lambda text: text.replace('version="1"', 'version="2"'), "version"),
        (lambda text: text.replace('signature="', 'signature="!'), "does not match"),
        (lambda text: text.replace('headers="date', 'headers="absent date'), "was not sent"),
        (lambda text: text.replace('headers="date ', 'headers="'), "date"),
    ],
)
def test_a_damaged_authorization(emulator: Any, change: Callable[[str], str], hint: str) -> None:
    request = signed(emulator, "GET", GET)
    request.headers["authorization"] = change(request.headers["authorization"])
    assert_refused(emulator, send(request), hint)


def test_predict_is_signed_too(emulator: Any) -> None:
    deployment = emulator.deploy()
    url = f"{emulator.endpoint}/{deployment}/predict"
    assert requests.post(url, data=b"{}", timeout=10).status_code == 401
    request = emulator.auth(requests.Request("POST", url, data=b"{}").prepare())
    request.body = b"[]"
    assert send(request).status_code == 401


@pytest.mark.shows("streamed-unhashed")
def test_a_streamed_artifact_is_signed_without_its_body(emulator: Any, make_artifact: Any) -> None:
    model = emulator.model(emulator.project())
    path = f"{emulator.endpoint}/20190101/models/{model}/artifact"
    assert requests.post(path, data=b"x", timeout=10).status_code == 401
    request = requests.Request("POST", path, data=make_artifact("a")).prepare()
    assert send(emulator.auth(request, enforce_content_headers=False)).status_code == 204


def test_a_hash_that_is_not_signed_says_nothing(emulator: Any, make_artifact: Any) -> None:
    path = f"{emulator.endpoint}/20190101/models/{emulator.model(emulator.project())}/artifact"
    request = requests.Request("POST", path, data=make_artifact("a")).prepare()
    request = emulator.auth(request, enforce_content_headers=False)
    request.headers["x-content-sha256"] = "bm90IGl0cyBoYXNo"
    assert send(request).status_code == 204
