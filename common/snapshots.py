"""One view of the data for several reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from common import reading


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let everything that is read inside come from one snapshot; nothing can be written inside.

    Inside a transaction that is open already, that transaction decides what is seen.
    """
    db = reading.db()
    if db.in_atomic_block:
        yield
        return
    with transaction.atomic(using=db.alias):
        with db.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
