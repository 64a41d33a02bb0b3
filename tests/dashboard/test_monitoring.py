"""Monitoring, its API and its CSV: one declaration, three ways to read it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from connections.models import Connection, ErrorEvent
from consumers.models import Consumer
from dashboard.error_rows import help_links
from dashboard.marks import marked
from tests.dashboard.flows_data import NOW, activity, at, error, frozen, people, send  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "people")]

PAGE = "/connections/shop/errors/"
API = "/api/v1/connections/shop/errors"
CSV = "/connections/shop/errors/export.csv"


def shown(response):
    return re.findall(r'data-error="([^"]*)"', response.content.decode())


def results(response):
    return [row["id"] for row in response.json()["results"]]


def rows(response):
    raw = b"".join(response.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" not in raw
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def everywhere(client, **query):
    """The ids that page, API and CSV give for a query: always the same ones."""
    page = shown(client.get(PAGE, query))
    assert page == results(client.get(API, query)) == [row["id"] for row in rows(client.get(CSV, query))]
    assert client.get(API, query).json()["total"] == len(page)
    return page


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- which errors -----------------------------------------------------------------------------------------------------


def test_errors_of_the_window_come_newest_first_ties_by_id_bytewise(as_viewer):
    send(
        *[error(key, at=NOW) for key in ("a", "B", "é", "Z", "10", "9")],
        error("new", at=NOW + timedelta(minutes=1)),
        error("first", at=at("03-04 00:00")),
        error("before", at=at("03-03 23:59")),
        error("after", at=at("03-11 00:00")),
        error("elsewhere", "books"),
    )
    assert everywhere(as_viewer) == ["new", "é", "a", "Z", "B", "9", "10", "first"]


def test_window_is_of_the_viewer_and_can_be_chosen(as_viewer, viewer):
    User.objects.filter(pk=viewer.pk).update(time_zone="Asia/Tokyo")
    send(error("in", at=at("03-03 15:00")), error("out", at=at("03-03 14:59")))
    assert everywhere(as_viewer) == ["in"]
    assert everywhere(as_viewer, tz="UTC", end="2026-03-09") == ["in", "out"]
    assert everywhere(as_viewer, tz="UTC") == []
    assert "00:00:00" in words(as_viewer.get(PAGE))


def test_category_is_business_unless_asked_otherwise(as_viewer):
    send(error("b"), error("t", category="technical"))
    assert everywhere(as_viewer) == ["b"]
    assert everywhere(as_viewer, category="technical") == ["t"]
    assert everywhere(as_viewer, category="all") == ["t", "b"]


LITERAL = ["(", "[", "C++", "a.c", "100%", "_", "\\", "'", "🦄", ".*", "%", "$1", '"', "<b>", "Straße", "ΣΊΣΥΦΟΣ", "--"]


@pytest.mark.parametrize("text", LITERAL)
def test_every_character_of_a_search_is_literal(as_viewer, text):
    send(error("hit", message=f"before{text}after"), error("miss", message="before abc C 100 x y after"))
    for query in (text, text.upper(), text.lower()):
        assert everywhere(as_viewer, q=query) == ["hit"]
    assert "<mark>" in as_viewer.get(PAGE, {"q": text}).content.decode()


def test_a_search_looks_into_message_code_and_product_and_nothing_else(as_viewer):
    product = {"identifier": "SKU-77", "label": "Théière", "family": "Kitchen"}
    send(error("1", message="Tax rate unknown", code="TAX_21", product=product, channel="webshop", locale="fr_BE"))
    for found in ("tax", "RATE", "tax_21", "sku-77", "théière", "KITCHEN", "unknown sku", "  kitchen   tax "):
        assert everywhere(as_viewer, q=found) == ["1"], found
    for missed in ("webshop", "fr_BE", "theiere", "taxrate", "unknown shop", "unknownTAX", "1"):
        expected = ["1"] if missed == "1" else []
        assert everywhere(as_viewer, q=missed) == expected, missed


@pytest.mark.parametrize("odd", ["\x00", "a\x00b", "\U0010ffff", "\ufffe", "x" * 5000])
def test_characters_that_no_text_holds_find_nothing(as_viewer, odd):
    send(error("1", message="a b", code="c"))
    assert everywhere(as_viewer, q=odd) == []
    assert everywhere(as_viewer, code=odd) == []


def test_filters_join_values_by_or_and_filters_by_and(as_viewer):
    for number, (code, channel) in enumerate([("A", "web"), ("B", "web"), ("C", "web"), ("A", "pos")]):
        send(error(str(number), code=code, channel=channel, locale="fr", product={"family": f"F{number}"}))
    assert everywhere(as_viewer, code=["A", "B"]) == ["3", "1", "0"]
    assert everywhere(as_viewer, code=["A", "B"], channel="web") == ["1", "0"]
    assert everywhere(as_viewer, family="F2", locale="fr") == ["2"]
    assert everywhere(as_viewer, code="a") == []
    send(error("d", operation="delete"))
    assert everywhere(as_viewer, operation="delete") == ["d"]


@pytest.mark.parametrize(
    "query", ["category=bad", "operation=eat", "end=2026-03-11", "end=x", "tz=Mars", "end=0001-01-01"]
)
def test_an_impossible_value_is_a_400_for_programs_and_a_message_for_people(as_viewer, query):
    send(error())
    page = as_viewer.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert shown(page) == []
    assert "This address can not be read" in words(page)
    api = as_viewer.get(f"{API}?{query}")
    assert (api.status_code, api["Content-Type"]) == (400, "application/problem+json")
    assert query.split("=")[0] in api.json()["detail"]
    assert as_viewer.get(f"{CSV}?{query}").status_code == 400


@pytest.mark.parametrize("key", ["nothing", "SHOP", "%00", "a%00b"])
def test_an_unknown_connection_is_404(as_viewer, key):
    for path in (
        f"/connections/{key}/errors/",
        f"/connections/{key}/errors/export.csv",
        f"/api/v1/connections/{key}/errors",
    ):
        assert as_viewer.get(path).status_code == 404
    assert as_viewer.get("/api/v1/connections/nothing/errors")["Content-Type"] == "application/problem+json"


# --- the page ---------------------------------------------------------------------------------------------------------


def test_page_says_100_of_all_and_the_rest_follows(as_viewer):
    send(*[error(f"{n:04}", at=NOW - timedelta(seconds=n)) for n in range(1234)])
    first = as_viewer.get(PAGE)
    assert "<strong>100 of 1,234</strong>" in first.content.decode()
    assert shown(first) == [f"{n:04}" for n in range(100)]
    last = as_viewer.get(f"{PAGE}?page=13")
    assert shown(last) == [f"{n:04}" for n in range(1200, 1234)]
    assert "1,201–1,234 of 1,234" in words(last)


def test_fewer_are_counted_honestly(as_viewer):
    send(error("1"), error("2"))
    assert "<strong>2 of 2</strong>" in as_viewer.get(PAGE).content.decode()


def test_long_html_is_cut_escaped_and_can_be_unfolded(as_viewer):
    message = "<script>alert(1)</script>" * 400
    send(error("1", message=message))
    page = as_viewer.get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Whole message, 10,000 characters" in page
    assert '<details class="long">' in page


def test_a_match_behind_the_cut_unfolds_the_message(as_viewer):
    send(error("1", message="x " * 400 + "needle"))
    assert '<details class="long" open>' in as_viewer.get(f"{PAGE}?q=needle").content.decode()


def test_help_links_lead_to_the_web_only(as_viewer):
    send(
        error(
            help=[
                {"kind": "internal", "title": "Map <b>rates</b>", "url": "https://docs.example/?a=1&b=2"},
                {"kind": "external", "title": "", "url": "http://help.example/vat"},
            ]
        )
    )
    page = as_viewer.get(PAGE).content.decode()
    assert 'href="https://docs.example/?a=1&amp;b=2" rel="noopener noreferrer"' in page
    assert "Map &lt;b&gt;rates&lt;/b&gt;" in page
    assert '>help.example</bdi><span class="vh"> (external)</span>' in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "//x", ""]
)
def test_no_other_scheme_ever_reaches_a_page(as_viewer, url):
    send(error())
    ErrorEvent.objects.update(help=[{"kind": "internal", "title": "Click", "url": url}, {"kind": "internal"}])
    assert "Click" not in as_viewer.get(PAGE).content.decode()
    assert help_links([{"url": url}]) == ()


def test_untracked_and_other_connections_show_theirs_under_a_notice(as_viewer, as_operator):
    send(error("q", "quiet"), error("o", "other"))
    for key, row in (("quiet", "q"), ("other", "o")):
        page = as_viewer.get(f"/connections/{key}/errors/")
        assert shown(page) == [row]
        assert "Not tracked: counts nowhere else" in words(page)
    assert "Open its settings" not in words(as_viewer.get("/connections/quiet/errors/"))
    assert "Open its settings" in words(as_operator.get("/connections/quiet/errors/"))


@pytest.mark.parametrize("model", [Connection, Consumer])
def test_history_of_what_was_deleted_stays_readable(as_viewer, model):
    send(error("1"))
    model.objects.update(is_deleted=True)
    page = as_viewer.get(PAGE)
    assert shown(page) == ["1"]
    assert "This connection is deleted" in words(page)
    assert results(as_viewer.get(API)) == ["1"]


def test_chips_name_what_is_set_and_take_it_away(as_viewer):
    send(error("1", code="A", channel="web"))
    page = as_viewer.get(f"{PAGE}?q=sku&code=A&code=B&channel=web&category=all")
    chips = [(chip.label, chip.value, chip.url) for chip in page.context["chips"]]
    assert chips == [
        ("Search", "sku", "?category=all&code=A&code=B&channel=web"),
        ("Code", "A, B", "?category=all&q=sku&channel=web"),
        ("Channel", "web", "?category=all&q=sku&code=A&code=B"),
    ]
    assert page.context["clear"] == "?category=all"
    assert [(state.name, state.total) for state in page.context["states"]] == [
        ("business", 1),
        ("technical", 0),
        ("all", 1),
    ]


def test_times_are_of_the_zone_of_the_viewer(as_viewer, viewer):
    User.objects.filter(pk=viewer.pk).update(time_zone="Asia/Kathmandu")
    send(error("1", at=at("03-09 18:14")), error("2", at=at("03-09 18:15")))
    page = as_viewer.get(PAGE)
    assert [day.heading for day in page.context["days"]] == ["Today", "Monday 9 March"]
    assert "23:59:00" in words(page)
    assert "00:00:00" in words(page)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "No business errors"),
        ("?category=technical", "No errors"),
        ("?q=x", "No error matches"),
        ("?end=2025-01-01", "Older errors are gone"),
    ],
)
def test_an_empty_page_says_why(as_viewer, query, reason):
    assert reason in words(as_viewer.get(PAGE + query))


def test_chart_holds_what_is_not_counted_elsewhere_yet(as_viewer):
    send(error("1"))
    send(error("2"), drains=False)
    page = as_viewer.get(PAGE)
    assert page.context["figure"].total == len(shown(page)) == 2


def test_number_of_queries_is_the_same_for_3_and_300_errors(as_viewer):
    send(*[error(f"{n}", code=f"C{n}") for n in range(3)])
    for path in (PAGE, API):
        as_viewer.get(path)
    counts = []
    for _ in range(2):
        found = []
        for path in (PAGE, API):
            with CaptureQueriesContext(db) as captured:
                as_viewer.get(path)
            found.append(len(captured))
        counts.append(found)
        send(*[error(f"more-{n}", code=f"M{n}") for n in range(300)])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 9


# --- the API ----------------------------------------------------------------------------------------------------------


def test_results_carry_the_fields_of_the_record(as_viewer):
    product = {"identifier": "SKU-1", "label": "Chair", "family": "Seats"}
    links = [{"kind": "external", "title": "How", "url": "https://help.example/"}]
    rest = {"code": "X", "operation": "create", "channel": "web", "locale": "fr_BE", "entity": "invoice"}
    record = error("1", product=product, help=links, **rest)
    send(record, error("0"))
    body = as_viewer.get(API).json()
    expected = {name: value for name, value in record.items() if name != "type"}
    assert body["results"][0] == expected | {"occurred_at": "2026-03-10T12:07:00Z"}
    assert body["results"][1]["product"] is None
    assert body["results"][1]["entity"] == "product"
    assert (body["total"], body["next"]) == (2, None)


def test_next_leads_through_all_of_them_whatever_comes_in_meanwhile(as_viewer):
    send(*[error(f"{n:03}", at=NOW - timedelta(seconds=n // 3)) for n in range(25)])
    url, found = f"{API}?limit=4&q=sku", []
    while url:
        body = as_viewer.get(url).json()
        found += [row["id"] for row in body["results"]]
        url = body["next"]
        send(error(f"new-{len(found)}", at=NOW + timedelta(seconds=1)))
    assert len(found) == len(set(found)) == 25
    assert found == [
        row for n in range(0, 25, 3) for row in sorted((f"{m:03}" for m in range(n, min(n + 3, 25))), reverse=True)
    ]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=-1", "limit=٣", "cursor=x", "cursor=%C3%A9", "cursor=MjAyNg=="]
)
def test_wrong_limits_and_cursors_are_400(as_viewer, query):
    assert as_viewer.get(f"{API}?{query}").status_code == 400


def test_api_needs_a_key_or_a_session(client):
    for path in (API, "/api/v1/flows"):
        assert client.get(path).status_code == 401


# --- the CSV ----------------------------------------------------------------------------------------------------------


def test_csv_holds_every_column_times_in_utc_and_no_formula(as_viewer):
    product = {"identifier": "+1", "label": "@home", "family": "a;b"}
    send(
        error("=1", message='=cmd|" /C calc"!A0\nsecond, line', code="-x", product=product, channel="\tx", locale="fr")
    )
    response = as_viewer.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="errors.csv"'
    assert rows(response) == [
        {
            "occurred_at": "2026-03-10T12:07:00Z",
            "category": "business",
            "code": "'-x",
            "message": '\'=cmd|" /C calc"!A0\nsecond, line',
            "operation": "",
            "entity": "product",
            "product_identifier": "'+1",
            "product_label": "'@home",
            "product_family": "a;b",
            "channel": "'\tx",
            "locale": "fr",
            "id": "'=1",
        }
    ]


def test_csv_of_nothing_has_its_headings(as_viewer):
    raw = b"".join(as_viewer.get(CSV).streaming_content)
    assert raw.decode("utf-8-sig").startswith("occurred_at,category,code,message,")


# --- marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "searched", "expected"),
    [
        ("Seasonal (C++)", ["c++"], "Seasonal (<mark>C++</mark>)"),
        ("<b>bold</b>", ["b>"], "&lt;<mark>b&gt;</mark>bold&lt;/<mark>b&gt;</mark>"),
        ("<b>", ["lt", "&"], "&lt;b&gt;"),
        ("Große Straße", ["STRASSE"], "Große <mark>Straße</mark>"),
        ("Große", ["s"], "Gro<mark>ß</mark>e"),
        ("İstanbul", ["stan"], "İ<mark>stan</mark>bul"),
        ("aaaa", ["aa", "aaa"], "<mark>aaaa</mark>"),
        ("abc", ["ab", "bc"], "<mark>abc</mark>"),
        ("🦄 a.c abc", ["🦄", "a.c"], "<mark>🦄</mark> <mark>a.c</mark> abc"),
        ("nothing", [], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_marks_are_safe_and_literal(text, searched, expected):
    assert marked(text, searched) == expected
