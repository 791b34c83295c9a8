"""Fuzzes one target, guided by the coverage of our own code: `python -m fuzz.guided module:NAME SECONDS SEED
FOLDER`.

It goes on after a finding: each place that raises is written to FOLDER once, as `found-…`, with its input.
"""

import hashlib
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import atheris

from tests.fuzz.target import LONGEST, Target

MOST = 50
"""Findings that are written."""


def main(name: str, seconds: str, seed: str, folder: Path) -> NoReturn:
    module, _, attribute = name.partition(":")
    with atheris.instrument_imports(include=["reconciler"]):
        target: Target = getattr(import_module(f"tests.fuzz.{module}"), attribute)
    found: set[str] = set()

    def one(data: bytes) -> None:
        try:
            target.hold(data)
        except BaseException as error:
            note(error, data)

    def note(error: BaseException, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f"{frame.filename}:{frame.lineno}" for frame in frames if "/reconciler/" in frame.filename]
        key = hashlib.sha256("\n".join([type(error).__name__, *ours[-2:]]).encode()).hexdigest()[:12]
        if key in found or len(found) >= MOST:
            return
        found.add(key)
        (folder / f"input-{key}").write_bytes(data)
        told = "".join(traceback.format_exception(error, limit=-6))
        (folder / f"found-{key}").write_text(
            f"{told[-3000:]}{len(data)} bytes: {data[:600]!r}\n", "utf-8", "replace"
        )

    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir()
    for number, example in enumerate(target.corpus()):
        (corpus / str(number)).write_bytes(example)
    words.write_text("".join(f'"{escaped(word)}"\n' for word in target.words))
    limits = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST}", "-rss_limit_mb=3000"]
    told = ["-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *limits, "-timeout=60", *told, str(corpus)], one)
    atheris.Fuzz()
    raise SystemExit(0)


def escaped(word: bytes) -> str:
    """As libFuzzer's dictionaries have it."""
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(*sys.argv[1:4], Path(sys.argv[4]))
