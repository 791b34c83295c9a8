"""Whatever a cloud answers, a run comes to its end, and its report shows no identity and no markup."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from datascience_emulator.verify import clean_up, lab
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.lab import Place
from datascience_emulator.verify.redact import MOST, Redactor, names_in_image
from datascience_emulator.verify.report import Report
from datascience_emulator.verify.run import run
from datascience_emulator.verify.service import Answer, NoAnswer
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import NotTold, Seen

OCID = f"ocid1.compartment.oc1..{'a' * 56}last"
IMAGE = "iad.ocir.io/secretns/r:1"
MESSAGE = (
    f"<b>@octocat</b> | `x` #1 {OCID} user@example.com 10.0.0.7 \x1b[31m\u202e {'k' * 80} {IMAGE} deadbeef "
    "secretns/r of learntns"
)
BODIES: list[Any] = [
    None,
    [],
    "text",
    {"id": 5},
    {"id": "x"},
    {"id": "x", "lifecycleState": "DELETED", "code": ["c"], "message": {"m": 1}},
    {"id": "x", "lifecycleState": f"@octocat_ #1 {OCID}"},
    {"id": "x", "lifecycleState": "ACTIVE", "modelDeploymentConfigurationDetails": 7},
    [{"id": None}, {"displayName": 3, "freeformTags": "x"}, 5],
    {"code": "Code", "message": MESSAGE},
]


class SameAnswer:
    """A cloud that answers everything alike."""

    def __init__(self, answer: Answer | None) -> None:
        self._answer = answer

    def call(self, *_: Any, **__: Any) -> Answer:
        if self._answer is None:
            raise NoAnswer("nobody is there")
        return self._answer

    upload = predict = call

    def namespace(self) -> str:
        return "learntns"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of a run goes on by what would have been slept; that of the process goes on as ever, as event
    loops of other tests go by it.
    """
    now = [0.0]

    def sleep(_: Stop, seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(Stop, "sleep", sleep)
    for module in (lab, clean_up):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))


ANSWERS = [None, *(Answer(status, {}, body) for status in (200, 400, 404, 500) for body in BODIES)]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_run_ends_whatever_is_answered(answer: Answer | None) -> None:
    place = Place("us-ashburn-1", OCID, None, f"{OCID}2", IMAGE, large=True, large_upload=9)
    redactor = Redactor([OCID, *names_in_image(IMAGE)])
    ended = run(SameAnswer(answer), place, Stop(), EXPERIMENTS, redactor, lambda _: None)
    assert len(ended.outcomes) == len(EXPERIMENTS)
    assert not ended.stopped
    text = Report(ended, EXPERIMENTS, place.region, "tenancy").markdown()
    for secret in (OCID, "a" * 20, "secretns", "example.com", "10.0.0.7", "k" * 64, "\x1b", "\u202e"):
        assert secret not in text
    assert "learntns" not in text.partition("## unknown-image")[2]
    words = "".join(part for number, part in enumerate(text.split("`")) if number % 2 == 0)
    assert [sign for sign in ("<", "@", "#", "$", "*", "deadbeef") if sign in without_heads(words)] == []


def without_heads(text: str) -> str:
    """Without what the report has of its own: its headings, and what holds in bold."""
    return re.sub(r"^#+ |\*\*", "", text, flags=re.MULTILINE)


def test_what_is_quoted_is_short_and_without_identities() -> None:
    shown = (
        Redactor(["secretns"])
        .also(["learntns"])
        .outcome(NotTold(MESSAGE, (Seen(OCID, 400, "C", MESSAGE * 20, "a b"),)))
    )
    assert isinstance(shown, NotTold)
    assert shown.why == (
        "<b>@octocat</b> | `x` #1 ocid1.compartment…last … …  [31m  … iad.ocir.io/… deadbeef …/r of …"
    )
    assert shown.seen[0].what == "ocid1.compartment…last"
    assert len(shown.seen[0].message) == MOST + 1
    assert shown.seen[0].request_id == ""


def test_an_image_is_not_told_by_its_parts() -> None:
    names = names_in_image("registry.example.com:5000/our/triton-of-us:24.10")
    shown = Redactor(names).text(
        "our/triton-of-us is not at registry.example.com, says registry.example.com:5000"
    )
    assert shown == "… is not at …, says …:5000"
    assert [*names_in_image(None)] == []
    assert Redactor(names_in_image("a/triton:1")).text("a triton") == "a triton"
