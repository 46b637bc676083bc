"""What is let in, before Gradio sees it."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, TypeVar

import httpx
import pytest

from gan_studio.core.limits import LOCAL, PUBLIC, Limits
from gan_studio.ui.errors import INTERNAL_ERROR
from gan_studio.ui.explore import routes
from gan_studio.ui.middleware import MAX_JSON, MAX_MCP, MAX_QUERY, UNREADABLE, RequestGuard

T = TypeVar("T")


class Room:
    """What lies behind the door: answers with what it was sent, or with trouble."""

    async def __call__(self, scope, receive, send) -> None:
        if scope["path"] == "/trouble":
            raise RuntimeError("a secret")
        if scope["path"] == "/half":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise RuntimeError("a secret")
        status = 500 if scope["path"] == "/null" else 200
        body = b'{"error":null}' if status == 500 else b""
        message: dict[str, Any] = {"more_body": scope["method"] == "POST"}
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Page(SimpleNamespace):
    """As much of a page as the door looks at: whom it knows, and how many wait."""

    def __init__(self, waiting: int = 0, known: tuple[str, ...] = ()) -> None:
        super().__init__(
            _queue=[None] * waiting,
            state_holder=SimpleNamespace(session_data=dict.fromkeys(known)),
        )


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: where a browser is open, this one has a loop that runs."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


def asked(door: RequestGuard, *requests: tuple[Any, ...]) -> list[httpx.Response]:
    """The answers to (method, path, JSON or bytes), and headers if there are any."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=door)  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return [
                await http.request(method, path, content=_bytes(body), headers=dict(*headers))
                for method, path, body, *headers in requests
            ]

    return run(ask())


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def test_calls_by_mcp_count_and_are_bounded_as_uploads_are():
    path, few = "/gradio_api/mcp/", dataclasses.replace(LOCAL, jobs_per_minute=4.0)
    answers = asked(door(few), *[("POST", path, {})] * 4)
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    (answer,) = asked(door(), ("POST", path, b" " * (MAX_MCP + 1)))
    assert answer.status_code == 413


def door(rules: Any = LOCAL, **page: Any) -> RequestGuard:
    return RequestGuard(Room(), Page(**page), rules)  # pyright: ignore[reportArgumentType]


MOVE = ("POST", "/gradio_api/run/generate", {"session_hash": "me"})


def test_a_call_passes_with_its_body():
    (answer,) = asked(door(), MOVE)
    assert answer.json() == {"session_hash": "me"}


@pytest.mark.parametrize(
    "path", ["/gradio_api/component_server", "/gradio_api/proxy=http://127.0.0.1/", "/monitoring"]
)
def test_what_the_page_does_not_use_is_closed(path):
    for method in ("GET", "POST"):
        (answer,) = asked(door(), (method, path, {}))
        assert answer.status_code == 404


def test_a_call_that_is_too_long_is_refused_whatever_it_says_of_its_length():
    too_long = b"x" * (MAX_JSON + 1)
    assert asked(door(), ("POST", "/gradio_api/run/generate", too_long))[0].status_code == 413
    sent = [{"type": "http.request", "body": too_long, "more_body": False}]
    told = []

    async def receive():
        return sent.pop()

    async def send(message):
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/run/x", "headers": []}
    run(door()(scope, receive, send))
    assert told[0]["status"] == 413


def test_an_upload_may_be_as_large_as_the_rules_say():
    rules = dataclasses.replace(LOCAL, upload_bytes=1000)
    sizes = [2000, 2001]
    answers = [asked(door(rules), ("POST", "/gradio_api/upload", b"x" * n))[0] for n in sizes]
    assert [answer.status_code for answer in answers] == [200, 413]


def test_a_visit_that_calls_too_often_is_told_when_to_come_again():
    rules = dataclasses.replace(PUBLIC, calls_per_visitor=5.0)
    answers = asked(door(rules, known=("me",)), *[MOVE] * 11)
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["error"].endswith(" 1 s.")


def test_a_hand_on_a_slider_is_never_too_fast():
    answers = asked(door(PUBLIC, known=("me",)), *[MOVE] * 60)  # as of three seconds, at once
    assert {answer.status_code for answer in answers} == {200}


def test_another_session_for_each_call_helps_nobody():
    calls = [("POST", "/gradio_api/run/generate", {"session_hash": f"s{i}"}) for i in range(60)]
    answers = asked(door(dataclasses.replace(PUBLIC, calls_per_address=6.0)), *calls)
    assert 5 <= sum(answer.status_code == 200 for answer in answers) < 50


def test_of_two_sessions_in_a_call_the_last_counts():
    body = b'{"session_hash": "other", "session_hash": "me"}'
    rules = dataclasses.replace(PUBLIC, calls_per_visitor=1.0)
    answers = asked(door(rules), *[("POST", "/gradio_api/run/generate", body)] * 2, MOVE)
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_when_too_many_wait_one_is_asked_to_come_later():
    join = ("POST", "/gradio_api/queue/join", {"session_hash": "me"})
    last, full = door(waiting=LOCAL.queue_size - 1), door(waiting=LOCAL.queue_size)
    assert asked(last, join)[0].status_code == 200
    refused, move = asked(full, join, MOVE)
    assert refused.status_code == 503
    assert refused.json()["detail"].startswith("The studio is busy: 64 requests wait already.")
    assert move.status_code == 200  # what does not wait is not refused


def test_what_went_wrong_inside_stays_inside(caplog):
    (answer,) = asked(door(), ("GET", "/trouble", b""))
    assert (answer.status_code, answer.json()["error"]) == (500, INTERNAL_ERROR)
    assert "a secret" in caplog.text


def test_one_request_knows_nothing_of_another():
    note: contextvars.ContextVar[str] = contextvars.ContextVar("note", default="nothing")

    async def room(scope, receive, send):
        await Room()(scope, receive, send)
        found.append(note.get())
        note.set("something")

    async def ask():
        note.set("of the connection")
        transport = httpx.ASGITransport(app=RequestGuard(room, Page(), LOCAL))  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            for _ in range(2):
                await http.get("/")

    found: list[str] = []
    run(ask())
    assert found == ["nothing", "nothing"]


def test_an_upload_that_is_refused_is_answered_as_the_page_shows_it():
    rules = dataclasses.replace(LOCAL, upload_bytes=1000, jobs_per_minute=4.0)
    answers = asked(door(rules), *[("POST", "/gradio_api/upload", b"x" * 2001)] * 3)
    assert [answer.status_code for answer in answers] == [413, 413, 429]
    for answer in answers:
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.endswith(".")
        assert not answer.text.startswith("{")


def test_an_address_that_is_too_long_for_gradio_is_refused_in_a_sentence():
    (long, longer) = (f"/?m=x&d={'1' * (count - 6)}" for count in (MAX_QUERY, MAX_QUERY + 1))
    answers = asked(door(), ("GET", long, b""), ("GET", longer, b""))
    assert [answer.status_code for answer in answers] == [200, 414]


def test_an_answer_that_fails_half_way_just_ends(caplog):
    (answer,) = asked(door(), ("GET", "/half", b""))
    assert (answer.status_code, answer.text) == (200, "half")
    assert "a secret" in caplog.text


def test_an_empty_error_becomes_a_sentence():
    (answer,) = asked(door(), ("GET", "/null", b""))
    assert (answer.status_code, answer.json()["error"]) == (500, UNREADABLE)


def test_moves_of_one_visit_are_counted_apart_from_those_of_another():
    rules = Limits(public=True, calls_per_visitor=1.0)
    moves = [("POST", f"{routes.PREFIX}draw", {}, {"x-visit": visit}) for visit in "aaab"]
    assert [answer.status_code for answer in asked(door(rules), *moves)] == [200, 200, 429, 200]


def test_a_png_to_restore_may_be_larger_than_a_call():
    large = b"x" * (2 << 20)
    draw, restore = asked(
        door(), *[("POST", f"{routes.PREFIX}{verb}", large) for verb in ("draw", "restore")]
    )
    assert (draw.status_code, restore.status_code) == (413, 200)
