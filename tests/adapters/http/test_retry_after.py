"""Retry-After, as servers and those in between send it."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.http.retry_after import retry_after_seconds
from reconciler.engine.retry import pause

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("9" * 400, None),
        ("Fri, 99 Xyz 2024 00:00:00 GMT", None),
    ],
)
def test_seconds_or_a_date_and_nothing_else(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        "1e308",
        "inf",
        "nan",
        "-1",
        "9" * 300,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
    ],
)
def test_whoever_waits_for_it_waits_for_two_minutes_at_most(header: str) -> None:
    for attempt in (1, 100):
        assert 0 < pause(attempt, 1.0, retry_after_seconds(header, NOW)) <= 120


@given(st.text())
def test_nothing_makes_it_fail(header: str) -> None:
    found = retry_after_seconds(header, NOW)
    assert found is None or found >= 0
