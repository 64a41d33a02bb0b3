"""Triggers cost what their statement changed, not its square."""

import re

import pytest
from django.db import connection as db

pytestmark = pytest.mark.django_db

# Under EXISTS the planner runs through all pairs of rows when none differs; EXCEPT hashes.
PAIRS = re.compile(r"EXISTS\s*\(\s*SELECT\s+FROM\s+(new|old)_rows\b[^()]*\bJOIN\s+(new|old)_rows\b")


def test_no_trigger_compares_all_rows_with_all_rows():
    with db.cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prorettype = 'trigger'::regtype")
        sources = dict(cursor.fetchall())
    assert "activation_standing" in sources
    assert [name for name, source in sources.items() if PAIRS.search(source)] == []
