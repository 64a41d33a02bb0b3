"""The rule of what keeps an activation, case by case and where two cases clash."""

from datetime import UTC, datetime
from functools import partial

import pytest

from connections.models import Connector
from syncs.judging import differences
from syncs.models import Activation, Sync, SyncCount
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

CONNECTORS = {"odoo": "Accounting", "sage": "Accounting", "shopify": "eCommerce", "lightspeed": "Point of Sale"}
COMPLETE = {"configuration": "complete"}
OPENED = {"opened_at": "2026-03-01T10:00:00Z"}


@pytest.fixture
def send():
    return partial(feed, by=make.source())


@pytest.fixture
def world(send):
    """Four connectors and Anna are known."""
    send(
        *[
            {"type": "connector", "connector": key, "name": key.title(), "unified_api": api}
            for key, api in CONNECTORS.items()
        ],
        {"type": "consumer", "consumer": "anna", "name": "Anna"},
    )


def sync(requires=(), mappings=(), **fields):
    return {
        "type": "sync",
        "sync": "s-1",
        "name": "Orders to books",
        "requires": list(requires),
        "mappings": list(mappings),
        **fields,
    }


def connections(**statuses):
    return [
        {"type": "connection", "connection": f"c-{key}", "consumer": "anna", "connector": key, "status": status}
        for key, status in statuses.items()
    ]


def activation(**fields):
    return {"type": "activation", "sync": "s-1", "consumer": "anna"} | OPENED | fields


def judged():
    row = Activation.objects.get()
    assert differences() == []
    return row.step, row.status, row.issue


ACCOUNTING, ECOMMERCE = {"unified_api": "Accounting"}, {"unified_api": "eCommerce"}
ODOO, SHOPIFY = {"connector": "odoo"}, {"connector": "shopify"}

CASES = {
    "nothing connected": ([ACCOUNTING], {}, ("connections", "no_connection")),
    "nothing required": ([], {}, ("configuration", "configuration_incomplete")),
    "all filled": ([ACCOUNTING], {"odoo": "active"}, ("configuration", "configuration_incomplete")),
    "two slots, one never begun": ([ACCOUNTING, ECOMMERCE], {"odoo": "active"}, ("connections", "no_connection")),
    "two slots, one failed": (
        [ACCOUNTING, ECOMMERCE],
        {"odoo": "active", "shopify": "failed"},
        ("connections", "connection_failed"),
    ),
    "one failed, one never begun: failed wins": (
        [ACCOUNTING, ECOMMERCE],
        {"shopify": "failed"},
        ("connections", "connection_failed"),
    ),
    "a pending connection does not count": ([ACCOUNTING], {"odoo": "pending"}, ("connections", "no_connection")),
    "another connector fills a slot by unified API": (
        [ACCOUNTING],
        {"sage": "active", "odoo": "failed"},
        ("configuration", "configuration_incomplete"),
    ),
    "another connector does not fill a slot by connector": (
        [ODOO],
        {"sage": "active"},
        ("connections", "no_connection"),
    ),
    "a slot by connector, which failed": (
        [ODOO],
        {"sage": "active", "odoo": "failed"},
        ("connections", "connection_failed"),
    ),
    "a hidden slot never counts": (
        [ACCOUNTING, ECOMMERCE | {"hidden": True}],
        {"odoo": "active"},
        ("configuration", "configuration_incomplete"),
    ),
    "a hidden slot that failed never counts": (
        [ACCOUNTING, ECOMMERCE | {"hidden": True}],
        {"odoo": "active", "shopify": "failed"},
        ("configuration", "configuration_incomplete"),
    ),
    "one connection fills two slots": (
        [ACCOUNTING, ODOO],
        {"odoo": "active"},
        ("configuration", "configuration_incomplete"),
    ),
    "a failed connection that stands in no slot": (
        [ACCOUNTING],
        {"odoo": "active", "shopify": "failed"},
        ("configuration", "configuration_incomplete"),
    ),
    "a unified API that no connector has": ([{"unified_api": "Payroll"}], {}, ("connections", "no_connection")),
}


@pytest.mark.parametrize(("requires", "statuses", "expected"), CASES.values(), ids=CASES.keys())
def test_slots(send, world, requires, statuses, expected):
    assert send(sync(requires), *connections(**statuses), activation()).rejected == 0
    step, status, issue = judged()
    assert (step, issue) == expected
    assert status == "incomplete"


@pytest.mark.parametrize(("requires", "statuses", "expected"), CASES.values(), ids=CASES.keys())
def test_slots_are_judged_again_when_connections_come_after(send, world, requires, statuses, expected):
    send(sync(requires), activation())
    send(*connections(**statuses))
    step, _, issue = judged()
    assert (step, issue) == expected


MAPPINGS = {
    "not named": ({}, "mapping_incomplete"),
    "one incomplete": ({"tax": "complete", "payment": "incomplete"}, "mapping_incomplete"),
    "one not named": ({"tax": "complete"}, "mapping_incomplete"),
    "complete": ({"tax": "complete", "payment": "complete"}, "configuration_incomplete"),
    "skipped and hidden never count": ({"tax": "skipped", "payment": "hidden"}, "configuration_incomplete"),
    "a name that the sync lacks": (
        {"tax": "complete", "payment": "complete", "gone": "incomplete"},
        "configuration_incomplete",
    ),
}


@pytest.mark.parametrize(("mappings", "issue"), MAPPINGS.values(), ids=MAPPINGS.keys())
def test_mappings(send, world, mappings, issue):
    send(sync(mappings=["tax", "payment"]), activation(mappings=mappings))
    assert judged()[2] == issue
    assert Activation.objects.get().mappings == mappings


def test_the_first_step_wins(send, world):
    send(sync([ODOO], ["tax"]), *connections(odoo="failed"), activation(mappings={"tax": "incomplete"}))
    assert judged() == ("connections", "incomplete", "connection_failed")
    assert Activation.objects.get().failed_connectors == [Connector.objects.get(key="odoo").pk]
    assert Activation.objects.get().incomplete_mappings == ["tax"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("configuration", "incomplete", "configuration_incomplete")),
        (COMPLETE, ("active", "active", "")),
        (COMPLETE | {"enabled": True}, ("active", "active", "")),
        (COMPLETE | {"enabled": None}, ("active", "active", "")),
        (COMPLETE | {"enabled": False}, ("active", "disabled", "sync_disabled")),
        ({"enabled": True}, ("configuration", "incomplete", "configuration_incomplete")),
        ({"configuration": None}, ("configuration", "incomplete", "configuration_incomplete")),
    ],
)
def test_configuration_and_switch(send, world, fields, expected):
    send(sync(), activation(**fields))
    assert judged() == expected


def test_configured_then_the_connection_fails_stays_active_and_shows_it(send, world):
    send(sync([ODOO]), *connections(odoo="active"), activation(**COMPLETE))
    send(*connections(odoo="failed"))
    assert judged() == ("active", "active", "connection_failed")


def test_disabled_with_a_failed_connection_stands_at_connections(send, world):
    send(sync([ODOO]), *connections(odoo="failed"), activation(**COMPLETE, enabled=False))
    assert judged() == ("connections", "disabled", "connection_failed")


def test_enabled_is_stored_only_when_given(send, world):
    send(sync(), activation(**COMPLETE, enabled=False))
    send(activation(**COMPLETE))
    assert judged()[1] == "disabled"
    send(activation(**COMPLETE, enabled=None))
    assert judged()[1] == "active"


def test_activated_at_is_the_time_of_the_first_record_that_made_it_active(send, world):
    now = datetime(2026, 3, 10, tzinfo=UTC)
    send(sync(), activation(changed_at="2026-03-02T00:00:00Z"), now=now)
    send(activation(**COMPLETE, changed_at="2026-03-03T00:00:00Z"), now=now)
    send(activation(**COMPLETE, enabled=False, changed_at="2026-03-04T00:00:00Z"), now=now)
    send(activation(**COMPLETE, enabled=True, changed_at="2026-03-05T00:00:00Z"), now=now)
    assert Activation.objects.get().activated_at == datetime(2026, 3, 3, tzinfo=UTC)


def test_a_stale_activation_changes_nothing(send, world):
    send(sync(), activation(**COMPLETE))
    assert send(activation(changed_at="2020-01-01T00:00:00Z", deleted=True)).stale == 1
    assert judged()[1] == "active"


def test_requirements_and_mappings_added_and_removed_later(send, world):
    send(sync([ODOO]), *connections(odoo="active"), activation())
    send(sync([ODOO, SHOPIFY]))
    assert judged()[2] == "no_connection"
    send(sync([ODOO], ["tax"]))
    assert judged()[2] == "mapping_incomplete"
    send(sync([ODOO]))
    assert judged()[2] == "configuration_incomplete"
    send({"type": "sync", "sync": "s-1", "name": "Renamed"})
    assert Sync.objects.get().requirements.count() == 1
    send({"type": "sync", "sync": "s-1", "name": "Renamed", "requires": None})
    assert Sync.objects.get().requirements.count() == 0


def test_a_connector_that_moves_to_another_unified_api(send, world):
    send(sync([ACCOUNTING]), *connections(odoo="active"), activation())
    assert judged()[2] == "configuration_incomplete"
    send({"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Invoicing"})
    assert judged()[2] == "no_connection"
    send({"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"})
    assert judged()[2] == "configuration_incomplete"


def test_a_deleted_connection_fills_no_slot(send, world):
    send(sync([ODOO]), *connections(odoo="active"), activation())
    send(connections(odoo="active")[0] | {"deleted": True})
    assert judged()[2] == "no_connection"


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        ({"type": "consumer", "consumer": "anna", "name": "Anna", "deleted": True}, {"deleted": False}),
        (sync(deleted=True), {"deleted": False}),
        (activation(deleted=True), {"deleted": False}),
    ],
    ids=["consumer", "sync", "activation"],
)
def test_activations_leave_every_number_while_something_of_theirs_is_deleted(send, world, gone, back):
    send(sync(), activation())
    assert counted() == {("configuration", "incomplete", "configuration_incomplete"): 1}
    send(gone)
    assert not Activation.objects.live()
    assert counted() == {}
    send(gone | back)
    assert counted() == {("configuration", "incomplete", "configuration_incomplete"): 1}


def counted():
    return {(c.step, c.status, c.issue): c.count for c in SyncCount.objects.all() if c.count}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (activation(consumer="nobody"), ("unknown_consumer", "consumer")),
        (activation(sync="none"), ("unknown_sync", "sync")),
        (sync([{"connector": "none"}]), ("unknown_connector", "requires[0].connector")),
        (sync([ODOO, {"connector": "none"}]), ("unknown_connector", "requires[1].connector")),
    ],
)
def test_unknown_parents(send, world, record, expected):
    send(sync())
    outcome = send(record)
    assert [(p.code, p.path) for p in outcome.problems] == [expected]


def test_what_an_importer_made_belongs_to_it(send, world):
    chift = make.source(kind="chift")
    send(sync(), activation(), by=chift)
    assert {p.code for p in send(sync(), activation()).problems} == {"other_source"}
