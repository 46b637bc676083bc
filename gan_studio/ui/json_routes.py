"""HTTP routes beside Gradio's, for the page's own scripts: JSON or a file in, JSON out.

A Gradio event goes through the state of the whole page, which costs a slow browser more than
drawing costs the server; a route costs one request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gan_studio.ui.errors import user_errors

GONE = 499
"""status of an answer whose client has disconnected, as in nginx"""

Fields = Mapping[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Any], Coroutine[Any, Any, Answer]]


def json_route(path: str, handler: Handler) -> Route:
    """POST of a JSON object's fields."""
    return _route(path, read_fields, handler)


def bytes_route(path: str, handler: Handler) -> Route:
    """POST of a file."""
    return _route(path, Request.body, handler)


def _route(path: str, read_content: Callable[[Request], Awaitable[Any]], handler: Handler) -> Route:
    """POST; what is wrong with a request is said in its answer, as "error"."""

    async def respond(request: Request) -> Response:
        try:
            with user_errors():
                answer = await _answer_or_cancel(request, handler(await read_content(request)))
        except gr.Error as error:
            return JSONResponse({"error": error.message})
        return Response(status_code=GONE) if answer is None else JSONResponse(answer)

    return Route(path, respond, methods=["POST"])


def cached_response(contents: bytes, media_type: str, max_age: int) -> Response:
    """A file that a browser may keep for `max_age` seconds."""
    headers = {"cache-control": f"private, max-age={max_age}"}
    return Response(contents, headers=headers, media_type=media_type)


async def read_fields(request: Request) -> Fields:
    """The fields that a script sent; ValueError unless it is a JSON object."""
    try:
        fields = await request.json()
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, Mapping):
        raise ValueError("The request must be a JSON object.")
    return fields


async def _answer_or_cancel(request: Request, answer: Coroutine[Any, Any, Answer]) -> Answer | None:
    """The answer; None if the client disconnects before, which cancels work that has not begun."""
    work = asyncio.ensure_future(answer)
    disconnection = asyncio.ensure_future(_disconnection(request))
    try:
        await asyncio.wait({work, disconnection}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        work.cancel()
        disconnection.cancel()


async def _disconnection(request: Request) -> None:
    """Return when the client has closed the connection; the body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
