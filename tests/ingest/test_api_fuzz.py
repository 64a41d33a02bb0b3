"""Whatever is posted: never a 500, never a half-applied batch, and the counts add up."""

import json
import string

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connections.models import Connection
from connections.standing import differences
from consumers.models import Consumer
from sources.services import create_key
from tests.ingest.record_strategies import mutated_records, valid_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(["application/json", "application/x-ndjson", "text/plain", "application/json; charset=latin-1"])
MODEST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class TestFuzz(TestCase):
    """Each example runs in a transaction of its own."""

    def post(self, body, content_type="application/json", **headers):
        _, key = create_key(name="fuzz", scope="write", now=timezone.now())
        return self.client.generic(
            "POST", "/api/v1/records", body, content_type, headers={"Authorization": f"Bearer {key}", **headers}
        )

    @MODEST
    @given(body=st.binary(max_size=400), content_type=TYPES, packed=st.booleans())
    def test_arbitrary_bytes(self, body, content_type, packed):
        answer = self.post(body, content_type, **({"Content-Encoding": "gzip"} if packed else {}))
        assert answer.status_code in {200, 400, 415}
        assert not Consumer.objects.exists()

    @MODEST
    @given(values=st.lists(VALUES, max_size=6))
    def test_arbitrary_json(self, values):
        answer = self.post(json.dumps(values))
        # NaN and Infinity are no JSON, so a body that holds them is refused as a whole or record by record.
        if answer.status_code == 200:
            assert self.total(answer) == len(values)
        else:
            assert answer.status_code == 400

    @MODEST
    @given(batch=st.lists(valid_records | mutated_records() | VALUES, min_size=1, max_size=12))
    def test_records_among_anything(self, batch):
        lines = [json.dumps(value).encode() for value in batch]
        answer = self.post(b"\n".join(lines), "application/x-ndjson")
        assert answer.status_code == 200
        assert self.total(answer) == len(batch)
        assert differences() == []
        assert Connection.objects.count() <= len(batch)

    @staticmethod
    def total(answer):
        told = answer.json()
        assert told["rejected"] == len(told["errors"])
        return sum(told[name] for name in ("accepted", "duplicate", "stale", "rejected"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic x", "Bearer \x00", "Bearer " + string.printable[:90]]
)
def test_strange_keys_are_refused(client, header):
    answer = client.post("/api/v1/records", "[]", "application/json", headers={"Authorization": header})
    assert answer.status_code == 401
