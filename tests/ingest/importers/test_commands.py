"""create_source and import_chift as people and cron run them: in processes of their own."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from common.locks import IMPORTS, held_by_session
from connections.models import Connection, ErrorEvent, StatusChange
from ingest.models import ImportRun
from sources import chift
from sources.models import ChiftAccount, Source
from tests.ingest.importers.platform import CLIENT
from tests.ingest.importers.test_mirror import differences, seen, seen_errors
from tests.ingest.importers.world import World
from tests.processes import environment

ARGUMENTS = ["--client-id", CLIENT["clientId"], "--account-id", CLIENT["accountId"]]


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv("CHIFT_CLIENT_SECRET", CLIENT["clientSecret"])
    monkeypatch.setenv("CHIFT_WEBHOOK_SECRET", "whsec-one,whsec-two")


def create(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("create_source", "chift", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_create_source_keeps_the_secrets_and_calls_nobody(platform, address, settings):
    out, _ = create("main account", "--base-url", f"{address}/", *ARGUMENTS)

    account = ChiftAccount.objects.get()
    assert out == f"{settings.PUBLIC_URL}/webhooks/chift/main%20account/\n"
    assert (account.source.name, account.source.kind, account.base_url) == ("main account", "chift", address)
    assert chift.client_secret(account) == CLIENT["clientSecret"]
    assert chift.webhook_secrets(account) == ["whsec-one", "whsec-two"]
    assert account.next_import_at == account.source.created_at + timedelta(hours=1)
    assert not platform.asked
    assert not ImportRun.objects.exists()
    assert chift.due_accounts(now=timezone.now() + timedelta(minutes=59)) == []
    assert chift.due_accounts(now=timezone.now() + timedelta(minutes=61)) == [account]


@pytest.mark.django_db
def test_create_source_takes_secrets_from_files(monkeypatch, tmp_path):
    monkeypatch.delenv("CHIFT_CLIENT_SECRET")
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("CHIFT_CLIENT_SECRET_FILE", str(tmp_path / "secret"))

    create("main", *ARGUMENTS)

    assert chift.client_secret(ChiftAccount.objects.get()) == "from a file"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a/b", *ARGUMENTS], "slash"),
        (["main", "--client-id", "x", "--account-id", "no-uuid"], "UUID"),
        (["main", *ARGUMENTS, "--base-url", "ftp://example.com"], "address"),
        (["main", *ARGUMENTS, "--base-url", "http://example.com"], "https"),
        (["main", *ARGUMENTS, "--base-url", "https://user:x@example.com"], "without user"),
        (["main", *ARGUMENTS, "--interval", "5"], "15"),
    ],
)
def test_create_source_refuses_what_can_not_be(arguments, words):
    with pytest.raises(CommandError, match=words):
        create(*arguments)
    assert not Source.objects.exists()


@pytest.mark.django_db
def test_create_source_needs_a_secret_and_a_new_name(monkeypatch):
    create("main", *ARGUMENTS)
    with pytest.raises(CommandError, match="already"):
        create("main", *ARGUMENTS)
    monkeypatch.delenv("CHIFT_CLIENT_SECRET")
    with pytest.raises(CommandError, match="CHIFT_CLIENT_SECRET"):
        create("other", *ARGUMENTS)


# --- import_chift -----------------------------------------------------------------------------------------------------


def start(name="main"):
    """Start the command in a process of its own."""
    command = [sys.executable, "manage.py", "import_chift", name]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    """Return exit code, standard output and standard error."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def until(holds, seconds=60):
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.02)


def own_lines(err):
    """Standard error without the log."""
    return [line for line in err.splitlines() if " INFO " not in line]


@pytest.mark.django_db(transaction=True)
def test_import_says_by_its_exit_code_how_it_went(platform, account):
    World(platform, Random(1), 5)
    code, out, err = finish(start())
    assert (code, own_lines(err)) == (0, [])
    assert "complete: consumers 5" in out

    platform.faults = {f"/consumers/{platform.consumers[0]['consumerid']}/connections": [b"{", b"{"]}
    code, out, err = finish(start())
    assert code == 3
    assert "partial" in out
    assert platform.consumers[0]["consumerid"] in err

    platform.faults = {"/token": [401]}
    code, out, err = finish(start())
    assert code == 1
    assert len(own_lines(err)) == 1
    assert "credentials" in err

    code, out, err = finish(start("nobody"))
    assert code == 1
    assert "no Chift source" in err


@pytest.mark.django_db(transaction=True)
def test_import_killed_at_any_time_is_made_good_by_the_next(platform, account):
    world = World(platform, Random(2), 150)
    platform.delay = 0.01
    for part in (0.2, 0.5, 0.8):
        asked = platform.asked.total()
        process = start()
        until(lambda asked=asked, part=part: platform.asked.total() - asked > 300 * part)
        os.kill(process.pid, signal.SIGKILL)
        finish(process)
        assert differences() == []
    assert Connection.objects.exists()

    code, _, _ = finish(start())

    assert code == 0
    assert seen() == world.expected()
    assert seen_errors() == world.expected_errors()
    assert ErrorEvent.objects.count() == ErrorEvent.objects.values("connection", "external_id").distinct().count()
    assert StatusChange.objects.count() == Connection.objects.count()
    assert differences() == []
    outcomes = list(ImportRun.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["failed", "failed", "failed", "complete"]


@pytest.mark.django_db(transaction=True)
def test_import_waits_for_the_one_under_way(platform, account):
    World(platform, Random(3), 5)
    with held_by_session(IMPORTS, account.source_id, wait=False) as held:
        assert held
        process = start()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
        assert not platform.asked
    assert finish(process)[0] == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_never_overlap(platform, account):
    World(platform, Random(4), 30)
    platform.delay = 0.005
    processes = [start() for _ in range(3)]
    codes = [finish(process)[0] for process in processes]

    assert codes == [0, 0, 0]
    runs = list(ImportRun.objects.order_by("started_at").values_list("started_at", "finished_at"))
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(runs))


@pytest.mark.django_db(transaction=True)
def test_memory_stays_flat(platform, account):
    """Four times the consumers take little more memory: what was read is let go of."""
    world = World(platform, Random(5), 150)
    script = (
        "import django, resource; django.setup();"
        "from django.core.management import call_command;"
        "call_command('import_chift', 'main');"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    surroundings = environment() | {"DJANGO_SETTINGS_MODULE": "connmon.settings"}
    peaks = []
    for count in (150, 600):
        for number in range(len(platform.consumers), count):
            world.add_consumer(number)
        done = subprocess.run([sys.executable, "-c", script], env=surroundings, capture_output=True, check=True)
        peaks.append(int(done.stdout.splitlines()[-1]) / 1024)
    assert peaks[1] - peaks[0] < 12, peaks  # MiB
