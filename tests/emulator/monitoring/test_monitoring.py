"""Metrics of predict requests, through the SDK's client of Monitoring."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import oci
import pytest
import requests
from oci.monitoring import MonitoringClient
from oci.monitoring import models as m

from datascience_emulator.monitoring import operations as monitoring
from datascience_emulator.monitoring.query import parse
from datascience_emulator.telemetry.metrics import KEPT_MINUTES, NAMESPACE, AnsweredRequest, Metrics
from datascience_emulator.wire.errors import ServiceError
from tests.support.emulator import Emulator

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def served(
    deployment: str = "d", status: int = 200, milliseconds: float = 10.0, size: int = 1000
) -> AnsweredRequest:
    return AnsweredRequest(deployment, status, milliseconds, size, bandwidth=10)


@dataclass
class Asked:
    """Called with a query, it asks for what that summarizes."""

    client: MonitoringClient
    compartment: str

    def __call__(self, query: str, compartment: str | None = None, **more: Any) -> Any:
        subtree = {name: more.pop(name) for name in ("compartment_id_in_subtree",) if name in more}
        details = m.SummarizeMetricsDataDetails(**{"namespace": NAMESPACE, "query": query, **more})
        return self.client.summarize_metrics_data(compartment or self.compartment, details, **subtree).data


@pytest.fixture
def asked(emulator: Emulator) -> Asked:
    client = MonitoringClient(
        emulator.config,
        service_endpoint=emulator.endpoint,
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )
    return Asked(client, emulator.compartment)


def total(found: Any) -> float:
    return sum(point.value for stream in found for point in stream.aggregated_datapoints)


class TestOverHttp:
    @pytest.mark.shows("metrics")
    def test_every_request_is_counted_once_answered(self, emulator: Emulator, asked: Asked) -> None:
        one, two = emulator.deploy(), emulator.deploy()
        for _ in range(3):
            emulator.predict(one)
        emulator.predict(two)
        url = f"{emulator.endpoint}/{one}/predict"
        assert requests.get(f"{url}/nothing", auth=emulator.auth, timeout=10).status_code == 404
        emulator.predict(one.replace("oc1", "oc2"))

        counts = asked("PredictRequestCount[1h].sum()")
        assert {one.dimensions["resourceId"]: total([one]) for one in counts} == {one: 4, two: 1}
        responses = asked(f'PredictResponse[1d]{{resourceId = "{one}"}}.count()')
        assert sorted(
            (*(stream.dimensions[name] for name in ("statusCode", "statusFamily", "result")), total([stream]))
            for stream in responses
        ) == [("200", "2XX", "Success", 3), ("404", "4XX", "Failure", 1)]
        (latency,) = asked('PredictLatency[1d]{result = "Success"}.groupBy(result).max()')
        assert latency.dimensions == {"result": "Success"}
        assert 0 < total([latency]) < 60_000
        (bandwidth,) = asked(f'PredictBandwidth[1m]{{resourceId = "{one}"}}.max()')
        assert 0 < total([bandwidth]) < 1

    def test_who_does_not_sign_in_leaves_no_trace(self, emulator: Emulator, asked: Asked) -> None:
        deployment = emulator.deploy()
        url = f"{emulator.endpoint}/{deployment}/predict"
        assert requests.post(url, data=b"{}", timeout=10).status_code == 401
        assert requests.post(url, data=iter([b"{}"]), timeout=10).status_code == 411
        assert requests.get(f"{url}/{'x' * 5_000}", timeout=10).status_code == 401
        assert asked("PredictRequestCount[1d].sum()") == []
        cloud = emulator.app.state.cloud
        assert cloud.logs.access(deployment) == ()
        assert requests.get(f"{url}/{'x' * 5_000}", auth=emulator.auth, timeout=10).status_code == 404
        (line,) = cloud.logs.access(deployment)
        assert len(line.text) < 350

    def test_what_was_deleted_counts_no_more(self, emulator: Emulator, asked: Asked) -> None:
        deployment = emulator.deploy()
        emulator.finished(emulator.client.delete_model_deployment(deployment))
        assert emulator.predict(deployment).status_code == 404
        assert asked("PredictRequestCount[1d].sum()") == []

    def test_what_an_answer_holds(self, emulator: Emulator, asked: Asked) -> None:
        deployment = emulator.deploy()
        before = datetime.now(UTC).replace(second=0, microsecond=0)
        emulator.predict(deployment)
        (found,) = asked("PredictRequestCount[1m].sum()")
        assert (found.namespace, found.name, found.compartment_id) == (
            NAMESPACE,
            "PredictRequestCount",
            emulator.compartment,
        )
        assert (found.resolution, found.metadata["unit"]) == ("1m", "count")
        (point,) = found.aggregated_datapoints
        assert point.value == 1
        assert before <= point.timestamp <= datetime.now(UTC)
        assert asked("PredictRequestCount[1m].sum()", end_time=before - timedelta(minutes=1)) == []
        assert asked("PredictRequestCount[1m].sum()", namespace="oci_computeagent") == []
        assert asked("CpuUtilization[1m].mean()") == []

    def test_metrics_are_those_of_a_compartment(self, emulator: Emulator, asked: Asked) -> None:
        emulator.predict(emulator.deploy())
        tenancy = emulator.config["tenancy"]
        query = "PredictRequestCount[1m].sum()"
        assert asked(query, tenancy) == []
        assert total(asked(query, tenancy, compartment_id_in_subtree=True)) == 1
        with pytest.raises(oci.exceptions.ServiceError) as error:
            asked(query, compartment_id_in_subtree=True)
        assert (error.value.status, error.value.code) == (400, "InvalidParameter")

    def test_definitions_are_listed(self, emulator: Emulator, asked: Asked) -> None:
        deployment = emulator.deploy()
        emulator.predict(deployment)

        def listed(**details: Any) -> Any:
            return asked.client.list_metrics(emulator.compartment, m.ListMetricsDetails(**details)).data

        names = ["PredictBandwidth", "PredictLatency", "PredictRequestCount", "PredictResponse"]
        assert [one.name for one in listed()] == names
        assert [one.name for one in listed(sort_order="DESC", sort_by="NAME")] == names[::-1]
        assert {one.namespace for one in listed()} == {NAMESPACE}
        assert [one.name for one in listed(name="PredictLatency")] == ["PredictLatency"]
        assert [one.name for one in listed(dimension_filters={"statusCode": "200"})] == ["PredictResponse"]
        assert listed(dimension_filters={"resourceId": "other"}) == listed(namespace="other") == []
        (grouped,) = listed(group_by=["namespace"])
        assert (grouped.namespace, grouped.name, grouped.dimensions) == (NAMESPACE, None, None)

    def test_lists_have_pages(self, emulator: Emulator, asked: Asked) -> None:
        emulator.predict(emulator.deploy())
        details, client = m.ListMetricsDetails(), asked.client
        page = client.list_metrics(emulator.compartment, details, limit=3)
        rest = client.list_metrics(emulator.compartment, details, limit=500, page=page.next_page)
        assert (len(page.data), len(rest.data), rest.next_page) == (3, 1, None)

    @pytest.mark.parametrize(
        ("query", "more"),
        [
            ("PredictRequestCount", {}),
            ("PredictRequestCount.sum()", {}),
            ("PredictRequestCount[1m]", {}),
            ("PredictRequestCount[61m].sum()", {}),
            ("PredictRequestCount[2d].sum()", {}),
            ("PredictRequestCount[0m].sum()", {}),
            ("PredictRequestCount[1m].median()", {}),
            ("PredictRequestCount[1m].sum(1)", {}),
            ("PredictRequestCount[1m].percentile()", {}),
            ("PredictRequestCount[1m].percentile(95)", {}),
            ("PredictRequestCount[1m].percentile(0.0)", {}),
            ("PredictRequestCount[1m].sum() > 5", {}),
            ("PredictRequestCount[1m]{resourceId}.sum()", {}),
            ('PredictRequestCount[1m]{resourceId = "a" || resourceId = "b"}.sum()', {}),
            ('PredictRequestCount[1m]{resourceId = "a",}.sum()', {}),
            ("PredictRequestCount[1m].groupBy().sum()", {}),
            ("PredictRequestCount[1m].grouping(a).sum()", {}),
            ("PredictRequestCount[1m].sum()", {"resolution": "1s"}),
            (
                "PredictRequestCount[1m].sum()",
                {"start_time": NOON, "end_time": NOON - timedelta(minutes=1)},
            ),
        ],
    )
    def test_what_is_not_understood_is_refused(self, asked: Asked, query: str, more: dict[str, Any]) -> None:
        with pytest.raises(oci.exceptions.ServiceError) as error:
            asked(query, **more)
        assert (error.value.status, error.value.code) == (400, "InvalidParameter")

    @pytest.mark.parametrize("time", ["noon", "2026-01-31T12:00:00", "0001-01-01T00:00:00+14:00", 7])
    def test_what_is_no_time_is_refused(self, emulator: Emulator, time: object) -> None:
        url = f"{emulator.endpoint}/20180401/metrics/actions/summarizeMetricsData"
        body = {"namespace": NAMESPACE, "query": "PredictRequestCount[1m].sum()", "startTime": time}
        asked = {"params": {"compartmentId": emulator.compartment}, "auth": emulator.auth, "timeout": 10}
        answer = requests.post(url, json=body, **asked)
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
        assert "startTime" in answer.json()["message"]


class TestQueries:
    @pytest.mark.parametrize(
        ("statistic", "value"),
        [
            ("count()", 4),
            ("sum()", 16),
            ("mean()", 4),
            ("min()", 1),
            ("max()", 10),
            ("rate()", 16 / 60),
            ("percentile(0.5)", 2),
            ("percentile(.75)", 3),
            ("percentile(0.99)", 10),
            ("percentile(1)", 10),
        ],
    )
    def test_statistics(self, statistic: str, value: float) -> None:
        metrics = Metrics()
        for milliseconds in (3.0, 1.0, 10.0, 2.0):
            metrics.record(served(milliseconds=milliseconds), NOON)
        query = parse(f"PredictLatency[1m].{statistic}")
        ((_, _, values),) = metrics.observed("PredictLatency", NOON, NOON + timedelta(minutes=1))
        assert query.statistic(values, query.seconds) == pytest.approx(value)

    @pytest.mark.parametrize(
        ("predicates", "statuses"),
        [
            ("", {200, 404, 503}),
            ('statusCode = "404"', {404}),
            ('statusCode != "404"', {200, 503}),
            ('statusFamily =~ "4*|5*"', {404, 503}),
            ('result = "Failure", statusFamily = "5XX"', {503}),
            ('result = "Failure" && statusFamily != "5XX"', {404}),
            ('other = "x"', set()),
        ],
    )
    def test_predicates(self, predicates: str, statuses: set[int]) -> None:
        metrics = Metrics()
        for status in (200, 404, 503):
            metrics.record(served(status=status), NOON)
        query = parse(f"PredictResponse[1m]{{{predicates}}}.count()")
        found = [query.stream(one) for one in metrics.series() if one.name == "PredictResponse"]
        assert {int(one["statusCode"]) for one in found if one is not None} == statuses

    def test_groups(self) -> None:
        metrics = Metrics()
        metrics.record(served("a"), NOON)
        (series,) = [one for one in metrics.series() if one.name == "PredictLatency"]
        assert parse("PredictLatency[1m].grouping().sum()").stream(series) == {}
        assert parse("PredictLatency[1m].groupBy( resourceId ).sum()").stream(series) == {"resourceId": "a"}
        assert parse("PredictLatency[1m].sum()").stream(series) == {"resourceId": "a", "result": "Success"}

    def test_a_query_that_never_ends_is_refused_at_once(self) -> None:
        with pytest.raises(ServiceError):
            parse("A[1m]{" + '"' * 9_000)
        with pytest.raises(ServiceError):
            parse("A[1m]{" + 'a="' * 3_000)
        with pytest.raises(ServiceError):
            parse(f"A[1m].percentile({'1' * 9_000}x)")


def test_a_day_is_kept() -> None:
    metrics = Metrics()
    for minute in range(0, 2 * KEPT_MINUTES, 10):
        metrics.record(served(), NOON + timedelta(minutes=minute))
    forever = timedelta(days=9)
    assert len(list(metrics.observed("PredictRequestCount", NOON - forever, NOON + forever))) == 144


def test_bandwidth_is_what_a_minute_used_of_what_is_provisioned() -> None:
    metrics = Metrics()
    for _ in range(3):
        metrics.record(served(size=10_000_000), NOON)
    ((_, _, values),) = metrics.observed("PredictBandwidth", NOON, NOON + timedelta(minutes=1))
    assert list(values.items()) == [(pytest.approx(3 * 10_000_000 * 8 / (10e6 * 60) * 100), 1)]


@dataclass
class Cloud:
    metrics: Metrics


def a_day() -> tuple[Metrics, datetime]:
    """A day in which each minute saw 60 latencies, and the moment at its end."""
    metrics = Metrics()
    for minute in range(KEPT_MINUTES):
        for number in range(60):
            metrics.record(
                served(milliseconds=float(1 + (7 * minute + 11 * number) % 900)),
                NOON + timedelta(minutes=minute),
            )
    return metrics, NOON + timedelta(minutes=KEPT_MINUTES)


@pytest.mark.parametrize("statistic", ["mean()", "percentile(0.95)"])
def test_wide_windows_over_a_whole_day_keep_nobody_waiting(statistic: str) -> None:
    metrics, end = a_day()
    query = parse(f"PredictLatency[1d].{statistic}")
    visible = dict.fromkeys(metrics.series(), "c")
    began = time.process_time()
    ((_, points),) = monitoring.streams(
        Cloud(metrics), query, visible, monitoring.Span(NOON, end, 60)
    ).items()
    assert time.process_time() - began < 2.0  # each window by itself: 1440 times the whole day
    assert len(points) == KEPT_MINUTES


@pytest.mark.parametrize("step", [60, 300, 3600])
@pytest.mark.parametrize("statistic", ["sum()", "min()", "max()", "count()", "percentile(0.5)"])
def test_a_window_has_what_lies_in_it(statistic: str, step: int) -> None:
    metrics, seen = Metrics(), list[tuple[datetime, float]]()
    for minute in (0, 1, 2, 9, 10, 59, 60, 61, 200):
        seen.append((NOON + timedelta(minutes=minute), float(minute + 1)))
        metrics.record(served(milliseconds=seen[-1][1]), seen[-1][0])
    query, end = parse(f"PredictLatency[10m].{statistic}"), NOON + timedelta(minutes=150)
    visible = dict.fromkeys(metrics.series(), "c")
    ((_, points),) = monitoring.streams(
        Cloud(metrics), query, visible, monitoring.Span(NOON, end, step)
    ).items()
    moments = [NOON + timedelta(seconds=second) for second in range(0, 150 * 60, step)]
    windows = {
        one: Counter(value for moment, value in seen if one <= moment < one + timedelta(minutes=10))
        for one in moments
    }
    wanted = [(one, query.statistic(values, 600)) for one, values in windows.items() if values]
    assert points == wanted
