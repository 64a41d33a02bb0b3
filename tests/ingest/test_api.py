"""The doors of the writing API: who may send, what a body may be, and how each refusal looks."""

import gzip
import io
import json
import logging
import random
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import connections
from django.test import Client
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize

from accounts.models import User
from common import limits
from consumers.models import Consumer
from ingest import body as bodies
from ingest import views
from sources import services
from sources.models import ApiKey

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
URL = "/api/v1/records"
NDJSON = "application/x-ndjson"
JSON = "application/json"
MEBIBYTE = 1024 * 1024

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limit(settings):
    settings.API_RATE_LIMIT = 0


@pytest.fixture
def new_windows(settings):
    """Forget what was counted: keys of earlier runs have the same numbers."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for name in client.scan_iter("connmon:limit:key:*"):
            client.delete(name)


@pytest.fixture
def key():
    return services.create_key(name="orders", scope="write", now=NOW)[1]


@pytest.fixture
def read_key():
    return services.create_key(name="reports", scope="read", now=NOW)[1]


def consumer(number=1, **fields):
    return {"type": "consumer", "consumer": f"c-{number}", "name": f"Consumer {number}", **fields}


def lines(*records):
    return "\n".join(json.dumps(record) for record in records).encode()


def post(client, key, body=b"", content_type=NDJSON, environ=None, **headers):
    if key:
        headers["authorization"] = f"Bearer {key}"
    environ = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), **(environ or {})}
    return client.generic("POST", URL, body, headers=headers, **environ)


def assert_problem(response, status, *words):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert set(document) == {"type", "title", "status", "detail"}
    for word in words:
        assert word in document["detail"]


# --- who may send -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
def test_other_methods_are_405_even_without_a_key(client, method):
    response = getattr(client, method)(URL)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    if method != "head":
        assert_problem(response, 405)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer cm_wrong", "Basic {key}", "{key}", "Bearer {key}x"]
)
def test_without_a_right_key_401(client, key, header):
    headers = {} if header is None else {"authorization": header.format(key=key)}

    response = post(client, None, **headers)

    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer {key}", "bearer {key}", "BEARER  {key} "])
def test_scheme_is_read_whatever_its_case(client, key, header):
    assert post(client, None, authorization=header.format(key=key)).status_code == 200


def test_session_is_no_key(client):
    client.force_login(User.objects.create(username="admin", role="admin"))

    assert_problem(post(client, None), 401)


def test_revoked_key_401(client, key):
    services.revoke_key(key=ApiKey.objects.get(), now=NOW)

    assert_problem(post(client, key), 401)


def test_read_only_key_403(client, read_key):
    assert_problem(post(client, read_key), 403, "only read")


def test_form_token_is_not_asked_for(key):
    assert post(Client(enforce_csrf_checks=True), key).status_code == 200


def test_checks_come_in_order(client, key, read_key, settings, new_windows):
    huge = {"environ": {"CONTENT_LENGTH": str(100 * MEBIBYTE)}}
    settings.API_RATE_LIMIT = 1

    assert post(client, "wrong", b"x", "text/plain").status_code == 401
    assert post(client, read_key, b"x", "text/plain").status_code == 403
    assert post(client, key, b"x", "text/plain", **huge).status_code == 415
    assert post(client, key, b"x", "text/plain", **huge).status_code == 429


# --- how often --------------------------------------------------------------------------------------------------------


def test_limit_allows_exactly_its_number_and_then_says_when(client, key, settings, new_windows):
    settings.API_RATE_LIMIT = 3

    answers = [post(client, key) for _ in range(5)]

    # A minute may end in between; then the count begins again.
    codes = [answer.status_code for answer in answers]
    assert codes[:3] == [200, 200, 200]
    assert codes[3:] in ([429, 429], [200, 200], [429, 200])
    for answer in answers:
        if answer.status_code == 429:
            assert_problem(answer, 429, "3 requests")
            assert 1 <= int(answer["Retry-After"]) <= 60


def test_windows_are_a_minute_each():
    name = f"test:{random.random()}"

    def wait(second):
        return limits.seconds_to_wait(name, most=2, now=NOW + timedelta(seconds=second))

    assert [wait(0), wait(10), wait(20), wait(59), wait(60)] == [0, 0, 40, 1, 0]


def test_keys_are_limited_apart():
    name = f"test:{random.random()}"

    assert limits.seconds_to_wait(f"{name}:a", most=1, now=NOW) == 0
    assert limits.seconds_to_wait(f"{name}:b", most=1, now=NOW) == 0
    assert limits.seconds_to_wait(f"{name}:a", most=1, now=NOW) == 60


def test_zero_is_no_limit(settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    assert [limits.seconds_to_wait("any", most=0, now=NOW) for _ in range(3)] == [0, 0, 0]


def test_nobody_is_limited_while_redis_is_away_and_the_log_says_it_once(client, key, settings, caplog):
    here = settings.REDIS_URL
    settings.API_RATE_LIMIT = 1
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    with caplog.at_level(logging.INFO, logger="common.limits"):
        assert [post(client, key).status_code for _ in range(3)] == [200, 200, 200]
        settings.REDIS_URL = here
        post(client, key)

    said = [record.message for record in caplog.records if record.name == "common.limits"]
    assert len(said) == 2
    assert "away" in said[0]
    assert "back" in said[1]


# --- what a body may be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (NDJSON, lines(consumer(1), consumer(2))),
        (NDJSON + "; charset=utf-8", lines(consumer(1), consumer(2)) + b"\r\n"),
        (NDJSON + '; charset="UTF-8"; x=y', b"\n" + lines(consumer(1)) + b"\n\n" + lines(consumer(2)) + b"\n"),
        (JSON, json.dumps([consumer(1), consumer(2)]).encode()),
        ("Application/JSON;charset=UTF-8", json.dumps([consumer(1), consumer(2)], indent=2).encode()),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_lines_and_arrays_go_in(client, key, content_type, body, packed):
    headers = {"content-encoding": "gzip"} if packed else {}

    response = post(client, key, gzip.compress(body) if packed else body, content_type, **headers)

    assert response.json() == {"accepted": 2, "duplicate": 0, "stale": 0, "rejected": 0, "errors": []}
    assert response["Content-Type"] == "application/json"
    assert set(Consumer.objects.values_list("consumerid", flat=True)) == {"c-1", "c-2"}


@pytest.mark.parametrize(("content_type", "body"), [(NDJSON, b""), (NDJSON, b"\n\n"), (JSON, b"[]"), (JSON, b" [ ] ")])
def test_no_records_are_no_error(client, key, content_type, body):
    assert post(client, key, body, content_type).json()["accepted"] == 0


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonl"]
)
def test_other_content_types_415(client, key, content_type):
    assert_problem(post(client, key, b"[]", content_type), 415, NDJSON, JSON)


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "none"])
def test_other_charsets_415(client, key, charset):
    assert_problem(post(client, key, b"[]", f"{JSON}; charset={charset}"), 415, "UTF-8")


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip", "zstd"])
def test_other_encodings_415(client, key, encoding):
    assert_problem(post(client, key, b"[]", JSON, **{"content-encoding": encoding}), 415, "gzip")


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_identity_is_no_packing(client, key, encoding):
    assert post(client, key, b"[]", JSON, **{"content-encoding": encoding}).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[", b"[1,", b"[] []", b"{}", b'"text"', b"1", b"null", b"not json", b"[\xff]x"]
)
def test_what_is_no_array_400(client, key, body):
    assert_problem(post(client, key, body, JSON), 400)


_WHOLE = gzip.compress(lines(consumer(1), consumer(2)))


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"", id="empty"),
        pytest.param(lines(consumer(1)), id="not packed"),
        pytest.param(_WHOLE[:-1], id="truncated at the end"),
        pytest.param(_WHOLE[:-9], id="truncated in the data"),
        pytest.param(_WHOLE[:5], id="truncated in the head"),
        pytest.param(_WHOLE[:-8] + b"\x00\x00\x00\x00" + _WHOLE[-4:], id="wrong checksum"),
        pytest.param(_WHOLE + b"garbage", id="trailing garbage"),
        pytest.param(_WHOLE + _WHOLE[:7], id="truncated second member"),
    ],
)
def test_broken_gzip_400_and_nothing_goes_in(client, key, packed):
    assert_problem(post(client, key, packed, NDJSON, **{"content-encoding": "gzip"}), 400, "gzip")
    assert not Consumer.objects.exists()


def test_gzip_of_several_members_is_one_body(client, key):
    packed = gzip.compress(lines(consumer(1)) + b"\n") + gzip.compress(lines(consumer(2)))

    assert post(client, key, packed, NDJSON, **{"content-encoding": "gzip"}).json()["accepted"] == 2


def test_body_shorter_than_announced_400(client, key):
    body = lines(consumer(1))
    response = post(client, key, body, environ={"CONTENT_LENGTH": str(len(body) + 1), "wsgi.input": io.BytesIO(body)})

    assert_problem(response, 400, f"{len(body)} of {len(body) + 1} bytes")
    assert not Consumer.objects.exists()


def chunked(client, key, stream):
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return post(client, key, environ=environ, **{"transfer-encoding": "chunked"})


def test_chunked_body_goes_in(client, key):
    assert chunked(client, key, io.BytesIO(lines(consumer(1), consumer(2)))).json()["accepted"] == 2


@pytest.mark.parametrize("fault", [OSError("connection reset"), InvalidChunkSize(b"zz"), ChunkMissingTerminator(b"")])
def test_chunked_body_that_breaks_off_400(client, key, fault):
    class Broken(io.BytesIO):
        def read(self, *_):
            raise fault

    assert_problem(chunked(client, key, Broken()), 400, "ended early")


# --- how much ---------------------------------------------------------------------------------------------------------


def padded(size):
    """One record on a body of exactly that many bytes."""
    record = lines(consumer(1))
    return record + b" " * (size - len(record))


@pytest.mark.parametrize("how", ["plain", "gzip", "stored gzip", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(16 * MEBIBYTE, 200), (16 * MEBIBYTE + 1, 413)])
def test_sixteen_mebibytes_go_in_and_not_a_byte_more(client, key, how, size, status):
    body = padded(size)
    if how == "chunked":
        response = chunked(client, key, io.BytesIO(body))
    elif how == "plain":
        response = post(client, key, body)
    else:
        packed = gzip.compress(body, 0 if how == "stored gzip" else 6)
        response = post(client, key, packed, NDJSON, **{"content-encoding": "gzip"})

    assert response.status_code == status
    if status == 413:
        assert_problem(response, 413, "16 MiB")


class Spy(io.BytesIO):
    """A body that notes how much of it was read."""

    given = 0

    def read(self, size=-1, /):
        data = super().read(size)
        self.given += len(data)
        return data


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_announced_length_far_over_the_limit_is_refused_unread(client, key, encoding):
    body = Spy(b" " * MEBIBYTE)
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(100 * MEBIBYTE)}

    assert_problem(post(client, key, environ=environ, **{"content-encoding": encoding}), 413, "16 MiB")
    assert body.given == 0


@pytest.mark.parametrize(
    ("content_type", "size", "status"), [(NDJSON, 17 * MEBIBYTE, 413), ("text/plain", MEBIBYTE, 415)]
)
def test_refused_body_is_read_away_so_that_its_sender_gets_the_answer(client, key, content_type, size, status):
    body = Spy(b" " * size)
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(size)}

    assert_problem(post(client, key, content_type=content_type, environ=environ), status)
    assert body.given == size


def test_who_has_no_key_is_cut_off(client):
    body = Spy(b" " * MEBIBYTE)

    assert_problem(post(client, "wrong", environ={"wsgi.input": body, "CONTENT_LENGTH": str(MEBIBYTE)}), 401)
    assert body.given == 0


def test_length_of_thousands_of_digits_413(client, key):
    assert_problem(post(client, key, environ={"wsgi.input": io.BytesIO(b"x"), "CONTENT_LENGTH": "9" * 5_000}), 413)


def test_endless_chunked_body_is_stopped(client, key):
    class Endless(io.BytesIO):
        given = 0

        def read(self, size=-1, /):
            self.given += size
            return b" " * size

    stream = Endless()

    assert_problem(chunked(client, key, stream), 413, "16 MiB")
    assert stream.given <= 100 * MEBIBYTE


def test_bomb_is_stopped_while_unpacking(client, key, monkeypatch):
    bomb = gzip.compress(b" " * (200 * MEBIBYTE))
    unpacked = []
    feed = bodies._Gunzip.feed
    monkeypatch.setattr(
        bodies._Gunzip, "feed", lambda self, packed: (unpacked.append(len(d)) or d for d in feed(self, packed))
    )

    assert_problem(post(client, key, bomb, NDJSON, **{"content-encoding": "gzip"}), 413, "16 MiB")
    assert sum(unpacked) <= views.MOST_BYTES


@pytest.mark.parametrize("content_type", [NDJSON, JSON])
@pytest.mark.parametrize(("number", "status"), [(10_000, 200), (10_001, 413)])
def test_ten_thousand_records_go_in_and_not_one_more(client, key, content_type, number, status):
    records = [{"type": "nothing"}] * number
    body = lines(*records) if content_type == NDJSON else json.dumps(records).encode()

    response = post(client, key, body, content_type)

    assert response.status_code == status
    if status == 413:
        assert_problem(response, 413, "10,000")
    else:
        assert response.json()["rejected"] == number


# --- what the answer says ---------------------------------------------------------------------------------------------


def test_bad_record_is_rejected_alone(client, key):
    body = lines(consumer(1)) + b"\n\n{\n" + lines({"type": "consumer", "consumer": "c-2"}, consumer(3))

    answer = post(client, key, body).json()

    assert (answer["accepted"], answer["rejected"]) == (2, 2)
    assert [(e["index"], e["type"], e["code"], e["path"]) for e in answer["errors"]] == [
        (2, None, "not_json", ""),
        (3, "consumer", "invalid", "name"),
    ]
    assert all(set(error) == {"index", "type", "code", "path", "message"} for error in answer["errors"])
    assert "errors_truncated" not in answer


@pytest.mark.parametrize(("number", "listed"), [(1_000, 1_000), (1_001, 1_000)])
def test_a_thousand_errors_are_listed(client, key, number, listed):
    answer = post(client, key, lines(*[{"type": "nothing"}] * number, consumer(1))).json()

    assert (answer["accepted"], answer["rejected"], len(answer["errors"])) == (1, number, listed)
    assert answer.get("errors_truncated") is (True if number > listed else None)
    assert answer["errors"][-1]["index"] == listed - 1


# --- what is noted and what is not ------------------------------------------------------------------------------------


def test_key_is_never_stored_or_logged(client, key, caplog):
    with caplog.at_level(logging.DEBUG):
        post(client, key, lines(consumer(1)))
        post(client, key, b"[", JSON)
        post(client, key + "x")

    assert key not in caplog.text
    assert key not in str(ApiKey.objects.values().get())


def test_use_is_noted_at_most_once_a_minute(client, key):
    post(client, key)
    first = ApiKey.objects.select_related("source").get()
    post(client, key, b"nonsense", "text/plain")
    second = ApiKey.objects.select_related("source").get()

    assert first.last_used_at is not None
    assert first.last_used_at == second.last_used_at == second.source.last_heard_at


def test_refused_body_counts_as_heard(client, read_key):
    assert post(client, read_key).status_code == 403

    assert ApiKey.objects.select_related("source").get().source.last_heard_at is not None


# --- the database is away ---------------------------------------------------------------------------------------------


@pytest.fixture
def database_away():
    """Point the connection at a socket where nobody listens."""
    wrapper = connections["default"]
    kept = dict(wrapper.settings_dict)
    wrapper.close()
    wrapper.settings_dict["HOST"] = "/nowhere"
    yield
    wrapper.close()
    wrapper.settings_dict.update(kept)


@pytest.mark.django_db(transaction=True)
def test_database_away_503(client, key, database_away):
    response = post(client, key, lines(consumer(1)))

    assert_problem(response, 503, "database")
    assert int(response["Retry-After"]) >= 1


@pytest.fixture
def signed_in(client):
    client.force_login(User.objects.create(username="viewer"))
    client.raise_request_exception = False
    return client


@pytest.mark.django_db(transaction=True)
def test_database_away_before_a_view_is_reached_503(signed_in, key, database_away):
    writing = post(signed_in, key, lines(consumer(1)))
    reading = signed_in.get("/api/v1/schema.json")
    page = signed_in.get("/preferences/")

    for response in (writing, reading, page):
        assert int(response["Retry-After"]) >= 1
    assert_problem(writing, 503, "stored whole or not at all")
    assert_problem(reading, 503, "database")
    assert "stored" not in reading.json()["detail"]
    assert page.status_code == 503
    assert "The database can not be reached" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_database_lost_in_mid_request_503_and_nothing_went_in(client, key, monkeypatch):
    def lose(request, **options):
        body = bodies.read_body(request, **options)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            kill_backend(cursor.fetchone()[0])
        return body

    monkeypatch.setattr(views, "read_body", lose)

    assert_problem(post(client, key, lines(consumer(1))), 503)
    assert not Consumer.objects.exists()


def kill_backend(pid):
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()


# --- the schema, and addresses that are none --------------------------------------------------------------------------


def test_schema_is_for_any_key_or_session(client, read_key):
    assert_problem(client.get("/api/v1/schema.json"), 401)
    assert client.get("/api/v1/schema.json", headers={"authorization": f"Bearer {read_key}"}).json()["$schema"]
    client.force_login(User.objects.create(username="viewer"))
    assert client.get("/api/v1/schema.json").status_code == 200


def test_wrong_key_is_refused_in_a_session_too(client):
    client.force_login(User.objects.create(username="viewer"))

    assert_problem(client.get("/api/v1/schema.json", headers={"authorization": "Bearer wrong"}), 401)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_reading_address_takes_get_only(client, method):
    response = getattr(client, method)("/api/v1/schema.json")

    assert_problem(response, 405)
    assert response["Allow"] == "GET, HEAD"


def test_head_is_answered_and_notes_nothing(client, read_key):
    response = client.head("/api/v1/schema.json", headers={"authorization": f"Bearer {read_key}"})

    assert response.status_code == 200
    assert ApiKey.objects.get().last_used_at is None


def test_reading_is_limited_too(client, read_key, settings, new_windows):
    settings.API_RATE_LIMIT = 1
    codes = {
        client.get("/api/v1/schema.json", headers={"authorization": f"Bearer {read_key}"}).status_code for _ in range(3)
    }

    assert codes == {200, 429}


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/records", "/api/v1/records/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_address_404(client, path, method):
    assert_problem(getattr(client, method)(path), 404)
