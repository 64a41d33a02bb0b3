"""When objects were last read from their platform (ReadMark)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ingest.models import ReadMark
from sources.models import Source


def read_marks(source: Source, keys: Collection[str]) -> dict[str, datetime]:
    """Return when each of these objects was last read."""
    return dict(ReadMark.objects.filter(source=source, key__any_of=list(keys)).values_list("key", "read_at"))


def set_read_marks(source: Source, marks: Mapping[str, datetime]) -> None:
    """Note when objects were read; the caller holds the state lock."""
    rows = [ReadMark(source=source, key=key, read_at=marks[key]) for key in sorted(marks)]
    ReadMark.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["source", "key"], update_fields=["read_at"]
    )
