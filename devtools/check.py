"""`bin/check`: what can be said about the code without running it; one line a step, output of failures only."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from devtools import environment, servers
from devtools.console import Trouble, say
from devtools.environment import ROOT
from devtools.processes import Outcome, Program, attempt

_LOCKS = ("run", "test", "lint", "servers")
_COMPILE = (
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--python-version=3.11",
)
# What uv says when it reaches no index: a machine without a network can not answer the question.
_OFFLINE = ("error sending request", "dns error", "Failed to fetch")

Step = Callable[[Mapping[str, str]], Outcome]


def main(arguments: list[str]) -> int:
    """Run every step, whatever the ones before it say, and return 1 when any failed."""
    if arguments:
        raise Trouble("usage: bin/check (it takes no arguments)", exit_code=2)
    environment.ensure("lint")
    with servers.throw_away() as running:
        surroundings = running.surroundings()
        results = [_report(name, step(surroundings)) for name, step in _steps()]
    return 0 if all(results) else 1


def _report(name: str, outcome: Outcome) -> bool:
    is_ok = outcome.exit_code == 0
    say(f"{name:<14} {'ok' if is_ok else 'FAILED'}")
    if not is_ok:
        say(outcome.output.rstrip())
    return is_ok


def _steps() -> Iterator[tuple[str, Step]]:
    yield "format", _module("ruff", "format", "--check", ".")
    yield "lint", _module("ruff", "check", ".")
    yield "types", _module("mypy", ".")
    yield "templates", _module("djlint", "--quiet", "--lint", "templates")
    yield "migrations", _python("manage.py", "makemigrations", "--check", "--dry-run")
    yield "deployment", _deployment
    for lock in _LOCKS:
        yield f"{lock}.lock", _lock(lock)
    yield "compose file", _module("check_jsonschema", "--builtin-schema=vendor.compose-spec", "docker-compose.yml")
    yield "Dockerfile", _program(str(environment.VENV / "bin" / "hadolint"), "Dockerfile")


def _program(*argv: str) -> Step:
    return lambda surroundings: attempt(Program(name=argv[0], argv=argv, env=surroundings, cwd=ROOT))


def _python(*argv: str) -> Step:
    return _program(str(environment.PYTHON), *argv)


def _module(*argv: str) -> Step:
    return _python("-m", *argv)


def _deployment(surroundings: Mapping[str, str]) -> Outcome:
    """Django's own list for production, so with an address as in production."""
    step = _python("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    return step({**surroundings, "PUBLIC_URL": "https://connmon.example.com"})


def _lock(name: str) -> Step:
    """Lock again over a copy: what fits stays as it is, so any difference means that the .in file asks for more."""

    def check(surroundings: Mapping[str, str]) -> Outcome:
        lock = ROOT / "requirements" / f"{name}.lock"
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / lock.name
            copy.write_bytes(lock.read_bytes())
            options = ["--no-deps"] if name == "servers" else []
            compiled = _module(*_COMPILE, *options, f"requirements/{name}.in", f"--output-file={copy}")(surroundings)
            if compiled.exit_code and any(sign in compiled.output for sign in _OFFLINE):
                return Outcome(0)
            if compiled.exit_code or copy.read_bytes() == lock.read_bytes():
                return compiled
        return Outcome(1, f"requirements/{name}.lock does not fit requirements/{name}.in: lock it again")

    return check
