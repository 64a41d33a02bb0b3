"""GET /api/v1/flows, exactly as described."""

import pytest

from accounts.models import User
from connections.models import Connection
from tests import make
from tests.dashboard.flows_data import activity, at, error, frozen, people, send, use_zones  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "people")]

URL = "/api/v1/flows"
DAYS = ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"]


def series(**days):
    daily = dict.fromkeys(DAYS, 0) | {f"2026-{day[1:].replace('_', '-')}": count for day, count in days.items()}
    return {"daily": daily, "total": sum(daily.values())}


def tracked(count, **fields):
    """Many tracked connections of one consumer and connector, written at once."""
    owner, odoo = make.consumer(), make.connector()
    first = make.connection(consumer=owner, connector=odoo, flow="source", is_tracked=True, key="many-0", **fields)
    moments = {name: getattr(first, name) for name in ("status_since", "changed_at", "created_at", "received_at")}
    Connection.objects.bulk_create(
        Connection(
            key=f"many-{n}", consumer=owner, connector=odoo, status="active", flow="source", is_tracked=True, **moments
        )
        for n in range(1, count)
    )


def test_answer_is_exactly_as_described(as_viewer):
    send(
        activity(count=7),
        activity("2", "books", "sent", at("03-04 00:00"), count=3),
        error(),
        error("2", category="technical"),
    )
    assert as_viewer.get(URL).json() == {
        "as_of": "2026-03-10T12:07:00Z",
        "window": {"tz": "UTC", "days": DAYS, "from": "2026-03-04T00:00:00Z", "to": "2026-03-11T00:00:00Z"},
        "source": {
            "all": {"created": series(_03_10=7), "updated": series()},
            "connections": {"shop": {"created": series(_03_10=7), "updated": series()}},
        },
        "destination": {"all": {"sent": series(_03_04=3)}, "connections": {"books": {"sent": series(_03_04=3)}}},
        "errors": {
            "all": {"business": series(_03_10=1), "technical": series(_03_10=1)},
            "connections": {
                "shop": {"business": series(_03_10=1), "technical": series(_03_10=1)},
                "books": {"business": series(), "technical": series()},
            },
        },
        "cards": [{"connection": "shop", "business_errors": 1}, {"connection": "books", "business_errors": 0}],
    }


def test_zone_is_the_users_unless_named(as_viewer, viewer):
    User.objects.filter(pk=viewer.pk).update(time_zone="Europe/Paris")
    assert as_viewer.get(URL).json()["window"]["tz"] == "Europe/Paris"
    window = as_viewer.get(f"{URL}?tz=Asia/Kathmandu&end=2020-03-30").json()["window"]
    assert (window["from"], window["to"]) == ("2020-03-23T18:15:00Z", "2020-03-30T18:15:00Z")


def test_zone_that_is_an_offset_works_too(as_viewer, viewer):
    User.objects.filter(pk=viewer.pk).update(time_zone="Etc/GMT+5")
    assert as_viewer.get(URL).json()["window"]["tz"] == "Etc/GMT+5"
    assert as_viewer.get("/flows/").status_code == 200


@pytest.mark.parametrize(
    "query", ["tz=Mars/Base", "tz=%00", "end=2026-03-11", "end=yesterday", "end=0001-01-02", "end=2026-02-30"]
)
def test_wrong_zone_or_day_is_400(as_viewer, query):
    response = as_viewer.get(f"{URL}?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["detail"].startswith(query[:3].rstrip("="))


def test_the_first_week_of_the_calendar_is_a_window_like_any_other(as_viewer):
    assert as_viewer.get(f"{URL}?end=0001-01-07").json()["source"]["all"]["created"]["total"] == 0


def test_deleted_and_untracked_connections_are_in_no_part(as_viewer):
    send(activity(count=7), error("q", "quiet"), error("o", "other"), error())
    Connection.objects.filter(key="shop").update(is_deleted=True)
    body = as_viewer.get(URL).json()
    assert body["source"] == {"all": {"created": series(), "updated": series()}, "connections": {}}
    assert body["cards"] == [{"connection": "books", "business_errors": 0}]
    assert set(body["errors"]["connections"]) == {"books"}


def test_up_to_1000_are_listed_all(as_viewer):
    tracked(998)
    body = as_viewer.get(URL).json()
    assert len(body["cards"]) == 1000
    assert len(body["source"]["connections"]) == 999
    assert "truncated" not in body


def test_beyond_1000_those_with_most_errors_or_those_named(as_viewer):
    tracked(999)
    use_zones("UTC")
    send(error("1", "many-7"), error("2", "many-7"), error("3", "many-500"), activity("1", "many-500", count=3))
    body = as_viewer.get(URL).json()
    assert body["truncated"] is True
    assert len(body["cards"]) == len(body["errors"]["connections"]) == 60
    assert body["cards"][:2] == [
        {"connection": "many-7", "business_errors": 2},
        {"connection": "many-500", "business_errors": 1},
    ]
    assert body["source"]["all"]["created"]["total"] == 3

    named = as_viewer.get(
        f"{URL}?connection=many-500&connection=books&connection=quiet&connection=none&connection=%00"
    ).json()
    assert "truncated" not in named
    assert named["cards"] == [
        {"connection": "many-500", "business_errors": 1},
        {"connection": "books", "business_errors": 0},
    ]
    assert set(named["source"]["connections"]) == {"many-500"}
    assert set(named["destination"]["connections"]) == {"books"}


def test_more_than_100_names_are_refused(as_viewer):
    assert as_viewer.get(URL, {"connection": [f"c-{n}" for n in range(100)]}).status_code == 200
    assert as_viewer.get(URL, {"connection": [f"c-{n}" for n in range(101)]}).status_code == 400


def test_it_only_reads(as_viewer):
    assert as_viewer.post(URL).status_code == 405
