"""
Servers that play the web for tests, both on loopback.

`mirror()` runs the offline mirror that lies beside the repository; tests that need it are skipped where it is
absent. `website()` serves pages written in the test itself and needs nothing.
"""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

WEB = Path(os.environ.get("TUTOR_TEST_WEB") or Path(__file__).resolve().parents[1] / ".." / "shared" / "web")


@dataclass(frozen=True, slots=True)
class Mirror:
    """A running mirror: `base` ends with a slash, `via` is the template for a Fetcher."""

    base: str

    @property
    def via(self) -> str:
        """The template that fetches every page from here."""
        return self.base + "{url}"

    def control(self, action: str, **options: object) -> dict[str, Any]:
        """Steer the mirror: edit, delete, down, reset."""
        request = urllib.request.Request(f"{self.base}__control/{action}", json.dumps(options).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def stats(self) -> dict[str, Any]:
        """What was asked of the mirror so far."""
        with urllib.request.urlopen(f"{self.base}__control/stats", timeout=10) as answer:
            return dict(json.load(answer))


def web_folder() -> Path:
    """The mirror's folder; skips the test where there is none."""
    folder = WEB.resolve()
    if not (folder / "serve.py").exists():
        pytest.skip(f"the offline mirror is not at {WEB}: put it beside the repository to run this test")
    return folder


@contextmanager
def mirror(*options: str) -> Iterator[Mirror]:
    """The mirror on a free port, with these options of its command line."""
    command = [sys.executable, str(web_folder() / "serve.py"), "--port", "0", "--quiet", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()  # "serving 129 pages at http://127.0.0.1:40227/{url}"
            yield Mirror(ready.rpartition(" ")[2].strip().removesuffix("{url}"))
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a page of `website` answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


Pages = Mapping[str, Reply | Callable[[Mapping[str, str]], Reply]]
"""Replies, or makers of replies from the request's headers, by the path as it stands in the request line."""


@dataclass(slots=True)
class Website:
    """A running website and what it was asked: (path, headers) in order."""

    base: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _ in self.asked]


@contextmanager
def website(pages: Pages) -> Iterator[Website]:
    """A website of these pages; other paths are 404 without a body."""
    site = Website("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.path, headers))
            page = pages.get(self.path, Reply(status=404))
            reply = page(headers) if callable(page) else page
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(reply.body))} | dict(reply.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # somebody was killed while reading
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
