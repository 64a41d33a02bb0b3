import re
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEntry, User
from sources import keys, services
from sources.models import ApiKey, Source

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(User.objects.create(username="anna", role="admin"))
    return client


@pytest.fixture
def key():
    return services.create_key(name="orders", scope="write", now=NOW)[0]


def text(response):
    return response.content.decode()


def shown_keys(response):
    return re.findall(r"cm_[\w-]{43}", text(response))


def test_key_is_shown_once_and_never_again(page):
    response = page.post("/admin/api-keys/new/", {"name": "orders", "scope": "write"})

    key = ApiKey.objects.get()
    (raw,) = shown_keys(response)
    assert response.status_code == 200
    assert keys.digest(raw) == key.digest
    assert "no-store" in response["Cache-Control"]
    assert "data-copy" in text(response)
    for path in ("/admin/api-keys/", "/admin/sources/", "/admin/audit/", f"/admin/api-keys/{key.pk}/revoke/"):
        assert not shown_keys(page.get(path))
    assert raw not in str(AuditEntry.objects.values().get())


def test_made_key_opens_the_api(page, client):
    (raw,) = shown_keys(page.post("/admin/api-keys/new/", {"name": "orders", "scope": "write"}))

    response = client.generic(
        "POST", "/api/v1/records", b"[]", "application/json", headers={"authorization": f"Bearer {raw}"}
    )

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "orders", "scope": "read"}, "API key named “orders” already"),
        ({"name": "", "scope": "read"}, "required"),
        ({"name": "x" * 101, "scope": "read"}, "at most 100"),
        ({"name": "x\0y", "scope": "read"}, "Null characters"),
        ({"name": "other", "scope": "all"}, "valid choice"),
    ],
)
def test_wrong_key_is_not_made_and_the_page_says_why(page, key, fields, words):
    response = page.post("/admin/api-keys/new/", fields)

    assert words in text(response)
    assert not shown_keys(response)
    assert ApiKey.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_list_shows_the_state_of_each_key(page, key):
    assert "In use" in text(page.get("/admin/api-keys/"))
    assert "never" in text(page.get("/admin/api-keys/"))
    services.revoke_key(key=key, now=NOW)

    listed = text(page.get("/admin/api-keys/"))

    assert "Revoked" in listed
    assert f"{key.prefix}…" in listed
    assert f"/admin/api-keys/{key.pk}/revoke/" not in listed


def test_empty_list_says_what_a_key_is_for(page):
    assert "No API key yet" in text(page.get("/admin/api-keys/"))


def test_revoking_asks_first(page, key):
    assert "Revoke" in text(page.get(f"/admin/api-keys/{key.pk}/revoke/"))
    assert ApiKey.objects.get().revoked_at is None


def test_revoked_key_is_closed_and_noted_once(page, key):
    page.post(f"/admin/api-keys/{key.pk}/revoke/")
    page.post(f"/admin/api-keys/{key.pk}/revoke/")

    assert ApiKey.objects.get().revoked_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.action, entry.target_type, entry.target) == ("anna", "revoked", "API key", "orders")
    assert (entry.before, entry.after) == ({"revoked": False}, {"revoked": True})


def test_sources_say_when_they_were_heard(page, key, freeze):
    Source.objects.filter(pk=key.source_id).update(last_heard_at=freeze - timedelta(minutes=4))
    Source.objects.create(kind="chift", name="main account")

    listed = text(page.get("/admin/sources/"))

    assert "4 min ago" in listed
    assert "never" in listed
    assert "Chift" in listed


@pytest.fixture
def freeze(monkeypatch):
    """Stop the clock of requests."""
    monkeypatch.setattr("common.middleware.timezone.now", lambda: NOW)
    return NOW


def test_source_of_a_key_is_renamed(page, key):
    page.post(f"/admin/sources/{key.source_id}/rename/", {"name": "shop"})

    assert Source.objects.get().name == "shop"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.before, entry.after) == (
        "renamed",
        "orders",
        {"name": "orders"},
        {"name": "shop"},
    )


def test_source_can_not_take_a_name_in_use(page, key):
    services.create_key(name="invoices", scope="read", now=NOW)

    response = page.post(f"/admin/sources/{key.source_id}/rename/", {"name": "invoices"})

    assert "already" in text(response)
    assert "Rename <bdi>orders</bdi>" in text(response)
    assert not AuditEntry.objects.exists()


def test_other_sources_keep_their_names(page):
    account = Source.objects.create(kind="chift", name="main account")

    assert page.get(f"/admin/sources/{account.pk}/rename/").status_code == 404


@pytest.mark.parametrize("path", ["/admin/api-keys/", "/admin/sources/"])
def test_lists_cost_the_same_for_many(page, path, django_assert_num_queries):
    services.create_key(name="first", scope="read", now=NOW)
    with django_assert_num_queries(6):
        page.get(path)
    for number in range(20):
        services.create_key(name=f"key {number}", scope="read", now=NOW)
    with django_assert_num_queries(6):
        page.get(path)
