"""Requests that once ended in a 500, or in a wrong answer."""

import base64
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAwayError

from common.rules import url_problem
from connections.models import ErrorEvent
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db


def error(key="e", connection="c", **fields):
    at = (timezone.now() - timedelta(minutes=1)).isoformat()
    base = {"type": "error", "id": key, "connection": connection, "category": "business", "message": "No"}
    return base | {"occurred_at": at, **fields}


@pytest.mark.parametrize("url", ["http://℀.com/", "https://a℀b/", "http://\uff3b::1\uff3d/"])
def test_a_host_that_turns_into_another_is_no_address(url):
    assert url_problem(url)


def test_a_link_that_is_stored_and_can_not_be_read_is_left_out(as_viewer):
    row = make.connection(key="c")
    feed(error())
    ErrorEvent.objects.update(help=[{"kind": "external", "url": "http://℀.com/"}])
    assert as_viewer.get("/connections/c/errors/").status_code == 200
    assert as_viewer.get(f"/consumers/{row.consumer.consumerid}/").status_code == 200


@pytest.mark.parametrize("number", ["0" * 20 + "1" + "0" * 30, "1" * 5_000, "0" * 19 + "1000000"])
def test_long_numbers_are_refused(as_viewer, number):
    assert as_viewer.get(f"/api/v1/consumers?limit={number}").status_code == 400
    assert as_viewer.get(f"/api/v1/consumers?page={number}").status_code in {200, 400}
    assert as_viewer.get(f"/consumers/?page={number}").status_code == 200


def test_the_next_errors_of_a_key_that_needs_escapes_can_be_reached(as_viewer):
    make.connection(key="a?b#c%41")
    feed(error("1", "a?b#c%41"), error("2", "a?b#c%41"))
    first = as_viewer.get("/api/v1/connections/a%3Fb%23c%2541/errors?limit=1").json()
    second = as_viewer.get(first["next"].removeprefix("http://testserver")).json()
    assert {row["id"] for row in first["results"] + second["results"]} == {"1", "2"}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("consumers", ["connections", "garbage", "x", 5]),
        ("consumers", ["connections", 10**30, "x", 5]),
        ("consumers", ["name", "x", 10**30]),
        ("activations", ["activated_at", "garbage", 5]),
        ("activations", ["step", "garbage", "x", 5]),
    ],
)
def test_a_forged_cursor_is_refused(as_viewer, path, values):
    feed({"type": "sync", "sync": "s", "name": "S"})
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    answer = as_viewer.get(f"/api/v1/{path}", {"sort": values[0], "cursor": cursor})
    assert answer.status_code == 400


def test_metrics_tell_what_the_database_knows_while_redis_is_away(as_viewer, monkeypatch):
    def away(*args, **kwargs):
        raise RedisAwayError

    monkeypatch.setattr(cache, "get", away)
    answer = as_viewer.get("/metrics")
    assert answer.status_code == 200
    assert b"connmon_connections" in answer.content


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory"])
def test_a_zone_of_the_machines_own_choice_is_none(as_viewer, zone):
    assert as_viewer.get(f"/api/v1/flows?tz={zone}").status_code == 400


def test_a_lone_accent_finds_no_card(as_viewer):
    make.connection(flow="source", is_tracked=True, key="shop")
    page = as_viewer.get("/flows/?find=%CC%81").content.decode()
    assert "data-card=" not in page


def test_one_person_behind_a_proxy_can_not_lock_out_another(client, viewer, settings):
    settings.PUBLIC_URL = "https://connmon.example"

    def sign_in(address, password):
        forwarded = {"X-Forwarded-For": address}
        return client.post("/sign-in/", {"username": "vera", "password": password}, headers=forwarded).status_code

    for _ in range(11):
        last = sign_in("203.0.113.66", "wrong")
    assert last == 429
    assert sign_in("198.51.100.7", "a long enough word") == 302
