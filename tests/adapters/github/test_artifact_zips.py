"""The one file in an artifact's zip, which anybody who may run a workflow has packed."""

import io
import zipfile

import pytest

from reconciler.adapters.github.artifact_zips import BadZip, only_file
from tests.support.github.uploads import zipped


def bomb(size: int) -> bytes:
    return zipped({"plan.json": b"\0" * size})


def lying(size: int) -> bytes:
    """A bomb that says of itself that it is small, in both of its directories."""
    archive = bytearray(bomb(size))
    claimed = size.to_bytes(4, "little")
    return bytes(archive).replace(claimed, (10).to_bytes(4, "little"))


def test_it_is_read() -> None:
    assert only_file(zipped({"plan.json": b"{}", "other": b"x"}), "plan.json") == b"{}"


def encrypted() -> bytes:
    archive = bytearray(zipped({"plan.json": b"{}"}))
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    archive[6] |= 1
    return bytes(archive)


WRONG = {
    "nothing": (b"", "no zip file that can be read"),
    "no zip": (b"<html>", "no zip file that can be read"),
    "cut": (zipped({"plan.json": b"{}"})[:-30], "no zip file that can be read"),
    "empty": (zipped({}), "holds no plan.json"),
    "other places": (
        zipped({"../plan.json": b"{}", "/plan.json": b"{}", "a/plan.json": b"{}"}),
        "holds no plan.json",
    ),
    "many": (zipped({f"{number}": b"" for number in range(101)}), "more than 100 files"),
    "bomb": (bomb(1_000_001), "plan.json is larger than 1,000,000 bytes"),
    "bomb that says it is none": (lying(1_000_001), "no zip file that can be read"),
    "encrypted": (encrypted(), "no zip file that can be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused(name: str) -> None:
    archive, why = WRONG[name]
    with pytest.raises(BadZip, match=why):
        only_file(archive, "plan.json", largest=1_000_000)


def test_two_of_one_name_are_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("plan.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("plan.json", "[]")
    with pytest.raises(BadZip, match=r"more than one plan\.json"):
        only_file(content.getvalue(), "plan.json")
