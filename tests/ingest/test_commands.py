"""import_records and load_demo, as a person runs them."""

import io
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Max, Min

from connections.models import (
    ActivityEvent,
    Connection,
    Connector,
    ConnectorCount,
    ErrorEvent,
    RollupDelta,
    UnifiedApi,
)
from connections.rollup_proof import differences as rollup_differences
from connections.standing import differences
from consumers.models import Consumer
from sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)

ANNA = {"type": "consumer", "consumer": "anna", "name": "Anna"}


def lines(*records):
    return b"\n".join(json.dumps(r).encode() if isinstance(r, dict) else r for r in records)


def test_import_says_what_became_of_the_file(tmp_path, capsys):
    file = tmp_path / "records.ndjson"
    file.write_bytes(lines(ANNA, b"", ANNA | {"name": "Anne"}))
    call_command("import_records", str(file))
    assert capsys.readouterr().out == "accepted 2 · duplicate 0 · stale 0 · rejected 0\n"
    assert Consumer.objects.get().name == "Anne"
    assert Source.objects.get(kind="file").last_heard_at is not None


def test_import_names_every_rejection_with_its_line_and_exits_1(tmp_path, capsys):
    file = tmp_path / "records.ndjson"
    file.write_bytes(lines(b"\xef\xbb\xbf" + lines(ANNA), b"", b"{", ANNA | {"name": 7}))
    with pytest.raises(SystemExit) as stopped:
        call_command("import_records", str(file))
    assert stopped.value.code == 1
    said = capsys.readouterr()
    assert said.out.endswith("rejected 2\n")
    assert said.err.splitlines()[0].startswith("line 3: not_json: ")
    assert said.err.splitlines()[1].startswith("line 4: invalid name: ")
    assert Consumer.objects.count() == 1


def test_line_numbers_go_on_over_batches(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ingest.management.commands.import_records._BATCH", 2)
    file = tmp_path / "records.ndjson"
    file.write_bytes(lines(ANNA, ANNA, ANNA, ANNA, b"no"))
    with pytest.raises(SystemExit):
        call_command("import_records", str(file))
    assert capsys.readouterr().err.startswith("line 5: ")


def test_import_reads_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(lines(ANNA))))
    call_command("import_records", "-")
    assert capsys.readouterr().out.startswith("accepted 1 ")


def test_a_file_that_is_not_there_gets_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="can not be read: No such file"):
        call_command("import_records", str(tmp_path / "none"))


def test_the_demo_looks_like_a_real_installation(capsys):
    call_command("load_demo")
    assert Consumer.objects.live().count() >= 400
    assert Connector.objects.count() >= 40
    assert UnifiedApi.objects.count() == 7
    statuses = set(Connection.objects.live().values_list("status", flat=True))
    assert statuses == {"active", "pending", "failed"}
    assert not Connection.objects.filter(status="failed", failure_message="").exists()
    assert {"", "nothing", "connection_pending", "connection_failed"} == set(
        Consumer.objects.live().values_list("issue", flat=True)
    )
    assert differences() == []
    assert "records of the demo loaded" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_demo():
    call_command("load_demo", "--consumers", "30", "--seed", "5")
    first = set(Connection.objects.values_list("key", "status", "connector__key"))
    Connection.objects.all().delete()
    call_command("load_demo", "--consumers", "30", "--seed", "5")
    assert set(Connection.objects.values_list("key", "status", "connector__key")) == first
    call_command("load_demo", "--consumers", "30", "--seed", "6")
    assert Connection.objects.count() > len(first)


def test_check_standing_prints_the_number_of_differences(capsys):
    call_command("load_demo", "--consumers", "20")
    call_command("check_standing")
    assert capsys.readouterr().out.endswith("0 differences\n")
    ConnectorCount.objects.update(count=99)
    with pytest.raises(SystemExit):
        call_command("check_standing")
    assert "connections_connectorcount" in capsys.readouterr().err


def test_the_demo_has_two_weeks_of_events_all_of_them_counted():
    call_command("load_demo", "--consumers", "40")
    assert not RollupDelta.objects.exists()
    assert rollup_differences() == []
    assert set(ErrorEvent.objects.values_list("category", flat=True)) == {"business", "technical"}
    span = ActivityEvent.objects.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    assert timedelta(days=13) < span["last"] - span["first"] < timedelta(days=14)
    before = ActivityEvent.objects.count()
    call_command("load_demo", "--consumers", "5", "--days", "0", "--seed", "9")
    assert ActivityEvent.objects.count() == before
