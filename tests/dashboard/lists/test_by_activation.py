"""`sync` and `step` on the list of consumers speak of one and the same activation."""

import pytest

from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Anna has orders active, Bob stands at the configuration of orders and has stock active."""
    syncs = [{"type": "sync", "sync": key, "name": key} for key in ("orders", "stock")]
    consumers = [{"type": "consumer", "consumer": key, "name": key} for key in ("anna", "bob", "carl")]
    activation = {"type": "activation", "opened_at": "2026-03-01T10:00:00Z"}
    attempts = [("orders", "anna", "complete"), ("orders", "bob", "incomplete"), ("stock", "bob", "complete")]
    feed(
        *syncs,
        *consumers,
        *[activation | {"sync": s, "consumer": c, "configuration": state} for s, c, state in attempts],
        by=make.source(),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sync=orders", ["anna", "bob"]),
        ("sync=orders&sync=stock", ["anna", "bob"]),
        ("sync=stock", ["bob"]),
        ("step=active", ["anna", "bob"]),
        ("sync=orders&step=active", ["anna"]),
        ("sync=orders&step=configuration", ["bob"]),
        ("sync=none", []),
    ],
)
@pytest.mark.usefixtures("world")
def test_page_api_and_csv_leave_the_same_consumers(as_viewer, query, expected):
    rows = as_viewer.get(f"/api/v1/consumers?{query}").json()["results"]
    assert [row["consumerid"] for row in rows] == expected
    page = as_viewer.get(f"/consumers/?{query}").content.decode()
    assert [key for key in ("anna", "bob", "carl") if f'data-consumer="{key}"' in page] == expected
    csv = b"".join(as_viewer.get(f"/consumers/export.csv?{query}").streaming_content).decode()
    assert [line.split(",")[0] for line in csv.splitlines()[1:]] == expected


def test_a_step_that_does_not_exist_is_refused(as_viewer):
    assert as_viewer.get("/api/v1/consumers?step=nowhere").status_code == 400
    assert as_viewer.get("/consumers/export.csv?step=nowhere").status_code == 400
