"""Middleware before Gradio: closed addresses, limits of size and rate, and no internals in answers.

A layer of ASGI inside Gradio's server, so that it holds for whatever speaks HTTP.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import math
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import gradio as gr

from gan_studio.core.limits import Limits
from gan_studio.ui.errors import INTERNAL_ERROR
from gan_studio.ui.explore import importing
from gan_studio.ui.explore import routes as explore
from gan_studio.ui.learn import routes as learn
from gan_studio.ui.rate_limit import TokenBuckets
from gan_studio.ui.sessions import Visits
from gan_studio.ui.transform import routes as transform
from gan_studio.ui.words import routes as words
from gan_studio.ui.words import speech_routes as speech

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

API = "/gradio_api/"
UPLOAD, TOOLS = (f"{API}{name}" for name in ("upload", "mcp"))
HEARTBEAT = f"{API}heartbeat/"
BLOCKED_PATHS = (
    *(f"{API}{name}" for name in ("component_server", "proxy=", "process_recording", "stream")),
    *(f"{API}{name}" for name in ("deep_link", "run-history", "runs", "vibe", "undo-vibe", "dev")),
    *("/monitoring", "/login", "/logout", "/docs", "/redoc"),
)
"""paths that Gradio serves and this page does not use"""
CALL = re.compile(rf"{API}(run|api|call|queue/join)(/|$)")
QUEUED_CALL = re.compile(rf"{API}(call|queue/join)(/|$)")
SESSION = re.compile(rb'"session_hash"\s*:\s*"([\w-]{1,64})"')
MAX_JSON = 1 << 20
"""bytes of a call; the largest that the page sends has a few thousand"""
MAX_PNG = 16 << 20
"""bytes of a saved PNG whose recipe is asked for"""
SCRIPT_PREFIXES = (explore.PREFIX, transform.PREFIX, learn.PREFIX, words.PREFIX, speech.PREFIX)
"""where the routes of the page's own scripts lie"""
TABS = (explore, transform, learn, words, speech)
LONG = {f"{tab.PREFIX}{name}" for tab in TABS for name in tab.LONG}
"""the routes among them that take seconds"""
FILE_ROUTES = {
    f"{explore.PREFIX}restore": MAX_PNG,
    f"{words.PREFIX}restore": MAX_PNG,
    f"{speech.PREFIX}restore": speech.MAX_WAV,
    f"{transform.PREFIX}restore": transform.MAX_PICTURE,
    f"{transform.PREFIX}upload": transform.MAX_PICTURE,
    importing.FILE: sys.maxsize,
}
"""the routes that take a file -> how many bytes of it, at most those of an upload"""
MAX_MCP = 16 << 20
"""bytes of a call by MCP, whose files stand in it"""
MAX_UPLOADS = 2
"""uploads of the largest size that may come in one request"""
ADVICE = {
    UPLOAD: "; drop fewer pictures at a time, or a zip of them",
    importing.FILE: "; import a larger file with `python -m gan_studio import`",
}
"""what to do instead of sending a body that is too large"""
MAX_QUERY = 60_000
"""characters of a query; Gradio fails at addresses of 65,536"""
PAGE_COST, SESSION_COST = 10.0, 6.0
"""costs of the page and of the first call of a session, where a call costs 1"""
UNREADABLE = "The request cannot be read; the page’s API view describes what each endpoint takes."


class HTTPRefusal(Exception):
    """A request that is answered with an error before Gradio sees it."""

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers


class RequestGuard:
    """Passes on the requests that the limits allow."""

    def __init__(self, app: App, page: gr.Blocks, rules: Limits) -> None:
        self.app, self.page, self.rules = app, page, rules
        self.calls = TokenBuckets(rules.calls_per_visitor, 2 * rules.calls_per_visitor)
        self.addresses = TokenBuckets(rules.calls_per_address, 5 * rules.calls_per_address)
        self.works = TokenBuckets(rules.jobs_per_minute / 60, rules.jobs_per_minute / 2)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, plain=scope["path"].startswith(UPLOAD) or is_navigation(scope))
        try:
            _check_query(scope)
            with self.present(scope["path"]):
                # In a context of its own: what Gradio notes there of an event that failed would
                # else be found by the next request of the connection, which a proxy may share.
                response = self.app(scope, await self.admit(scope, receive), answer)
                await contextvars.Context().run(asyncio.ensure_future, response)
        except HTTPRefusal as refusal:
            await answer.refuse(refusal)
        except Exception:  # what Gradio did not expect, either
            logging.getLogger(__name__).exception("%s ended by an error", scope["path"])
            await answer.refuse(HTTPRefusal(500, INTERNAL_ERROR))

    def present(self, path: str) -> AbstractContextManager[None]:
        """Mark a visit as present while its page holds the heartbeat connection."""
        visits, session = self.page.state_holder, path.removeprefix(HEARTBEAT)
        if session != path and isinstance(visits, Visits):
            return visits.present(session)
        return nullcontext()

    async def admit(self, scope: MutableMapping[str, Any], receive: Receive) -> Receive:
        """The request's body, as much of it as may come; HTTPRefusal for what may not."""
        path, address = scope["path"], (scope.get("client") or ("",))[0]
        if path.startswith(BLOCKED_PATHS):
            raise HTTPRefusal(404, "Not Found")
        if path in LONG:
            self.check(self.works, address)
        if scope["method"] != "POST":
            self.check(self.addresses, address, PAGE_COST if path in ("/", "/config") else 1.0)
            return receive
        if path.startswith(UPLOAD):
            self.check(self.works, address)
            most = MAX_UPLOADS * self.rules.upload_bytes
            return _limit_body(scope, receive, most, ADVICE[UPLOAD])
        if path.startswith(TOOLS):
            self.check(self.addresses, address, SESSION_COST)
            self.check(self.works, address)
            return _limit_body(scope, receive, MAX_MCP)
        if path.startswith(SCRIPT_PREFIXES):
            self.check(self.addresses, address)
            self.check(self.calls, f"{address} {_visit(scope)}")
            most = min(FILE_ROUTES.get(path, MAX_JSON), self.rules.upload_bytes)
            return _limit_body(scope, receive, most, ADVICE.get(path, ""))
        body = await _read(_limit_body(scope, receive, MAX_JSON))
        if CALL.match(path):
            self.call(path, address, body)
        return _replay_body(body, receive)

    def call(self, path: str, address: str, body: bytes) -> None:
        """HTTPRefusal for a visitor who calls too often, and while too many wait."""
        sessions = SESSION.findall(body)  # of several, JSON takes the last
        session = sessions[-1].decode() if sessions else ""
        is_known_session = session in self.page.state_holder.session_data
        self.check(self.addresses, address, 1.0 if is_known_session else SESSION_COST)
        self.check(self.calls, f"{address} {session}")
        if QUEUED_CALL.match(path):
            self.check(self.works, address)
            waiting = len(self.page._queue)  # noqa: SLF001  # Gradio tells it nowhere else
            if waiting >= self.rules.queue_size:
                raise HTTPRefusal(
                    503,
                    f"The studio is busy: {waiting} requests wait already. Try again in a minute.",
                    **{"retry-after": "60"},
                )

    def check(self, rates: TokenBuckets, name: str, cost: float = 1.0) -> None:
        if late := rates.take(name, cost):
            seconds = math.ceil(late)
            raise HTTPRefusal(
                429,
                f"Too many requests; try again in {seconds} s.",
                **{"retry-after": str(seconds)},
            )


def is_navigation(scope: MutableMapping[str, Any]) -> bool:
    """Whether a person opens an address, and no script."""
    return scope["method"] == "GET" and b"text/html" in dict(scope["headers"]).get(b"accept", b"")


class _Answer:
    """Passes on the app’s response, but replaces internal details and empty error messages."""

    EMPTY = b'{"error":null}'

    def __init__(self, send: Send, *, plain: bool = False) -> None:
        """`plain`: errors are plain text, as Gradio's page shows that of an upload as it comes."""
        self._send, self._plain, self._start = send, plain, None
        self._has_begun = self._has_ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:
            self._start = message
            return
        if start := self._start:
            self._start = None
            if message.get("body") == self.EMPTY and not message.get("more_body"):
                await self.refuse(HTTPRefusal(500, UNREADABLE))
                return
            await self._send(start)
        self._has_begun, self._has_ended = True, not message.get("more_body", "headers" in message)
        await self._send(message)

    async def refuse(self, refusal: HTTPRefusal) -> None:
        """Say why; in the midst of an answer it is too late for that, and it just ends."""
        if self._has_begun and not self._has_ended:
            await self({"type": "http.response.body", "body": b""})
        elif not self._has_begun:
            self._has_begun = self._has_ended = True
            text, kind = refusal.sentence, "text/plain; charset=utf-8"
            if not self._plain:
                text, kind = json.dumps({"error": text, "detail": text}), "application/json"
            headers = {"content-type": kind, **refusal.headers}
            await _send(self._send, refusal.status, text.encode(), headers)


def _check_query(scope: MutableMapping[str, Any]) -> None:
    """HTTPRefusal for an address that Gradio would fail at."""
    if len(scope.get("query_string", b"")) > MAX_QUERY:
        raise HTTPRefusal(
            414,
            f"This address is too long: at most {MAX_QUERY:,} characters may follow the question "
            "mark. Put a # in its place.",
        )


def _visit(scope: MutableMapping[str, Any]) -> str:
    """The name that the page's script gives its visit."""
    return dict(scope["headers"]).get(b"x-visit", b"")[:32].decode("latin-1")


async def _send(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    complete = {**headers, "content-length": str(len(body))}
    head = [(name.encode(), value.encode()) for name, value in complete.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _limit_body(
    scope: MutableMapping[str, Any], receive: Receive, most: int, advice: str = ""
) -> Receive:
    """The same body; HTTPRefusal once it is longer than that, or says that it will be."""
    limit = f"at most {most / 1e6:.0f} MB can be sent at once"
    too_long = HTTPRefusal(413, f"The request is too large: {limit}{advice}.")
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length[:20]) > most:
        raise too_long
    count = 0

    async def read() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > most:
            raise too_long
        return message

    return read


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPRefusal(400, "The request ended early.")
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replay_body(body: bytes, receive: Receive) -> Receive:
    """A `receive` that returns a body which was read before, then the messages after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return messages.pop() if messages else await receive()

    return read
