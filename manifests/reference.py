"""The walkthroughs' requests, and their answers computed in this process, without Triton.

The pictures of the walkthroughs cannot be had, so each tensor is seeded noise of the right shape. The text
request is the walkthrough's own, read from `falcon/probes/prompt.json`. This module must not share code with
the `model.py` files that Triton runs: it is there to disagree with them.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_SHAPE = (1, 3, 224, 224)
_PROMPT = Path("falcon/probes/prompt.json")
_FALCON = Path("falcon/model_repository")
_PAD_ID, _END_ID = 2, 3


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one model of one deployment; `probe` is the file with its body, beside the manifests."""

    deployment: str
    model: str
    version: str
    body: bytes
    probe: Path


def requests() -> list[Request]:
    return [
        Request(
            "vision",
            "densenet_onnx",
            "1",
            _tensor_body("data_0", "fc6_1", seed=1),
            Path("vision/probes/densenet.json"),
        ),
        Request(
            "vision",
            "resnet",
            "1",
            _tensor_body("input", "output", seed=2),
            Path("vision/probes/resnet.json"),
        ),
        Request("falcon", "ensemble", "1", (HERE / _PROMPT).read_bytes(), _PROMPT),
    ]


def expected(model: str, root: Path = HERE) -> list[float] | str:
    """The answer to `model`'s request of `requests()`, from what make_models.py wrote below `root`."""
    body = json.loads(next(request.body for request in requests() if request.model == model))
    match model:
        case "densenet_onnx":
            return densenet(body, root)
        case "resnet":
            return resnet(body, root)
        case _:
            return ensemble(body, root)


def densenet(body: dict[str, Any], root: Path = HERE) -> list[float]:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        root / "vision/densenet/model.onnx", providers=["CPUExecutionProvider"]
    )
    (answer,) = session.run(["fc6_1"], {"data_0": _array(body)})
    return [float(x) for x in answer.ravel()]


def resnet(body: dict[str, Any], root: Path = HERE) -> list[float]:
    import torch

    with torch.inference_mode(), warnings.catch_warnings():
        # TorchScript is what Triton's pytorch backend takes, deprecated or not.
        warnings.simplefilter("ignore", DeprecationWarning)
        file = root / "vision/resnet/model.pt"
        network = torch.jit.load(file)  # type: ignore[no-untyped-call]  # torch.jit has no types
        answer = network(torch.from_numpy(_array(body)))
    return [float(x) for x in answer.ravel()]


def ensemble(body: dict[str, Any], root: Path = HERE) -> str:
    """The text that `body`, of the generate extension, asks for.

    Nothing stops at a stop word here: what was said is cut after the first one instead, which is the same for
    a network that never looks ahead.
    """
    from tokenizers import Tokenizer
    from transformers import FalconForCausalLM, logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types
    words = Tokenizer.from_file(str(root / _FALCON / "preprocessing/1/tokenizer.json"))
    network = FalconForCausalLM.from_pretrained(root / _FALCON / "tensorrt_llm/1/falcon")
    bad, stops = (
        [words.encode(word).ids for word in body.get(name, []) if word]
        for name in ("bad_words", "stop_words")
    )
    said = _said(network, words.encode(body["text_input"]).ids, bad, body)
    return str(words.decode(_cut(said, body.get("end_id", _END_ID), stops)))


def _said(network: Any, prompt: list[int], bad: list[list[int]], body: dict[str, Any]) -> list[int]:
    import torch

    ids = torch.tensor([prompt])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as the server's model does: another order of sums could tip a draw
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(body.get("random_seed", 0))
        whole = network.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            max_new_tokens=body["max_tokens"],
            min_new_tokens=1,
            bad_words_ids=bad or None,
            top_k=body.get("top_k", 0),
            top_p=float(body.get("top_p", 1)),
            eos_token_id=body.get("end_id", _END_ID),
            pad_token_id=body.get("pad_id", _PAD_ID),
        )
    torch.set_num_threads(threads)
    return [int(i) for i in whole[0, len(prompt) :]]


def _cut(said: list[int], end_id: int, stops: list[list[int]]) -> list[int]:
    for length in range(1, len(said) + 1):
        if said[length - 1] == end_id:
            return said[: length - 1]
        if any(said[:length][-len(stop) :] == stop for stop in stops):
            return said[:length]
    return said


def _tensor_body(name: str, output: str, seed: int) -> bytes:
    """Three decimals keep the body near a megabyte and are the same number on both sides."""
    import numpy as np

    noise = np.random.default_rng(seed).standard_normal(_SHAPE).round(3)
    data = noise.ravel().tolist()
    inputs = [{"name": name, "shape": list(_SHAPE), "datatype": "FP32", "data": data}]
    outputs = [{"name": output, "shape": [1, 1000], "datatype": "FP32"}]
    return json.dumps({"inputs": inputs, "outputs": outputs}).encode()


def _array(body: dict[str, Any]) -> Any:
    import numpy as np

    (tensor,) = body["inputs"]
    return np.array(tensor["data"], np.float32).reshape(tensor["shape"])
