"""Whatever comes in: results that add up, or BodyError, and nothing else."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.records import BodyError, Problem, parse_array, parse_line, parse_ndjson, parse_value
from tests.ingest.record_strategies import json_values, mutated_records, texts, valid_records

CODES = {"not_json", "unknown_type", "unknown_field", "invalid"}
modest = settings(max_examples=200, deadline=None)
SNIPPETS = [
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b" ",
    b"NaN",
    b"1e999",
    b"-",
    b"01",
    b"true",
]
SNIPPETS += [b'"type"', b'"consumer"', b'"\\ud800"', b'"\\u0000"', b"\xff", b"\xef\xbb\xbf", b"[" * 2_000, b"9" * 5_000]
SNIPPETS += [b'{"type":"consumer","consumer":"c","name":"n"}', b"\x0b", b"\x00", b"null", b"/**/", b"\xed\xa0\x80"]
any_bytes = st.binary(max_size=60) | st.lists(st.sampled_from(SNIPPETS), max_size=12).map(b"".join)


def check_results(results, indexes):
    places = [result.index if isinstance(result, Problem) else result[0] for result in results]
    assert places == list(indexes)
    for problem in results:
        if isinstance(problem, Problem):
            check_problem(problem)


def check_problem(problem):
    assert problem.code in CODES
    assert problem.message
    for text in (problem.path, problem.message, problem.type or ""):
        text.encode()
        assert "\x00" not in text
        assert len(text) < 1_000


@modest
@given(any_bytes)
@example(b"[true}")
@example(b'[{"type": "activity"}}')
def test_any_bytes_as_an_array(body):
    try:
        results = parse_array(body)
    except BodyError:
        return
    check_results(results, range(len(results)))
    assert len(json.loads(body.decode("utf-8-sig"))) == len(results) or b"9" * 5_000 in body or b"[" * 2_000 in body


@modest
@given(any_bytes)
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_as_lines(body):
    lines = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    filled = [index for index, line in enumerate(lines) if line.strip(b" \t\r")]
    check_results(parse_ndjson(body), filled)


@modest
@given(any_bytes.filter(lambda raw: b"\n" not in raw), st.integers(0, 3))
def test_any_bytes_as_one_line(raw, index):
    result = parse_line(raw, index)
    if result is not None:
        check_results([result], [index])


def surrogates_and_all():
    return st.text(st.characters(), max_size=6)


@modest
@given(st.recursive(json_values | surrogates_and_all(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)))
def test_any_json_value_is_judged_alike_everywhere(value):
    check_ways_agree(value)


@modest
@given(mutated_records())
def test_changed_records_are_judged_alike_everywhere(value):
    check_ways_agree(value)


def check_ways_agree(value):
    careful = parse_value(value, 0)
    check_results([careful], [0])
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            continue
        assert parse_array(b"[" + raw + b"]") == [careful]
        assert parse_ndjson(raw) == [careful]
        assert parse_line(raw, 0) == careful


@modest
@given(valid_records)
def test_valid_records_are_accepted_and_come_out_as_they_went_in(value):
    result: Any = parse_value(value, 7)
    index, record = result
    assert index == 7
    assert record.__struct_config__.tag == value["type"]
    for name, sent in value.items():
        if isinstance(sent, str | bool | int | None) and name != "type" and not name.endswith("_at"):
            assert getattr(record, name) == sent


@modest
@given(
    st.lists(st.one_of(valid_records, mutated_records(), json_values), max_size=6),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)
def test_a_batch_gives_what_its_records_give_alone(values, line_break):
    alone = [parse_value(value, index) for index, value in enumerate(values)]
    assert parse_array(json.dumps(values).encode()) == alone
    lines = line_break.join(json.dumps(value) for value in values) + line_break
    step = len(line_break.strip("\r"))
    assert parse_ndjson(lines.encode()) == [parse_value(value, index * step) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    "body",
    [
        b'"' * 400_001,
        b'["' + b"\\" * 400_001,
        b"[" + b'"a\\"' * 100_000,
        b"[" + b"{" * 400_000,
        b"[" + b'{"' * 200_000,
        b"[" + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]",
        b"[" * 400_000 + b"]" * 400_000,
        b"[" + b'"\\ud800",' * 9_999 + b"1]",
    ],
    ids=["quotes", "backslashes", "half strings", "braces", "open keys", "deep objects", "deep lists", "surrogates"],
)
def test_hostile_bodies_take_linear_time(body):
    started = time.process_time()
    with contextlib.suppress(BodyError):
        parse_array(body)
    parse_ndjson(body)
    assert time.process_time() - started < 5
