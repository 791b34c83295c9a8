"""What is said when the service does not tell how large the content of a catalog model is."""

from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.artifacts import Artifacts
from reconciler.core.model.errors import Failed


class Silent:
    """A service that has the content, and no header with its size."""

    def head_model_artifact(self, model: str) -> Any:
        return SimpleNamespace(headers={})

    def get_model_artifact_content(self, model: str) -> Any:
        return SimpleNamespace(data=SimpleNamespace(raw=BytesIO(b"zip"), close=lambda: None))


READS: dict[str, Callable[[Artifacts], object]] = {
    "its size": lambda artifacts: artifacts.size("ocid1.model"),
    "its files": lambda artifacts: artifacts.content("ocid1.model"),
    "a download": lambda artifacts: artifacts.download("ocid1.model", BytesIO(), lambda done, total: None),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_it_is_said_that_the_size_is_missing(read: Callable[[Artifacts], object]) -> None:
    silent: Any = Silent()
    with pytest.raises(Failed, match="does not say how large"):
        read(Artifacts(silent, silent, fetcher()))
