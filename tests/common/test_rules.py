"""The rules of single values."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from common import rules

CONTROLS = [chr(code) for code in (*range(0x01, 0x20), *range(0x7F, 0xA0))]
SPACES = [" ", "\xa0", "\u1680", "\u2000", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]


@pytest.mark.parametrize(
    "key",
    [
        "c-1",
        "7b0c3f6e-5c1e-4d6a-9d0e-2f8f3f0a1b2c",
        "a b",
        "...",
        ".a",
        "By-Sync",
        "EXPORT.csv",
        "é",
        "😀" * 255,
        "a" * 255,
        "by-sync2",
        "?",
        "#",
        "%2F",
        "a\xa0b",
        "\ufeff",
        "1",
    ],
)
def test_key_accepts(key):
    assert rules.key_problem(key) is None


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("", "empty"),
        ("a" * 256, "255"),
        ("a/b", "slash"),
        ("/", "slash"),
        ("a\\b", "backslash"),
        ("a\x00b", "NUL"),
        ("\ud800", "surrogate"),
        ("a\udfffb", "surrogate"),
        *[(key, "reserved") for key in (".", "..", "by-sync", "export.csv")],
        *[(f"a{control}b", "control character") for control in CONTROLS],
        *[(f"a{control}", "control character") for control in CONTROLS],
        *[(f"{space}a", "white space") for space in SPACES],
        *[(f"a{space}", "white space") for space in SPACES],
        *[(space, "white space") for space in SPACES],
    ],
)
def test_key_refuses(key, word):
    assert word in str(rules.key_problem(key))


def test_key_stays_as_it_is_with_a_reserved_name_inside():
    assert rules.key_problem("by-sync ") is not None
    assert rules.key_problem("export.csv.gz") is None


@pytest.mark.parametrize("event_id", ["1", " a ", "a/b", "\\", "\n", "by-sync", ".", "😀" * 255])
def test_event_id_accepts_what_a_key_may_not_hold(event_id):
    assert rules.event_id_problem(event_id) is None


@pytest.mark.parametrize("event_id", ["", "a" * 256, "\x00", "\udc00"])
def test_event_id_refuses(event_id):
    assert rules.event_id_problem(event_id) is not None


@pytest.mark.parametrize(
    ("check", "length"),
    [
        (rules.text_problem, 255),
        (rules.required_text_problem, 255),
        (rules.message_problem, 10_000),
        (rules.optional_message_problem, 10_000),
    ],
)
def test_text_lengths_count_code_points(check, length):
    assert check("😀" * length) is None
    assert f"{length:,}" in check("a" * (length + 1))
    assert "NUL" in check("a\x00")
    assert "surrogate" in check("\ud83d")


def test_only_optional_texts_may_be_empty():
    assert rules.text_problem("") is None
    assert rules.optional_message_problem("") is None
    assert "empty" in str(rules.required_text_problem(""))
    assert "empty" in str(rules.message_problem(""))


@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "https://example.com/",
        "HTTPS://EXAMPLE.COM",
        "hTTp://example.com:8080/a/b?c=d#e",
        "https://user:word@example.com/",
        "https://[::1]:8000/x",
        "https://example.com?x",
        "https://example.com#x",
        "https://münchen.example/ä",
        "https://example.com/a?next=javascript:alert(1)",
        "https://" + "a" * 1_992,
    ],
)
def test_url_accepts(url):
    assert rules.url_problem(url) is None
    assert rules.optional_url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://example.com",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "//example.com",
        "/path",
        "example.com",
        "http:",
        "http:/example.com",
        "http:example.com",
        "http://",
        "https:///example.com",
        "https://?x",
        "https://#x",
        "https://:80/",
        "https://user@/",
        "https://user@:80/",
        "https://\\example.com",
        "https://example.com\\@evil.example",
        "https://a@b@c.example",
        "https://[::1",
        "https://a:b:c",
        "https://example.com:port/",
        " https://example.com",
        "https://example.com ",
        "https://example.com/a b",
        "https://exa\tmple.com",
        "https://example.com/\n",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "\x01https://example.com",
        "https://example.com/\x7f",
        "https://example.com/\x00",
        "https://example.com/\u2028",
        "https://example.com/\ud800",
        "ht\ttps://example.com",
        "https\u2236//example.com",
        "ﬁle://example.com",
        "https://" + "a" * 1_993,
    ],
)
def test_url_refuses(url):
    assert rules.url_problem(url) is not None
    assert rules.optional_url_problem(url) is not None


def test_only_an_optional_url_may_be_empty():
    assert rules.optional_url_problem("") is None
    assert "empty" in str(rules.url_problem(""))


@pytest.mark.parametrize("email", ["", "a@b", "@", "two@signs@here", " a@b ", "ü@ü", "a" * 253 + "@"])
def test_email_accepts(email):
    assert rules.optional_email_problem(email) is None


@pytest.mark.parametrize("email", ["a", "\n", "a" * 254 + "@", "a@\x00", "a@\ud800"])
def test_email_refuses(email):
    assert rules.optional_email_problem(email) is not None


@pytest.mark.parametrize(("count", "is_right"), [(0, False), (-1, False), (1, True), (10**9, True), (10**9 + 1, False)])
def test_count_range(count, is_right):
    assert (rules.count_problem(count) is None) is is_right


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the examples of RFC 3339, section 5.8
        ("1985-04-12T23:20:50.52Z", datetime(1985, 4, 12, 23, 20, 50, 520_000, UTC)),
        ("1996-12-19T16:39:57-08:00", datetime(1996, 12, 20, 0, 39, 57, 0, UTC)),
        ("1990-12-31T23:59:60Z", datetime(1991, 1, 1, 0, 0, 0, 0, UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, 0, 0, 0, 0, UTC)),
        ("1937-01-01T12:00:27.87+00:20", datetime(1937, 1, 1, 11, 40, 27, 870_000, UTC)),
        ("2026-03-01t10:00:00z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00-00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2024-02-29T00:00:00+05:45", datetime(2024, 2, 28, 18, 15, tzinfo=UTC)),
        ("2026-03-01T10:00:00.123456789Z", datetime(2026, 3, 1, 10, 0, 0, 123_457, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_time_is_read_into_utc(text, expected):
    moment = rules.read_time(text)
    assert moment == expected
    assert moment.tzinfo is UTC
    assert rules.time_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T10:00:00",
        "2026-03-01T10:00Z",
        "2026-03-01T10:00:00+0100",
        "2026-03-01T10:00:00+0000",
        "2026-03-01T10:00:00+01",
        "2026-03-01T10:00:00 Z",
        "2026-03-01_10:00:00Z",
        "2026-03-01T10:00:00.Z",
        "2026-03-01T10:00:00,5Z",
        "20260301T100000Z",
        " 2026-03-01T10:00:00Z",
        "2026-03-01T10:00:00Z\n",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T10:60:00Z",
        "2026-03-01T10:00:61Z",
        "2026-03-01T10:00:60Z",
        "2026-03-01T10:00:00+24:00",
        "2026-03-01T10:00:00+01:60",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59.9999999Z",
        "1772359200",
        "\uff12026-03-01T10:00:00Z",
        "2026-03-01T10:00:00Z\x00",
    ],
)
def test_time_refuses(text):
    assert rules.time_problem(text) is not None


def test_time_without_an_offset_is_never_guessed():
    with pytest.raises(ValueError, match="offset"):
        rules.to_utc(datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point
    assert rules.to_utc(datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=2)))).hour == 22
