"""Every link from one page of the repository to another leads somewhere."""

import re
import subprocess

import pytest

from tests.support.workspace import CHECKOUT

PAGES = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=CHECKOUT, capture_output=True, text=True, check=True
).stdout.split()


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (CHECKOUT / page).read_text()
    links = re.findall(r"\]\((?!<?https?:|#|mailto:)([^)#\s]+)", text)
    assert [link for link in links if not ((CHECKOUT / page).parent / link).exists()] == []
