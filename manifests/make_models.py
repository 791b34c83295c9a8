"""Makes the files that the example manifests need and that do not belong in git; needs no network, no server.

    python manifests/make_models.py [--out DIR]

The same versions of torch and transformers make the same bytes, in any folder and at any time, so that an
artifact's digest is stable. A file that holds the right bytes already is left alone. The weights are random:
the networks and their shapes are real, what they say means nothing.
"""

import argparse
import filecmp
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import onnx
import reference
import resnet50
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import FalconConfig, FalconForCausalLM
from transformers.utils import logging

HERE = Path(__file__).parent
SEED = 0
_SPECIALS = [
    "<unk>",
    "<s>",
    "<pad>",
    "</s>",
]  # ids 2 and 3 are the pad_id and end_id that the walkthrough sends
_PAD_ID, _END_ID = 2, 3
_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_DENSENET = Path("vision/densenet/model.onnx")
_RESNET = Path("vision/resnet/model.pt")
_LLM = Path("falcon/model_repository/tensorrt_llm/1/falcon")
_TOKENIZERS = [
    Path(f"falcon/model_repository/{model}/1/tokenizer.json") for model in ("preprocessing", "postprocessing")
]


def densenet(path: Path) -> None:
    """DenseNet-121 as the `onnx` package ships it for its own tests: the real graph with constant weights."""
    shutil.copyfile(Path(onnx.__file__).parent / "backend/test/data/light/light_densenet121.onnx", path)


def resnet(path: Path) -> None:
    """A TorchScript file without the debug records, which hold the paths of the files that were traced."""
    network = resnet50.seeded(SEED)
    with torch.no_grad():
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]  # torch.jit has no types
            network, torch.zeros(1, 3, 224, 224), check_trace=False
        )
    with tempfile.TemporaryDirectory() as folder:
        whole = str(Path(folder, "model.pt"))
        torch.jit.save(traced, whole)
        _copy_without_debug(whole, str(path))


def _copy_without_debug(source: str, target: str) -> None:
    reader = torch._C.PyTorchFileReader(source)
    writer = torch._C.PyTorchFileWriter(target)
    for name in reader.get_all_records():
        # The writer adds these two itself, from the content.
        if name not in ("version", ".data/serialization_id") and not name.endswith(".debug_pkl"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()


def tokenizer() -> Tokenizer:
    """Whole words of `falcon/words.txt`, and bytes for the rest, so that any prompt has its own ids."""
    splitter = pre_tokenizers.Whitespace()
    text = (HERE / "falcon/words.txt").read_text(encoding="utf-8").lower()
    words = sorted({word for word, _ in splitter.pre_tokenize_str(text)})
    ids = {token: number for number, token in enumerate([*_SPECIALS, *_BYTES, *words])}
    made = Tokenizer(models.BPE(ids, [], unk_token=_SPECIALS[0], byte_fallback=True, ignore_merges=True))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = splitter
    made.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    made.add_special_tokens(_SPECIALS)
    return made


def falcon(vocabulary: int) -> FalconForCausalLM:
    """Two small layers. It may say whole words and the end; special ids and lone bytes are not text."""
    config = FalconConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        initializer_range=0.2,  # ten times the usual, so that untrained words differ in likelihood
        tie_word_embeddings=False,
        bos_token_id=1,
        eos_token_id=_END_ID,
        pad_token_id=_PAD_ID,
    )
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = FalconForCausalLM(config)
    network.generation_config.suppress_tokens = [i for i in range(len(_SPECIALS + _BYTES)) if i != _END_ID]
    return network


def _write_all(folder: Path) -> None:
    words = tokenizer()
    probes = {request.probe: request.body for request in reference.requests()}
    for path in (_DENSENET, _RESNET, *_TOKENIZERS, *probes):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    densenet(folder / _DENSENET)
    resnet(folder / _RESNET)
    for path in _TOKENIZERS:
        words.save(str(folder / path))
    falcon(words.get_vocab_size()).save_pretrained(folder / _LLM)
    for path, body in probes.items():
        (folder / path).write_bytes(body)


def make(out: Path) -> Iterator[tuple[Path, str, bool]]:
    """Bring every file below `out` up to date; yield its path, its SHA-256 and whether it was written."""
    with tempfile.TemporaryDirectory() as folder:
        _write_all(Path(folder))
        for made in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            path = made.relative_to(folder)
            yield path, _sha256(made), _replace(made, out / path)


def _replace(made: Path, target: Path) -> bool:
    if target.is_file() and filecmp.cmp(made, target, shallow=False):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target first: whoever reads it meanwhile sees the old file or the new one, never half of one.
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as beside:
        shutil.copyfile(made, beside.name)
    Path(beside.name).chmod(0o644)
    Path(beside.name).replace(target)
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--out", type=Path, default=HERE, help="folder to write below (default: this script's)"
    )
    out = parser.parse_args().out
    for path, digest, written in make(out):
        print(f"{'made' if written else 'kept'}  {digest[:12]}  {(out / path).stat().st_size:>11,}  {path}")


if __name__ == "__main__":
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types
    main()
