"""A server that speaks Chift's documented API: its state is plain lists, its faults can be planned."""

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

CLIENT = {
    "clientId": "client-1",
    "clientSecret": "s3cret-of-the-account",
    "accountId": "11111111-2222-4333-8444-555555555555",
}


class Platform:
    """What an account holds. `faults` maps a path to the next answers: a status, "drop", "half", "slow" or a body."""

    def __init__(self):
        self.integrations, self.consumers, self.syncs, self.issues = [], [], [], []
        self.connections = {}  # consumerid → list
        self.consumer_syncs = {}  # (consumerid, syncid) → answer
        self.closed = set()  # ids of issues
        self.unlisted = set()  # consumers that the key may not see in the list
        self.faults = {}
        self.asked = Counter()
        self.methods = Counter()
        self.minted = []
        self.tokens = set()
        self.token_seconds = 1800
        self.delay = 0.0
        self.most_at_once = self._at_once = 0
        self._lock = threading.Lock()

    def arrive(self, method, path):
        with self._lock:
            self.asked[path] += 1
            self.methods[method] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            planned = self.faults.get(path)
            return planned.pop(0) if planned else None

    def leave(self):
        with self._lock:
            self._at_once -= 1

    def answer(self, path, query):  # noqa: PLR0911 (an address a line)
        """Return status and value."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match parts:
            case ["integrations"]:
                return 200, self.integrations
            case ["consumers"]:
                return 200, [c for c in self.consumers if c["consumerid"] not in self.unlisted]
            case ["syncs"]:
                return 200, self.syncs
            case ["issues"]:
                wanted = query.get("status", ["all"])[0]
                closed = {"open": (False,), "closed": (True,), "all": (False, True)}[wanted]
                return 200, [_without_events(i) for i in self.issues if (i["id"] in self.closed) in closed]
            case ["issues", found]:
                return self._found([i for i in self.issues if i["id"] == found])
            case ["consumers", found, "connections"]:
                if not any(c["consumerid"] == found for c in self.consumers):
                    return _missing()
                return 200, self.connections.get(found, [])
            case ["consumers", found, "syncs", sync]:
                return self._found([a for key, a in self.consumer_syncs.items() if key == (found, sync)])
        return _missing()

    def mint(self, path, body):
        self.minted.append((path, body))
        return 200, {"url": f"https://connect.example.com/{len(self.minted)}"}

    @staticmethod
    def _found(found):
        return (200, found[0]) if found else _missing()


def _missing():
    return 404, {
        "message": "The resource does not exist",
        "status": "error",
        "detail": "not found",
        "error_code": "ERROR_RESOURCE_NOT_FOUND",
    }


def _without_events(issue):
    return {name: value for name, value in issue.items() if name != "events"}


@contextmanager
def serving(platform):
    """Serve it on a port of this machine; yields the base address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            self._serve("GET")

        def do_POST(self):
            self._serve("POST")

        def _serve(self, method):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            fault = platform.arrive(method, parts.path)
            try:
                time.sleep(platform.delay)
                self._answer(method, parts, body, fault)
            finally:
                platform.leave()

        def _answer(self, method, parts, body, fault):  # noqa: PLR0911 (a fault a line)
            if fault == "drop":
                self.close_connection = True
                return None
            if fault == "slow":
                time.sleep(1.5)
            if isinstance(fault, int):
                if fault == 401:
                    platform.tokens.clear()
                return self._send(fault, {"message": f"fault {fault}", "status": "error", "detail": ["one", "two"]})
            if isinstance(fault, bytes):
                return self._send_bytes(200, fault)
            if isinstance(fault, tuple):
                return self._send(*fault)
            if parts.path == "/token":
                return self._token(json.loads(body))
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in platform.tokens:
                return self._send(401, {"message": "Unauthorized", "status": "error", "detail": "token"})
            if method == "POST":
                return self._send(*platform.mint(parts.path, json.loads(body)))
            status, value = platform.answer(parts.path, parse_qs(parts.query))
            if fault == "half":
                return self._half(json.dumps(value).encode())
            return self._send(status, value)

        def _token(self, login):
            if login != CLIENT:
                detail = [
                    {"loc": ["body", "clientSecret"], "msg": "is wrong", "type": "x", "input": login["clientSecret"]}
                ]
                return self._send(401, {"message": "Invalid credentials", "status": "error", "detail": detail})
            token = f"token-{platform.asked['/token']}"
            platform.tokens.add(token)
            answer = {"access_token": token, "token_type": "bearer", "expires_in": platform.token_seconds}
            return self._send(200, answer | {"expires_on": int(time.time()) + platform.token_seconds})

        def _send(self, status, value):
            self._send_bytes(status, json.dumps(value).encode())

        def _send_bytes(self, status, data):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _half(self, data):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_):
            """A client that hangs up is no error of ours."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
