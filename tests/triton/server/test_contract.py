"""The table of what may change in the contract of a version is what a real Triton does: a client of the old
contract asks the new one.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.core.model.served.contract import Contract
from tests.support.contract_rows import ROWS, Row, output_of, write_models


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    def output(self, name: str) -> Any:
        """What a client reads. The one event of a stream has no more than the data."""
        answer = json.loads(self.body.removeprefix("data: "))
        return answer[name] if name in answer else output_of(answer, name)


Ask = Callable[[Contract, Row], Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[Ask]:
    """One server has a model of each contract of the table."""
    from datascience_emulator.triton import new_fleet
    from tests.support.serving import Loop, revision

    loop, folder = Loop(), tmp_path_factory.mktemp("contracts")
    names = {contract: f"m{number}" for number, contract in enumerate(contracts())}
    write_models(folder / "models", {name: contract for contract, name in names.items()})
    fleet = new_fleet("contracts", folder, folder / "logs")

    def asked(contract: Contract, row: Row) -> Answer:
        path = f"/v2/models/{names[contract]}/versions/1/{row.route}"
        reply = loop.run(fleet.predict({}, json.dumps(row.body).encode(), path=path))
        return Answer(reply.status, reply.body.decode())

    try:
        loop.run(fleet.roll(revision(folder / "models"), print))
        yield asked
        loop.run(fleet.stop())
    finally:
        loop.close()


OK = 200


def contracts() -> list[Contract]:
    return list(dict.fromkeys(contract for row in ROWS for contract in (row.old, row.new)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.change)
def test_what_a_client_of_the_old_contract_is_answered(row: Row, ask: Ask) -> None:
    before, after = ask(row.old, row), ask(row.new, row)
    assert before.status == OK, before.body
    assert after.status == row.status, after.body
    if row.status == OK and not row.said:
        assert after.output(row.reads) == before.output(row.reads)
    else:
        assert row.said in after.body
        assert row.said not in before.body
