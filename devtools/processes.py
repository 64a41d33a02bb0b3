"""Child processes that never outlive us: each gets a signal from the kernel when this process dies, even by kill -9."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from devtools.console import Trouble

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TAIL_LINES = 15


class Stopped(BaseException):
    """Somebody asked this process to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def stop_on_signals() -> None:
    """Turn the first Ctrl-C, SIGTERM or SIGHUP into Stopped, so that every clean-up on the way out runs."""

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        ignore_signals()
        raise Stopped(number)

    for number in _STOPPING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, stop)


def ignore_signals() -> None:
    """Let no further signal cut a clean-up short."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True)
class Account:
    """The user a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """How to start a child; `orphaned` is the signal it gets when this process dies."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = Path("/")
    log: Path | None = None
    account: Account | None = None
    pass_fds: tuple[int, ...] = ()
    orphaned: signal.Signals = signal.SIGKILL
    umask: int = -1


def _spawn(
    program: Program, *, own_session: bool, stdin: int | None, stdout: int | None, stderr: int | None
) -> subprocess.Popen[bytes]:
    account = program.account
    try:
        # A preexec_fn is safe here: this process has one thread. It runs after the change of user, which would undo it.
        return subprocess.Popen(
            program.argv,
            env=program.env,
            cwd=program.cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            pass_fds=program.pass_fds,
            start_new_session=own_session,
            umask=program.umask,
            preexec_fn=_die_with(os.getpid(), program.orphaned),  # noqa: PLW1509
        )
    except OSError as error:
        raise Trouble(f"{program.name} can not be started: {error}") from error


def _die_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    def prepare() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before the call above
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start a child in the background; it writes to its log."""
    if program.log is None:
        return _spawn(
            program, own_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    log = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return _spawn(program, own_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    finally:
        os.close(log)


@dataclass(frozen=True)
class Outcome:
    """How a child ended and what it printed."""

    exit_code: int
    printed: str = ""
    errors: str = ""

    @property
    def output(self) -> str:
        """All it printed."""
        return self.printed + self.errors


def attempt(program: Program, text: str = "") -> Outcome:
    """Run a child to its end with that text as its input."""
    child = _spawn(program, own_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        printed, errors = child.communicate(text.encode())
    finally:
        end(child)
    return Outcome(child.returncode, printed.decode(errors="replace"), errors.decode(errors="replace"))


def run(program: Program, text: str = "") -> str:
    """Run a child to its end and return what it printed; a failure becomes Trouble that shows the end of it."""
    outcome = attempt(program, text)
    if outcome.exit_code:
        reason = last_lines(outcome.output)
        separator = "\n" if "\n" in reason else " "
        raise Trouble(f"{program.name} failed:{separator}{reason}")
    return outcome.printed


def foreground(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
    """Run a child that owns the terminal and return its exit code."""
    program = Program(name=argv[0], argv=argv, env=env, cwd=cwd)
    child = _spawn(program, own_session=False, stdin=None, stdout=None, stderr=None)
    try:
        code = child.wait()
    except Stopped as stopped:
        if stopped.signal != signal.SIGINT or not os.isatty(0):  # a terminal sends Ctrl-C to the child as well
            child.send_signal(stopped.signal)
        _insist(child, (signal.SIGTERM, 10), (signal.SIGKILL, 5))
        raise
    return code if code >= 0 else 128 - code


def end(child: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Ask a background child to end, each step (signal, seconds to obey) more firmly; then kill what it left behind."""
    if steps and child.poll() is None:
        child.send_signal(steps[0][0])
        _insist(child, *steps[1:], (signal.SIGKILL, steps[0][1]))
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _insist(child: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Give the child each step's seconds to end, then send that step's signal."""
    for number, seconds in steps:
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return
        child.send_signal(number)
    child.wait()


def last_lines(output: str) -> str:
    """Return the end of what a program printed, which says why it failed."""
    return "\n".join(output.strip().splitlines()[-_TAIL_LINES:])
