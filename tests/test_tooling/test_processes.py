"""Children end with the process that started them, whatever ends it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools.console import Trouble
from devtools.environment import ROOT
from devtools.processes import Program, attempt, end, run, start

SLEEP = "import time; time.sleep(600)"
# A parent that starts a child, says its process number, and sleeps.
PARENT = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from devtools.processes import Program, start
child = start(Program(name="child", argv=[sys.executable, "-c", {SLEEP!r}]))
print(child.pid, flush=True)
time.sleep(600)
"""


def python(code: str, **options) -> Program:
    return Program(name="Something", argv=[sys.executable, "-c", code], **options)


def wait_until(is_so, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_killed_parent_leaves_no_child():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    assert wait_until(lambda: is_gone(child))


def test_the_end_of_a_child_is_the_end_of_what_it_started(tmp_path):
    log = tmp_path / "log"
    grandchild = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)"
    child = start(python(f"{grandchild}; {SLEEP}", log=log))
    assert wait_until(lambda: log.exists() and log.read_text().endswith("\n"))
    end(child, (signal.SIGTERM, 5))
    assert wait_until(lambda: is_gone(int(log.read_text())))


def test_a_child_that_does_not_listen_is_killed(tmp_path):
    log = tmp_path / "log"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    child = start(python(f"{deaf}; {SLEEP}", log=log))
    assert wait_until(lambda: log.read_text() == "deaf\n")
    end(child, (signal.SIGTERM, 0.2))
    assert child.returncode == -signal.SIGKILL


def test_what_is_printed_and_what_goes_wrong_are_kept_apart():
    outcome = attempt(python("import sys; print(sys.stdin.read()); sys.exit('wrong')"), "hello")
    assert (outcome.exit_code, outcome.printed, outcome.errors) == (1, "hello\n", "wrong\n")


def test_a_failure_shows_the_end_of_the_output():
    with pytest.raises(Trouble, match=r"Something failed:\n(.*\n)*line 99$") as trouble:
        run(python("for n in range(100): print('line', n)\nraise SystemExit(1)"))
    assert "line 80" not in str(trouble.value)


def test_a_missing_program_is_one_line():
    with pytest.raises(Trouble, match=r"Nothing can not be started: .*No such file"):
        run(Program(name="Nothing", argv=["/nowhere/nothing"]))
