"""A file of 3,000 mixed records against a plain recount: answer, pages, drill-downs and API show the same numbers."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from connections.standing import differences
from sources.services import create_key

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["=cmd()", '"a";b', "100%_\\", "<script>alert(1)</script>", "Élan İstanbul 東京 مرحبا 🙂", "n" * 255, "plain"]
APIS = ["Accounting", "Point of Sale", "Böse %&? API", "eCommerce"]

# What can be wrong with a line, and what the answer then says.
BAD = [
    (b"{not json", "not_json", ""),
    (b"\xff\xfe", "not_json", ""),
    (b"7", "invalid", ""),
    (b'{"type": "nonsense"}', "unknown_type", "type"),
    (b'{"type": "consumer", "consumer": "x", "name": "X", "bogus": 1}', "unknown_field", "bogus"),
    (b'{"type": "consumer", "consumer": "x", "name": 7}', "invalid", "name"),
    (b'{"type": "consumer", "consumer": "x", "name": "\\u0000"}', "invalid", "name"),
    (b'{"type": "consumer", "consumer": "x", "name": "\\ud800"}', "invalid", "name"),
    (b'{"type": "consumer", "consumer": "a/b", "name": "X"}', "invalid", "consumer"),
    (b'{"type": "consumer", "consumer": "x", "name": "' + b"n" * 256 + b'"}', "invalid", "name"),
    (b'{"type": "consumer", "consumer": "x", "name": "X", "redirect_url": "javascript:x"}', "invalid", "redirect_url"),
]


class Recount:
    """The definitions, in plain Python and one record at a time."""

    def __init__(self):
        self.connectors, self.consumers, self.connections = {}, {}, {}
        self.counts, self.errors = Counter(accepted=0, duplicate=0, stale=0, rejected=0), []

    def take(self, index, record):
        getattr(self, "take_" + record["type"])(index, record)

    def accept(self):
        self.counts["accepted"] += 1

    def reject(self, index, code, path):
        self.counts["rejected"] += 1
        self.errors.append((index, code, path))

    def take_connector(self, _, record):
        self.connectors[record["connector"]] = record
        self.accept()

    def take_consumer(self, _, record):
        self.consumers[record["consumer"]] = record.get("deleted", False)
        self.accept()

    def take_connection(self, index, record):
        stored = self.connections.get(record["connection"])
        if record["consumer"] not in self.consumers:
            self.reject(index, "unknown_consumer", "consumer")
        elif record["connector"] not in self.connectors:
            self.reject(index, "unknown_connector", "connector")
        elif stored and record["changed_at"] < stored["changed_at"]:
            self.counts["stale"] += 1
        else:
            self.connections[record["connection"]] = record
            self.accept()

    def live(self):
        return [c for c in self.connections.values() if not c.get("deleted") and not self.consumers[c["consumer"]]]

    def overview(self):
        live = self.live()
        active = {c["consumer"] for c in live if c["status"] == "active"}
        statuses = Counter(c["status"] for c in live)
        per_connector = Counter((c["connector"], c["status"]) for c in live)
        return {
            "consumers": {"total": list(self.consumers.values()).count(False), "active": len(active)},
            "connections": {s: statuses[s] for s in ("active", "pending", "failed")},
            "connectors": {
                key: {s: per_connector[key, s] for s in ("active", "pending", "failed")} for key in self.connectors
            },
        }


def mixed(count):
    """Lines and their recount: valid, invalid, stale, out of order, deleted and brought back."""
    choose, recount, lines = random.Random(7), Recount(), []
    for index in range(count):
        if choose.random() < 0.04:
            line, code, path = choose.choice(BAD)
            recount.reject(index, code, path)
        else:
            record = choose.choice([connector, consumer, connection, connection, connection])(choose)
            line = json.dumps(record, ensure_ascii=choose.random() < 0.5).encode()
            recount.take(index, record)
        lines.append(line)
    return lines, recount


def connector(choose):
    key = f"connector-{choose.randrange(12)}"
    return {"type": "connector", "connector": key, "name": choose.choice(NAMES), "unified_api": choose.choice(APIS)}


def consumer(choose):
    record = {"type": "consumer", "consumer": f"c-{choose.randrange(400)}", "name": choose.choice(NAMES)}
    return record | ({"deleted": True} if choose.random() < 0.1 else {})


def connection(choose):
    record = {
        "type": "connection",
        "connection": f"k-{choose.randrange(900)}",
        "consumer": f"c-{choose.randrange(400)}",
        "connector": f"connector-{choose.randrange(13)}",
        "status": choose.choice(["active", "active", "pending", "failed"]),
        "changed_at": (START + timedelta(hours=choose.randrange(1_000))).isoformat(),
    }
    return record | ({"deleted": True} if choose.random() < 0.1 else {})


@pytest.fixture
def post(client):
    _, key = create_key(name="acceptance", scope="write", now=timezone.now())

    def _post(lines):
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.post("/api/v1/records", b"\n".join(lines), "application/x-ndjson", headers=headers)
        assert answer.status_code == 200
        return answer.json()

    return _post


def test_three_thousand_mixed_records(post, as_viewer):
    lines, recount = mixed(3_000)
    answer = post(lines)
    assert [(e["index"], e["code"], e["path"]) for e in answer["errors"]] == recount.errors[:1_000]
    assert answer["errors_truncated"]
    assert {name: answer[name] for name in recount.counts} == recount.counts
    assert min(recount.counts["accepted"], recount.counts["stale"], recount.counts["rejected"]) > 50

    expected = recount.overview()
    shown = as_viewer.get("/api/v1/overview").json()
    assert shown["consumers"] == expected["consumers"]
    assert shown["connections"] == expected["connections"]
    statuses = ("active", "pending", "failed")
    connectors = {c["connector"]: {s: c[s] for s in statuses} for u in shown["unified_apis"] for c in u["connectors"]}
    assert connectors == expected["connectors"]
    for api in shown["unified_apis"]:
        assert {s: api[s] for s in statuses} == {s: sum(c[s] for c in api["connectors"]) for s in statuses}
        assert as_viewer.get(f"/unified-apis/{quote(api['unified_api'], safe='')}/").status_code == 200

    page = as_viewer.get("/").content.decode()
    assert f'data-kpi="active-consumers" value="{expected["consumers"]["active"]}"' in page
    for status in statuses:
        assert f'data-kpi="{status}-connections" value="{expected["connections"][status]}"' in page
    assert "<script>alert(1)" not in page
    assert differences() == []


def test_posting_it_again_changes_nothing(post, as_viewer):
    lines, _ = mixed(3_000)
    post(lines)
    post(lines)
    before = as_viewer.get("/api/v1/overview").json()
    third = post(lines)
    after = as_viewer.get("/api/v1/overview").json()
    assert before | {"as_of": None} == after | {"as_of": None}
    assert third["accepted"] + third["stale"] + third["rejected"] == 3_000


def test_thousands_of_consumers_cost_the_overview_no_more_queries(post, as_viewer, django_assert_num_queries):
    with django_assert_num_queries(7):
        as_viewer.get("/")
    post([json.dumps(connector(random.Random(n))).encode() for n in range(60)])
    for request in range(3):
        lines = []
        for number in range(request * 1_000, (request + 1) * 1_000):
            lines.append(b'{"type":"consumer","consumer":"c-%d","name":"Consumer %d"}' % (number, number))
            for place in range(3):
                status = (b"active", b"pending", b"failed")[(number + place) % 3]
                lines.append(
                    b'{"type":"connection","connection":"k-%d-%d","consumer":"c-%d","connector":"connector-%d","status":"%s"}'
                    % (number, place, number, place, status)
                )
        assert post(lines)["accepted"] == 4_000
    with django_assert_num_queries(7):
        page = as_viewer.get("/").content.decode()
    assert 'data-kpi="active-consumers" value="3000"' in page
    assert 'data-kpi="failed-connections" value="3000"' in page
    assert differences() == []
