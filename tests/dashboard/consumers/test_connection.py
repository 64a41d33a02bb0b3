"""The connection page and its settings, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from connections.models import Connection, StatusChange
from dashboard import timeline
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def row(db):
    anna = make.consumer("Anna", consumerid="anna")
    odoo = make.connector("Odoo", key="odoo")
    return make.connection(
        key="c-1", consumer=anna, connector=odoo, status="failed", failure_code="401", failure_message="It expired"
    )


def shown(page):
    return page.content.decode()


def stored():
    row = Connection.objects.get(key="c-1")
    return row.flow, row.is_tracked


def test_page_shows_status_failure_facts_and_the_way_to_its_parents(as_viewer, row):
    text = shown(as_viewer.get("/connections/c-1/"))
    for words in ("Failed", "It expired", "401", "c-1", 'href="/consumers/anna/"', 'href="/connectors/odoo/"'):
        assert words in text


def test_page_costs_a_fixed_number_of_queries(as_admin, row, django_assert_num_queries):
    with django_assert_num_queries(8) as before:
        as_admin.get("/connections/c-1/")
    for number in range(30):
        to = ("active", "failed")[number % 2]
        StatusChange.objects.create(connection=row, to_status=to, at=timezone.now())
    with django_assert_num_queries(len(before.captured_queries)):
        as_admin.get("/connections/c-1/")


def test_history_says_how_long_each_status_lasted(row):
    for hours, before, to in ((0, "", "pending"), (3, "pending", "active"), (75, "active", "failed")):
        at = NOW + timedelta(hours=hours)
        StatusChange.objects.create(connection=row, from_status=before, to_status=to, at=at)
    found = timeline.of_connection(row.status_changes.all(), page=1, now=NOW + timedelta(hours=76)).entries
    assert [(entry.subject, entry.text, entry.lasted) for entry in found] == [
        ("Failed", "after active", "1 h so far"),
        ("Active", "after pending", "3 days"),
        ("Pending", "when first seen", "3 h"),
    ]


def test_history_goes_on_over_pages(row):
    changes = [
        StatusChange(connection=row, to_status=("active", "failed")[hour % 2], at=NOW + timedelta(hours=hour))
        for hour in range(45)
    ]
    StatusChange.objects.bulk_create(changes)
    pages = [timeline.of_connection(row.status_changes.all(), page=page, now=NOW) for page in (1, 2, 3, 4)]
    assert [len(page.entries) for page in pages] == [20, 20, 5, 0]
    assert [(page.newer, page.older) for page in pages] == [(None, 2), (1, 3), (2, None), (3, None)]
    lasted = [entry.lasted for page in pages for entry in page.entries]
    assert lasted[1:] == ["1 h"] * 44


def test_deleted_connection_stays_readable(as_operator, row):
    feed(
        {
            "type": "connection",
            "connection": "c-1",
            "consumer": "anna",
            "connector": "odoo",
            "status": "failed",
            "deleted": True,
        }
    )
    text = shown(as_operator.get("/connections/c-1/"))
    assert "by its feed" in text
    assert "failed → deleted" not in text
    assert "after failed" in text
    assert "/settings/" not in text


class TestSettings:
    def test_are_set_and_written_down(self, as_operator, row):
        answer = as_operator.post("/connections/c-1/settings/", {"flow": "source", "tracked": "on"})
        assert answer["Location"] == "/connections/c-1/"
        assert stored() == ("source", True)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.target_type, entry.target) == ("set", "connection", "c-1")
        assert entry.before == {"flow": "other", "tracked": False}
        assert entry.after == {"flow": "source", "tracked": True}

    def test_the_same_again_is_no_entry(self, as_operator, row):
        as_operator.post("/connections/c-1/settings/", {"flow": "other"})
        assert not AuditEntry.objects.exists()

    def test_other_can_not_be_tracked(self, as_operator, row):
        page = as_operator.post("/connections/c-1/settings/", {"flow": "other", "tracked": "on"})
        assert page.status_code == 200
        assert "can not be tracked. Choose source or destination." in shown(page)
        assert stored() == ("other", False)

    def test_what_is_no_flow_is_refused(self, as_operator, row):
        assert as_operator.post("/connections/c-1/settings/", {"flow": "sideways"}).status_code == 200
        assert stored() == ("other", False)

    def test_the_next_record_does_not_undo_them(self, as_operator, row):
        as_operator.post("/connections/c-1/settings/", {"flow": "source", "tracked": "on"})
        feed({"type": "connection", "connection": "c-1", "consumer": "anna", "connector": "odoo", "status": "active"})
        assert stored() == ("source", True)
