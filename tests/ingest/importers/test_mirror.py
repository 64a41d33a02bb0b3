"""A whole account is mirrored exactly, whatever changes and whatever breaks."""

import threading
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from connections import rollup_proof, standing
from connections.models import Connection, ErrorEvent, StatusChange
from consumers.models import Consumer
from ingest.importers.chift.client import Client
from ingest.importers.running import import_all
from ingest.models import ImportRun
from sources.models import Source
from syncs import judging
from syncs.models import Activation, Sync
from tests.ingest.importers.conftest import QUICK, new_account
from tests.ingest.importers.platform import CLIENT
from tests.ingest.importers.world import World

pytestmark = pytest.mark.django_db


def seen():
    """What connmon shows: live things only."""
    connections = Connection.objects.live().values_list("key", "consumer__consumerid", "connector__key", "status")
    consumers = Consumer.objects.live().values_list("consumerid", "name", "issue")
    activations = Activation.objects.live().select_related("sync", "consumer")
    return {
        "connections": {key: tuple(rest) for key, *rest in connections},
        "consumers": sorted(consumers),
        "activations": {(a.consumer.consumerid, a.sync.key): (a.status, a.issue) for a in activations},
    }


def seen_errors():
    """Return (connection, id, category) of the errors of live connections, those of issues without events apart."""
    rows = ErrorEvent.objects.filter(connection__is_live=True)
    found = set(rows.values_list("connection__key", "external_id", "category"))
    without = {row for row in found if row[1].split(":", 1)[1][:2] == "20"}  # a time stands for the missing event
    return found - without, {row[1].split(":", 1)[0] for row in without}


def differences():
    """Everything derived in the database that is not what a recount gives."""
    return [*standing.differences(), *judging.differences(), *rollup_proof.differences()]


def state():
    """All that an import may change, without what is stamped by us."""
    connections = Connection.objects.values_list("key", "status", "failure_code", "is_deleted", "changed_at", "name")
    activations = Activation.objects.values_list("sync__key", "consumer__consumerid", "status", "issue", "changed_at")
    return (
        sorted(connections),
        sorted(activations),
        sorted(Consumer.objects.values_list("consumerid", "is_deleted", "name")),
        sorted(ErrorEvent.objects.values_list("connection__key", "external_id")),
        StatusChange.objects.count(),
    )


def test_account_is_mirrored_exactly_and_followed(platform, run):
    world = World(platform, Random(1), 200)
    for share in (0, 0.3, 0.3):
        world.change(share)
        finished = run()
        assert (finished.outcome, finished.errors) == (ImportRun.Outcome.COMPLETE, [])
        assert seen() == world.expected()
        assert seen_errors() == world.expected_errors()
    assert differences() == []
    assert platform.methods["POST"] == platform.asked["/token"] == 3
    assert platform.most_at_once <= 8


def test_import_of_what_is_known_changes_nothing(platform, run):
    World(platform, Random(2), 40)
    run()
    before = state()
    asked = platform.asked.total()

    finished = run()

    assert finished.outcome == ImportRun.Outcome.COMPLETE
    assert state() == before
    details = [path for path in platform.asked if path.startswith("/issues/")]
    assert all(platform.asked[path] == 1 for path in details)  # nothing rose, so nothing was read again
    assert platform.asked.total() - asked < asked


# --- faults -----------------------------------------------------------------------------------------------------------

HARMLESS = [401, 502, "drop", "half", "slow"]
PARTIAL = [
    b"[{",
    b"not json",
    b'[{"connectionid": 5}]',
    b'[{"connectionid": "x", "integrationid": 1, "status": "odd", "integration": "Odoo", "api": "Accounting"}]',
    (400, {"detail": [{"loc": ["path"], "msg": "bad"}, "two"]}),
    404,
    500,
]


@pytest.mark.parametrize("fault", HARMLESS, ids=str)
def test_fault_that_passes_leaves_no_trace(platform, run, fault):
    world = World(platform, Random(3), 12)
    first, second = (consumer["consumerid"] for consumer in platform.consumers[:2])
    platform.faults = {f"/consumers/{first}/connections": [fault], f"/consumers/{second}/connections": [fault, fault]}
    platform.faults |= {"/consumers": [fault], "/syncs": [fault], "/integrations": [fault]}
    if fault == 401:  # ends every token: a second one at the same time would refuse others twice, which is for good
        del platform.faults[f"/consumers/{second}/connections"]

    finished = run()

    assert (finished.outcome, finished.errors) == (ImportRun.Outcome.COMPLETE, [])
    assert seen() == world.expected()


@pytest.mark.parametrize("fault", PARTIAL, ids=lambda fault: str(fault)[:30])
def test_fault_of_one_consumer_deletes_nothing_and_stops_nobody(platform, run, fault):
    world = World(platform, Random(4), 12)
    run()
    kept = next(c["consumerid"] for c in platform.consumers if platform.connections[c["consumerid"]])
    world.expected()
    world.change(1)
    own = Connection.objects.filter(consumer__consumerid=kept)
    before = sorted(own.values_list("key", "status", "is_deleted"))
    platform.faults = {f"/consumers/{kept}/connections": [fault] * 10}

    finished = run()

    assert finished.outcome == ImportRun.Outcome.PARTIAL
    assert kept in finished.errors[0]
    assert sorted(own.values_list("key", "status", "is_deleted")) == before
    expected = {key: row for key, row in world.expected()["connections"].items() if row[0] != kept}
    assert {key: row for key, row in seen()["connections"].items() if row[0] != kept} == expected


def test_half_a_character_is_mended_and_spoils_nothing(platform, run):
    World(platform, Random(8), 5)
    first, second = platform.consumers[:2]
    first |= {"name": "Half a \ud83d", "internal_reference": "\udc00-1", "email": "a\ud800@b"}
    second["name"] = "A whole \U0001f600"

    finished = run()

    assert (finished.outcome, finished.errors) == (ImportRun.Outcome.COMPLETE, [])
    mended = Consumer.objects.get(consumerid=first["consumerid"])
    assert (mended.name, mended.internal_reference, mended.email) == ("Half a \ufffd", "\ufffd-1", "")
    assert Consumer.objects.get(consumerid=second["consumerid"]).name == "A whole \U0001f600"
    assert Consumer.objects.live().count() == 5


def test_id_that_can_not_be_stored_is_left_out_and_spoils_nothing(platform, run):
    World(platform, Random(8), 5)
    platform.consumers.append(platform.consumers[0] | {"consumerid": "half a \ud83d"})

    finished = run()

    assert (finished.outcome, finished.error_count) == (ImportRun.Outcome.PARTIAL, 1)
    assert "NUL" in finished.errors[0]
    assert Consumer.objects.live().count() == 5


def test_both_shapes_of_errors_are_told_whatever_they_hold(platform, run):
    World(platform, Random(5), 4)
    paths = [f"/consumers/{consumer['consumerid']}/connections" for consumer in platform.consumers]
    platform.faults = {
        paths[0]: [(400, {"message": "No", "status": "error", "detail": "because", "error_code": "ERROR_X"})],
        paths[1]: [(400, {"detail": [{"loc": ["query", "page"], "msg": "is odd"}, "plain"]})],
        paths[2]: [(418, ["odd"])],
        paths[3]: [(422, {"message": "A \x00 and half a \ud83d"})],
    }

    told = sorted(error.split(": ", 1)[1] for error in run().errors)

    assert told == [
        "400: No; ERROR_X; because",
        "400: query.page is odd; plain",
        "418: no explanation",
        "422: A \ufffd and half a \ufffd",
    ]
    assert all(platform.asked[path] == 1 for path in paths)


@pytest.mark.parametrize("path", ["/integrations", "/syncs", "/issues"])
def test_list_that_can_not_be_read_changes_nothing_of_its_own(platform, run, path):
    world = World(platform, Random(6), 20)
    run()
    expected = world.expected()
    platform.faults = {path: [b"{}"] * 9}

    assert run().outcome == ImportRun.Outcome.PARTIAL
    assert seen() == expected


@pytest.mark.parametrize("fault", [b"{}", 500, 404, "drop"], ids=str)
def test_without_the_list_of_consumers_the_run_fails_and_keeps_all(platform, run, fault):
    World(platform, Random(7), 10)
    run()
    before = state()
    platform.faults = {"/consumers": [fault] * 9}

    finished = run()

    assert finished.outcome == ImportRun.Outcome.FAILED
    assert state() == before


def test_platform_that_goes_away_ends_the_run(platform, run, monkeypatch):
    monkeypatch.setattr("ingest.importers.writing.MOST_FAILURES_IN_A_ROW", 5)
    World(platform, Random(8), 60)
    platform.faults = {f"/consumers/{c['consumerid']}/connections": [500] * 9 for c in platform.consumers}

    finished = run()

    assert finished.outcome == ImportRun.Outcome.FAILED
    assert sum(platform.asked[path] for path in platform.faults) < 40


def test_nothing_is_under_way_when_the_client_is_closed(platform, run, monkeypatch):
    """A connection that is opened after that is closed by nobody."""
    monkeypatch.setattr("ingest.importers.writing.MOST_FAILURES_IN_A_ROW", 5)
    World(platform, Random(8), 60)
    platform.faults = {f"/consumers/{c['consumerid']}/connections": [500] * 9 for c in platform.consumers}
    close, asking = Client.close, []

    def closing(client):
        asking.extend(thread.name for thread in threading.enumerate() if thread.name.startswith("importer"))
        close(client)

    monkeypatch.setattr(Client, "close", closing)
    assert run().outcome == ImportRun.Outcome.FAILED
    assert asking == []


def test_refused_credentials_keep_the_old_data_with_its_age(platform, run, account):
    World(platform, Random(9), 10)
    run()
    before, heard = state(), Source.objects.get(pk=account.source_id).last_heard_at
    platform.faults = {"/token": [403]}

    finished = run()

    assert finished.outcome == ImportRun.Outcome.FAILED
    assert "credentials" in finished.errors[0]
    assert state() == before
    assert Source.objects.get(pk=account.source_id).last_heard_at == heard


def test_token_is_renewed_before_it_ends(platform, run):
    World(platform, Random(10), 10)
    platform.token_seconds = 60  # so it is always a minute before its end

    assert run().outcome == ImportRun.Outcome.COMPLETE
    assert platform.asked["/token"] > 10


# --- what is gone -----------------------------------------------------------------------------------------------------


def test_consumer_that_is_not_listed_stays_and_is_followed(platform, run):
    world = World(platform, Random(11), 10)
    run()
    world.expected()
    platform.unlisted = {consumer["consumerid"] for consumer in platform.consumers[:4]}
    world.change(1)

    assert run().outcome == ImportRun.Outcome.COMPLETE
    assert seen() == world.expected()


def test_consumer_that_the_platform_knows_no_more_is_deleted_and_may_return(platform, run):
    world = World(platform, Random(12), 6)
    run()
    gone = platform.consumers.pop()

    run()
    assert not Consumer.objects.live().filter(consumerid=gone["consumerid"]).exists()
    assert Consumer.objects.live().count() == 5

    platform.consumers.append(gone)
    run()
    assert seen() == world.expected()


def test_another_account_deletes_nobody(platform, run):
    World(platform, Random(13), 25)
    run()
    platform.consumers = [{"consumerid": "somebody-else", "name": "Other"}]

    finished = run()

    assert finished.outcome == ImportRun.Outcome.PARTIAL
    assert Consumer.objects.live().count() == 26


def test_sync_and_activation_that_are_gone_are_deleted(platform, run):
    world = World(platform, Random(14), 20)
    run()
    pair = next(iter(platform.consumer_syncs))
    del platform.consumer_syncs[pair]
    run()
    assert seen() == world.expected()

    removed = platform.syncs.pop()
    run()
    assert not Sync.objects.live().filter(key=removed["syncid"]).exists()
    assert not Activation.objects.live().filter(sync__key=removed["syncid"]).exists()


# --- runs -------------------------------------------------------------------------------------------------------------


def test_run_can_be_cancelled(platform, run, monkeypatch):
    World(platform, Random(15), 60)
    monkeypatch.setattr("ingest.importers.runs._SAVED_EVERY", timedelta(0))

    def watch(done, total):
        if done == 30:
            ImportRun.objects.update(cancel_asked_at=timezone.now())

    finished = run(watch=watch)

    assert finished.outcome == ImportRun.Outcome.CANCELLED
    assert finished.done < 60
    assert run().outcome == ImportRun.Outcome.COMPLETE


def test_two_sources_do_not_touch_each_other(platform, run, address):
    World(platform, Random(16), 10)
    run()
    other = new_account(address, "other")

    finished = import_all(source=other.source, clock=timezone.now, wait=False, patience=QUICK)

    assert finished.outcome == ImportRun.Outcome.PARTIAL
    assert all("other_source" in error for error in finished.errors)
    assert not Connection.objects.filter(owner=other.source).exists()


def test_secrets_are_nowhere(platform, run, account, caplog):
    World(platform, Random(17), 3)
    secret = CLIENT["clientSecret"]
    account.refresh_from_db()
    assert secret not in account.sealed_client_secret
    platform.faults = {"/token": [(401, {"detail": [{"loc": ["clientSecret"], "msg": "wrong", "input": secret}]})]}

    finished = run()

    assert secret not in f"{finished.errors} {caplog.text} {account!r} {vars(account)}"
    run()
    assert "token-" not in caplog.text
