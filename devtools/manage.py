"""`bin/manage [--data DIR] COMMAND …`: manage.py against a running demo's servers, or those the environment names."""

import os
from typing import NoReturn

from devtools import environment
from devtools.console import Trouble
from devtools.folder import Folder
from devtools.surroundings import SERVERS, given, holding


def main(arguments: list[str]) -> NoReturn:
    """Become manage.py: the terminal, the working folder and the exit code are its own."""
    named, command = _split(arguments)
    settings = _settings(Folder.at(named), is_named=named is not None)
    environment.ensure("run")
    argv = [str(environment.PYTHON), str(environment.ROOT / "manage.py"), *command]
    os.execve(argv[0], argv, holding(settings))


def _split(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take --data from the front; everything behind the command's name belongs to the command."""
    first = arguments[0] if arguments else ""
    if first.startswith("--data="):
        return first.removeprefix("--data="), arguments[1:]
    if first != "--data":
        return None, arguments
    if not arguments[1:]:
        raise Trouble("usage: bin/manage [--data DIR] COMMAND …", exit_code=2)
    return arguments[1], arguments[2:]


def _settings(folder: Folder, *, is_named: bool) -> dict[str, str]:
    """The more explicit wins: a folder that was named, then the environment, then the demo in the usual folder."""
    own, demo = given(), folder.running()
    if demo is not None:
        return own | demo if is_named else demo | own
    if is_named or not own.keys() >= set(SERVERS):
        raise Trouble(f"No demo runs in {folder.path}: start bin/demo, or set DATABASE_URL and REDIS_URL")
    return {"PUBLIC_URL": "http://127.0.0.1:8000", "SECRET_KEY": own.get("SECRET_KEY") or folder.secret_key()} | own
