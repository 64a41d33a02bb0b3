"""The data flows: numbers that equal a recount of the events, selectors, cards, and reasons why nothing is there."""

import random
import re
from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from connections.models import Connection, RollupDelta, ZoneWindow
from tests import make
from tests.dashboard.flows_data import NOW, activity, at, error, frozen, people, send, use_zones  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "people")]


def charts(response):
    """Read the tables behind the charts: {created: [..7..], errors: [(business, technical) …]}."""
    html = response.content.decode()
    found = {}
    for mark, body in re.findall(r'<figure class="chart" data-chart="(\w+)">(.*?)</figure>', html, re.DOTALL):
        rows = re.findall(r'<th scope="row">.*?</th>((?:<td>[\d,]+</td>)+)', body)
        numbers = [[int(n.replace(",", "")) for n in re.findall(r"<td>([\d,]+)</td>", row)] for row in rows]
        found[mark] = [row[0] if len(row) == 1 else tuple(row) for row in numbers]
        totals = re.findall(r'<data class="total" value="(\d+)">', body)
        if totals:
            assert int(totals[0]) == sum(sum(row) for row in numbers)
    return found


def cards(response):
    return {tile.card.connection.key: tile.card.business for tile in response.context["page"].tiles.tiles}


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def in_zone(user, zone):
    User.objects.filter(pk=user.pk).update(time_zone=zone)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_charts_show_what_flowed_per_day(as_viewer):
    send(
        activity("1", count=7),
        activity("2", count=5, at=at("03-04 00:00")),
        activity("3", kind="updated", count=9, at=at("03-08 23:59")),
        activity("4", "books", "sent", count=4),
        error("1"),
        error("2", "books", "technical"),
        error("3", at=at("03-03 23:59")),
    )
    found = charts(as_viewer.get("/flows/"))
    assert found["created"] == [5, 0, 0, 0, 0, 0, 7]
    assert found["updated"] == [0, 0, 0, 0, 9, 0, 0]
    assert found["sent"] == [0, 0, 0, 0, 0, 0, 4]
    assert found["errors"] == [(0, 0)] * 6 + [(1, 1)]


def test_two_people_in_two_zones_see_the_same_events_on_their_own_days(as_viewer, as_operator, viewer, operator):
    in_zone(viewer, "Asia/Tokyo")
    in_zone(operator, "America/New_York")
    send(activity("1", at=at("03-09 14:59")), activity("2", at=at("03-09 15:00")), activity("3", at=at("03-10 04:00")))
    assert charts(as_viewer.get("/flows/"))["created"] == [0, 0, 0, 0, 0, 1, 2]
    assert charts(as_operator.get("/flows/"))["created"] == [0, 0, 0, 0, 0, 2, 1]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("is_kept", [True, False], ids=["kept cards", "summed cards"])
def test_every_number_equals_a_recount_of_the_events(as_viewer, viewer, zone, is_kept):
    in_zone(viewer, zone)
    dice, records = random.Random(f"{zone} {is_kept}"), []
    for number in range(400):
        moment = NOW - timedelta(minutes=dice.randrange(15 * 24 * 60))
        key = dice.choice(["shop", "books", "quiet", "other"])
        if dice.random() < 0.5 and key != "other":
            kind = "sent" if key == "books" else dice.choice(["created", "updated"])
            records.append(activity(f"a{number}", key, kind, moment, count=dice.randrange(1, 50)))
        else:
            records.append(error(f"e{number}", key, dice.choice(["business", "technical"]), moment))
    if is_kept:
        use_zones(zone)
    send(*records)

    days = [NOW.astimezone(ZoneInfo(zone)).date() - timedelta(days=back) for back in range(6, -1, -1)]
    counted = Counter()
    for record in records:
        day = _local_day(record["occurred_at"], zone)
        counted[record["connection"], record.get("kind") or record["category"], day] += record.get("count", 1)

    page = as_viewer.get("/flows/")
    api = as_viewer.get("/api/v1/flows").json()
    shown = charts(page)
    for kind, keys in (("created", ["shop"]), ("updated", ["shop"]), ("sent", ["books"])):
        expected = [sum(counted[key, kind, day] for key in keys) for day in days]
        block = api["destination" if kind == "sent" else "source"]
        assert shown[kind] == expected
        assert list(block["all"][kind]["daily"].values()) == expected
        assert sum(row[kind]["total"] for row in block["connections"].values()) == sum(expected)
    errors = [
        tuple(sum(counted[key, c, day] for key in ("shop", "books")) for c in ("business", "technical")) for day in days
    ]
    assert shown["errors"] == errors
    assert [
        tuple(api["errors"]["all"][c]["daily"][day.isoformat()] for c in ("business", "technical")) for day in days
    ] == errors
    for key in ("shop", "books"):
        business = sum(counted[key, "business", day] for day in days)
        assert cards(page)[key] == business
        assert {row["connection"]: row["business_errors"] for row in api["cards"]}[key] == business
        assert api["errors"]["connections"][key]["business"]["total"] == business
        assert as_viewer.get(f"/api/v1/connections/{key}/errors").json()["total"] == business
        assert f"of {business:,}" in text(as_viewer.get(f"/connections/{key}/errors/"))
        assert sum(row[0] for row in charts(as_viewer.get(f"/flows/?errors={key}"))["errors"]) == business
    assert sum(cards(page).values()) == sum(row[0] for row in errors)


def _local_day(moment, zone):
    return at(moment[5:16].replace("T", " ")).astimezone(ZoneInfo(zone)).date()


def test_a_change_against_the_days_before_is_told(as_viewer):
    send(activity("1", count=30), activity("2", count=20, at=at("03-01 12:00")))
    assert "50 % more so far than in the 7 days before (20)" in text(as_viewer.get("/flows/"))
    assert "none in the 7 days before" in text(as_viewer.get("/flows/?end=2026-03-01"))


# --- selectors --------------------------------------------------------------------------------------------------------


def test_each_selector_restricts_its_own_block(as_viewer):
    make.connection(key="shop-2", flow="source", is_tracked=True)
    send(
        activity("1", count=7), activity("1", "shop-2", count=100), activity("1", "books", "sent", count=3), error("1")
    )
    found = charts(as_viewer.get("/flows/?source=shop-2&errors=books"))
    assert sum(found["created"]) == 100
    assert sum(found["sent"]) == 3
    assert sum(map(sum, found["errors"])) == 0


def test_selections_stay_in_every_link_and_form(as_viewer):
    page = as_viewer.get("/flows/?source=shop&errors=books&end=2026-03-09").content.decode()
    assert "?source=shop&amp;errors=books&amp;end=2026-03-02" in page
    assert page.count('<input type="hidden" name="end" value="2026-03-09">') == 3
    assert '<option value="shop" selected>' in page


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("source=nobody", "No such connection"),
        ("source=%00", "No such connection"),
        ("source=" + "x" * 3000, "No such connection"),
        ("source=quiet", "Not tracked"),
        ("source=books", "Wrong flow"),
        ("destination=shop", "Wrong flow"),
        ("source=other", "Wrong flow"),
        ("errors=other", "Not tracked"),
        ("errors=quiet", "Not tracked"),
        ("errors=nobody", "No such connection"),
    ],
)
def test_a_selection_that_counts_nothing_says_why(as_viewer, query, reason):
    send(activity(), error())
    response = as_viewer.get(f"/flows/?{query}")
    assert response.status_code == 200
    assert reason in text(response)


def test_a_deleted_selection_leads_to_its_errors(as_viewer):
    Connection.objects.filter(key="shop").update(is_deleted=True)
    response = as_viewer.get("/flows/?source=shop")
    assert "Deleted" in text(response)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("2026-03-11", "in the future"),
        ("tomorrow", "is no day"),
        ("0001-01-01", "no seven days"),
        ("2026-02-30", "is no day"),
    ],
)
def test_a_last_day_that_can_not_be_is_told_and_the_present_week_shown(as_viewer, end, words):
    send(activity(count=7))
    response = as_viewer.get(f"/flows/?end={end}")
    assert words in text(response)
    assert charts(response)["created"] == [0, 0, 0, 0, 0, 0, 7]


def test_weeks_lead_back_and_forth(as_viewer):
    steps = as_viewer.get("/flows/?end=2026-03-09").context["steps"]
    assert steps == {"earlier": "?end=2026-03-02", "later": "?", "present": "?"}
    assert as_viewer.get("/flows/").context["steps"] == {"earlier": "?end=2026-03-03", "later": "", "present": ""}
    assert as_viewer.get("/flows/?end=2026-02-20").context["steps"]["later"] == "?end=2026-02-27"
    assert as_viewer.get("/flows/?end=0001-01-07").context["steps"]["earlier"] == ""


def test_many_connections_are_searched_instead_of_listed(as_viewer):
    for number in range(101):
        make.connection(key=f"s-{number}", consumer=make.consumer(f"Café {number:03}"), flow="source", is_tracked=True)
    page = as_viewer.get("/flows/").content.decode()
    assert 'name="source_find"' in page
    assert '<select class="select" id="pick-destination"' in page
    found = as_viewer.get("/flows/?source_find=cafe 04").context["page"].parts["source"].picker.found
    assert [option.key for option in found.options] == [f"s-{number}" for number in range(40, 50)]
    assert as_viewer.get("/flows/?source_find=CAFE").context["page"].parts["source"].picker.found.is_cut
    for odd in ("%", "_", "\\", "'", "%00", "s-7"):
        response = as_viewer.get("/flows/", {"source_find": odd.replace("%00", "\x00")})
        assert response.status_code == 200
    assert "s-7" in {option.key for option in response.context["page"].parts["source"].picker.found.options}


# --- cards ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "summed"])
def test_cards_come_most_errors_first_then_by_id_zeros_last(as_viewer, people, is_kept):  # noqa: F811
    rows = [make.connection(key=f"c-{n}", flow="source", is_tracked=True) for n in range(4)]
    if is_kept:
        use_zones("UTC")
    send(*[error(f"{key}-{n}", f"c-{key}") for key, count in ((0, 1), (1, 3), (3, 1)) for n in range(count)])
    send(*[error(f"q-{n}", "quiet") for n in range(9)])
    assert list(cards(as_viewer.get("/flows/")).items()) == [
        ("c-1", 3), ("c-0", 1), ("c-3", 1), ("shop", 0), ("books", 0), ("c-2", 0),
    ]  # fmt: skip
    assert rows[0].pk < rows[3].pk


def test_cards_are_right_when_the_kept_window_is_of_yesterday(as_viewer):
    use_zones("UTC")
    send(error("1"), error("2", at=at("03-04 01:00")))
    ZoneWindow.objects.update(starts_at=at("03-03 00:00"), ends_at=at("03-10 00:00"))
    assert cards(as_viewer.get("/flows/"))["shop"] == 2


def test_cards_of_an_earlier_week(as_viewer):
    use_zones("UTC")
    send(error("1"), error("2", at=at("03-01 01:00")), error("3", at=at("03-02 01:00")))
    assert cards(as_viewer.get("/flows/?end=2026-03-02"))["shop"] == 2


def test_cards_are_paged_and_searched(as_viewer):
    use_zones("UTC")
    for number in range(70):
        make.connection(
            key=f"c-{number}", consumer=make.consumer(f"Garage {number:02}"), flow="source", is_tracked=True
        )
    send(*[error(f"{n}", f"c-{n}") for n in range(70)], error("more", "c-69"))
    first, second = as_viewer.get("/flows/"), as_viewer.get("/flows/?page=2")
    assert list(cards(first))[:2] == ["c-69", "c-0"]
    assert len(cards(first)) == 60
    assert list(cards(second).items())[-2:] == [("shop", 0), ("books", 0)]
    assert len(cards(second)) == 12
    assert not set(cards(first)) & set(cards(second))
    assert "1–60 of 72" in text(first)
    assert list(cards(as_viewer.get("/flows/?find=garage 69"))) == ["c-69"]
    assert "No card here" in text(as_viewer.get("/flows/?find=%25%25"))
    assert as_viewer.get("/flows/?page=999999").status_code == 200
    assert as_viewer.get("/flows/?page=x&find=%00").status_code == 200


def test_a_card_opens_monitoring(as_viewer):
    page = as_viewer.get("/flows/").content.decode()
    assert 'data-card="shop" href="/connections/shop/errors/"' in page


# --- reasons, freshness, roles ----------------------------------------------------------------------------------------


def test_no_activity_is_a_reason(as_viewer):
    send(activity())
    shown = text(as_viewer.get("/flows/"))
    assert "No products updated" in shown
    assert "No errors There were none in the last 7 days." in shown


def test_nothing_connected_is_a_reason_with_a_way_out_for_operators(as_viewer, as_operator):
    Connection.objects.filter(flow="destination").update(is_tracked=False)
    for client, has_link in ((as_viewer, False), (as_operator, True)):
        page = client.get("/flows/").content.decode()
        assert "No tracked connection is a destination." in page
        assert ("/connections/?flow=destination&amp;tracked=false" in page) is has_link


def test_an_installation_that_tracks_nothing_says_so(as_viewer):
    Connection.objects.update(is_tracked=False)
    shown = text(as_viewer.get("/flows/"))
    assert "No tracked connection exists yet." in shown


def test_windows_that_are_no_longer_kept_say_so(as_viewer):
    assert "No longer kept" in text(as_viewer.get("/flows/?end=2020-01-01"))


def test_data_are_as_of_now_or_of_the_oldest_event_not_counted(as_viewer):
    send(activity(count=7))
    assert "Data as of 12:07:00" in text(as_viewer.get("/flows/"))
    send(activity("2"), drains=False)
    RollupDelta.objects.update(received_at=NOW - timedelta(seconds=60))
    assert "The sums are late" not in text(as_viewer.get("/flows/"))
    RollupDelta.objects.update(received_at=NOW - timedelta(seconds=61))
    shown = text(as_viewer.get("/flows/"))
    assert "The sums are late" in shown
    assert "10 Mar, 12:05" in shown
    assert as_viewer.get("/api/v1/flows").json()["as_of"] == "2026-03-10T12:05:59Z"


def test_signed_out_people_are_sent_to_the_door(client):
    for path in ("/flows/", "/connections/shop/errors/", "/connections/shop/errors/export.csv"):
        assert client.get(path).status_code == 302


def test_connector_page_sums_its_tracked_connections(as_viewer):
    send(activity(count=7), activity("1", "quiet", count=100), error(), error("2", "books", "technical"))
    assert sum(charts(as_viewer.get("/connectors/shopify/"))["created"]) == 7
    odoo = charts(as_viewer.get("/connectors/odoo/"))
    assert set(odoo) == {"sent", "errors"}
    assert odoo["errors"][-1] == (0, 1)
    make.connector("Unused", key="unused")
    assert "is tracked, so nothing is counted" in text(as_viewer.get("/connectors/unused/"))


def test_connection_page_shows_its_own_numbers_tracked_or_not_at_once(as_viewer):
    send(activity("1", "quiet", count=100), error("1", "quiet"))
    send(activity("2", "quiet", count=11), drains=False)
    page = as_viewer.get("/connections/quiet/")
    assert charts(page)["created"][-1] == 111
    assert "Not tracked: counts nowhere else" in text(page)
    assert set(charts(as_viewer.get("/connections/other/"))) == {"errors"}


def test_consumer_page_lists_the_latest_business_errors_of_tracked_connections(as_viewer, people):  # noqa: F811
    send(
        *[error(f"{n}", at=NOW - timedelta(hours=n)) for n in range(7)],
        error("b", "books"),
        error("t", category="technical"),
    )
    Connection.objects.filter(key="quiet").update(consumer=people.lemaire)
    send(error("q", "quiet", at=NOW + timedelta(hours=1)))
    found = as_viewer.get("/consumers/lemaire/").context["latest_errors"]
    assert [(row.connection.key, row.row.error.external_id) for row in found] == [
        ("books", "b"), ("shop", "0"), ("shop", "1"), ("shop", "2"), ("shop", "3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/flows/", "/flows/?source=shop&destination=books&errors=shop", "/api/v1/flows", "/flows/?end=2026-03-08"]
)
def test_number_of_queries_is_the_same_for_3_and_300_connections(as_viewer, path):
    use_zones("UTC")
    make.connection(key="third", flow="source", is_tracked=True)
    send(activity(), error())
    as_viewer.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(db) as captured:
            as_viewer.get(path)
        counts.append(len(captured))
        odoo = make.connector()
        for number in range(300 if len(counts) == 1 else 0):
            make.connection(key=f"m-{number}", connector=odoo, flow="source", is_tracked=True)
        send(*[error(f"m{n}", f"m-{n}") for n in range(300 if len(counts) == 1 else 0)])
    assert counts[0] == counts[1] <= 14


def test_today_is_named_in_the_zone_of_the_viewer(as_viewer, viewer):
    in_zone(viewer, "Pacific/Kiritimati")
    page = as_viewer.get("/flows/")
    assert "Thursday 5 to Wednesday 11 March 2026, Pacific/Kiritimati" in text(page)
    assert page.context["page"].window.days[-1] == date(2026, 3, 11)
