from datetime import timedelta
from unittest import mock

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from dashboard import heartbeat, operations
from dashboard.tasks import beat
from sources import services
from tests import make


@pytest.fixture(autouse=True)
def quiet_heart():
    cache.delete("heartbeat")
    yield
    cache.delete("heartbeat")


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()["parts"]


def test_process_is_alive_without_a_database(client):
    # No database mark: the test framework refuses any query.
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_once_the_worker_beats(client):
    assert ready(client) == (503, {"database": "ok", "redis": "ok", "worker": "never heard"})
    beat()
    assert ready(client) == (200, {"database": "ok", "redis": "ok", "worker": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(20, 200), (31, 503)])
def test_worker_is_away_after_half_a_minute(client, seconds, status):
    heartbeat.beat(now=timezone.now() - timedelta(seconds=seconds))
    assert ready(client)[0] == status


def test_not_ready_without_the_database(client):
    beat()
    with mock.patch.object(operations.db, "cursor", side_effect=OperationalError("away")):
        status, parts = ready(client)
    assert (status, parts["database"], parts["redis"]) == (503, "away", "ok")


@pytest.mark.django_db
def test_not_ready_without_redis(client):
    with mock.patch.object(cache, "get", side_effect=RedisAway("away")):
        assert ready(client) == (503, {"database": "ok", "redis": "away", "worker": "unknown: Redis is away"})


@pytest.mark.django_db
def test_metrics_need_a_key(client):
    assert client.get("/metrics").status_code == 401


@pytest.mark.django_db
def test_metrics_are_the_numbers_of_now(client):
    now = timezone.now()
    _, raw = services.create_key(name='or"ders', scope="read", now=now)
    make.source(kind="file", name="never heard")
    make.connection()
    make.connection(status="failed")
    make.consumer()
    heartbeat.beat(now=now)

    response = client.get("/metrics", headers={"Authorization": f"Bearer {raw}"})

    lines = response.content.decode().splitlines()
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'connmon_connections{status="active"} 1.0' in lines
    assert 'connmon_connections{status="pending"} 0.0' in lines
    assert 'connmon_connections{status="failed"} 1.0' in lines
    assert 'connmon_consumers{state="active"} 1.0' in lines
    assert 'connmon_consumers{state="inactive"} 2.0' in lines
    heard = [line for line in lines if line.startswith("connmon_source_last_heard_seconds")]
    assert len(heard) == 1
    assert 'source="or\\"ders"' in heard[0]
    assert any(line.startswith("connmon_heartbeat_age_seconds") for line in lines)


@pytest.mark.django_db
def test_metrics_stay_silent_about_a_heart_that_never_beat(as_viewer):
    assert "heartbeat" not in as_viewer.get("/metrics").content.decode()
