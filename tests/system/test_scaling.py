"""Several web servers, several workers, one beat, and clients that race: the numbers are right at every moment."""

import random
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.conf import settings

from connections.models import RollupDelta
from connections.standing import differences as standing_differences
from sources.services import create_key
from tests.connections.test_hammer import Crowd, snapshot
from tests.dashboard.test_flows import charts
from tests.processes import PATIENCE, manage, until, web, worker
from tests.system.test_background import broker

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["broker"]
SECONDS = 6
NOW = datetime.now(UTC)
UNIVERSE = 3_000  # events there are; every batch is some of them, so most come more than once
KINDS = {"source": ("created", "updated"), "destination": ("sent",)}


def event(number, flows):
    """The event of a number: always the same one, whoever sends it, a third of them an error."""
    choose = random.Random(number)
    key, flow = choose.choice(sorted(flows.items()))
    at = NOW - timedelta(seconds=choose.randrange(5 * 86_400))
    base = {"id": str(number), "connection": key, "occurred_at": at.isoformat()}
    if flow == "turning" or choose.random() < 0.3:
        return base | {"type": "error", "category": choose.choice(["business", "technical"]), "message": "No"}
    return base | {"type": "activity", "kind": choose.choice(KINDS[flow]), "count": choose.randrange(1, 50)}


def state(key, flow, *, tracked):
    return {
        "type": "connection",
        "connection": key,
        "consumer": "lemaire",
        "connector": "odoo",
        "status": "active",
        "flow": flow,
        "tracked": tracked,
    }


@pytest.fixture
def send():
    """Post records to one of the web servers; nothing of it may be refused."""
    _, raw = create_key(name="feed", scope="write", now=NOW)

    def _send(address, records):
        headers = {"Authorization": f"Bearer {raw}"}
        answer = httpx.post(f"{address}/api/v1/records", json=records, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        assert answer.json()["rejected"] == 0, answer.text

    return _send


@pytest.fixture
def addresses(tmp_path, broker):
    """Two web servers with two processes each, two workers with two each, one beat."""
    with ExitStack() as stack:
        stack.enter_context(worker(tmp_path / "one", beat=True))
        stack.enter_context(worker(tmp_path / "two", beat=False))
        running = [stack.enter_context(web(workers=2, API_RATE_LIMIT="0")) for _ in range(2)]
        yield [address for _, address in running]


def test_numbers_stay_right_with_many_of_everything(addresses, send, as_viewer):
    flows = {"shop": "source", "till": "source", "books": "destination", "turns": "turning"}
    send(addresses[0], [{"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}])
    send(addresses[0], [{"type": "consumer", "consumer": "lemaire", "name": "Lemaire"}])
    send(
        addresses[0], [state(key, "source" if flow == "turning" else flow, tracked=True) for key, flow in flows.items()]
    )
    everything = [event(number, flows) for number in range(UNIVERSE)]

    def post(choose):
        first = choose.randrange(UNIVERSE)
        batch = everything[first : first + choose.randrange(1, 300)] + choose.sample(everything, 20)
        send(choose.choice(addresses), batch)

    def toggle(choose):
        key, flow = choose.choice(sorted(flows.items()))
        flow = choose.choice(["source", "destination"]) if flow == "turning" else flow
        send(choose.choice(addresses), [state(key, flow, tracked=choose.random() < 0.6)])

    crowd = Crowd(SECONDS)
    for seed in range(4):
        crowd.add(post, seed)
    crowd.add(toggle, 99)
    with crowd.at_work():
        while time.monotonic() < crowd.until:
            assert snapshot() == []
    assert crowd.faults == []

    # Whatever was not sent yet, and all the rest once more, from both sides at once.
    halves = [threading.Thread(target=send, args=(address, everything)) for address in addresses]
    for thread in halves:
        thread.start()
    for thread in halves:
        thread.join()
    send(addresses[1], [state("turns", "source", tracked=True), state("till", "source", tracked=False)])
    send(addresses[0], [state("shop", "source", tracked=True), state("books", "destination", tracked=True)])
    until(lambda: not RollupDelta.objects.exists())

    assert manage("check_rollups").strip() == "0 differences"
    assert standing_differences() == []
    wanted = expected(everything, {"shop", "books", "turns"})
    cookies = {settings.SESSION_COOKIE_NAME: as_viewer.cookies[settings.SESSION_COOKIE_NAME].value}
    for address in addresses:
        assert shown_by_api(httpx.get(f"{address}/api/v1/flows", cookies=cookies).json()) == wanted
        assert shown_by_page(httpx.get(f"{address}/flows/", cookies=cookies)) == wanted


def expected(events, tracked):
    """Sum every event once."""
    wanted = dict.fromkeys(("created", "updated", "sent", "business", "technical"), 0)
    for one in events:
        if one["connection"] in tracked:
            wanted[one.get("kind") or one["category"]] += one.get("count", 1)
    return wanted


def shown_by_api(body):
    blocks = {
        "created": body["source"]["all"],
        "updated": body["source"]["all"],
        "sent": body["destination"]["all"],
        "business": body["errors"]["all"],
        "technical": body["errors"]["all"],
    }
    return {kind: block[kind]["total"] for kind, block in blocks.items()}


def shown_by_page(response):
    found = charts(response)
    business, technical = zip(*found["errors"], strict=True)
    sums = {kind: sum(found[kind]) for kind in ("created", "updated", "sent")}
    return sums | {"business": sum(business), "technical": sum(technical)}
