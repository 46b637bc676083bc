"""Generators that others have published, imported by the page: progress as lines of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path

import gradio as gr
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gan_studio.studio import ENDINGS, NOT_FOR_VISITORS, Studio
from gan_studio.ui.errors import user_errors
from gan_studio.ui.explore.routes import PREFIX
from gan_studio.ui.json_routes import Answer
from gan_studio.ui.temp_folder import FOLDER

FILE = f"{PREFIX}import_file"
"""the route to which a file is sent"""
BINARY, JSON = "application/octet-stream", "application/json"
"""types of a body, which a page of another site cannot send"""
BUSY = "Another generator is being imported here; import this one when that is done."


class Importing:
    """The routes by which the owner of a page imports."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.busy = studio, threading.Lock()

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}generators", self.generators),
            Route(f"{PREFIX}import", self.import_known, methods=["POST"]),
            Route(FILE, self.file, methods=["POST"]),
        ]

    async def generators(self, _: Request) -> Response:
        """GET: well-known generators, each with the name of the model if it is here already."""
        cards = await asyncio.to_thread(self.studio.model_cards)
        names = {card.address: card.name for card in cards if card.address and not card.damaged}
        entries = [
            {**dataclasses.asdict(entry), "model": names.get(entry.address, "")}
            for entry in self.studio.generators()
        ]
        return JSONResponse({"generators": entries})

    async def import_known(self, request: Request) -> Response:
        """A well-known generator, by its address."""
        if refusal := self.refusal(request, JSON):
            return refusal
        try:
            address = json.loads(await request.body())["address"]
        except (ValueError, KeyError, TypeError, RecursionError):
            address = None
        if address not in [entry.address for entry in self.studio.generators()]:
            return JSONResponse({"error": "This address is none of the well-known generators."})
        return self.answer(str(address))

    async def file(self, request: Request) -> Response:
        """The file in the body, which has the name in the query."""
        name = Path(request.query_params.get("name", "")).name[:100]
        if refusal := self.refusal(request, BINARY):
            return refusal
        if not name.endswith(ENDINGS):
            return JSONResponse({"error": f"Files {', '.join(ENDINGS)} can be imported."})
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=FOLDER))
            path = Path(folder) / name
            with path.open("wb") as target:
                async for part in request.stream():
                    await asyncio.to_thread(target.write, part)
            return self.answer(str(path), stack.pop_all().close)

    def refusal(self, request: Request, kind: str) -> Response | None:
        """The reason why a request may not import; empty if it may."""
        if self.studio.limits.public:
            return JSONResponse({"error": NOT_FOR_VISITORS}, 403)
        if request.headers.get("content-type") != kind:
            return JSONResponse({"error": f"The request must be of type {kind}."}, 415)
        return None

    def answer(self, source: str, cleanup: Callable[[], object] = lambda: None) -> Response:
        """Lines of JSON: `done` and `total` of a download, at last a `name` or an `error`."""

        async def stream() -> AsyncIterator[str]:
            events = self.steps(source)
            try:
                async for event in iterate_in_threadpool(events):
                    yield json.dumps(event) + "\n"
            finally:
                events.close()
                cleanup()

        return StreamingResponse(stream(), media_type="application/x-ndjson")

    def steps(self, source: str) -> Generator[Answer]:
        if not self.busy.acquire(blocking=False):
            yield {"error": BUSY}
            return
        try:
            with user_errors():
                name = yield from self.download(source)
            networks = [card.name for card in self.studio.translator_cards() if card.megabytes]
            yield {"name": name, **({"network": True} if name in networks else {})}
        except gr.Error as error:
            yield {"error": error.message}
        finally:
            self.busy.release()

    def download(self, source: str) -> Generator[Answer, None, str]:
        events = self.studio.import_model(source)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return end.value
            yield {"done": event.done, "total": event.total}
