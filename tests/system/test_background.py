"""The real Celery worker with beat, and a real gunicorn, on the database of the tests: soon fresh, never wrong."""

import json
import os
import signal
import threading
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection as db
from django.db.models import Sum
from django.utils import timezone

from connections import tasks
from connections.models import ActivityEvent, RollupDelta, TotalRollup
from connections.rollup_proof import differences
from sources.services import create_key
from tests import make
from tests.feed import feed
from tests.processes import PATIENCE, answers, until, web, worker

pytestmark = pytest.mark.django_db(transaction=True)

FRESH = 5  # seconds: what the interface promises on an idle machine


def created():
    return TotalRollup.objects.aggregate(n=Sum("created"))["n"] or 0


@pytest.fixture
def send():
    """Send so many activity events, each counting one."""
    source = make.source()
    make.connection(key="shop", flow="source", is_tracked=True)
    sent = iter(range(10**9))

    def _send(count=1):
        now = timezone.now().isoformat()
        base = {"type": "activity", "connection": "shop", "kind": "created", "occurred_at": now}
        feed(*[base | {"id": str(next(sent))} for _ in range(count)], by=source)

    return _send


@pytest.fixture(autouse=True)
def broker():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


def test_numbers_follow_within_seconds_whatever_breaks(send, tmp_path, broker):
    with worker(tmp_path):
        send()
        until(lambda: created() == 1)  # the worker is up

        send(10)
        assert until(lambda: created() == 11) < FRESH

        tasks.claim("drain-queued", seconds=60)  # a kick that nobody will ever answer
        send(10)
        until(lambda: created() == 21)

        broker.flushdb()  # Redis comes back empty, and every connection to it is gone
        broker.client_kill_filter(_type="normal", skipme=True)
        send(10)
        until(lambda: created() == 31)

        with db.cursor() as cursor:  # the database restarts
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        send(10)
        until(lambda: created() == 41)

    send(500)  # nobody is there to drain: nothing is lost
    assert RollupDelta.objects.exists()
    assert differences() == []
    with worker(tmp_path):
        until(lambda: created() == 541)
    assert differences() == []


def test_a_web_worker_killed_in_mid_request_leaves_all_or_nothing(send):
    _, raw = create_key(name="hammer", scope="write", now=timezone.now())
    make.connection(key="k", flow="source", is_tracked=True)
    now = timezone.now() - timedelta(minutes=1)
    event = {"type": "activity", "connection": "k", "kind": "created", "occurred_at": now.isoformat()}
    body = json.dumps([event | {"id": str(n)} for n in range(8_000)]).encode()

    def post(address):
        headers = {"Authorization": f"Bearer {raw}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/api/v1/records", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except OSError:
            return None

    with web() as (process, address):
        for delay in (0.02, 0.1, 0.2, 0.3):
            sender = threading.Thread(target=post, args=(address,))
            sender.start()
            time.sleep(delay)
            for child in children(process.pid):
                os.kill(child, signal.SIGKILL)
            sender.join()
            assert ActivityEvent.objects.count() in {0, 8_000}
            until(lambda: answers(f"{address}/healthz"))
        answer = post(address)
    assert answer["accepted"] + answer["duplicate"] == 8_000
    assert ActivityEvent.objects.count() == 8_000
    assert differences() == []


def children(pid):
    """The worker processes of a gunicorn."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
