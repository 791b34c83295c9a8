"""What in a text has the form of a credential."""

import pytest

from reconciler.core.privacy.credential_patterns import credentials_in, is_credential


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2hunter2@h.example/",
        "HTTPS://me:hunter2hunter2@h.example/",
        "Postgres://me:hunter2hunter2@h/db",
        "postgres://:hunter2hunter2@h/db",
        "redis://:hunter2hunter2@h/0",
        "mongodb+srv://me:hunter2hunter2@h/0",
    ],
)
def test_a_url_with_a_password(url: str) -> None:
    assert is_credential(url)
    (finding,) = credentials_in(f"a: 1\nb: {url}\n", "a.yaml", "")
    assert finding.what == "a password in a URL stands here in plain sight"
    assert (finding.where.line, finding.where.column) == (2, 4)


@pytest.mark.parametrize(
    "url",
    ["https://h.example:8443/@a", "https://me@h/", "https://{{ values.u }}:{{ values.p }}@h/", "://:a@b"],
)
def test_a_url_without_one(url: str) -> None:
    assert not is_credential(url)
