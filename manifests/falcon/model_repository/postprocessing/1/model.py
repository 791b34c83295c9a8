"""Token ids to text. What lies beyond each sequence's length is padding and never reaches the text."""

# Triton adds its request and response types to pb_utils only after it has loaded this file.
from __future__ import annotations

from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils
from tokenizers import Tokenizer


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        self.tokenizer = Tokenizer.from_file(str(Path(__file__).with_name("tokenizer.json")))

    def execute(self, requests: list[pb_utils.InferenceRequest]) -> list[pb_utils.InferenceResponse]:
        return [self.answer(request) for request in requests]

    def answer(self, request: pb_utils.InferenceRequest) -> pb_utils.InferenceResponse:
        beams = pb_utils.get_input_tensor_by_name(request, "TOKENS_BATCH").as_numpy()[0]
        lengths = pb_utils.get_input_tensor_by_name(request, "SEQUENCE_LENGTH").as_numpy()[0]
        texts = [self.tokenizer.decode(ids[:n].tolist()) for ids, n in zip(beams, lengths, strict=True)]
        output = np.array([[text.encode() for text in texts]], np.object_)
        return pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT", output)])
