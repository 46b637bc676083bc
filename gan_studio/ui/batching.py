"""Micro-batching: requests that arrive at the same time are answered together, or in turn.

A lone request is answered at once. Requests that arrive while others are being answered wait for
these, and are then taken all in one batch, as databases commit in groups. So batches grow with the
load, and there is no delay to be tuned.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[], Result]
"""what a request asks for, as a function without arguments"""


class MicroBatcher(Generic[Item, Result]):
    """Requests of one event loop, answered in batches by one thread."""

    def __init__(
        self, answer: Callable[[Sequence[Item]], Sequence[Result | ValueError]], most: int = 32
    ) -> None:
        """`answer` gets at most `most` items at once; a ValueError among its answers is raised in
        the request that it belongs to."""
        self._answer, self._most = answer, most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._thread = ThreadPoolExecutor(1, "collector")
        self._work: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Number of requests whose answer has not begun."""
        return len(self._waiting)

    async def ask(self, item: Item) -> Result:
        """The answer to an item, computed together with those of requests that arrive meanwhile."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._all())
        return await future

    async def _all(self) -> None:
        """Answer batches until no request waits."""
        while self._waiting:
            count = min(self._most, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            batch = [(item, future) for item, future in batch if not future.done()]
            results = await self._results([item for item, _ in batch])
            for (_, future), one in zip(batch, results, strict=True):
                if future.done():  # the client has disconnected
                    continue
                if isinstance(one, Exception):
                    future.set_exception(one)
                else:
                    future.set_result(one)

    async def _results(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._answer, items)
        except Exception as error:  # noqa: BLE001  # it belongs to all who asked
            return [error] * len(items)


class WorkQueue(Generic[Result]):
    """Work of many requests, done one after the other by one thread."""

    def __init__(self, max_waiting: int) -> None:
        self._batcher = MicroBatcher[Work[Result], Result](lambda works: [works[0]()], most=1)
        self._max_waiting = max_waiting

    @property
    def waiting(self) -> int:
        """Number of requests whose work has not begun."""
        return self._batcher.waiting

    async def run(self, work: Work[Result]) -> Result:
        """The result of `work`; ValueError while `max_waiting` requests wait already."""
        if self.waiting >= self._max_waiting:
            raise ValueError(
                f"The studio is busy: {self.waiting} requests wait already. Try again in a minute."
            )
        return await self._batcher.ask(work)
