"""What an answer tells of a version, and who has to give it: only the model server's own word counts."""

import json

import pytest

from reconciler.core.model.configuration import Container, Secret
from reconciler.core.model.proof.presence import (
    MOST_SHOWN,
    REQUEST,
    Presence,
    Sight,
    Sighting,
    listed,
    sight_of,
    why_not_asked,
)
from reconciler.core.model.proof.probes import Answer


def tritons(status: int, error: str) -> Answer:
    return Answer(status, json.dumps({"error": error}).encode(), 1.0)


def services(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"code": code, "message": "no"}).encode(), 1.0)


UNEXPECTED = "unexpected inference input 'reconcile.presence' for model 'm'"
DECOUPLED = "HTTP end point doesn't support models with decoupled transaction policy"
NOT_READY = "Request for unknown model: 'm' version 1 is not at ready state"
UNKNOWN = "Request for unknown model: 'm' version 2 is not found"


@pytest.mark.parametrize(
    ("answer", "sight"),
    [
        (tritons(400, UNEXPECTED), Sight.SERVED),
        (tritons(501, DECOUPLED), Sight.SERVED),
        (tritons(404, UNKNOWN), Sight.MISSING),
        (tritons(404, "Request for unknown model: 'm' is not found"), Sight.MISSING),
        (tritons(503, NOT_READY), Sight.NOT_READY),
        # the same words in another form, or with another status, are nobody's
        (Answer(404, json.dumps({"error": UNKNOWN, "path": "/"}).encode(), 1.0), Sight.SILENT),
        (Answer(404, UNKNOWN.encode(), 1.0), Sight.SILENT),
        (tritons(500, UNKNOWN), Sight.SILENT),
        (tritons(400, UNKNOWN), Sight.SILENT),
        # a busy server, and one that cannot read the request
        (tritons(503, "Exceeds maximum queue size"), Sight.SILENT),
        (tritons(500, "failed to parse the request JSON buffer"), Sight.SILENT),
        (tritons(404, "Not Found"), Sight.SILENT),
        # somebody before the server
        (services(404, "NotAuthorizedOrNotFound"), Sight.DENIED),
        (services(401, "NotAuthenticated"), Sight.DENIED),
        (tritons(401, UNKNOWN), Sight.DENIED),
        (tritons(403, "RBAC: access denied"), Sight.DENIED),
        (Answer(407, b"proxy", 1.0), Sight.DENIED),
        (services(400, "InvalidParameter"), Sight.DENIED),
        (services(429, "TooManyRequests"), Sight.SILENT),
        (services(408, "RequestTimeout"), Sight.SILENT),
        (services(503, "ServiceUnavailable"), Sight.SILENT),
        (services(500, "InternalServerError"), Sight.SILENT),
        (Answer(404, b"<html>not here</html>", 1.0), Sight.SILENT),
        (Answer(502, b"", 1.0), Sight.SILENT),
        (Answer(302, b"", 1.0), Sight.SILENT),
        # whoever answers this request well is no Triton
        (Answer(200, b'{"outputs": []}', 1.0), Sight.SILENT),
        (Answer(200, b"\xff\x00", 1.0), Sight.SILENT),
    ],
)
def test_what_an_answer_tells(answer: Answer, sight: Sight) -> None:
    assert sight_of(answer) is sight


def test_the_request_names_one_input_that_no_model_has() -> None:
    (asked,) = json.loads(REQUEST)["inputs"]
    assert asked["name"] == "reconcile.presence"


def test_what_the_server_does_not_say_is_neither_served_nor_missing() -> None:
    seen = Presence(tuple(Sighting(("m", number), sight) for number, sight in enumerate(Sight)))
    parts = [seen.served, seen.missing, seen.unseen]
    assert [[one.sight for one in part] for part in parts] == [
        [Sight.SERVED],
        [Sight.MISSING, Sight.NOT_READY],
        [Sight.DENIED, Sight.SILENT],
    ]


def test_a_list_of_versions_says_each_answer_once_and_has_an_end() -> None:
    denied = [Sighting(("m", number), Sight.DENIED, "401: no") for number in (1, 2)]
    other = Sighting(("n", 7), Sight.SILENT, "no answer")
    assert listed([*denied, other]) == "m version 1, m version 2 (401: no); n version 7 (no answer)"
    many = [Sighting(("m", number), Sight.DENIED, "401: no") for number in range(MOST_SHOWN + 1200)]
    assert listed(many).endswith("(401: no); and 1,200 more")
    assert listed(many).count("version") == MOST_SHOWN


@pytest.mark.parametrize("value", ["TRITON", Secret("env.KIND", "TRITON")])
def test_requests_reach_the_models_by_their_names_with_tritons_mapping(value: str | Secret) -> None:
    usual = Container("x:1", environment=(("CONTAINER_TYPE", value), ("LOG", "1")))
    assert why_not_asked(usual) == ""
    for none in (None, (), (("CONTAINER_TYPE", Secret("env.KIND", "other")),)):
        assert "without CONTAINER_TYPE=TRITON" in why_not_asked(Container("x:1", environment=none))
    for name in ("MODEL_DEPLOY_PREDICT_ENDPOINT", "MODEL_DEPLOY_CUSTOM_ENDPOINTS"):
        fixed = Container("x:1", environment=(("CONTAINER_TYPE", value), (name, "/v2/models/m/infer")))
        assert why_not_asked(fixed) == f"{name} leads requests elsewhere"
