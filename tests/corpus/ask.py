"""Asks the real tritonserver about every case of the corpus anew, and writes what it says: `make corpus`.

    python -m tests.corpus.ask [TOPIC…]

It ends with 1 when a verdict is another than the one recorded, whatever the words of its reason, and prints
where `validate` says something else.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.corpus.case import VERDICTS, Case, Verdict, topics, verdicts_of
from tests.corpus.judged import disagreements, judged
from tests.support.triton_server import Server, serving

AT_ONCE = 2
LONGEST_REASON = 400
EXPLICIT = "--model-control-mode=explicit"


def main(names: Sequence[str]) -> int:
    changed = False
    for topic in names or sorted(topics()):
        cases, before = topics()[topic], verdicts_of(topic)
        told = asked(cases)
        for name in sorted(told):
            if name in before and not before[name].agrees_with(told[name]):
                print(f"{topic}/{name}: was {before[name].as_json()}, is {told[name].as_json()}")
                changed = True
        _write(topic, told)
        accepted = sum(verdict.accepted for verdict in told.values())
        print(f"{topic}: {len(told)} cases, {accepted} loaded, {len(told) - accepted} refused")
        for case in cases:
            if why := disagreements(case, told[case.name], judged(case)):
                print(f"  {case.name}: {why}")
    return int(changed)


def asked(cases: Sequence[Case]) -> dict[str, Verdict]:
    """What the server says of each case."""
    alone = [case for case in cases if case.alone]
    shares = [alone[start::AT_ONCE] for start in range(AT_ONCE)]
    whole = [case for case in cases if not case.alone]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found: dict[str, Verdict] = {}
        for verdicts in pool.map(_ask_models, shares):
            found |= verdicts
        found |= dict(zip((case.name for case in whole), pool.map(_ask_repository, whole), strict=True))
    return {case.name: found[case.name] for case in cases}


def _ask_models(cases: Sequence[Case]) -> dict[str, Verdict]:
    """Each is loaded by itself into a server, and unloaded again. One that takes the server along gets a new
    server the next time.
    """
    found: dict[str, Verdict] = {}
    while todo := [case for case in cases if case.name not in found]:
        with _served(todo, EXPLICIT) as (server, work):
            for case in todo:
                found[case.name] = _load(server, case.name, work)
                if not server.lives():
                    break
    return found


def _ask_repository(case: Case) -> Verdict:
    """A server ends by itself when it cannot load a folder of its repository, unless it is told otherwise."""
    with _served([case], "--exit-on-error=true") as (server, work):
        try:
            index = server.index()
        except OSError:
            return Verdict(False, (), f"the server ended: {_last_words(work)}")
        return _verdict(index, work, case)


@contextmanager
def _served(cases: Sequence[Case], *options: str) -> Iterator[tuple[Server, Path]]:
    work = Path(tempfile.mkdtemp(prefix="corpus-"))
    try:
        for case in cases:
            case.write(work / "models")
        with serving(work / "models", work, *options) as server:
            yield server, work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _load(server: Server, name: str, work: Path) -> Verdict:
    try:
        if reason := server.load(name):
            return Verdict(False, (), _clean(_unpolled(name, work) or reason, work))
        verdict = _verdict([entry for entry in server.index() if entry["name"] == name], work)
        server.unload(name)
        return verdict
    except OSError:
        return Verdict(False, (), "the server ended")


def _unpolled(name: str, work: Path) -> str:
    """Why a model is refused as it is read, which the answer does not tell; empty where it was not."""
    log = (work / "server.log").read_text(errors="replace")
    return next(iter(re.findall(rf"Poll failed for model directory '{re.escape(name)}': (.*)\"", log)), "")


def _verdict(index: Sequence[dict[str, str]], work: Path, case: Case | None = None) -> Verdict:
    """The index has a line for each version; versions that are not served have none, or no state, and so have
    models that were not even polled, or that have no version.
    """
    bad = [entry for entry in index if entry.get("state") != "READY"]
    bad = [entry for entry in bad if entry.get("reason") or entry.get("state")] or (bad if not index else [])
    ready = sorted((entry["name"], int(entry["version"])) for entry in index if entry.get("state") == "READY")
    folders = {path.split("/")[0] for path in case.files if "/" in path} if case else set[str]()
    lost = sorted(({entry["name"] for entry in index} | folders) - {name for name, _ in ready})
    if bad or lost or not ready:
        silent = [f"{name}: {_said_of(name, work)}" for name in lost]
        reasons = [f"{entry['name']}: {entry.get('reason', '')}" for entry in bad] or silent or ["no model"]
        return Verdict(False, (), _clean("; ".join(sorted(reasons)), work))
    return Verdict(True, tuple(ready))


def _last_words(work: Path) -> str:
    lines = (work / "server.log").read_text(errors="replace").splitlines()
    wrong = [line for line in lines if line.startswith(("E", "error"))] or lines
    telling = [line for line in wrong if "load model" in line or "Poll failed" in line] or wrong
    return _clean(re.sub(r"^E\d+ \S+ +\d+ \S+ ", "", telling[-1]) if telling else "", work)


def _said_of(name: str, work: Path) -> str:
    """The last error of the log that names this model."""
    lines = (work / "server.log").read_text(errors="replace").splitlines()
    told = [line for line in lines if re.match(rf"E.*\b{re.escape(name)}\b", line)]
    return told[-1].partition("] ")[2].strip('"') if told else ""


def _clean(text: str, work: Path) -> str:
    """Without folders, places in Python and line ends, which are other ones each time."""
    told = re.sub(r"\s+At:\s.*", "", text.replace(str(work), "WORK"), flags=re.DOTALL)
    return " ".join(told.split())[:LONGEST_REASON]


def _write(topic: str, told: dict[str, Verdict]) -> None:
    VERDICTS.mkdir(exist_ok=True)
    content = {"server": "2.51.0", "verdicts": {name: told[name].as_json() for name in told}}
    (VERDICTS / f"{topic}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
