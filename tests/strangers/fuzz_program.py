"""Fuzzes the emulator by its own OpenAPI description. Runs in the strangers' environment, with schemathesis.

In: one JSON argument {endpoint, config_file, examples, paths, fields}: `paths` are values of path parameters
that exist, by the beginning of the path that takes them; `fields` are values that exist for fields of bodies.
Each is used more often than not, so that requests get past the first check. Out: JSON on stdout, {operations,
requests, statuses, failures}.
"""

import json
import random
import sys
from collections import Counter
from typing import Any

import oci
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings


class Fuzz:
    def __init__(
        self, endpoint: str, config_file: str, paths: dict[str, dict[str, str]], fields: dict[str, Any]
    ) -> None:
        config = oci.config.from_file(config_file)
        self._endpoint = endpoint
        self._auth = oci.signer.Signer(
            config["tenancy"], config["user"], config["fingerprint"], config["key_file"]
        )
        self._paths, self._fields, self._session = paths, fields, requests.Session()
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []

    def run(self, examples: int) -> int:
        """How many operations there were."""
        answer = requests.get(f"{self._endpoint}/emulator/openapi.json", timeout=10)
        schema = schemathesis.openapi.from_dict(answer.json())
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            self._one(operation, examples)
        return len(operations)

    def _one(self, operation: Any, examples: int) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            self._send(case)

        send()

    def _send(self, case: Any) -> None:
        chance = random.Random(repr((case.path_parameters, case.body)))
        for name, value in self._known(case.operation.path).items():
            if name in (case.path_parameters or {}) and chance.random() < 0.7:
                case.path_parameters[name] = value
        if isinstance(case.body, dict):
            _fill(case.body, self._fields, chance)
        try:
            answer = case.call(
                base_url=self._endpoint, session=self._session, auth=self._signed(case), timeout=30
            )
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
            return  # cannot be sent by any client
        self.statuses[answer.status_code] += 1
        self._judge(case, answer)

    def _known(self, path: str) -> dict[str, str]:
        fitting = [start for start in self._paths if path.startswith(start)]
        return self._paths[max(fitting, key=len)] if fitting else {}

    def _signed(self, case: Any) -> Any:
        writes = case.operation.method.upper() in ("POST", "PUT")
        upload = writes and case.operation.path.endswith("/artifact")
        return self._auth.without_content_headers if upload else self._auth

    def _judge(self, case: Any, answer: Any) -> None:
        what = f"{case.operation.label}: {answer.status_code} {answer.text[:200]!r}"
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status_code in (500, 501, 502, 504) or "opc-request-id" not in headers:
            self.failures.append(what)
        elif answer.status_code >= 400 and case.operation.method.upper() != "HEAD":
            body = json.loads(answer.text)
            if not {"code", "message"} <= body.keys() and not {"error", "errors"} & body.keys():
                self.failures.append(what)


def _fill(body: Any, fields: dict[str, Any], chance: random.Random) -> None:
    """Puts what exists where it is named, most of the time, so that bodies get past the first check."""
    if isinstance(body, list):
        for one in body:
            _fill(one, fields, chance)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in fields and chance.random() < 0.8:
                body[name] = fields[name]
            else:
                _fill(value, fields, chance)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    fuzz = Fuzz(asked["endpoint"], asked["config_file"], asked["paths"], asked["fields"])
    operations = fuzz.run(asked["examples"])
    found = {
        "operations": operations,
        "requests": fuzz.statuses.total(),
        "statuses": dict(sorted(fuzz.statuses.items())),
        "failures": fuzz.failures,
    }
    print(json.dumps(found))
