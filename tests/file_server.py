"""A stand-in for the Hub on this machine: one file, its parts, and everything that can go wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves `content`, like the Hub from another host than the one that is asked."""

    daemon_threads = True

    def __init__(self, content: bytes, etag: str) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.content, self.etag = content, etag
        self.ranges = True
        self.status = 200
        self.breaks = 0
        """how many answers of more than eight bytes break off in the middle"""
        self.served: list[tuple[int, int]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator[FileServer]:
        thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class Requests(BaseHTTPRequestHandler):
    server: FileServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.redirect()

    def do_GET(self) -> None:
        if not self.path.startswith("/cdn/"):
            return self.redirect()
        start, end = 0, len(self.server.content)
        if self.server.ranges:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            start, end = int(first), int(last) + 1
        self.server.served.append((start, end))
        self.send_response(206 if self.server.ranges else 200)
        if self.server.ranges:
            said = f"bytes {start}-{end - 1}/{len(self.server.content)}"
            self.send_header("Content-Range", said)
        return self.send(self.server.content[start:end])

    def send(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if len(body) > 8 and self.server.breaks:
            self.server.breaks -= 1
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)

    def redirect(self) -> None:
        if self.server.status != 200:
            self.send_response(self.server.status)
        else:
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/cdn/file")
            self.send_header("X-Linked-Etag", f'"{self.server.etag}"')
            self.send_header("X-Linked-Size", str(len(self.server.content)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
