"""What is asked at the same time is answered together.

A lone question is answered at once: nothing waits for company. Questions that come while others are
being answered wait for these, and are then taken all in one go, as databases commit in groups. So
batches grow with the load, and there is no pause to be tuned.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Collector(Generic[Asked, Told]):
    """Questions of one event loop, answered in batches by one thread."""

    def __init__(
        self, answer: Callable[[Sequence[Asked]], Sequence[Told | ValueError]], most: int = 32
    ) -> None:
        """`answer` gets at most so many at once; a ValueError among its answers is raised to the
        one who asked for that."""
        self._answer, self._most = answer, most
        self._waiting: deque[tuple[Asked, asyncio.Future[Told]]] = deque()
        self._thread = ThreadPoolExecutor(1, "collector")
        self._work: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Questions that nobody has begun to answer."""
        return len(self._waiting)

    async def ask(self, asked: Asked) -> Told:
        """The answer, together with those of all who ask meanwhile."""
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._all())
        return await future

    async def _all(self) -> None:
        """Batch after batch, until nobody waits."""
        while self._waiting:
            count = min(self._most, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            batch = [(asked, future) for asked, future in batch if not future.done()]
            told = await self._told([asked for asked, _ in batch])
            for (_, future), one in zip(batch, told, strict=True):
                if future.done():  # who asked is gone
                    continue
                if isinstance(one, Exception):
                    future.set_exception(one)
                else:
                    future.set_result(one)

    async def _told(self, asked: Sequence[Asked]) -> Sequence[Told | Exception]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._answer, asked)
        except Exception as error:  # noqa: BLE001  # it belongs to all who asked
            return [error] * len(asked)
