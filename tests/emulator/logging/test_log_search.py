"""Logging Search, with the queries that clients use for the logs of model deployments."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.data_science import models as m
from oci.loggingsearch import LogSearchClient
from oci.loggingsearch.models import SearchLogsDetails

from tests.support.emulator import artifact, configuration

GROUP, ACCESS, PREDICT = (f"ocid1.{kind}.oc1.iad.one" for kind in ("loggroup", "log", "log2"))


@pytest.fixture
def deployment(emulator: Any) -> str:
    """One with logs, whose server has written two lines, one of them with a time."""
    project = emulator.project()
    details = m.CreateModelDeploymentDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        model_deployment_configuration_details=configuration(emulator.model(project, artifact("one"))),
        category_log_details=m.CategoryLogDetails(
            access=m.LogDetails(log_group_id=GROUP, log_id=ACCESS),
            predict=m.LogDetails(log_group_id=GROUP, log_id=PREDICT),
        ),
    )
    made = emulator.client.create_model_deployment(details).data.id
    emulator.settle(made)
    folder = Path(emulator.home) / "logs" / made.rsplit(".", 1)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    moment = datetime.now().astimezone() - timedelta(minutes=5)
    (folder / "triton-1-1.log").write_text(f"I{moment:%m%d %H:%M:%S.%f} 7 server.cc:1] starts\nready\n")
    return str(made)


def search(emulator: Any, query: str, minutes: int = 60, **paging: Any) -> Any:
    client = LogSearchClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
    now = datetime.now(UTC)
    details = SearchLogsDetails(
        time_start=now - timedelta(minutes=minutes), time_end=now + timedelta(minutes=1), search_query=query
    )
    return client.search_logs(details, **paging)


def messages(answer: Any) -> list[str]:
    return [one.data["logContent"]["data"]["message"] for one in answer.data.results]


@pytest.mark.shows("logs")
def test_what_the_servers_print(emulator: Any, deployment: str) -> None:
    query = f"SEARCH \"any/{GROUP}/{PREDICT}\" | WHERE source = '*{deployment}' | SORT BY datetime ASC"
    answer = search(emulator, query)
    first, second = answer.data.results
    assert [one.split("] ")[-1] for one in messages(answer)] == ["starts", "ready"]
    assert first.data["logContent"]["source"] == deployment
    assert first.data["logContent"]["id"] != second.data["logContent"]["id"]
    assert first.data["datetime"] == second.data["datetime"]
    assert answer.data.summary.result_count == 2
    assert messages(search(emulator, query, minutes=1)) == []


@pytest.mark.shows("logs")
def test_who_asked(emulator: Any, deployment: str) -> None:
    emulator.predict(deployment, b"{}")
    query = f'search "any/{GROUP}/{ACCESS}"'
    (message,) = messages(search(emulator, query))
    assert message == "POST /predict 1.1"


def test_pages(emulator: Any, deployment: str) -> None:
    query = f'search "any/{GROUP}/{PREDICT}" | sort by datetime asc'
    first = search(emulator, query, limit=1)
    second = search(emulator, query, limit=1, page=first.headers["opc-next-page"])
    assert messages(first)[0].endswith("starts")
    assert messages(second) == ["ready"]
    assert "opc-next-page" not in second.headers


@pytest.mark.parametrize("path", ["any", f"any/{GROUP}"])
def test_whole_groups_and_compartments(emulator: Any, deployment: str, path: str) -> None:
    emulator.predict(deployment, b"{}")
    assert len(messages(search(emulator, f'search "{path}"'))) == 3


@pytest.mark.parametrize(
    "query",
    [
        'search "any/other/log"',
        f'search "any/{GROUP}/other"',
        f"search \"any/{GROUP}\" | where source = 'ocid1.other'",
    ],
)
def test_nothing_is_found(emulator: Any, deployment: str, query: str) -> None:
    assert messages(search(emulator, query)) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("find me", "must begin with search"),
        ('search "any" | count', "'count' is not among what the emulator knows"),
    ],
)
def test_a_query_that_is_not_known(emulator: Any, query: str, words: str) -> None:
    with pytest.raises(oci.exceptions.ServiceError, match=words) as caught:
        search(emulator, query)
    assert (caught.value.status, caught.value.code) == (400, "InvalidParameter")
