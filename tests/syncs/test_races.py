"""Activations stay judged rightly whatever is written at the same time."""

import threading
from random import Random

import pytest
from django.db import connection as db

from connections.standing import differences as standing_differences
from syncs.judging import differences
from syncs.models import Activation
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db(transaction=True)

CONSUMERS = 40
ROUNDS = 12
OPENED = {"opened_at": "2026-03-01T10:00:00Z"}


def parents():
    yield {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}
    yield {"type": "connector", "connector": "shop", "name": "Shop", "unified_api": "eCommerce"}
    yield from ({"type": "consumer", "consumer": f"c{n}", "name": f"C {n}"} for n in range(CONSUMERS))
    yield {"type": "sync", "sync": "s", "name": "S", "requires": [{"unified_api": "Accounting"}], "mappings": ["Tax"]}


def connections(random):
    for number in random.sample(range(CONSUMERS), k=20):
        connector = random.choice(["odoo", "shop"])
        status = random.choice(["active", "pending", "failed"])
        key = f"{number} {connector}"
        yield {
            "type": "connection",
            "connection": key,
            "consumer": f"c{number}",
            "connector": connector,
            "status": status,
        }


def activations(random):
    for number in random.sample(range(CONSUMERS), k=20):
        mappings = {"Tax": random.choice(["complete", "incomplete"])}
        configuration = random.choice(["complete", "incomplete"])
        record = {"type": "activation", "sync": "s", "consumer": f"c{number}", **OPENED}
        yield record | {"mappings": mappings, "configuration": configuration}


def changes(random):
    """What is judged again as a whole: another slot, another unified API, a consumer that goes and comes."""
    api = random.choice(["Accounting", "eCommerce"])
    yield {"type": "sync", "sync": "s", "name": "S", "requires": [{"unified_api": api}]}
    yield {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": random.choice(["Accounting", "HR"])}
    number = random.randrange(CONSUMERS)
    yield {
        "type": "consumer",
        "consumer": f"c{number}",
        "name": f"Name {random.random()}",
        "deleted": random.random() < 0.5,
    }


def test_batches_of_the_same_consumers_at_the_same_time():
    source = make.source()
    feed(*parents(), by=source)
    broken = []

    def post(records, seed):
        random = Random(seed)
        try:
            for _ in range(ROUNDS):
                outcome = feed(*records(random), by=source)
                assert outcome.rejected == 0
        except BaseException as error:
            broken.append(error)
            raise
        finally:
            db.close()

    threads = [
        threading.Thread(target=post, args=pair)
        for pair in [(connections, 1), (activations, 2), (connections, 3), (changes, 4)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert broken == []
    assert not any(thread.is_alive() for thread in threads)
    assert Activation.objects.count() > 20
    assert differences() == []
    assert standing_differences() == []
