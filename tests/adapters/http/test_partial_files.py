"""A file that is being downloaded, and others who rename or delete it meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.http.partial_files import partial_file


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_file_that_goes_at_any_moment_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whoever held it before ends right when it is looked at for the n-th time."""
    path, looks, look = tmp_path / "x.part", 0, Path.stat

    def going(self: Path, **options: Any) -> Any:
        nonlocal looks
        if self == path:
            looks += 1
            if looks == number:
                path.unlink()
        return look(self, **options)

    monkeypatch.setattr(Path, "stat", going)
    with partial_file(path) as part:
        part.append(b"whole")
        part.keep_as(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"whole"
