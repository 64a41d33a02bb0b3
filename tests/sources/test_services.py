from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from sources import keys, services
from sources.models import ApiKey, Source

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def make_key(name="orders", scope="write"):
    return services.create_key(name=name, scope=scope, now=NOW)


def reloaded(key):
    return ApiKey.objects.select_related("source").get(pk=key.pk)


def test_key_looks_like_a_key_and_is_stored_hashed_only():
    key, raw = make_key()

    assert raw.startswith("cm_")
    assert len(raw) == 46
    assert key.prefix == raw[:8]
    assert key.digest == keys.digest(raw)
    assert len(key.digest) == 64
    assert raw not in str(ApiKey.objects.values().get()) + str(Source.objects.values().get())


def test_each_key_is_another():
    assert make_key("a")[1] != make_key("b")[1]


def test_key_makes_its_source():
    key, _ = make_key("orders")

    assert (key.source.kind, key.source.name, key.created_at) == ("api", "orders", NOW)
    assert not key.source.owns_what_it_makes


def test_name_is_used_once():
    key, _ = make_key("orders")
    services.revoke_key(key=key, now=NOW)

    with pytest.raises(ValidationError, match=r"API key named “orders” already"):
        make_key("orders")

    assert Source.objects.count() == 1


@pytest.mark.parametrize(("name", "scope"), [("", "write"), ("x" * 101, "write"), ("orders", "delete")])
def test_wrong_name_or_scope_makes_nothing(name, scope):
    with pytest.raises(ValidationError):
        make_key(name, scope)

    assert not Source.objects.exists()


def test_key_is_found_in_one_query(django_assert_num_queries):
    key, raw = make_key()

    with django_assert_num_queries(1):
        found = services.find_key(raw=raw)
        read = [columns(found), columns(found.source)]
    assert read == [columns(ApiKey.objects.get(pk=key.pk)), columns(Source.objects.get(name="orders"))]


def columns(row):
    """Every column: one that was not read is asked for now."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("raw", ["", "cm_", "cm_" + "a" * 43, "é", "\udc80"])
def test_other_texts_find_no_key(raw):
    make_key()

    assert services.find_key(raw=raw) is None


def test_digest_of_a_key_is_no_key():
    key, _ = make_key()

    assert services.find_key(raw=key.digest) is None


def test_revoked_key_is_not_found():
    key, raw = make_key()

    assert services.revoke_key(key=key, now=NOW)
    assert services.find_key(raw=raw) is None


def test_key_is_revoked_once():
    key, _ = make_key()
    services.revoke_key(key=key, now=NOW)

    assert not services.revoke_key(key=key, now=NOW + SECOND)
    assert reloaded(key).revoked_at == NOW


def test_first_use_is_noted():
    key, _ = make_key()

    services.touch(key=key, now=NOW)

    assert (reloaded(key).last_used_at, reloaded(key).source.last_heard_at) == (NOW, NOW)


def test_use_is_noted_once_a_minute(django_assert_num_queries):
    key, _ = make_key()
    services.touch(key=key, now=NOW)
    used = reloaded(key)

    with django_assert_num_queries(0):
        services.touch(key=used, now=NOW + 59 * SECOND)
    services.touch(key=used, now=NOW + 60 * SECOND)

    assert reloaded(key).last_used_at == reloaded(key).source.last_heard_at == NOW + 60 * SECOND


def test_request_that_loaded_the_key_earlier_does_not_write_again():
    key, _ = make_key()
    slow = reloaded(key)
    services.touch(key=key, now=NOW)

    services.touch(key=slow, now=NOW + 30 * SECOND)

    assert reloaded(key).last_used_at == NOW


def test_late_request_does_not_turn_time_back():
    key, _ = make_key()
    slow = reloaded(key)
    services.touch(key=key, now=NOW)

    services.touch(key=slow, now=NOW - 300 * SECOND)

    assert reloaded(key).last_used_at == NOW


def test_source_is_renamed():
    key, raw = make_key()

    services.rename(source=key.source, name="shop orders")

    assert services.find_key(raw=raw).source.name == "shop orders"


def test_source_can_not_take_the_name_of_another():
    make_key("orders")
    key, _ = make_key("invoices")

    with pytest.raises(ValidationError, match="already"):
        services.rename(source=key.source, name="orders")


def test_files_have_one_source_that_is_heard_at_each_import():
    first = services.file_source(now=NOW)
    second = services.file_source(now=NOW + 60 * SECOND)

    assert first == second
    assert Source.objects.get().last_heard_at == NOW + 60 * SECOND
    assert not second.owns_what_it_makes
