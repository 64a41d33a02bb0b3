"""The rollups under everything at once: duplicates, races, late events, roll-backs, toggles, deletions, kill -9.

Whatever happens, every snapshot that is taken while it happens must recount without a difference. A drain that is wrong
on purpose shows that these tests can fail.
"""

import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as db
from django.db import transaction

from common.locks import lock_state
from connections import rollup_services
from connections.models import ActivityEvent, Connection, ConnectionRollup, ErrorEvent, RollupDelta, TotalRollup
from connections.rollup_proof import differences
from connections.standing import differences as standing_differences
from consumers.models import Consumer
from tests import make
from tests.feed import feed
from tests.processes import database_url
from tests.waiting import backend, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 6
NOW = datetime.now(UTC)

# Drains until it is killed, as a worker does; another process, so that it can be killed for real.
DRAINER = """
import sys, time, psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True, application_name="drainer")
print("ready", flush=True)
while True:
    connection.execute(sys.argv[2])
    time.sleep(0.005)
"""
RIGHT = "SELECT rollup_drain(7)"
# Takes deltas in one commit and adds them in another: whoever looks in between, or kills it there, finds a hole.
WRONG = "CALL wrong_drain(7)"
WRONG_DRAIN = """
CREATE PROCEDURE wrong_drain(most integer) LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE IF NOT EXISTS held AS SELECT * FROM connections_rollupdelta WITH NO DATA;
  WITH gone AS (
    DELETE FROM connections_rollupdelta
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM connections_rollupdelta LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING *
  ) INSERT INTO held SELECT * FROM gone;
  COMMIT;
  PERFORM pg_sleep(0.02);
  INSERT INTO connections_rollupdelta SELECT * FROM held;
  DELETE FROM held;
  COMMIT;
END $$;
"""


@contextmanager
def drainers(statement, count=2):
    """Drainers in processes of their own, one of which is killed and begun again all the time."""
    command = [sys.executable, "-c", DRAINER, database_url(), statement]
    stop = threading.Event()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]

    def murder():
        while not stop.wait(0.4):
            running[0].stdout.readline()
            running[0].kill()
            running[0].wait()
            running[0].stdout.close()
            running[0] = subprocess.Popen(command, stdout=subprocess.PIPE)

    murderer = threading.Thread(target=murder)
    murderer.start()
    try:
        yield
    finally:
        stop.set()
        murderer.join()
        for process in running:
            process.kill()
            process.wait()
            process.stdout.close()
        # What was killed in mid-statement runs on in the server, and would end among the rows of the next test.
        with db.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'drainer'"
            )


class Crowd:
    """Threads that write at once until their time is over; each has a database connection of its own."""

    def __init__(self, seconds):
        self.until = time.monotonic() + seconds
        self.faults = []
        self.threads = []

    def add(self, work, seed):
        self.threads.append(threading.Thread(target=self._run, args=(work, random.Random(seed))))

    def _run(self, work, choose):
        try:
            while time.monotonic() < self.until:
                work(choose)
        except BaseException as fault:
            self.faults.append(fault)
            raise
        finally:
            db.close()

    @contextmanager
    def at_work(self):
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            for thread in self.threads:
                thread.join()


@pytest.fixture
def keys():
    """Six connections of three consumers and two connectors."""
    consumers = [make.consumer() for _ in range(3)]
    connectors = [make.connector() for _ in range(2)]
    flows = ["source", "destination", "source", "destination", "source", "source"]
    return [
        make.connection(
            flow=flow, is_tracked=n % 3 != 0, consumer=consumers[n % 3], connector=connectors[n % 2], key=f"k-{n}"
        ).key
        for n, flow in enumerate(flows)
    ]


def sender(keys, source):
    """Send batches in which much is there already, some is late, and some are rolled back."""

    def send(choose):
        batch = [_event(choose, choose.choice(keys)) for _ in range(choose.randrange(1, 40))]
        with transaction.atomic():
            feed(*batch, by=source)
            if choose.random() < 0.2:
                transaction.set_rollback(True)

    return send


def _event(choose, key):
    at = (NOW - timedelta(minutes=choose.randrange(60 * 24 * 9))).isoformat()
    base = {"connection": key, "id": str(choose.randrange(3_000)), "occurred_at": at}
    if choose.random() < 0.4:
        return base | {"type": "error", "category": choose.choice(["business", "technical"]), "message": "No"}
    kind = choose.choice(["created", "updated", "sent"])
    return base | {"type": "activity", "kind": kind, "count": choose.randrange(1, 50)}


def toggler(keys):
    """Track, untrack, turn the flow, move, delete and bring back connections and consumers."""

    def toggle(choose):
        row = Connection.objects.filter(key=choose.choice(keys))
        change = choose.choice(
            [
                lambda: row.update(is_tracked=choose.random() < 0.6),
                lambda: row.update(flow=choose.choice(["source", "destination"])),
                lambda: row.update(flow="other", is_tracked=False),
                lambda: row.update(is_deleted=choose.random() < 0.4),
                lambda: Consumer.objects.filter(connections__key=choose.choice(keys)).update(is_deleted=True),
                lambda: Consumer.objects.update(is_deleted=False),
            ]
        )
        with transaction.atomic():
            lock_state()
            Connection.objects.filter(flow="other").update(flow="source")
            change()
        time.sleep(0.01)

    return toggle


def snapshot():
    """What a recount finds in one snapshot of the database as it is at this moment."""
    with transaction.atomic():
        with db.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return differences()


def test_every_snapshot_recounts_while_everything_happens_at_once(keys):
    rollup_services.use_zones(zones=["Asia/Kathmandu", "America/New_York"], now=NOW)
    crowd, source = Crowd(SECONDS), make.source()
    for seed in range(3):
        crowd.add(sender(keys, source), seed)
    crowd.add(toggler(keys), 99)
    snapshots = 0
    with drainers(RIGHT), crowd.at_work():
        while time.monotonic() < crowd.until:
            assert snapshot() == []
            snapshots += 1
    assert crowd.faults == []
    assert snapshots > 2
    while rollup_services.drain():
        pass
    assert not RollupDelta.objects.exists()
    assert snapshot() == []
    assert standing_differences() == []
    assert ActivityEvent.objects.exists()
    assert ErrorEvent.objects.exists()


def test_a_wrong_drain_is_found_out(keys):
    with db.cursor() as cursor:
        cursor.execute(WRONG_DRAIN)
    try:
        crowd = Crowd(SECONDS)
        crowd.add(sender(keys, make.source()), 1)
        found = 0
        with drainers(WRONG), crowd.at_work():
            while time.monotonic() < crowd.until and not found:
                found = len(snapshot())
            crowd.until = 0
        assert found
    finally:
        with db.cursor() as cursor:
            cursor.execute("DROP PROCEDURE wrong_drain(integer)")


def test_a_purge_waits_for_a_rebuild(keys):
    """Else the rebuild would miss the events of buckets that it still recounts, and take those for wrong."""
    long_ago = (NOW - timedelta(days=20)).isoformat()
    error = {"type": "error", "id": "1", "connection": "k-1", "category": "business", "message": "No"}
    assert feed(error | {"occurred_at": long_ago}, by=make.source()).accepted == 1
    while rollup_services.drain():
        pass
    buckets = ConnectionRollup.objects.count()
    backends = []

    def purge():
        try:
            backends.append(backend())
            rollup_services.purge_events(now=NOW + timedelta(days=20))
        finally:
            db.close()

    purging = threading.Thread(target=purge)
    with transaction.atomic():
        rollup_services.rebuild()
        purging.start()
        wait_until_blocked(backends, 1)
        assert ErrorEvent.objects.count() == 1
        rollup_services.rebuild()
    purging.join()
    assert not ErrorEvent.objects.exists()
    assert ConnectionRollup.objects.count() == buckets == 1


def test_the_same_batch_sent_by_eight_at_once_counts_once(keys):
    error = {"type": "error", "connection": "k-1", "category": "business", "message": "No"}
    batch = [error | {"id": str(n), "occurred_at": NOW.isoformat()} for n in range(300)]
    source, outcomes = make.source(), []

    def send():
        try:
            outcomes.append(feed(*batch, by=source))
        finally:
            db.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcome.accepted for outcome in outcomes) == 300
    assert sum(outcome.duplicate for outcome in outcomes) == 7 * 300
    while rollup_services.drain():
        pass
    assert sum(row.business for row in TotalRollup.objects.all()) == 300
    assert differences() == []
