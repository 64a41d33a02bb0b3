"""For those who run connmon: is it alive, is it ready, and its numbers for Prometheus."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError
from django.db import connection as db
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from common import replica
from common.middleware import request_now
from connections.models import Status
from dashboard import heartbeat, kpis
from sources.access import reading_api
from sources.models import Source


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view)
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether database, Redis and worker answer; 503 when one does not."""
    now = request_now(request)
    parts = {"database": _database(), "redis": _redis(), "worker": _worker(now)}
    is_ready = all(state == "ok" for state in parts.values())
    body = {"status": "ok" if is_ready else "unavailable", "parts": parts}
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@reading_api
def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus our numbers as they are now."""
    registry = CollectorRegistry()
    registry.register(_Numbers(request_now(request)))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _database() -> str:
    try:
        with db.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _redis() -> str:
    try:
        cache.get("readyz")
    except RedisError:
        return "away"
    return "ok"


def _worker(now: datetime) -> str:
    try:
        age = heartbeat.age(now=now)
    except RedisError:
        return "unknown: Redis is away"
    if age is None:
        return "never heard"
    return "ok" if age < heartbeat.ALIVE else f"last heard {int(age.total_seconds())} s ago"


class _Numbers(Collector):
    """Reads the counters when Prometheus asks, so that nothing has to be kept in the process."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        numbers = kpis.overview()
        yield _gauge("connmon_consumers", "Consumers.", "state", _consumers(numbers))
        yield _gauge("connmon_connections", "Connections by status.", "status", _connections(numbers.connections))
        yield self._sources()
        yield from self._heartbeat()
        yield from self._replica()

    def _sources(self) -> Metric:
        text = "Seconds since a source was last heard; a source that was never heard has none."
        family = GaugeMetricFamily("connmon_source_last_heard_seconds", text, labels=["source", "kind"])
        for name, kind, at in Source.objects.order_by("kind", "name").values_list("name", "kind", "last_heard_at"):
            if at:
                family.add_metric([name, kind], max(0.0, (self._now - at).total_seconds()))
        return family

    def _heartbeat(self) -> Iterator[Metric]:
        try:
            age = heartbeat.age(now=self._now)
        except RedisError:  # what the database knows is told all the same
            return
        if age is not None:
            text = "Seconds since beat and a worker were last alive."
            yield GaugeMetricFamily("connmon_heartbeat_age_seconds", text, value=age.total_seconds())

    def _replica(self) -> Iterator[Metric]:
        behind = replica.seconds_behind()
        if behind is not None:
            text = "Seconds that the read replica is behind; none while it is away."
            yield GaugeMetricFamily("connmon_replica_behind_seconds", text, value=behind)


def _consumers(numbers: kpis.Overview) -> dict[str, int]:
    active = numbers.consumers_active
    return {"active": active, "inactive": numbers.consumers_total - active}


def _connections(counts: kpis.Counts) -> dict[str, int]:
    return {status.value: counts.of(status) for status in Status}


def _gauge(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
