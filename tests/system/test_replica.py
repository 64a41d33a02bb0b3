"""A real streaming replica behind a real gunicorn: what it serves, what it must not miss, and what happens without it.

Changes made behind connmon's back, by SQL on the primary while the replica replays nothing, show where an answer comes
from: one from the replica does not know of them.
"""

import re
import signal
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from django.conf import settings
from django.utils import timezone

from devtools import servers
from tests.processes import PATIENCE, database_url, manage, until, web, worker

PASSWORD = "a long enough word"
PREPARE = f"""
from django.core.management import call_command
from django.utils import timezone
from accounts.models import User
from sources.services import create_key
call_command("migrate", verbosity=0)
User.objects.create_user("otto", {PASSWORD!r}, "operator")
print(create_key(name="feed", scope="write", now=timezone.now())[1])
"""
SOON = 5  # seconds: nobody waits longer because the replica is away
LISTS = ("/consumers/", "/connections/", "/consumers/export.csv", "/connections/export.csv")
READING = ("/api/v1/overview", "/api/v1/consumers", "/api/v1/connections", "/api/v1/flows")
OF_ROWS = ("/connections/shop/errors/", "/connections/shop/errors/export.csv", "/api/v1/connections/shop/errors")
EVERYTHING = (
    *("/", "/flows/", "/search/?q=bakery", "/consumers/c-1/", "/connections/shop/", "/connectors/odoo/"),
    *("/unified-apis/Accounting/", *LISTS, *READING, *OF_ROWS),
)


@dataclass
class Site:
    """One installation: two database servers, a web server, a worker with beat."""

    folder: Path
    stack: ExitStack
    standby: servers.Child
    url: str = ""
    key: str = ""
    client: httpx.Client | None = None

    def sql(self, statement, *values, on="primary"):
        with psycopg.connect(servers.postgres_url(self.folder / on), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchone() if cursor.description else None

    def post(self, *records, duplicate=0):
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.post(f"{self.url}/api/v1/records", json=records, headers=headers, timeout=PATIENCE).json()
        assert (answer["accepted"], answer["duplicate"]) == (len(records) - duplicate, duplicate), answer

    def get(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer)
        return answer.text

    def flows(self):
        body = self.client.get("/api/v1/flows").json()
        total = body["source"]["all"]["created"]["total"]
        return datetime.fromisoformat(body["as_of"]), total

    def log(self):
        return [line for line in (self.folder / "web.log").read_text().splitlines() if "replica" in line]

    @property
    def urls(self):
        names = {"DATABASE_URL": "primary", "DATABASE_REPLICA_URL": "standby"}
        return {name: servers.postgres_url(self.folder / place) for name, place in names.items()}

    @property
    def follows(self):
        """Whether the replica holds everything that the primary does at this moment."""
        position = self.sql("SELECT pg_current_wal_insert_lsn()::text")[0]
        return self.sql("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", position, on="standby")[0]

    def catch_up(self):
        until(lambda: self.follows)

    @contextmanager
    def paused(self):
        """The replica receives, but replays nothing."""
        self.catch_up()
        self.sql("SELECT pg_wal_replay_pause()", on="standby")
        until(lambda: self.sql("SELECT pg_get_wal_replay_pause_state()", on="standby") == ("paused",))
        try:
            yield
        finally:
            self.sql("SELECT pg_wal_replay_resume()", on="standby")
            self.catch_up()


@pytest.fixture(scope="module")
def site(static_files):
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
    with servers.temporary_folder() as folder, ExitStack() as stack:
        for name in ("primary", "standby", "worker"):
            (folder / name).mkdir()
        serve(stack, folder / "primary")
        servers.follow(folder / "standby", sockets=folder / "primary")
        yield from _running(Site(folder, stack, serve(stack, folder / "standby")))


def serve(stack, folder):
    """Run the database server of a folder until the end."""
    server = servers.postgres(folder, folder, durable=False)
    stack.callback(server.end)
    server.wait()
    return server


def _running(site):
    chosen = site.urls | {"API_RATE_LIMIT": "0"}
    site.key = manage("shell", "--no-imports", "-c", PREPARE, **chosen).strip()
    with (
        worker(site.folder / "worker", **chosen),
        web(log=site.folder / "web.log", **chosen) as (_, site.url),
        httpx.Client(base_url=site.url, timeout=PATIENCE) as site.client,
    ):
        _sign_in(site.client)
        site.post(*_everybody())
        until(lambda: site.flows()[1] == 5)
        yield site


def _sign_in(client):
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/sign-in/").text)[1]
    form = {"username": "otto", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/sign-in/", data=form).status_code == 302


def _everybody():
    yield {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}
    for number in range(1, 30):
        yield {"type": "consumer", "consumer": f"c-{number}", "name": f"Bakery {number}", "email": "one@a.example"}
    for key, number, flow in (("shop", 1, "source"), ("books", 2, "destination")):
        fields = {"consumer": f"c-{number}", "connector": "odoo", "status": "active", "flow": flow, "tracked": True}
        yield {"type": "connection", "connection": key, **fields}
    yield created("first", 5)
    yield failure("first")


def created(name, count):
    at = timezone.now().isoformat()
    return {"type": "activity", "id": name, "connection": "shop", "kind": "created", "count": count, "occurred_at": at}


def failure(name):
    at = timezone.now().isoformat()
    return {"type": "error", "id": name, "connection": "shop", "category": "business", "message": f"No {name}"} | {
        "occurred_at": at
    }


def rename(site, number, name):
    site.sql("UPDATE consumers_consumer SET name = %s WHERE consumerid = %s", name, f"c-{number}")


def test_pages_exports_and_api_read_from_the_replica(site):
    with site.paused():
        rename(site, 1, "Only the primary knows")
        site.sql("UPDATE connections_connection SET name = 'Only the primary knows' WHERE key = 'shop'")
        site.sql("UPDATE connections_totalrollup SET created = created + 1000")
        site.sql("UPDATE connections_errorevent SET message = 'Only the primary knows'")
        for path in EVERYTHING:
            assert "Only the primary knows" not in site.get(path), path
        assert site.flows()[1] == 5
    for path in (*LISTS, "/consumers/c-1/", *OF_ROWS):
        assert "Only the primary knows" in site.get(path), path
    assert site.flows()[1] == 1005
    site.sql("UPDATE connections_totalrollup SET created = created - 1000")
    rename(site, 1, "Bakery 1")


def test_the_next_request_sees_what_was_accepted(site):
    with site.paused():
        site.post({"type": "consumer", "consumer": "c-1", "name": "Bakery Renamed"})
        for path in ("/consumers/c-1/", "/consumers/?q=renamed", "/consumers/export.csv", "/api/v1/consumers"):
            assert "Bakery Renamed" in site.get(path), path


def test_the_next_request_sees_what_was_edited_on_the_screen(site):
    with site.paused():
        form = site.get("/consumers/c-2/edit/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        answer = site.client.post("/consumers/c-2/edit/", data={"name": "Edited", "csrfmiddlewaretoken": token})
        assert answer.status_code == 302, answer.text
        for path in ("/consumers/c-2/", "/consumers/", "/api/v1/consumers"):
            assert "Edited" in site.get(path), path


def test_errors_are_seen_one_by_one_at_once(site):
    with site.paused():
        site.post(failure("unseen"))
        for path in (*OF_ROWS, "/consumers/c-1/"):
            assert "No unseen" in site.get(path), path
        rename(site, 3, "Only the primary knows")
        for path in ("/consumers/", "/flows/"):
            assert "Only the primary knows" not in site.get(path), path


def test_errors_in_a_batch_with_a_known_one_are_seen_at_once(site):
    site.post(failure("known"))
    with site.paused():
        site.post(failure("known"), failure("beside"), duplicate=1)
        for path in OF_ROWS:
            assert "No beside" in site.get(path), path


def test_sums_may_lag_and_the_page_says_until_when_they_reach(site):
    with site.paused():
        before = timezone.now()
        site.post(created("late", 7))
        until(lambda: site.sql("SELECT sum(created) FROM connections_totalrollup") == (12,))
        as_of, total = site.flows()
        assert total == 5
        assert as_of < before
        time.sleep(1.1)
        assert site.flows()[0] == as_of
        assert "Data as of" in site.get("/flows/")
    assert site.flows()[1] == 12
    until(lambda: site.flows()[0] > before)


def test_an_idle_primary_does_not_make_its_replica_look_late(site):
    site.catch_up()
    time.sleep(6)  # whatever is younger than that, nothing but a beat has made so
    until(lambda: timezone.now() - site.flows()[0] < timedelta(seconds=6))
    until(lambda: behind(site) < 6)


def test_a_replica_that_is_far_behind_is_not_read(site):
    site.catch_up()
    assert chosen(site) == "replica"
    assert chosen(site, "replica.MOST_BEHIND = replica.timedelta(0)") == "default"


def test_without_a_mark_everything_is_read_from_the_primary_until_the_next_beat(site):
    forget = "replica.db.cursor().execute('DELETE FROM connections_replicamark')"
    assert chosen(site, forget) == "default"
    until(lambda: site.sql("SELECT count(*) FROM connections_replicamark") == (1,))
    site.catch_up()
    assert chosen(site) == "replica"


def test_what_is_no_replica_of_this_database_is_not_read(site):
    site.catch_up()
    assert chosen(site, DATABASE_REPLICA_URL=servers.postgres_url(site.folder / "primary")) == "default"
    assert chosen(site, DATABASE_REPLICA_URL=database_url()) == "default"
    other = servers.postgres_url(site.folder / "standby").replace("/connmon?", "/postgres?")
    assert chosen(site, DATABASE_REPLICA_URL=other) == "default"


def chosen(site, code="", **chosen):
    """Where a new process would read."""
    code = f"from common import replica; {code}\nprint(replica.choose(shows_events=False).alias)"
    return manage("shell", "--no-imports", "-c", code, **(site.urls | chosen)).strip()


def behind(site):
    headers = {"Authorization": f"Bearer {site.key}"}
    metrics = httpx.get(f"{site.url}/metrics", headers=headers, timeout=PATIENCE).text
    found = re.search(r"^connmon_replica_behind_seconds (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else None


# What differs at every request.
MOMENTARY = r'"as_of": "[^"]*"|csrf\w*" value="\w+"|class="asof">.*?</span></span>|<time.*?</time>|for \d+ \w+ so far'


def comparable(text):
    return re.sub(MOMENTARY, "", text)


def test_all_goes_on_without_the_replica_and_with_it_again(site):
    site.catch_up()
    served = {path: comparable(site.get(path)) for path in EVERYTHING}
    site.standby.process.send_signal(signal.SIGQUIT)
    site.standby.process.wait()
    for path in EVERYTHING:
        began = time.monotonic()
        assert comparable(site.get(path)) == served[path], path
        assert time.monotonic() - began < SOON
    assert site.client.get("/readyz").status_code == 200
    assert behind(site) is None
    site.post({"type": "consumer", "consumer": "c-5", "name": "Without a replica"})
    assert "Without a replica" in site.get("/consumers/c-5/")
    assert len(site.log()) == 1

    serve(site.stack, site.folder / "standby")
    until(lambda: behind(site) is not None)
    until(lambda: site.get("/consumers/") and len(site.log()) == 2)
    with site.paused():
        rename(site, 5, "Known to the primary")
        assert "Known to the primary" not in site.get("/consumers/")


def test_nothing_ever_tried_to_write_to_the_replica(site):
    log = (site.folder / "standby" / "log" / "postgres.log").read_text()
    assert "started streaming WAL from primary" in log
    assert "read-only transaction" not in log
    assert "ERROR" not in log
