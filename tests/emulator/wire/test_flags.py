"""Query parameters that are true or false, which clients spell with small and with capital letters."""

from typing import Any

import pytest
import requests

from tests.support.emulator import Emulator

TENANCY = "compartmentId={tenancy}&compartmentIdInSubtree={flag}"
METRICS = "/20180401/metrics/actions/listMetrics"
FLAGS: dict[str, tuple[str, str, Any]] = {
    "compartments": ("GET", f"/20160918/compartments?{TENANCY}", None),
    "images": ("GET", f"/20160918/container/images?{TENANCY}", None),
    "versioned images": (
        "GET",
        "/20160918/container/images?compartmentId={tenancy}&isVersioned={flag}",
        None,
    ),
    "metrics": ("POST", f"{METRICS}?{TENANCY}", {}),
    "containers": ("GET", "/20190101/containers?isLatest={flag}", None),
}


def ask(emulator: Emulator, what: str, flag: str) -> requests.Response:
    method, path, body = FLAGS[what]
    url = f"{emulator.endpoint}{path.format(tenancy=emulator.tenancy, flag=flag)}"
    return requests.request(method, url, json=body, auth=emulator.auth, timeout=10)


@pytest.mark.parametrize("what", FLAGS)
def test_a_flag_is_true_or_false_in_any_case_of_letters(emulator: Emulator, what: str) -> None:
    emulator.predict(emulator.deploy())
    for flag in ("true", "false"):
        answers = [ask(emulator, what, spelled) for spelled in (flag, flag.capitalize())]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
    refused = ask(emulator, what, "maybe")
    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidParameter")
    assert "must be true or false, is 'maybe'" in refused.json()["message"]
