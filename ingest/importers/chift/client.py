"""Speaks HTTP with Chift: one token for all threads, few tries, and errors in plain words."""

import json
import random
import threading
import time
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import httpx

from common.rules import storable
from ingest.importers.chift import answers
from ingest.importers.parallel import WORKERS
from ingest.importers.protocol import CredentialsError, Patience, PlatformError

T = TypeVar("T")

_RENEWED_EARLY: Final = 60  # seconds before a token ends
_AWAY: Final = frozenset({502, 503, 504})  # what stands before the platform answers for it
_MOST_CHARACTERS: Final = 300


class Client:
    """One account at Chift. Threads may share it; it never follows redirects, so the token stays with the platform."""

    def __init__(
        self, *, base_url: str, client_id: str, client_secret: str, account_id: str, patience: Patience
    ) -> None:
        self._login = {"clientId": client_id, "clientSecret": client_secret, "accountId": account_id}
        self._patience = patience
        self._tokens = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._http = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(patience.timeout_seconds, connect=min(5.0, patience.timeout_seconds)),
            limits=httpx.Limits(max_connections=2 * WORKERS, max_keepalive_connections=2 * WORKERS),
            headers={"Accept": "application/json", "User-Agent": "connmon"},
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def sign_in(self) -> None:
        """Get a token. CredentialsError when that is refused."""
        self._current_token()

    def get(self, path: str, answer_type: type[T], **parameters: str) -> T:
        """Read what stands at a path. PlatformError after the last try, or at once when trying again is no use."""
        return answers.read(self._authorised("GET", path, params=parameters), answer_type)

    def post(self, path: str, answer_type: type[T], body: Mapping[str, Any]) -> T:
        """Ask for something to be made: tried once, as it might be made twice."""
        return answers.read(self._authorised("POST", path, json=body, attempts=1), answer_type)

    def _authorised(self, method: str, path: str, *, attempts: int | None = None, **request: Any) -> bytes:  # noqa: ANN401 (httpx's)
        token = self._current_token()
        answer = self._send(method, path, attempts=attempts, token=token, **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token = self._current_token(refused=token)
            answer = self._send(method, path, attempts=attempts, token=token, **request)
        if answer.is_success:
            return answer.content
        raise PlatformError(f"{answer.status_code}: {described(answer.content)}", status=answer.status_code)

    def _current_token(self, *, refused: str = "") -> str:
        """Return a token that is good for a while, and is another than the one that was refused."""
        with self._tokens:
            if not self._token or self._token == refused or time.monotonic() >= self._renew_at:
                asked_at = time.monotonic()
                given = self._ask_token()
                self._token = given.access_token
                self._renew_at = asked_at + given.expires_in - _RENEWED_EARLY
            return self._token

    def _ask_token(self) -> answers.Token:
        answer = self._send("POST", "/token", json=self._login)
        if answer.status_code in {401, 403, 422}:
            raise CredentialsError(
                f"The platform refused the credentials ({answer.status_code}: {described(answer.content)}).",
                status=answer.status_code,
            )
        if not answer.is_success:
            raise PlatformError(f"no token, {answer.status_code}: {described(answer.content)}")
        return answers.read(answer.content, answers.Token)

    def _send(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        attempts: int | None = None,
        **request: Any,  # noqa: ANN401 (httpx's)
    ) -> httpx.Response:
        """Send until there is an answer other than 502 or its like; after the last try raise PlatformError."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        problem = ""
        for attempt in range(attempts or self._patience.attempts):
            if attempt:
                self._pause(attempt)
            try:
                answer = self._http.request(method, path, headers=headers, **request)
            except httpx.TimeoutException:
                problem = f"no answer within {self._patience.timeout_seconds:g} s"
            except httpx.HTTPError as error:
                problem = str(error) or type(error).__name__
            else:
                if answer.status_code not in _AWAY:
                    return answer
                problem = f"{answer.status_code}: {described(answer.content)}"
        raise PlatformError(f"the platform is away ({problem})")

    def _pause(self, attempt: int) -> None:
        """Wait twice as long each time, and never in step with other threads."""
        time.sleep(self._patience.pause_seconds * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))  # noqa: S311


def described(body: bytes) -> str:
    """Return what an error answer says: its message, or each of its details; never what we sent."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "no explanation"
    if not isinstance(value, dict):
        return "no explanation"
    parts = [value.get("message"), value.get("error_code"), *_details(value.get("detail"))]
    told = "; ".join(dict.fromkeys(part for part in parts if isinstance(part, str) and part))
    return storable(told, _MOST_CHARACTERS) or "no explanation"


def _details(detail: object) -> list[str]:
    """Return details as texts: one text, or a list of texts or of {loc, msg}."""
    found = detail if isinstance(detail, list) else [detail]
    return [_detail(one) for one in found]


def _detail(one: object) -> str:
    if isinstance(one, dict):
        place = one.get("loc")
        where = ".".join(map(str, place)) + " " if isinstance(place, list) else ""
        return f"{where}{one.get('msg', '')}".strip()
    return one if isinstance(one, str) else ""
