"""The stored sort and search key of names: what people mean by "the same letters"."""

import unicodedata

from django.db.models import TextField

# PostgreSQL refuses an index entry over 2,704 bytes; the key shares its entry with other columns.
_MOST_BYTES = 2_400

# Stands between the parts of a joined key; no part contains it, so no search can match across two parts.
_BETWEEN = "\U0010ffff"
_STAND_IN = "\ufffe"


def search_key(value: str) -> str:
    """Return value in NFKD, marks dropped, casefolded; cut where an index entry would grow too long."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
    folded = unicodedata.normalize("NFKD", plain.casefold()).replace(_BETWEEN, _STAND_IN)
    return folded.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore")


def joined_key(*values: str) -> str:
    """Return the search keys of several texts as one text in which a part of any of them can be found."""
    return _BETWEEN.join(search_key(value) for value in values if value)


class KeyField(TextField):  # type: ignore[type-arg]
    """A column of search keys: ordered by code point whatever the database's locale."""

    def __init__(self, **options: object) -> None:
        options.setdefault("db_collation", "C")
        options.setdefault("editable", False)
        super().__init__(**options)  # type: ignore[arg-type]
