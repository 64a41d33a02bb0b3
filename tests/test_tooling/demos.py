"""Runs the real bin/demo for a test, and finds what it leaves behind."""

import http.client
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from devtools.environment import ROOT
from devtools.surroundings import holding

SECONDS_TO_START = 60
SECONDS_TO_STOP = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command of bin/ with private servers, to its end."""
    return subprocess.run(
        [str(ROOT / "bin" / arguments[0]), *arguments[1:]],
        env=holding(more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_START,
        check=False,
    )


class Demo:
    """One bin/demo in the background, with the lines it prints."""

    def __init__(self, data: Path, port: int, *options: str) -> None:
        self.data, self.port, self.lines = data, port, list[str]()
        self._queue: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [str(ROOT / "bin" / "demo"), "--data", str(data), "--port", str(port), *options],
            env=holding({"COMPANY_NAME": "Acme"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put("")

    def wait_until_ready(self) -> "Demo":
        """Collect its lines up to the ready line."""
        while not self.lines or not self.lines[-1].startswith("connmon is ready"):
            line = self._queue.get(timeout=SECONDS_TO_START)
            assert line, self.process.stderr and self.process.stderr.read()
            self.lines.append(line)
        return self

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=SECONDS_TO_STOP)
        assert "Traceback" not in errors
        return self.process.returncode

    def left_processes(self) -> list[str]:
        """The processes that write to its logs or name its folder."""
        return [name for pid in Path("/proc").glob("[0-9]*") if (name := self._belongs(pid))]

    def _belongs(self, pid: Path) -> str:
        try:
            name = (pid / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            outputs = [str((pid / "fd" / number).readlink()) for number in ("1", "2")]
        except OSError:  # gone, or somebody else's
            return ""
        is_ours = str(self.data) in name or any(output.startswith(str(self.data)) for output in outputs)
        return name if is_ours and int(pid.name) != os.getpid() else ""


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_so()
