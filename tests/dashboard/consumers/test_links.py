"""Consumer links: made, shown once, opened by whoever has the address, dead in every way they can die."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import connection as db
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from common.clients import client_address
from consumers.models import Consumer
from dashboard import sharing
from dashboard.models import LinkState, ShareLink
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

ANNA = {"type": "consumer", "consumer": "anna", "name": "Anna"}


@pytest.fixture
def anna(db):
    return make.consumer("Anna", consumerid="anna")


@pytest.fixture(autouse=True)
def no_limit(monkeypatch, request):
    """Tests open links faster than people; the limit has its own tests."""
    if "limited" not in request.fixturenames:
        monkeypatch.setattr("dashboard.pages.public.seconds_to_wait", lambda *args, **kwargs: 0)


@pytest.fixture
def limited(monkeypatch):
    """Two requests a minute, counted apart from other tests."""
    monkeypatch.setattr("dashboard.pages.public._REQUESTS_A_MINUTE", 2)
    monkeypatch.setattr("dashboard.pages.public.client_address", lambda request: f"test-{id(monkeypatch)}")


def link_to(consumer, days=7, now=None):
    made = sharing.make_link(consumerid=consumer.consumerid, days=days, by=make.user(), now=now or timezone.now())
    return "/c/" + made.address.split("/c/")[1]


def shown(page):
    return page.content.decode()


class TestMaking:
    def test_shows_the_address_once(self, as_operator, anna, settings):
        settings.PUBLIC_URL = "https://status.example"
        page = as_operator.post("/consumers/anna/links/", {"days": 7})
        (address,) = re.findall(r"https://status\.example/c/([\w-]{43})/", re.sub("<[^>]+>", "", shown(page)))
        assert "no-store" in page["Cache-Control"]
        link = ShareLink.objects.get()
        assert link.token_hash == hashlib.sha256(address.encode()).hexdigest()
        assert address not in shown(as_operator.get("/consumers/anna/links/"))
        assert not [value for value in ShareLink.objects.values_list().get() if value == address]

    @pytest.mark.parametrize("days", [1, 7, 30])
    def test_lasts_as_long_as_was_chosen(self, as_operator, anna, days):
        as_operator.post("/consumers/anna/links/", {"days": days})
        link = ShareLink.objects.get()
        assert link.expires_at - link.created_at == timedelta(days=days)
        assert (link.created_by.username, link.kind) == ("otto", "consumer")

    @pytest.mark.parametrize("days", ["", "0", "2", "365", "-1", "x"])
    def test_lasts_no_other_time(self, as_operator, anna, days):
        assert as_operator.post("/consumers/anna/links/", {"days": days}).status_code == 200
        assert not ShareLink.objects.exists()

    def test_and_revoking_are_written_down_without_the_address(self, as_operator, anna):
        as_operator.post("/consumers/anna/links/", {"days": 1})
        link = ShareLink.objects.get()
        as_operator.post(f"/consumers/anna/links/{link.pk}/revoke/")
        as_operator.post(f"/consumers/anna/links/{link.pk}/revoke/")
        revoked, made = AuditEntry.objects.all()
        assert (made.action, made.target_type, made.target) == ("made", "consumer link of", "anna")
        assert (revoked.action, revoked.after) == ("revoked", {"link": link.pk, "revoked": True})
        assert link.token_hash not in str(made.after)

    def test_a_link_is_revoked_under_its_own_consumer_only(self, as_operator, anna):
        link_to(make.consumer("Bob", consumerid="bob"))
        assert as_operator.post(f"/consumers/anna/links/{ShareLink.objects.get().pk}/revoke/").status_code == 404
        assert ShareLink.objects.get().revoked_at is None


class TestList:
    def test_says_what_became_of_each(self, as_viewer, anna):
        now = timezone.now()
        link_to(anna, days=1, now=now - timedelta(days=2))
        closed = link_to(anna)
        sharing.revoke_link(link=ShareLink.objects.latest("id"), now=now)
        path = link_to(anna)
        assert Client().get(path).status_code == 200
        text = shown(as_viewer.get("/consumers/anna/links/"))
        assert re.findall(r'data-state="(\w+)"', text) == ["open", "revoked", "expired"]
        assert "1 time" in text
        assert Client().get(closed).status_code == 404

    def test_costs_a_fixed_number_of_queries(self, as_admin, anna, django_assert_num_queries):
        link_to(anna)
        with django_assert_num_queries(8) as one:
            as_admin.get("/consumers/anna/links/")
        for _ in range(30):
            link_to(anna)
        with django_assert_num_queries(len(one.captured_queries)):
            page = as_admin.get("/consumers/anna/links/")
        assert shown(page).count("data-link=") == 25

    def test_state_of_a_link(self):
        now = timezone.now()
        link = ShareLink(expires_at=now)
        assert link.state(now) == LinkState.EXPIRED
        assert link.state(now - timedelta(seconds=1)) == LinkState.OPEN
        link.revoked_at = now
        assert link.state(now - timedelta(seconds=1)) == LinkState.REVOKED


class TestDeath:
    @pytest.fixture
    def path(self, anna):
        return link_to(anna)

    def test_by_time(self, client, path):
        assert client.get(path).status_code == 200
        ShareLink.objects.update(
            created_at=timezone.now() - timedelta(days=8), expires_at=timezone.now() - timedelta(seconds=1)
        )
        assert client.get(path).status_code == 404

    def test_by_revoking(self, client, as_operator, path):
        as_operator.post(f"/consumers/anna/links/{ShareLink.objects.get().pk}/revoke/")
        assert client.get(path).status_code == 404

    def test_by_deletion_on_the_screen_for_good(self, client, as_admin, path):
        as_admin.post("/consumers/anna/delete/")
        assert client.get(path).status_code == 404
        as_admin.post("/consumers/anna/restore/")
        assert Consumer.objects.get().is_live
        assert client.get(path).status_code == 404

    def test_by_deletion_in_the_feed_for_good(self, client, path):
        feed(ANNA | {"deleted": True})
        assert client.get(path).status_code == 404
        feed(ANNA)
        assert Consumer.objects.get().is_live
        assert client.get(path).status_code == 404

    def test_not_by_anything_else(self, client, anna, path):
        feed(ANNA | {"name": "Anne", "email": "x@y.example"})
        make.connection(consumer=anna, status="failed")
        assert client.get(path).status_code == 200

    def test_is_the_same_404_whatever_the_reason(self, client, as_admin, anna):
        expired = link_to(anna, days=1, now=timezone.now() - timedelta(days=2))
        revoked = link_to(anna)
        sharing.revoke_link(link=ShareLink.objects.latest("id"), now=timezone.now())
        bob = make.consumer("Bob", consumerid="bob")
        deleted = link_to(bob)
        as_admin.post("/consumers/bob/delete/")
        unknown = ["/c/x/", f"/c/{'A' * 43}/", "/c/%F0%9F%A6%84/", "/c/%ff/", f"/c/{'a' * 3000}/"]
        answers = [client.get(path) for path in (expired, revoked, deleted, *unknown)]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert len({tuple(answer.items()) for answer in answers}) == 1

    def test_the_404_says_nothing_of_connmon_and_sends_nobody_to_sign_in(self, client, settings):
        settings.COMPANY_NAME, settings.SUPPORT_CONTACT = "Northwind", "help@northwind.example"
        text = shown(client.get("/c/x/"))
        assert "Northwind" in text
        assert "mailto:help@northwind.example" in text
        assert 'href="/"' not in text

    def test_a_token_of_another_kind_opens_nothing(self, client, path):
        token = path.split("/")[2]
        assert sharing.find_link(token=token, kind=ShareLink.Kind.SYNC, now=timezone.now()) is None


class TestPage:
    def test_shows_what_works_and_what_needs_the_customer(self, client, anna, settings):
        settings.COMPANY_NAME, settings.SUPPORT_CONTACT = "Northwind", "help@northwind.example"
        odoo, sage, stripe = (make.connector(name) for name in ("Odoo", "Sage", "Stripe"))
        make.connection(
            consumer=anna,
            connector=odoo,
            status="failed",
            flow="destination",
            failure_code="token_expired",
            failure_message="401 access_denied",
            connect_url="https://connect.example/odoo",
        )
        make.connection(consumer=anna, connector=sage)
        make.connection(consumer=anna, connector=stripe, status="pending", connect_url="https://connect.example/stripe")
        text = shown(client.get(link_to(anna)))
        assert text.index("Northwind") < text.index("Anna")
        for words in (
            *("One connection needs you.", "the permission you gave has expired", "we can not send data to Odoo"),
            *("Needs you", "Working", "Not finished", "help@northwind.example", "Open the connect page"),
        ):
            assert words in text
        assert text.count('rel="noopener noreferrer"') == 2
        assert 'href="https://connect.example/odoo"' in text
        for jargon in ("token_expired", "anna", "connection-", "connector-", "consumerid"):
            assert jargon not in text

    @pytest.mark.parametrize(
        ("statuses", "sentence"),
        [
            ([], "Nothing is connected yet"),
            (["active"], "It works; there is nothing for you to do."),
            (["active", "active"], "Everything works; there is nothing for you to do."),
            (["active", "pending"], "One connection is not finished."),
            (["pending", "pending"], "2 connections are not finished."),
            (["failed", "pending"], "One connection needs you."),
            (["failed", "failed"], "2 connections need you."),
        ],
    )
    def test_says_in_one_sentence_how_things_stand(self, client, anna, statuses, sentence):
        for status in statuses:
            make.connection(consumer=anna, status=status)
        assert sentence in shown(client.get(link_to(anna)))

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", ""])
    def test_only_http_addresses_become_a_button(self, client, anna, url):
        make.connection(consumer=anna, status="failed", connect_url=url, connector=make.connector("Odoo"))
        text = shown(client.get(link_to(anna)))
        assert "btn--big" not in text
        assert not url or url not in text
        assert "for the page where you connect Odoo" in text

    def test_never_shows_another_consumer(self, client, anna):
        bob = make.consumer("Bob", consumerid="bob", email="bob@b.example")
        make.connection(consumer=bob, connector=make.connector("Bobs Till"))
        make.connection(consumer=anna, connector=make.connector("Odoo"))
        make.connection(consumer=anna, connector=make.connector("Gone"), is_deleted=True)
        text = shown(client.get(link_to(anna)))
        assert "Odoo" in text
        assert "Bob" not in text
        assert "Gone" not in text
        assert "Anna" not in shown(client.get(link_to(bob)))

    def test_costs_the_same_for_1_and_100_connections(self, client, anna, django_assert_num_queries):
        path, connector = link_to(anna), make.connector()
        make.connection(consumer=anna, connector=connector, status="failed")
        client.get(path)
        with django_assert_num_queries(2) as one:
            client.get(path)
        for _ in range(99):
            make.connection(consumer=anna, connector=connector)
        with django_assert_num_queries(len(one.captured_queries)):
            client.get(path)

    def test_strange_names_are_only_text(self, client):
        consumer = make.consumer("<script>alert(1)</script>\u202e =cmd()")
        make.connection(
            consumer=consumer, connector=make.connector('"><img src=x>'), failure_message="<b>", status="failed"
        )
        text = shown(client.get(link_to(consumer)))
        assert "<script>alert" not in text
        assert "<img src=x>" not in text
        assert "&lt;b&gt;" in text

    @pytest.mark.parametrize("path", ["link", "/c/x/"])
    def test_is_kept_by_nobody(self, client, anna, path):
        answer = client.get(link_to(anna) if path == "link" else path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex">' in shown(answer)
        assert "default-src" in answer["Content-Security-Policy"]

    def test_looks_the_same_to_staff(self, client, as_admin, anna):
        path = link_to(anna)
        seen = [re.sub("<time[^>]*>", "", shown(who.get(path))) for who in (client, as_admin)]
        assert seen[0] == seen[1]

    def test_takes_no_form(self, client, anna):
        assert client.post(link_to(anna)).status_code == 405


class TestOpened:
    def test_is_counted_at_most_once_a_minute(self, client, anna):
        path = link_to(anna)
        for _ in range(3):
            client.get(path)
        link = ShareLink.objects.get()
        assert link.opened_count == 1
        ShareLink.objects.update(last_opened_at=link.last_opened_at - timedelta(seconds=60))
        client.get(path)
        assert ShareLink.objects.get().opened_count == 2

    def test_is_not_counted_by_head(self, client, anna):
        with CaptureQueriesContext(db) as queries:
            assert client.head(link_to(anna)).status_code == 200
        assert not [q for q in queries if "UPDATE" in q["sql"] and "sharelink" in q["sql"]]
        assert ShareLink.objects.get().last_opened_at is None

    def test_of_many_at_once_one_writes(self, anna):
        link_to(anna)
        first, second = ShareLink.objects.get(), ShareLink.objects.get()
        for link in (first, second):
            sharing.note_opened(link=link, now=timezone.now())
        assert ShareLink.objects.get().opened_count == 1


class TestLimit:
    def test_says_when_to_come_back(self, client, anna, limited):
        path = link_to(anna)
        assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
        answer = client.get("/c/x/")
        assert answer.status_code == 429
        assert 1 <= int(answer["Retry-After"]) <= 60
        assert answer["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("public_url", "forwarded", "address"),
        [
            ("http://127.0.0.1:8000", "1.2.3.4", "127.0.0.1"),
            ("https://status.example", "1.2.3.4", "1.2.3.4"),
            ("https://status.example", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("https://status.example", "", "127.0.0.1"),
        ],
    )
    def test_counts_what_the_proxy_says_only_behind_one(self, rf, settings, public_url, forwarded, address):
        settings.PUBLIC_URL = public_url
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        assert client_address(rf.get("/", headers=headers)) == address
