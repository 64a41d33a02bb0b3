"""The derivations, one rule a row."""

from datetime import UTC, datetime

import pytest

from ingest.importers.chift import answers, derive
from ingest.importers.chift.derive import StoredConnection, Trouble

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def connection(status="active", agent=None):
    return answers.Connection(
        connectionid="c", integrationid=1, status=status, agent=answers.Agent(agent) if agent else None
    )


def known(*, was_active, status="active"):
    return StoredConnection("c", "k", "1", "", status, "", "", is_deleted=False, was_active=was_active)


@pytest.mark.parametrize(
    ("answer", "refused", "stored", "status", "code"),
    [
        (connection(), False, None, "active", None),
        (connection(agent="up"), True, None, "active", None),
        (connection(agent="down"), False, None, "failed", "agent_down"),
        (connection("inactive"), True, None, "failed", "ERROR_CONNECTOR_AUTHENTICATION"),
        (connection("inactive"), False, known(was_active=True), "failed", "inactive"),
        (connection("inactive"), False, known(was_active=False, status="pending"), "pending", None),
        (connection("inactive"), False, None, "pending", None),
    ],
)
def test_status_of_a_connection(answer, refused, stored, status, code):
    trouble = Trouble({"c": "wrong password"} if refused else {})
    found, failure = derive.standing(answer, trouble=trouble, known=stored)
    assert (found, failure and failure["code"]) == (status, code)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("TAX_NOT_FOUND", "business"),
        ("INVOICE_ALREADY_EXISTS", "business"),
        ("NUMBER_ALREADY_USED", "business"),
        ("ENTRY_NOT_BALANCED", "business"),
        ("INVALID_FIELD_FORMAT_VAT", "business"),
        ("MULTIPLE_CLIENTS", "business"),
        ("VAT_MISSING", "business"),
        ("ERROR_TIMEOUT", "technical"),
        ("ERROR_RESOURCE_NOT_FOUND", "technical"),
        ("SOMETHING_NEW", "technical"),
        ("", "technical"),
    ],
)
def test_category_of_an_error(code, category):
    assert derive.category(code) == category


@pytest.mark.parametrize(
    ("values", "hidden", "state"),
    [
        ([], [], "complete"),
        ([("a", "x")], [], "complete"),
        ([("a", "x"), ("b", None)], [], "incomplete"),
        ([("a", "x"), ("b", "")], ["b"], "complete"),
        ([("a", 0)], [], "complete"),
    ],
)
def test_state_of_a_mapping(values, hidden, state):
    link = answers.LinkMapping("Taxes", "Rates", [answers.Value(*pair) for pair in values], hidden)
    answer = answers.ConsumerSync("inactive", link_mappings=[link])
    assert derive.mapping_states(answer, ["Taxes / Rates"]) == {"Taxes / Rates": state}


def test_skipped_mapping_is_skipped_in_all_its_parts():
    answer = answers.ConsumerSync("inactive", skip_mappings=[answers.Skip("Taxes"), answers.Skip("Journals")])
    states = derive.mapping_states(answer, ["Taxes / Rates", "Taxes / Codes", "Journals"])
    assert states == {"Taxes / Rates": "skipped", "Taxes / Codes": "skipped", "Journals": "skipped"}


def test_slots_are_named_from_what_is_known_and_hidden_otherwise():
    slots = [
        answers.Slot(one_api=100, display_order=3),
        answers.Slot(one_api=100, connection_type=1, display_order=1, display_hidden=True),
        answers.Slot(one_api=200, display_order=2),
        answers.Slot(connection_type=77, display_order=4),
    ]
    sync = answers.Sync("s", "Sync", connections=slots)
    names = derive.UnifiedApiNames({1: "Accounting"})
    names.learn([], [sync])

    assert derive.sync(sync, names)["requires"] == [
        {"connector": "1", "hidden": True},
        {"unified_api": "unified API 200", "hidden": True},
        {"unified_api": "Accounting"},
        {"unified_api": "integration 77", "hidden": True},
    ]


def test_number_that_means_two_things_means_none():
    slots = [answers.Slot(one_api=100, connection_type=1), answers.Slot(one_api=100, connection_type=2)]
    names = derive.UnifiedApiNames({1: "Accounting", 2: "Payment"})
    names.learn([], [answers.Sync("s", connections=slots)])
    assert names.name(100) is None


def test_issue_without_events_is_one_error_when_last_seen():
    issue = answers.IssueDetail("i", "error", connection_id="c", error=answers.IssueError("VAT_MISSING", "Title", ""))
    (record,) = derive.errors(issue, last_seen_at=AT)
    assert (record["message"], record["occurred_at"], record["category"]) == ("Title", AT.isoformat(), "business")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01T10:00:00Z", AT),
        ("2026-03-01T10:00:00", AT),
        ("2026-03-01T11:00:00+01:00", AT),
        (AT.timestamp(), AT),
        ("soon", None),
        (None, None),
        (True, None),
        (1e30, None),
    ],
)
def test_times_are_read_as_they_come(value, moment):
    assert derive.read_time(value) == moment


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "", None])
def test_consumer_that_no_record_could_hold_is_made_to_fit(name):
    record = derive.consumer(answers.Consumer("k", name=name, email="nobody", redirect_url="javascript:x"))
    assert 1 <= len(record["name"]) <= 255
    assert "\0" not in record["name"]
    assert (record["email"], record["redirect_url"]) == ("", "")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"half a \ud83d", "half a \ufffd"),
        (r"\udE00 the other", "\ufffd the other"),
        (r"whole \ud83d\uDE00", "whole \U0001f600"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"no escape: \\ud83d \ud83d", "no escape: \\ud83d \ufffd"),
        (r"\"\\\ud83d\n", '"\\\ufffd\n'),
    ],
)
def test_half_a_character_is_mended_wherever_it_stands(sent, read):
    body = f'{{"id": "i", "level": "error", "\\ud83d": 1, "error": {{"title": "{sent}"}}}}'
    (record,) = derive.errors(answers.read(body.encode(), answers.IssueDetail), last_seen_at=AT)
    assert record["message"] == read


def test_message_that_is_no_text_is_shown_as_it_came():
    body = rb'{"id": "i", "level": "error", "events": [{"id": 1, "message": {"half \ud83d": ["\ud83d"]}}]}'
    (record,) = derive.errors(answers.read(body, answers.IssueDetail), last_seen_at=AT)
    assert record["message"] == r'{"half \u0000":["\u0000"]}'
