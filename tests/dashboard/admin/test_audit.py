from datetime import UTC, datetime, timedelta

import pytest

from accounts import audit
from accounts.models import AuditEntry, User

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return User.objects.create(username="anna", role="admin")


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def note(actor, number, **fields):
    values = {"action": "changed", "target_type": "consumer", "target": f"target-{number}", "before": {}, "after": {}}
    return audit.record(actor=actor, now=NOW + timedelta(seconds=number // 2), **{**values, **fields})


def listed(response):
    return [row.entry.target for row in response.context["rows"]]


def test_entry_says_who_what_before_and_after(page, admin):
    note(admin, 1, before={"name": "Old", "tracked": True}, after={"name": "<New>", "tracked": False, "note": None})

    text = page.get("/admin/audit/").content.decode()

    for part in ("anna", "Changed consumer", "target-1", "Old", "&lt;New&gt;", "yes", "no"):
        assert part in text
    assert "<New>" not in text


def test_pages_follow_one_another_without_gap_or_repeat(page, admin):
    for number in range(125):
        note(admin, number)
    seen, address = [], "/admin/audit/"
    while True:
        response = page.get(address)
        seen += listed(response)
        if not response.context["older"]:
            break
        note(admin, 1000)  # what happens meanwhile does not move the pages
        address = f"/admin/audit/?before={response.context['older']}"

    assert seen == [f"target-{number}" for number in reversed(range(125))]


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "999999", "9" * 40, "٣"])
def test_place_that_is_none_404(page, before):
    assert page.get("/admin/audit/", {"before": before}).status_code == 404


def test_empty_log_says_so(page):
    assert "Nothing changed yet" in page.get("/admin/audit/").content.decode()


def test_entry_outlives_its_actor(page, admin):
    other = User.objects.create(username="gone")
    note(other, 1)
    other.delete()

    assert AuditEntry.objects.get().actor is None
    assert "gone" in page.get("/admin/audit/").content.decode()


def test_page_costs_the_same_for_many(page, admin, django_assert_num_queries):
    note(admin, 1)
    with django_assert_num_queries(5):
        page.get("/admin/audit/")
    for number in range(49):
        note(admin, number)
    with django_assert_num_queries(5):
        page.get("/admin/audit/")
