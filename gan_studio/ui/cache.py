"""Gradio's file cache: files are kept while they are in use, and within a limit of bytes."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from gan_studio.core import malloc
from gan_studio.ui.sessions import Visits
from gan_studio.ui.temp_folder import FOLDER

TRIM_INTERVAL = 15.0
"""seconds between two times at which free memory is given back"""
LOCK = threading.Lock()
"""held while a file is looked up or written, and while old files are deleted"""


class WithFileCache(gr.Blocks):
    """Blocks whose unused files are deleted, `delete_cache[1]` seconds after their last use.

    Gradio's own sweep goes by the time at which a file came, whether it is shown or not.
    """

    @property
    def temp_file_sets(self) -> list[set[str]]:
        """Nothing, so that Gradio's own sweep deletes no file."""
        return []

    @temp_file_sets.setter
    def temp_file_sets(self, _: list[set[str]]) -> None:
        pass

    def lifespan(self, room: int, *others: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The server's lifespan around others: it tracks visits and sweeps unused files."""

        @asynccontextmanager
        async def run_lifespan(app: Any) -> AsyncIterator[None]:
            app.state_holder = Visits(self, FOLDER)
            every, age = self.delete_cache or (600, 3600)
            tasks = [
                asyncio.create_task(_repeat(every, functools.partial(self.sweep, age, room))),
                asyncio.create_task(_repeat(TRIM_INTERVAL, malloc.trim)),
            ]
            async with AsyncExitStack() as stack:
                for task in tasks:
                    stack.callback(task.cancel)
                for other in others:
                    await stack.enter_async_context(other(app))
                yield

        return run_lifespan

    def sweep(self, age: float, room: int) -> None:
        """Delete unused files once."""
        holder = self.state_holder
        used_files = holder.used_files(age) if isinstance(holder, Visits) else set[str]()
        sweep(FOLDER, used_files, age, room)
        for component in self.blocks.values():
            component.temp_files.clear()  # names for Gradio's sweep, which would pile up
        self.upload_file_set &= {path for path in self.upload_file_set if Path(path).exists()}


async def _repeat(every: float, act: Callable[[], None]) -> None:
    """Call `act` every so many seconds in a thread, beside the requests."""
    while True:
        await asyncio.sleep(every)
        try:
            await asyncio.to_thread(act)
        except Exception:  # the next time may succeed
            logging.getLogger(__name__).exception("the server could not be tidied")


class File(NamedTuple):
    """A file in the cache."""

    used: bool
    last: float
    """when it was written, or found in use"""
    size: int
    path: Path


def sweep(folder: Path, used_files: set[str], age: float, room: int) -> None:
    """Delete files that were not used for `age` seconds, and more of them beyond `room` bytes.

    Unused files go first, then the least recently used ones.
    """
    with LOCK:
        files = sorted(_files(folder, used_files))
        total_bytes, late = sum(file.size for file in files), time.time() - age
        for file in files:
            if total_bytes > room or (not file.used and file.last < late):
                file.path.unlink(missing_ok=True)
                total_bytes -= file.size
            elif file.used:
                os.utime(file.path)
        for place in folder.iterdir():
            if place.is_dir() and place.stat().st_mtime < late and not any(place.iterdir()):
                place.rmdir()


def _files(folder: Path, used_files: set[str]) -> Iterator[File]:
    for path in folder.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # a draft that was finished meanwhile
            continue
        if path.is_file():
            last = max(status.st_mtime, status.st_ctime)
            yield File(str(path) in used_files, last, status.st_size, path)
