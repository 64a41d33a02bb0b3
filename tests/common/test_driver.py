"""How a connection to the database is set up."""

import pytest
from django.db import connection as db

pytestmark = pytest.mark.django_db


def test_statements_are_not_compiled_first():
    with db.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
