"""Which database Django asks for a model, where there is a replica."""

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from common import reading

# What feeds fill and lists, charts and exports read. All else (people, keys, sources, imports, links) is small and
# decides who may see what, so it is read where it is written.
_FED = frozenset({"consumers", "connections", "syncs"})


class Router:
    """Reads what was fed from where the request reads, and everything else, and every write, on the primary."""

    def db_for_read(self, model: type[Model], **_hints: object) -> str:
        """Return the database to read from."""
        return reading.place().alias if model._meta.app_label in _FED else DEFAULT_DB_ALIAS  # noqa: SLF001

    def db_for_write(self, _model: type[Model], **_hints: object) -> str:
        """Return the primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: object) -> bool:
        """Let rows of both stand together: they are the same rows."""
        return True

    def allow_migrate(self, alias: str, _app_label: str, **_hints: object) -> bool:
        """Migrate the primary; the replica follows by itself."""
        return alias == DEFAULT_DB_ALIAS
