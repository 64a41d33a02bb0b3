"""The rows of one model that a batch may touch, held by key while its records take effect in order."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


class Book(Generic[M]):
    """Rows by key: those that were stored, those that the batch makes, and which of them must be written."""

    def __init__(self, stored: dict[str, M]) -> None:
        self._rows = stored
        self._new: dict[str, M] = {}
        self._changed: dict[str, M] = {}

    def __getitem__(self, key: str) -> M:
        return self._rows[key]

    def get(self, key: str) -> M | None:
        """Return the row of that key as the records so far have left it."""
        return self._rows.get(key)

    def add(self, key: str, row: M) -> None:
        """Hold a row that is not stored yet."""
        self._rows[key] = self._new[key] = row

    def is_new(self, key: str) -> bool:
        """Whether the batch makes this row."""
        return key in self._new

    def touch(self, key: str) -> None:
        """Mark a row as changed; a new one is written anyway."""
        if key not in self._new:
            self._changed[key] = self._rows[key]

    @property
    def new(self) -> list[M]:
        """The rows to insert, in the order they came."""
        return list(self._new.values())

    @property
    def changed(self) -> list[M]:
        """The rows to update, in the order of their primary keys, so that writers lock them in one order."""
        return sorted(self._changed.values(), key=lambda row: int(row.pk))


def values(row: Model, fields: Iterable[str]) -> tuple[object, ...]:
    """Return what a row says in these fields, to see whether a record changed it."""
    return tuple(getattr(row, field) for field in fields)
