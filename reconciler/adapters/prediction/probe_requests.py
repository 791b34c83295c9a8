"""Sends probes to the live endpoint: files are read as they were planned, requests are signed and timed.

It must not judge an answer: that is done in `core.model.proof.probes`.
"""

import hashlib
import time
from pathlib import Path

from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.regular_files import open_regular
from reconciler.core.model.errors import StalePlan
from reconciler.core.model.proof.probes import Answer, File


class LiveProber:
    """Fits `engine.ports.Prober`, where its methods are described. Safe to use from many threads."""

    def __init__(self, predict: Predictor) -> None:
        self._predict = predict

    def read(self, file: File) -> bytes:
        try:
            with open_regular(Path(file.path)) as opened:
                content = opened.read()
        except OSError as error:
            raise StalePlan(f"{file.path}: {error.strerror}, but a probe needs it: plan again") from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise StalePlan(f"{file.path}: it has changed since a probe was planned with it: plan again")
        return content

    def ask(self, url: str, model: str, version: int | None, body: bytes) -> Answer:
        began = time.monotonic()
        prediction = self._predict(url, model, None if version is None else str(version), body)
        milliseconds = (time.monotonic() - began) * 1000
        request_id = prediction.headers.get("opc-request-id", "")
        return Answer(prediction.status, prediction.body, milliseconds, request_id)
