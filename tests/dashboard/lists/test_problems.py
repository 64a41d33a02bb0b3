"""What can not be answered is a 400 for programs and words on the page; what is merely unknown finds nothing."""

import base64
import json

import pytest
from django.test import Client

from tests import make
from tests.dashboard.lists import world

pytestmark = pytest.mark.django_db

IMPOSSIBLE = [
    ("consumers", "active=maybe"),
    ("consumers", "active=true&active=TRUE"),
    ("consumers", "issue=broken"),
    ("consumers", "status=deleted"),
    ("consumers", "created_from=yesterday"),
    ("consumers", "created_from=2026-02-30"),
    ("consumers", "created_to=2026-2-3"),
    ("consumers", "created_to=20260203"),
    ("consumers", "sort=bogus"),
    ("consumers", "sort=-"),
    ("consumers", "sort=--name"),
    ("consumers", "sort=name,issue"),
    ("consumers", "q=a%00b"),
    ("consumers", "connector=%00"),
    ("consumers", "page=0"),
    ("consumers", "page=-1"),
    ("consumers", "page=1.5"),
    ("consumers", "page=%D9%A3"),
    ("consumers", "page=99999999999999999999999999"),
    ("connections", "status=none"),
    ("connections", "flow=sideways"),
    ("connections", "tracked=yes"),
    ("connections", "consumer=%00"),
    ("connections", "sort=issue"),
]


@pytest.mark.parametrize(("path", "query"), IMPOSSIBLE)
def test_an_impossible_value_is_refused(as_viewer, path, query):
    make.connection()
    for address in (f"/api/v1/{path}?{query}", f"/{path}/export.csv?{query}"):
        answer = as_viewer.get(address)
        assert answer.status_code == 400, address
        assert answer["Content-Type"] == "application/problem+json"
        assert query.partition("=")[0] in answer.json()["detail"]
    html = as_viewer.get(f"/{path}/?{query}").content.decode()
    assert "This address can not be answered" in html
    assert "<tr data-" not in html


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=x", "cursor=%00", "cursor=W10", "cursor=bnVsbA"]
)
def test_the_api_refuses_impossible_pages(as_viewer, query):
    assert as_viewer.get(f"/api/v1/consumers?{query}").status_code == 400


@pytest.mark.parametrize(
    "values",
    [
        [],
        {},
        ["name"],
        ["name", "a"],
        ["name", "a", 1, 2],
        ["name", None, 1],
        ["name", "a\x00", 1],
        ["name", "\ud800", 1],
        ["name", "a", "x"],
        ["name", "a", 1e400],
        ["name", [], 1],
        ["-name", "a", 1],
        ["created_at", "a", 1],
    ],
    ids=repr,
)
def test_a_cursor_from_elsewhere_is_refused(as_viewer, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    assert as_viewer.get("/api/v1/consumers", {"cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "connector=nobody",
        "unified_api=nothing&status=active",
        "page=1000000000",
        "page=2",
        f"q={'x' * 3000}",
        f"connector={'x' * 3000}",
        "q=%ED%A0%80",
        "q=%F0%9F%99%82",
    ],
)
def test_what_nobody_has_finds_nothing(as_viewer, query):
    make.connection()
    for path in ("consumers", "connections"):
        assert "<tr data-" not in world.body(as_viewer.get(f"/{path}/?{query}"))
        assert as_viewer.get(f"/api/v1/{path}?{query}").json() == {"results": [], "next": None}


def test_unknown_parameters_and_empty_values_are_ignored(as_viewer):
    connection = make.connection()
    query = "utm_source=mail&q=&active=&connector=&status=&issue=&created_from=&sort=&page=&x[]=1"
    assert world.shown(as_viewer, "/consumers/", {})[0] == [connection.consumer.consumerid]
    assert f'data-consumer="{connection.consumer.consumerid}"' in world.body(as_viewer.get(f"/consumers/?{query}"))


def test_signed_out_people_are_sent_to_sign_in_and_programs_refused(db):
    for path in ("/consumers/", "/consumers/export.csv", "/connections/", "/connections/export.csv", "/search/?q=a"):
        assert Client().get(path).status_code == 302
    for path in ("/api/v1/consumers", "/api/v1/connections"):
        assert Client().get(path).status_code == 401


def test_rows_that_come_while_a_program_reads_disturb_nothing(as_viewer):
    for letter in "bdfhj":
        make.consumer(letter)
    first = as_viewer.get("/api/v1/consumers?limit=2").json()
    for letter in "aceg":
        make.consumer(letter)
    second = as_viewer.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + second["results"]] == ["b", "d", "e", "f"]


def test_a_page_number_works_for_programs_too(as_viewer):
    for letter in "abcde":
        make.consumer(letter)
    answer = as_viewer.get("/api/v1/consumers?limit=2&page=2").json()
    assert [row["name"] for row in answer["results"]] == ["c", "d"]
    assert [row["name"] for row in as_viewer.get(answer["next"]).json()["results"]] == ["e"]
