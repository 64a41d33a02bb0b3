"""bin/demo as people and scripts meet it: the real command, in a folder and on a port of its own."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from devtools.environment import ROOT
from tests.test_tooling.demos import Demo, command, free_port, wait_until


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(data):
    """An empty demo that runs while this module's first tests look at it."""
    running = Demo(data, free_port(), "--empty").wait_until_ready()
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)


def test_it_says_how_to_sign_in_and_then_that_it_is_ready(demo):
    sign_in, key, ready = demo.lines
    assert all(word in sign_in for word in ("viewer", "operator", "admin", "demo"))
    assert key == f"API key: {(demo.data / 'api-key').read_text().strip()}"
    assert ready == f"connmon is ready at http://127.0.0.1:{demo.port}"


def test_it_answers_when_it_says_so(demo):
    assert demo.get("/healthz") == 200


def test_secrets_are_for_its_user_alone(demo):
    assert demo.data.stat().st_mode & 0o077 == 0
    for name in ("api-key", "secret-key", "state.json"):
        assert (demo.data / name).stat().st_mode & 0o777 == 0o600


def test_manage_reaches_its_servers_with_its_settings(demo):
    code = "from django.conf import settings; print(settings.PUBLIC_URL, settings.COMPANY_NAME, settings.DEBUG)"
    done = command("manage", "--data", str(demo.data), "shell", "--no-imports", "-c", code)
    assert done.stdout == f"http://127.0.0.1:{demo.port} Acme False\n", done.stderr
    assert command("manage", "--data", str(demo.data), "migrate", "--check").returncode == 0


def test_a_second_demo_on_the_same_folder_is_refused_in_one_line(demo):
    done = command("demo", "--data", str(demo.data), "--port", str(free_port()))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Another bin/demo is already running on {demo.data}\n"


def test_a_taken_port_is_refused_in_one_line(demo, tmp_path):
    done = command("demo", "--data", str(tmp_path / "other"), "--port", str(demo.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Port {demo.port} can not be used: Address already in use")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_ends_every_process(demo):
    assert demo.left_processes()
    sockets = Path((demo.data / "sockets").read_text().strip())
    started = time.monotonic()
    assert demo.stop(signal.SIGINT) == 0
    assert time.monotonic() - started < 20
    assert demo.left_processes() == []
    assert not sockets.exists()
    assert not (demo.data / "state.json").exists()


def test_it_starts_again_with_the_same_key_and_a_kill_leaves_no_process(demo, data):
    again = Demo(data, demo.port, "--empty").wait_until_ready()
    assert again.lines == demo.lines
    again.stop(signal.SIGKILL)
    assert wait_until(lambda: again.left_processes() == []), again.left_processes()


def test_it_recovers_from_a_kill_and_ends_when_one_of_its_processes_does(demo, data):
    running = Demo(data, demo.port, "--empty").wait_until_ready()
    assert running.get("/healthz") == 200
    scheduler = next(
        int(pid.name) for pid in Path("/proc").glob("[0-9]*") if f"--schedule={data}".encode() in _command_line(pid)
    )
    os.kill(scheduler, signal.SIGKILL)
    _, errors = running.process.communicate(timeout=30)
    assert running.process.returncode == 1
    assert "The scheduler ended with code -9" in errors
    assert running.left_processes() == []


def _command_line(pid: Path) -> bytes:
    try:
        return (pid / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "many"], ["--fast"]])
def test_a_wrong_option_is_one_line_and_code_2(arguments):
    done = command("demo", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("bin/demo: ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_said_by_the_settings(tmp_path):
    done = command("demo", "--data", str(tmp_path / "data"), "--port", str(free_port()), TIME_ZONE="Moon/Crater")
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert "connmon can not start: TIME_ZONE is not a time zone" in last
    assert "Traceback" not in done.stderr


def test_manage_without_a_demo_is_one_line(tmp_path):
    done = command("manage", "--data", str(tmp_path), "check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"No demo runs in {tmp_path}: start bin/demo, or set DATABASE_URL and REDIS_URL\n"


def test_manage_takes_the_servers_of_the_environment():
    servers = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    secret = {"SECRET_KEY": "x" * 40}
    assert command("manage", "check", **servers, **secret).returncode == 0


def test_stopping_the_tests_leaves_nothing(tmp_path):
    """Ctrl-C in the middle of bin/test ends its servers and removes their folder."""
    test = tmp_path / "test_slow.py"
    note = tmp_path / "note"
    test.write_text(
        "import json, os, pathlib, time\n"
        "def test_slow():\n"
        "    known = [os.environ['DATABASE_URL'], os.environ['CHROMIUM']]\n"
        f"    pathlib.Path({str(note)!r}).write_text(json.dumps(known))\n"
        "    time.sleep(60)\n"
    )
    arguments = ["-p", "no:django", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path), str(test)]
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    with subprocess.Popen([ROOT / "bin" / "test", *arguments], env=environment, stdout=subprocess.PIPE) as process:
        assert wait_until(lambda: note.exists() and note.read_text() != "", 30)
        database, chromium = json.loads(note.read_text())
        folder = Path(database.partition("host=")[2])
        assert folder.is_dir()
        assert Path(chromium).exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0
    assert not folder.exists()
    assert not folder.parent.exists()
