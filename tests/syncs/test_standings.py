"""What lists believe of activations is what is judged."""

from itertools import product

import pytest

from syncs.models import Activation
from syncs.standings import STANDINGS
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db


def test_activations_stand_as_the_lists_believe():
    states = product(
        (None, "failed", "active"), ("incomplete", "complete"), ("incomplete", "complete"), (None, True, False)
    )
    records = [
        {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"},
        {"type": "sync", "sync": "s", "name": "S", "requires": [{"connector": "odoo"}], "mappings": ["taxes"]},
    ]
    for number, (status, taxes, configuration, enabled) in enumerate(states):
        consumer = {"consumer": f"c-{number}"}
        records.append({"type": "consumer", "name": "C"} | consumer)
        if status:
            records.append(
                {"type": "connection", "connection": f"n-{number}", "connector": "odoo", "status": status} | consumer
            )
        about = {"mappings": {"taxes": taxes}, "configuration": configuration, "opened_at": "2026-03-01T10:00:00Z"}
        switch = {} if enabled is None else {"enabled": enabled}
        records.append({"type": "activation", "sync": "s"} | consumer | about | switch)
    assert feed(*records, by=make.source()).rejected == 0
    found = set(Activation.objects.values_list("step", "status", "issue"))
    assert found == {tuple(map(str, one)) for one in STANDINGS}
