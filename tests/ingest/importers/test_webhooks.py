"""Webhooks: only what is signed is kept; what is kept leads to the same state as a full import."""

import hashlib
import hmac
import io
import json
from datetime import timedelta
from random import Random

import pytest
from django.db import OperationalError
from django.utils import timezone

from common.redis import client as redis_client
from ingest import deliveries
from ingest.body import MEBIBYTE
from ingest.importers import protocol
from ingest.models import ImportRun, WebhookDelivery
from ingest.signatures import is_signed
from sources.models import Source
from tests.ingest.importers.conftest import QUICK
from tests.ingest.importers.test_mirror import differences, seen, seen_errors, state
from tests.ingest.importers.world import World

pytestmark = pytest.mark.django_db

ADDRESS = "/webhooks/chift/main/"


def signature(body, secret="whsec-one"):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture
def send(client, account):
    def _send(event, **options):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        signed = options.pop("signed", None)
        headers = {"X-Chift-Signature": signature(body) if signed is None else signed}
        return client.generic("POST", options.pop("path", ADDRESS), body, "application/json", headers=headers)

    return _send


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("ingest.importers.running.BRIEF", QUICK)
    monkeypatch.setattr("ingest.webhooks.kick_deliveries", lambda source_id: None)


def apply_all(account, clock=timezone.now):
    while deliveries.apply_some(source=account.source, clock=clock):
        pass


def event(consumerid="c-1", name="account.connection.updated", **more):
    return {"accountid": "a", "event": name, "consumerid": consumerid, "created": 1_790_000_000, **more}


# --- who is let in ----------------------------------------------------------------------------------------------------

BODY = b'{"event": "account.connection.up",  "consumerid": "c-1", "name": "\xc3\xa9"}'
COMPACT = b'{"event":"account.connection.up","consumerid":"c-1","name":"\xc3\xa9"}'
ESCAPED = b'{"event":"account.connection.up","consumerid":"c-1","name":"\\u00e9"}'


@pytest.mark.parametrize(
    ("signed", "is_right"),
    [
        (signature(BODY), True),
        (signature(BODY).upper(), True),
        (signature(BODY, "whsec-two"), True),
        (signature(COMPACT), True),
        (signature(ESCAPED, "whsec-two"), True),
        ("", False),
        ("é", False),
        (signature(BODY, "another"), False),
        (signature(BODY, ""), False),
        (signature(BODY + b" "), False),
        (signature(BODY)[:-1], False),
        (signature(BODY, "whsec-one, whsec-two"), False),
    ],
)
def test_only_a_right_signature_opens(signed, is_right):
    assert is_signed(BODY, signed, ["whsec-one", "whsec-two"]) is is_right


@pytest.mark.parametrize("text", ["ok", "é", "half a \ud83d"])
def test_spaced_body_is_opened_by_the_signature_of_the_compact_one(text):
    event = {"event": "account.connection.up", "name": text}
    compact = json.dumps(event, separators=(",", ":")).encode()

    assert is_signed(json.dumps(event).encode(), signature(compact), ["whsec-one"])


def test_without_secrets_nothing_is_signed():
    assert not is_signed(BODY, signature(BODY, ""), [])


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[" * 100_000, b"\xff\xfe", b"1", b"null", b'{"consumerid": 5}', b'{"event": "\\ud800\\u0000"}'],
)
def test_signed_event_is_taken_whatever_it_says(send, body):
    assert send(body).status_code == 202
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, bytes(delivery.body)) == ("ignored", body)


def test_event_is_stored_before_it_is_answered(send, account):
    assert send(event()).status_code == 202
    delivery = WebhookDelivery.objects.get()
    assert (delivery.event, delivery.consumerid, delivery.state) == ("account.connection.updated", "c-1", "waiting")
    assert Source.objects.get(pk=account.source_id).last_heard_at is not None


def test_wrong_signature_is_counted_and_nothing_else(send, account, platform):
    before = deliveries.refused(source=account.source)
    for path in (ADDRESS, "/webhooks/chift/nobody/"):
        for signed in ("", "0" * 64):
            assert send(event(), signed=signed, path=path).status_code == 401
    assert not WebhookDelivery.objects.exists()
    assert Source.objects.get(pk=account.source_id).last_heard_at is None
    assert deliveries.refused(source=account.source) == before + 2
    assert not platform.asked
    redis_client().delete(f"connmon:webhooks-refused:{account.source_id}")


def chunked(client, body):
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    headers = {"X-Chift-Signature": signature(body), "transfer-encoding": "chunked"}
    return client.generic("POST", ADDRESS, b"", "application/json", headers=headers, **environ)


def test_event_without_a_length_is_read_to_its_end(client, account):
    body = json.dumps(event()).encode()

    assert chunked(client, body).status_code == 202
    assert bytes(WebhookDelivery.objects.get().body) == body


def test_event_that_is_cut_short_is_refused_and_no_wrong_signature(client, account):
    body = json.dumps(event()).encode()
    before = deliveries.refused(source=account.source)
    environ = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 1)}
    headers = {"X-Chift-Signature": signature(body)}
    response = client.generic("POST", ADDRESS, b"", "application/json", headers=headers, **environ)

    assert (response.status_code, deliveries.refused(source=account.source)) == (400, before)
    assert not WebhookDelivery.objects.exists()


def test_event_is_stored_last_so_that_no_failure_stores_it_twice(send, monkeypatch):
    def lose(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(deliveries, "hear", lose)

    assert send(event()).status_code == 503
    assert not WebhookDelivery.objects.exists()


def test_too_long_and_other_methods_are_refused(send, client):
    for too_long in (send(b" " * (MEBIBYTE + 1)), chunked(client, b" " * (MEBIBYTE + 1))):
        assert (too_long.status_code, "1 MiB" in too_long.json()["detail"]) == (413, True)
    assert send(b" " * MEBIBYTE).status_code == 202
    assert client.get(ADDRESS).status_code == 405


def test_answer_costs_three_queries(send, django_assert_max_num_queries):
    send(event())
    with django_assert_max_num_queries(3):
        send(event())


# --- what they lead to ------------------------------------------------------------------------------------------------


def test_webhooks_end_in_the_same_state_as_a_full_import(platform, run, send, account):
    random = Random(1)
    world = World(platform, random, 60)
    run()
    world.expected()
    for _ in range(3):
        events = [event(**_renamed(told)) for told in world.change(0.5)]
        events = events * 2 + [event(name="account.something.new"), event("unknown-consumer")]
        random.shuffle(events)
        for told in events:
            assert send(told).status_code == 202
        apply_all(account)
        assert seen() == world.expected()
        assert seen_errors() == world.expected_errors()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"applied"}
    before = state()
    assert run().outcome == ImportRun.Outcome.COMPLETE
    assert state() == before
    assert differences() == []


def _renamed(told):
    more = dict(told)
    return {"name": more.pop("event"), **more}


def test_new_consumer_comes_in_by_its_first_event(platform, run, send, account):
    world = World(platform, Random(2), 5)
    run()
    world.add_consumer(99)
    send(event(platform.consumers[-1]["consumerid"], "account.connection.created"))
    apply_all(account)
    assert seen() == world.expected()


def test_burst_reads_each_object_once(platform, run, send, account):
    World(platform, Random(3), 5)
    run()
    platform.asked.clear()
    consumerid = platform.consumers[0]["consumerid"]
    for _ in range(1_000):
        send(event(consumerid))

    apply_all(account)

    assert platform.asked[f"/consumers/{consumerid}/connections"] == 1
    assert platform.asked["/consumers"] == 1
    assert WebhookDelivery.objects.filter(state="applied").count() == 1_000
    assert ImportRun.objects.filter(kind="object").count() == 1


def test_older_reading_never_undoes_a_newer_one(platform, run, send, account):
    """A full import read a consumer, was slow to write, and an event was applied in between."""
    world = World(platform, Random(4), 3)
    consumerid = platform.consumers[0]["consumerid"]
    platform.connections[consumerid] = [world.new_connection() | {"status": "inactive", "agent": None}]
    platform.issues.clear()
    run()
    done = []

    def between(total_done, total):
        if not done:
            done.append(True)
            platform.connections[consumerid][0]["status"] = "active"
            send(event(consumerid))
            apply_all(account)

    run(watch=between)

    assert seen() == world.expected()


def test_platform_that_is_away_is_asked_again_later(platform, run, send, account):
    world = World(platform, Random(5), 3)
    run()
    consumerid = platform.consumers[0]["consumerid"]
    platform.connections[consumerid] = [world.new_connection()]
    path = f"/consumers/{consumerid}/connections"
    platform.faults = {path: [502] * QUICK.attempts}
    send(event(consumerid))

    apply_all(account)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert "502" in delivery.message

    apply_all(account, clock=lambda: timezone.now() + timedelta(seconds=30))
    assert WebhookDelivery.objects.get().state == "applied"
    assert seen() == world.expected()


def test_delivery_that_never_succeeds_fails_and_can_be_run_again(platform, run, send, account, monkeypatch):
    World(platform, Random(6), 1)
    run()
    consumerid = platform.consumers[0]["consumerid"]
    platform.faults = {f"/consumers/{consumerid}/connections": [400] * 6}
    send(event(consumerid))
    for hours in range(6):
        apply_all(account, clock=lambda hours=hours: timezone.now() + timedelta(hours=hours))
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", 6)

    assert deliveries.run_again(delivery=delivery, now=timezone.now())
    assert not deliveries.run_again(delivery=delivery, now=timezone.now())
    apply_all(account)
    assert WebhookDelivery.objects.get().state == "applied"


def test_refused_credentials_leave_deliveries_waiting(platform, run, send, account):
    World(platform, Random(7), 1)
    run()
    platform.faults = {"/token": [401]}
    send(event(platform.consumers[0]["consumerid"]))

    apply_all(account)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "waiting"
    assert "credentials" in delivery.message
    assert protocol.BRIEF.attempts == 2


def test_deliveries_and_runs_are_purged(send, account):
    send(event())
    ImportRun.objects.create(source=account.source, kind="object", started_at=timezone.now())
    assert deliveries.purge(now=timezone.now() + timedelta(days=13)) == 0
    assert deliveries.purge(now=timezone.now() + timedelta(days=15)) == 2
    assert not WebhookDelivery.objects.exists()
