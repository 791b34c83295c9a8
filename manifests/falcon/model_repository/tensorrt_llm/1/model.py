"""A Falcon network on the CPU behind the tensors of TensorRT-LLM: token ids in, token ids out. Knows no text.

The folder `falcon` beside this file holds the network as `transformers` saves it, with the ids that it
may say. Left out, `runtime_top_k` and `runtime_top_p` restrict nothing, `end_id` and `pad_id` are the
network's own, and `random_seed` is 0.
"""

# Triton adds its request and response types to pb_utils only after it has loaded this file.
from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import triton_python_backend_utils as pb_utils

Ids = npt.NDArray[np.int32]


class EndsWith:
    """A stopping criterion: what was generated, without the prompt, ends with one of the sequences."""

    def __init__(self, sequences: list[list[int]], prompt_length: int) -> None:
        self.sequences = sequences
        self.prompt_length = prompt_length

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
        said = input_ids[0, self.prompt_length :].tolist()
        return torch.tensor([any(said[-len(ids) :] == ids for ids in self.sequences)])


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        # Not at the top: Triton loads this file once more beforehand, to complete the configuration.
        from transformers import FalconForCausalLM

        torch.set_num_threads(1)
        self.network = FalconForCausalLM.from_pretrained(Path(__file__).with_name("falcon"))

    def execute(self, requests: list[pb_utils.InferenceRequest]) -> list[pb_utils.InferenceResponse]:
        return [self.answer(request) for request in requests]

    def answer(self, request: pb_utils.InferenceRequest) -> pb_utils.InferenceResponse:
        try:
            ids, length = self.generate(request)
        except ValueError as error:
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error)))
        tensors = {"output_ids": ids.reshape(1, 1, -1), "sequence_length": np.array([[length]], np.int32)}
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, value) for name, value in tensors.items()])

    def generate(self, request: pb_utils.InferenceRequest) -> tuple[Ids, int]:
        """The new ids, padded to the length asked for, and how many were said (the end id is not counted)."""
        own = self.network.generation_config
        end_id = int(_scalar(request, "end_id", own.eos_token_id))
        pad_id = int(_scalar(request, "pad_id", own.pad_token_id))
        prompt = pb_utils.get_input_tensor_by_name(request, "input_ids").as_numpy().ravel()
        wanted = self.checked_length(int(_scalar(request, "request_output_len", 0)), len(prompt))
        torch.manual_seed(int(_scalar(request, "random_seed", 0)))
        with torch.inference_mode():
            sequence = self.network.generate(  # type: ignore[misc]  # its `self` is typed wrongly
                torch.from_numpy(prompt.astype(np.int64)[None]),
                attention_mask=torch.ones((1, len(prompt)), dtype=torch.int64),
                max_new_tokens=wanted,
                min_new_tokens=1,
                do_sample=True,
                top_k=int(_scalar(request, "runtime_top_k", 0)),
                top_p=_checked_top_p(float(_scalar(request, "runtime_top_p", 1.0))),
                eos_token_id=end_id,
                pad_token_id=pad_id,
                bad_words_ids=_words(request, "bad_words_list") or None,
                stopping_criteria=self.stops(request, len(prompt)),  # type: ignore[arg-type]  # any list
            )
        said = sequence[0, len(prompt) :].tolist()
        said = said[:-1] if said[-1] == end_id else said
        return np.array(said + [pad_id] * (wanted - len(said)), np.int32), len(said)

    def checked_length(self, wanted: int, prompt_length: int) -> int:
        room = self.network.config.max_position_embeddings - prompt_length
        if not 1 <= wanted <= room:
            raise ValueError(
                f"max_tokens is {wanted}: after a prompt of {prompt_length} tokens, ask for 1 to {room}"
            )
        return wanted

    def stops(self, request: pb_utils.InferenceRequest, prompt_length: int) -> list[EndsWith]:
        words = _words(request, "stop_words_list")
        return [EndsWith(words, prompt_length)] if words else []


def _checked_top_p(top_p: float) -> float:
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p:g}: give a number above 0, and at most 1")
    return top_p


def _array(request: pb_utils.InferenceRequest, name: str) -> Ids | None:
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    return None if tensor is None else tensor.as_numpy()


def _scalar(request: pb_utils.InferenceRequest, name: str, default: float) -> float:
    array = _array(request, name)
    return default if array is None else array.ravel()[0]


def _words(request: pb_utils.InferenceRequest, name: str) -> list[list[int]]:
    """Undo the two rows of a word list: all ids, and where each word ends, filled up with -1."""
    array = _array(request, name)
    if array is None:
        return []
    flat, ends = array[0].tolist()
    ends = [end for end in ends if end >= 0]
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
