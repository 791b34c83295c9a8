"""What the guard calls zero downtime is served to every client: random models, commands and changes of both,
on a real Triton before, while and after the servers are replaced.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.core.model.artifact import Folder, LocalFile
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.served.structure import Servings, Structure
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.guard.version_guard import guard_update
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.live_models import models_in
from reconciler.triton.server.served import served_by
from tests.support.contract_rows import ROWS, Row, output_of, write_models
from tests.support.examples import examples
from tests.support.serving import Loop, revision

TRITON = ("tritonserver", "--model-repository=/opt/ds/model/deployed_model")
EXPLICIT = "--model-control-mode=explicit"
OPTIONS = (
    (),
    ("--model-control-mode=poll",),
    (EXPLICIT, "--load-model=*"),
    (EXPLICIT, "--load-model=a"),
    (EXPLICIT, "--load-model=a", "--load-model=b"),
    ("--model-config-name=every",),
)
POLICIES = ("", "version_policy { all { } }\n", "version_policy { specific { versions: 1 } }\n")
INFERRED = tuple(row for row in ROWS if row.route == "infer")
PAUSE_SECONDS = 0.01
"""Of each client between two requests: starting servers takes a hundred times as long."""


@dataclass(frozen=True)
class Model:
    """`row` says what clients send; `changed`: the contract is the one after the change of the row."""

    row: Row
    changed: bool
    versions: int
    policy: str


@dataclass(frozen=True)
class State:
    models: Mapping[str, Model]
    options: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return (*TRITON, *self.options)

    def write(self, folder: Path) -> tuple[ModelFolder, ...]:
        contracts = {
            name: model.row.new if model.changed else model.row.old for name, model in self.models.items()
        }
        write_models(folder, contracts)
        for name, model in self.models.items():
            file = folder / name / "config.pbtxt"
            every = folder / name / "configs" / "every.pbtxt"
            every.parent.mkdir()
            every.write_text(file.read_text() + POLICIES[1])
            file.write_text(file.read_text() + model.policy)
            for number in range(2, model.versions + 1):
                _copy(folder / name / "1", folder / name / str(number))
        sources = {
            path.relative_to(folder).as_posix() + "/" * path.is_dir(): (
                Folder() if path.is_dir() else LocalFile(str(path))
            )
            for path in folder.rglob("*")
        }
        return models_in(LocalFiles(sources))


def _copy(version: Path, other: Path) -> None:
    other.mkdir()
    for file in version.iterdir():
        (other / file.name).write_text(file.read_text())


@st.composite
def changes(draw: st.DrawFn) -> tuple[State, State]:
    """Two states of one deployment, in which most is the same."""
    before, after = {}, {}
    for name in draw(st.sampled_from([("a",), ("a", "b")])):
        row = draw(st.sampled_from(INFERRED))
        versions, policy = draw(st.sampled_from([1, 2])), draw(st.sampled_from(POLICIES))
        before[name] = Model(row, False, versions, policy)
        after[name] = Model(
            row,
            draw(st.booleans()),
            draw(st.sampled_from([versions, 1, 2])),
            draw(st.sampled_from([policy, *POLICIES])),
        )
    if draw(st.booleans()):
        after["b"] = Model(INFERRED[0], False, 1, "")
    options = draw(st.sampled_from(OPTIONS))
    return State(before, options), State(after, draw(st.sampled_from([options, *OPTIONS])))


def ways(
    before: State, after: State, old: tuple[ModelFolder, ...], new: tuple[ModelFolder, ...], rollout: Rollout
) -> list[str] | None:
    """The states that the guard goes through, by the side of the models and of the command; None: it does
    not let it pass.
    """
    servings = Servings(
        now=served_by(old, before.words),
        container_first=served_by(old, after.words),
        models_first=served_by(new, before.words),
        desired=served_by(new, after.words),
    )
    verdict = guard_update(
        "model", servings, rollout, apart=before.models != after.models and before.options != after.options
    )
    if not verdict.passes or verdict.dangers:
        return None
    between = "new-old" if verdict.models_first else "old-new"
    return ["old-old", between, "new-new"]


@pytest.fixture(scope="module")
def loop(emulator_installed: None) -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(change=changes(), versions=st.sampled_from(VersionChange))
def test_no_client_of_the_old_state_fails(
    change: tuple[State, State], versions: VersionChange, loop: Loop
) -> None:
    before, after = change
    assume(before != after)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "old").mkdir()
        (folder / "new").mkdir()
        old, new = before.write(folder / "old"), after.write(folder / "new")
        found = ways(before, after, old, new, Rollout(versions=versions))
        assume(found is not None)
        assert found is not None
        now = served_by(old, before.words)
        assert isinstance(now, Structure)
        asked = [(name, number) for name, number in sorted(now.versions) if name in before.models]
        assume(asked)
        words = {"old": before.words, "new": after.words}
        states = [(folder / way.split("-")[0], words[way.split("-")[1]]) for way in dict.fromkeys(found)]
        assert loop.run(rolled(folder, states, before, asked)) == []


async def rolled(
    folder: Path, states: list[tuple[Path, tuple[str, ...]]], before: State, asked: list[tuple[str, int]]
) -> list[str]:
    """What clients were answered otherwise than at first, while a fleet goes through these states."""
    from datascience_emulator.triton import new_fleet

    fleet, failed, over = new_fleet("guarded", folder, folder / "logs"), [], asyncio.Event()

    async def ask(name: str, number: int) -> Any:
        row = before.models[name].row
        path = f"/v2/models/{name}/versions/{number}/infer"
        reply = await fleet.predict({}, json.dumps(row.body).encode(), path=path)
        if reply.status != 200:
            return f"{name} {number}: {reply.status} {reply.body.decode()}"
        return output_of(json.loads(reply.body), row.reads)

    async def client(name: str, number: int) -> None:
        first = await ask(name, number)
        while not over.is_set():
            if (answer := await ask(name, number)) != first:
                failed.append(f"{answer}, not {first}")
                return
            await asyncio.sleep(PAUSE_SECONDS)

    try:
        for at, (models, words) in enumerate(states):
            await fleet.roll(revision(models, cmd=words), lambda *_: None)
            if at == 0:
                answers = [await ask(*version) for version in asked]
                failed += [answer for answer in answers if isinstance(answer, str)]
                clients = [asyncio.create_task(client(*version)) for version in asked]
        over.set()
        await asyncio.gather(*clients)
    finally:
        await fleet.stop()
    return failed
