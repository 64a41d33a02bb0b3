"""What tests of every part of the dashboard may use."""

import pytest

from dashboard.lists import search, selection


@pytest.fixture
def few_are_many(monkeypatch):
    """The ways that lists go when thousands of rows match are gone for a handful."""
    monkeypatch.setattr(search, "FEW", 2)
    monkeypatch.setattr(selection, "FEW", 0)
    monkeypatch.setattr(selection, "COUNTED", 10)
    monkeypatch.setattr(selection, "_NEAR", 25)
