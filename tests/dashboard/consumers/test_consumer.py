"""The consumer page, edit, delete and undo, over HTTP."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import AuditEntry
from consumers.models import Consumer
from dashboard.erasing import erase_due
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

STRANGE = [
    "=cmd()",
    '"a";b',
    "100%_\\",
    "<script>alert(1)</script>",
    "Élan İstanbul 東京 مرحبا 🙂",
    "\u202eright to left",
    "n" * 255,
    "🦄" * 255,
    "two\nlines",
    "two\r\nlines\rand more\n",
    "\nfirst line empty",
    "  spaces around  ",
    "   ",
]
FACTS = {"name": "Anna", "email": "a@b.example", "internal_reference": "R-1", "redirect_url": "https://a.example/"}


@pytest.fixture
def anna(db):
    return make.consumer(consumerid="anna", **FACTS)


def stored():
    return Consumer.objects.get(consumerid="anna")


def shown(page):
    return page.content.decode()


class TestPage:
    def test_shows_facts_standing_connections_and_timeline(self, as_viewer, anna):
        odoo, sage = make.connector("Odoo"), make.connector("Sage")
        feed(
            *[
                {"type": "connection", "connection": key, "consumer": "anna", "connector": connector.key, **fields}
                for key, connector, fields in (
                    ("c-1", sage, {"status": "active", "flow": "source", "tracked": True}),
                    ("c-2", odoo, {"status": "active"}),
                    (
                        "c-2",
                        odoo,
                        {
                            "status": "failed",
                            "failure": {"code": "expired", "message": "The token expired"},
                            "connect_url": "https://connect.example/1",
                        },
                    ),
                )
            ]
        )
        text = shown(as_viewer.get("/consumers/anna/"))
        for fact in (*FACTS.values(), "anna", "Connection failed (Odoo)", "expired", "The token expired"):
            assert escape(fact) in text
        assert 'data-issue="connection_failed"' in text
        assert 'href="https://connect.example/1" rel="noopener noreferrer"' in text
        assert re.findall(r'data-connection="([^"]*)"', text) == ["c-2", "c-1"]  # what needs somebody comes first
        assert "active → failed" in text

    @pytest.mark.parametrize(
        ("statuses", "issue"),
        [
            (["failed", "failed", "active"], "Connection failed (Odoo, Sage)"),
            (["pending"], "Connection pending (Odoo)"),
            ([], "Nothing"),
        ],
    )
    def test_says_what_is_wrong_and_who_acts(self, as_viewer, anna, statuses, issue):
        connectors = [make.connector(name) for name in ("Sage", "Odoo", "Zoho")]
        picked = connectors if len(statuses) > 1 else connectors[1:]
        for status, connector in zip(statuses, picked, strict=False):
            make.connection(consumer=anna, connector=connector, status=status)
        text = shown(as_viewer.get("/consumers/anna/"))
        assert issue in text
        assert "We have to act" in text if issue == "Nothing" else "The customer has to" in text

    def test_says_nothing_of_a_consumer_without_an_issue(self, as_viewer, anna):
        make.connection(consumer=anna)
        assert "data-issue" not in shown(as_viewer.get("/consumers/anna/"))

    def test_costs_the_same_for_1_and_200_connections(self, as_admin, anna, django_assert_num_queries):
        connector = make.connector()
        make.connection(consumer=anna, connector=connector, status="failed")
        with django_assert_num_queries(11) as one:
            as_admin.get("/consumers/anna/")
        for number in range(205):
            make.connection(consumer=anna, connector=connector, status=("active", "failed")[number % 2])
        with django_assert_num_queries(len(one.captured_queries)):
            page = as_admin.get("/consumers/anna/")
        assert shown(page).count("data-connection=") == 200
        assert "200 of 206" in shown(page)

    def test_timeline_has_pages(self, as_viewer, anna):
        make.connector("Odoo", key="odoo")
        link = {"type": "connection", "connection": "c-1", "consumer": "anna", "connector": "odoo"}
        feed(*[link | {"status": ("active", "failed")[number % 2]} for number in range(45)])
        found = [shown(as_viewer.get(f"/consumers/anna/?page={page}")).count('class="when"') for page in (1, 2, 3, 4)]
        assert found == [20, 20, 5, 0]
        assert shown(as_viewer.get("/consumers/anna/?page=x")).count('class="when"') == 20

    @pytest.mark.parametrize("name", STRANGE)
    def test_shows_strange_names(self, as_operator, anna, name):
        key = re.sub(r"[/\\\x00-\x1f]", "", name).strip() or "blank"
        Consumer.objects.update(name=name, consumerid=key)
        for page in ("consumer", "consumer-edit", "consumer-delete", "consumer-links"):
            response = as_operator.get(reverse(page, args=[key]))
            assert response.status_code == 200
            assert "<script>alert" not in shown(response)
            assert escape(name) in shown(response)


class TestEdit:
    @pytest.mark.parametrize("name", STRANGE)
    def test_a_name_survives_as_browsers_send_it_back(self, as_operator, anna, name):
        Consumer.objects.update(name=name)
        sent = re.sub("\r\n|\r|\n", "\r\n", name)
        assert as_operator.post("/consumers/anna/edit/", FACTS | {"name": sent, "email": ""}).status_code == 302
        assert (stored().name, stored().email) == (name, "")

    @pytest.mark.parametrize("name", STRANGE)
    def test_a_name_is_stored_as_it_was_typed(self, as_operator, anna, name):
        as_operator.post("/consumers/anna/edit/", FACTS | {"name": name})
        assert stored().name == name.replace("\r\n", "\n")

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("name", "", "must not be empty"),
            ("name", "n" * 256, "at most 255"),
            ("name", "a\0b", "NUL"),
            ("email", "nobody", "must contain an @"),
            ("email", "@" * 255, "at most 254"),
            ("internal_reference", "r" * 256, "at most 255"),
            ("redirect_url", "javascript:alert(1)", "http or https"),
            ("redirect_url", "ftp://a.example", "http or https"),
            ("redirect_url", "https://", "http or https"),
            ("redirect_url", "https://a b", "white space"),
            ("redirect_url", "https://a.example/" + "x" * 2000, "at most 2,000"),
        ],
    )
    def test_says_what_is_wrong_and_how_to_repair_it(self, as_operator, anna, field, value, words):
        page = as_operator.post("/consumers/anna/edit/", FACTS | {field: value})
        assert page.status_code == 200
        assert words in shown(page)
        assert f'aria-describedby="id_{field}' in shown(page)
        assert {name: getattr(stored(), name) for name in FACTS} == FACTS
        assert not AuditEntry.objects.exists()

    def test_empties_what_is_optional(self, as_operator, anna):
        as_operator.post("/consumers/anna/edit/", dict.fromkeys(FACTS, "") | {"name": "Anna"})
        assert (stored().email, stored().internal_reference, stored().redirect_url) == ("", "", "")

    def test_leaves_what_is_not_named(self, as_operator, anna):
        as_operator.post("/consumers/anna/edit/", {"name": "Anne"})
        assert {name: getattr(stored(), name) for name in FACTS} == FACTS | {"name": "Anne"}

    def test_is_written_down_with_before_and_after(self, as_operator, anna):
        as_operator.post("/consumers/anna/edit/", FACTS | {"name": "Anne"})
        entry = AuditEntry.objects.get()
        assert (entry.actor_name, entry.action, entry.target_type, entry.target) == (
            "otto",
            "edited",
            "consumer",
            "anna",
        )
        assert (entry.before, entry.after) == ({"name": "Anna"}, {"name": "Anne"})

    def test_no_change_is_no_entry(self, as_operator, anna):
        page = as_operator.post("/consumers/anna/edit/", FACTS, follow=True)
        assert "Nothing to save" in shown(page)
        assert not AuditEntry.objects.exists()

    def test_a_deleted_consumer_can_not_be_edited(self, as_operator, anna):
        as_operator.post("/consumers/anna/delete/")
        assert as_operator.get("/consumers/anna/edit/").status_code == 404
        assert as_operator.post("/consumers/anna/edit/", FACTS).status_code == 404


class TestDelete:
    def test_asks_first_and_names_what_leaves_the_numbers(self, as_operator, anna):
        for status in ("active", "active", "pending", "failed"):
            make.connection(consumer=anna, status=status, flow="source", is_tracked=status == "active")
        feed(
            {"type": "sync", "sync": "s", "name": "Sales"},
            {
                "type": "activation",
                "sync": "s",
                "consumer": "anna",
                "opened_at": "2026-01-01T00:00:00Z",
                "configuration": "complete",
            },
        )
        as_operator.post("/consumers/anna/links/", {"days": 7})
        text = shown(as_operator.get("/consumers/anna/delete/"))
        for words in (
            *("2 active connections", "1 pending connection", "1 failed connection", "2 tracked connections"),
            *("1 activation, 1 of them active", "1 open link"),
        ):
            assert words in text
        assert stored().is_live

    def test_deletes_and_offers_undo_to_admins_only(self, as_operator, as_admin, anna):
        page = as_operator.post("/consumers/anna/delete/", follow=True)
        assert "Anna was deleted." in shown(page)
        assert "Undo" not in shown(page)
        assert as_admin.post("/consumers/anna/restore/").status_code == 302
        assert stored().is_live
        page = as_admin.post("/consumers/anna/delete/", follow=True)
        assert 'action="/consumers/anna/restore/"' in shown(page)
        assert "Undo" in shown(page)

    def test_is_written_down(self, as_admin, anna):
        make.connection(consumer=anna)
        as_admin.post("/consumers/anna/delete/")
        as_admin.post("/consumers/anna/restore/")
        restored, deleted = AuditEntry.objects.all()
        assert (deleted.action, deleted.before) == ("deleted", {"deleted": False})
        assert (deleted.after["deleted"], deleted.after["active connections"]) == (True, 1)
        assert (restored.action, restored.after["name"]) == ("restored", "Anna")

    def test_twice_is_once(self, as_operator, anna):
        as_operator.post("/consumers/anna/delete/")
        assert as_operator.post("/consumers/anna/delete/").status_code == 302
        assert as_operator.get("/consumers/anna/delete/")["Location"] == "/consumers/anna/"
        assert AuditEntry.objects.count() == 1

    def test_its_history_stays_readable_and_nothing_else(self, as_operator, as_viewer, anna):
        make.connection(consumer=anna, key="c-1", status="failed", connect_url="https://connect.example/")
        as_operator.post("/consumers/anna/delete/")
        for client in (as_operator, as_viewer):
            text = shown(client.get("/consumers/anna/"))
            assert "data-deleted" in text
            assert "data-connection=" in text
            assert "/edit/" not in text
            assert "/restore/" not in text
            assert "https://connect.example/" not in text
        assert "/settings/" not in shown(as_operator.get("/connections/c-1/"))
        assert as_operator.post("/connections/c-1/settings/", {"flow": "source"}).status_code == 404
        assert as_operator.post("/consumers/anna/links/", {"days": 7}).status_code == 404

    def test_admins_see_who_deleted_what_and_how_long_it_can_be_undone(self, as_operator, as_admin, anna):
        as_operator.post("/consumers/anna/delete/")
        text = shown(as_admin.get("/admin/deleted/"))
        assert 'data-consumer="anna"' in text
        assert "otto" in text
        assert "in 30 days" in text
        assert "/consumers/anna/restore/" in text
        assert as_operator.get("/admin/deleted/").status_code == 403

    def test_can_not_be_undone_after_30_days(self, as_admin, anna):
        as_admin.post("/consumers/anna/delete/")
        Consumer.objects.update(removed_at=timezone.now() - timedelta(days=30))
        page = as_admin.post("/consumers/anna/restore/", follow=True)
        assert "can not be taken back" in shown(page)
        assert not stored().is_live
        assert erase_due(now=timezone.now()) == 1
        assert as_admin.get("/consumers/anna/").status_code == 404

    def test_what_the_feed_deleted_comes_back_by_a_record_only(self, as_admin, anna):
        feed({"type": "consumer", "consumer": "anna", "name": "Anna", "deleted": True})
        text = shown(as_admin.get("/consumers/anna/"))
        assert "by its feed" in text
        assert "/restore/" not in text
        assert as_admin.post("/consumers/anna/restore/").status_code == 302
        assert not stored().is_live


def test_purge_erases_what_is_due(anna, capsys):
    Consumer.objects.update(removed_at=timezone.now() - timedelta(days=31))
    call_command("purge")
    assert capsys.readouterr().out.startswith("1 consumers, ")
    assert not Consumer.objects.exists()
