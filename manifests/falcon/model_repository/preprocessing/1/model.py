"""Text to token ids, for the prompt and for the words to ban or to stop at. Knows nothing of the network.

Word lists travel as TensorRT-LLM's two rows: the ids of all words, one after another; and where each word
ends, filled up with -1.
"""

# Triton adds its request and response types to pb_utils only after it has loaded this file.
from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import triton_python_backend_utils as pb_utils
from tokenizers import Tokenizer

Ids = npt.NDArray[np.int32]


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        self.tokenizer = Tokenizer.from_file(str(Path(__file__).with_name("tokenizer.json")))

    def execute(self, requests: list[pb_utils.InferenceRequest]) -> list[pb_utils.InferenceResponse]:
        return [self.answer(request) for request in requests]

    def answer(self, request: pb_utils.InferenceRequest) -> pb_utils.InferenceResponse:
        ids = self.encode(_strings(request, "QUERY")[0])
        if not ids:
            error = pb_utils.TritonError("text_input is empty: give at least one word")
            return pb_utils.InferenceResponse(error=error)
        wanted = pb_utils.get_input_tensor_by_name(request, "REQUEST_OUTPUT_LEN").as_numpy()
        tensors = {
            "INPUT_ID": np.array([ids], np.int32),
            "REQUEST_INPUT_LEN": np.array([[len(ids)]], np.int32),
            "REQUEST_OUTPUT_LEN": wanted,
            "BAD_WORDS_IDS": self.word_list(_strings(request, "BAD_WORDS_DICT")),
            "STOP_WORDS_IDS": self.word_list(_strings(request, "STOP_WORDS_DICT")),
        }
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, value) for name, value in tensors.items()])

    def encode(self, text: str) -> list[int]:
        return [int(i) for i in self.tokenizer.encode(text, add_special_tokens=False).ids]

    def word_list(self, words: list[str]) -> Ids:
        """An empty word is no word: clients send `[""]` for "none"."""
        encoded = [ids for ids in map(self.encode, words) if ids]
        flat = [i for ids in encoded for i in ids]
        ends = np.cumsum([len(ids) for ids in encoded]).tolist()
        return np.array([[flat, ends + [-1] * (len(flat) - len(ends))]], np.int32).reshape(1, 2, -1)


def _strings(request: pb_utils.InferenceRequest, name: str) -> list[str]:
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    return [] if tensor is None else [item.decode() for item in tensor.as_numpy().ravel()]
