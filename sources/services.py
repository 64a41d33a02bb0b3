"""Keys are made, found, used and revoked here."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db import connection as db

from sources import keys
from sources.models import HEARD_EVERY, ApiKey, Source

FILE_IMPORT = "File import"
_TAKEN = "There is an API key named “%(name)s” already, in use or revoked. Choose another name."


def create_key(*, name: str, scope: str, now: datetime) -> tuple[ApiKey, str]:
    """Make a key and its source; the raw key is returned here and never again. ValidationError when it can not be."""
    raw = keys.new_key()
    source = Source(kind=Source.Kind.API, name=name, created_at=now)
    key = ApiKey(prefix=keys.prefix(raw), digest=keys.digest(raw), scope=scope, created_at=now)
    key.clean_fields(exclude=["source"])
    with transaction.atomic():
        _save_named(source)
        key.source = source
        key.save()
    return key, raw


_KEY_COLUMNS = ("id", "source_id", "prefix", "digest", "scope", "created_at", "last_used_at", "revoked_at")
_SOURCE_COLUMNS = ("id", "kind", "name", "created_at", "last_heard_at")
# Written out, because every request of the API asks it, and composing it takes longer than the answer.
_FIND_KEY = """
SELECT k.id, k.source_id, k.prefix, k.digest, k.scope, k.created_at, k.last_used_at, k.revoked_at,
       s.id, s.kind, s.name, s.created_at, s.last_heard_at
FROM sources_apikey AS k JOIN sources_source AS s ON s.id = k.source_id
WHERE k.digest = %s AND k.revoked_at IS NULL
"""


def find_key(*, raw: str) -> ApiKey | None:
    """Return the usable key, with its source, in one query; None when there is none or it was revoked."""
    with db.cursor() as cursor:
        cursor.execute(_FIND_KEY, [keys.digest(raw)])
        row = cursor.fetchone()
    if row is None:
        return None
    key = ApiKey.from_db(db.alias, _KEY_COLUMNS, row[: len(_KEY_COLUMNS)])
    key.source = Source.from_db(db.alias, _SOURCE_COLUMNS, row[len(_KEY_COLUMNS) :])
    return key


def touch(*, key: ApiKey, now: datetime) -> None:
    """Note that the key was used and its source heard, at most one write a minute a row.

    The loaded row only saves queries; the condition in the UPDATE decides, so that of many requests one writes.
    """
    if _is_due(key.last_used_at, now):
        ApiKey.objects.filter(pk=key.pk).use(now)
    hear(source=key.source, now=now)


def hear(*, source: Source, now: datetime) -> None:
    """Note that a source was heard, at most one write a minute."""
    if _is_due(source.last_heard_at, now):
        Source.objects.filter(pk=source.pk).hear(now)


def revoke_key(*, key: ApiKey, now: datetime) -> bool:
    """Close a key for good; False when it was revoked before."""
    return bool(ApiKey.objects.filter(pk=key.pk).usable().update(revoked_at=now))


def rename(*, source: Source, name: str) -> str:
    """Give the source of a key another name and return the former. ValidationError when the new one is taken.

    Other sources keep theirs: commands and webhook addresses name them.
    """
    if source.kind != Source.Kind.API:
        raise ValidationError("Only the source of an API key can be renamed.")
    former, source.name = source.name, name
    _save_named(source)
    return former


def file_source(*, now: datetime) -> Source:
    """Return the one source of imported files, heard now."""
    source, _ = Source.objects.get_or_create(kind=Source.Kind.FILE, name=FILE_IMPORT, defaults={"created_at": now})
    hear(source=source, now=now)
    return source


def _is_due(last: datetime | None, now: datetime) -> bool:
    return last is None or last <= now - HEARD_EVERY


def _save_named(source: Source) -> None:
    source.clean_fields()
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise ValidationError({"name": _TAKEN % {"name": source.name}}) from error
