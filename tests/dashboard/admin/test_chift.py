"""The pages of Chift sources: what admins do there, and what nobody sees."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from ingest.models import ImportRun, WebhookDelivery
from sources import chift
from sources.models import ChiftAccount
from tests.ingest.importers.conftest import SECRETS, new_account
from tests.ingest.importers.platform import CLIENT, Platform, serving

pytestmark = pytest.mark.django_db

SECRET = CLIENT["clientSecret"]
FIELDS = {
    "name": "main",
    "client_id": "client-1",
    "client_secret": SECRET,
    "account_id": CLIENT["accountId"],
    "base_url": "https://api.chift.eu",
    "webhook_secrets": SECRETS,
    "interval_minutes": "30",
}


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def account(platform, db):
    with serving(platform) as address:
        yield new_account(address)


@pytest.fixture
def asked(monkeypatch):
    """Which imports were asked for."""
    sources = []
    monkeypatch.setattr("ingest.tasks.kick_import", lambda pk, later=0: sources.append(pk) or True)
    monkeypatch.setattr("ingest.tasks.kick_deliveries", sources.append)
    return sources


def text(response):
    return response.content.decode()


def page(account, part=""):
    return f"/admin/sources/{account.source_id}/{part}"


def test_source_is_made_and_its_secrets_are_never_shown(as_admin):
    response = as_admin.post("/admin/sources/chift/new/", FIELDS, follow=True)

    account = ChiftAccount.objects.get()
    assert (chift.client_secret(account), account.interval_minutes) == (SECRET, 30)
    assert "/webhooks/chift/main/" in text(response)
    for path in (page(account), page(account, "edit/"), "/admin/sources/", "/admin/audit/", page(account, "runs/")):
        shown = text(as_admin.get(path))
        assert SECRET not in shown
        assert "whsec" not in shown
        assert account.sealed_client_secret not in shown
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_type, entry.target) == ("created", "Chift source", "main")
    assert SECRET not in str(entry.after)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"account_id": "no"}, "UUID"),
        ({"base_url": "http://api.chift.eu"}, "https"),
        ({"interval_minutes": "5"}, "greater than or equal to 15"),
        ({"client_secret": ""}, "required"),
        ({"name": "a/b"}, "slash"),
    ],
)
def test_wrong_source_is_not_made_and_no_secret_comes_back(as_admin, fields, words):
    response = as_admin.post("/admin/sources/chift/new/", FIELDS | fields)

    assert words in text(response)
    assert SECRET not in text(response)
    assert not ChiftAccount.objects.exists()


def test_edit_keeps_secrets_that_are_left_empty(as_admin, account):
    fields = FIELDS | {"client_secret": "", "webhook_secrets": "new-one", "interval_minutes": "45"}
    as_admin.post(page(account, "edit/"), fields)

    account.refresh_from_db()
    assert chift.client_secret(account) == SECRET
    assert chift.webhook_secrets(account) == ["new-one"]
    assert account.interval_minutes == 45
    entry = AuditEntry.objects.get()
    assert entry.after["webhook secrets"] == "replaced"
    assert "new-one" not in str((entry.before, entry.after))


def test_test_of_the_connection_says_what_it_found(as_admin, account, platform):
    assert "lists 0 integrations" in text(as_admin.post(page(account, "test/"), follow=True))
    platform.faults = {"/token": [401]}
    platform.tokens.clear()
    shown = text(as_admin.post(page(account, "test/"), follow=True))
    assert "refused the credentials" in shown
    assert not ImportRun.objects.exists()


def test_test_of_the_connection_shows_whatever_the_platform_says(as_admin, account, platform):
    platform.faults = {"/token": [(401, {"message": "A \x00 and half a \ud83d <b>"})]}
    shown = text(as_admin.post(page(account, "test/"), follow=True))
    assert "A \ufffd and half a \ufffd &lt;b&gt;" in shown


@pytest.mark.parametrize("token", ["", "SECRET\n", "SECRET x", "SECRET\ud83d", "SECRETé"])
def test_token_that_no_header_can_hold_is_refused_and_never_shown(as_admin, account, platform, token, caplog):
    platform.faults = {"/token": [(200, {"access_token": token})]}
    shown = text(as_admin.post(page(account, "test/"), follow=True))
    assert "The test failed. the answer can not be used" in shown
    assert "SECRET" not in f"{shown} {caplog.text}"


def test_import_is_asked_for_cancelled_and_paused(as_admin, account, asked):
    as_admin.post(page(account, "run/"))
    assert asked == [account.source_id]

    assert "No import was under way" in text(as_admin.post(page(account, "cancel/"), follow=True))
    run = ImportRun.objects.create(source=account.source, kind="full", started_at=timezone.now(), done=5, total=20)
    assert "Cancel the import" in text(as_admin.get(page(account)))
    as_admin.post(page(account, "cancel/"))
    run.refresh_from_db()
    assert run.cancel_asked_at is not None

    as_admin.post(page(account, "pause/"))
    assert ChiftAccount.objects.get().is_paused
    assert chift.due_accounts(now=timezone.now() + timedelta(days=1)) == []
    as_admin.post(page(account, "resume/"))
    assert not ChiftAccount.objects.get().is_paused
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["asked for an import of", "cancelled the import of", "paused", "resumed"]


def test_run_is_shown_live_and_afterwards(as_admin, account):
    run = ImportRun.objects.create(source=account.source, kind="full", started_at=timezone.now(), done=5, total=20)
    headers = {"HX-Request": "true", "HX-Target": "run"}
    fragment = text(as_admin.get(page(account), headers=headers))
    assert "5 of 20" in fragment
    assert "<html" not in fragment

    run.outcome, run.finished_at = "partial", timezone.now()
    run.counts, run.errors, run.error_count = {"consumers": 1234}, ["consumer x: 502"], 1
    run.save()
    for path in (page(account), page(account, "runs/")):
        shown = text(as_admin.get(path))
        assert "Partial" in shown
        assert "1,234" in shown
        assert "consumer x: 502" in shown


def test_deliveries_are_listed_and_run_again(as_admin, account, asked, django_capture_on_commit_callbacks):
    now = timezone.now()
    facts = {"source": account.source, "received_at": now, "due_at": now, "body": b"{}"}
    failed = WebhookDelivery.objects.create(
        event="account.connection.up", consumerid="c-1", state="failed", finished_at=now, message="away", **facts
    )
    ignored = WebhookDelivery.objects.create(event="account.other", state="ignored", finished_at=now, **facts)

    shown = text(as_admin.get(page(account, "deliveries/")))
    assert "away" in shown
    assert f"/admin/deliveries/{failed.pk}/again/" in shown
    assert f"/admin/deliveries/{ignored.pk}/again/" not in shown
    with django_capture_on_commit_callbacks(execute=True):
        as_admin.post(f"/admin/deliveries/{failed.pk}/again/")

    failed.refresh_from_db()
    assert failed.state == "waiting"
    assert asked == [account.source_id]


def test_silent_source_is_said_on_every_page(as_admin, as_viewer, account):
    ChiftAccount.objects.update(silent_at=timezone.now() - timedelta(minutes=1), last_imported_at=None)
    for client, path in ((as_admin, "/"), (as_viewer, "/"), (as_viewer, "/consumers/"), (as_admin, "/admin/sources/")):
        shown = text(client.get(path))
        assert "is silent" in shown
        assert 'data-silent="main"' in shown
    assert "/admin/" not in text(as_viewer.get("/consumers/"))


@pytest.mark.parametrize(("minutes", "is_silent"), [(119, False), (120, True)])
def test_source_is_silent_after_twice_its_schedule_without_a_run(account, minutes, is_silent):
    chift.note_imported(account=account, now=timezone.now())
    account.refresh_from_db()
    assert account.is_silent(account.last_imported_at + timedelta(minutes=minutes)) is is_silent


def test_secrets_sealed_with_another_key_are_said_in_one_line(as_admin, account, settings):
    settings.SECRET_KEY = "another" * 8
    as_admin.force_login(AuditEntry._meta.get_field("actor").related_model.objects.get())
    shown = text(as_admin.post(page(account, "test/"), follow=True))
    assert "SECRET_KEY is another" in shown
    assert chift.webhook_secrets(account) == []
