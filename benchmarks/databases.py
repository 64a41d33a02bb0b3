"""A second, smaller or larger database beside the one of the run, to compare with in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

_NAME = "connmon_bench_second"


@contextmanager
def second() -> Iterator[BaseDatabaseWrapper]:
    """Make an empty database with connmon's tables on the same server; it is dropped at the end."""
    first = connections[DEFAULT_DB_ALIAS]
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    other.settings_dict = {**first.settings_dict, "NAME": _NAME}
    _drop(first)
    with first.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {_NAME}")
    try:
        with used(other):
            call_command("migrate", verbosity=0)
        yield other
    finally:
        other.close()
        _drop(first)


@contextmanager
def used(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Let everything inside read and write that database; both stay connected, so changing costs nothing."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = database
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


def _drop(first: BaseDatabaseWrapper) -> None:
    with first.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)")
