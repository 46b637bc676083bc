"""Simultaneous requests become one batch; work is done one after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from gan_studio.ui.batching import MicroBatcher, WorkQueue

T = TypeVar("T")
PATIENCE = 60.0
"""seconds"""


def run(work: Coroutine[Any, Any, T]) -> T:
    """What it returns; in a thread of its own, as Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


def doubled(batches: list[list[int]], gate: threading.Event | None = None):
    """Answers each number by its double, behind a gate if any, and remembers who came together."""

    def answer(numbers):
        batches.append(list(numbers))
        assert gate is None or gate.wait(PATIENCE)
        return [ValueError("no such number") if n < 0 else 2 * n for n in numbers]

    return answer


async def asked_while_busy(batches: list[list[int]], numbers: list[int], most: int = 32) -> list:
    """One question, and while it is being answered all the others."""
    gate = threading.Event()
    collector = MicroBatcher[int, int](doubled(batches, gate), most)
    tasks = [asyncio.create_task(collector.ask(0))]
    while not batches:
        await asyncio.sleep(0)
    tasks += [asyncio.create_task(collector.ask(n)) for n in numbers]
    await asyncio.sleep(0)  # lets each of them ask
    gate.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_a_lone_question_is_answered_alone():
    batches: list[list[int]] = []
    assert run(MicroBatcher(doubled(batches)).ask(21)) == 42
    assert batches == [[21]]


def test_what_is_asked_meanwhile_is_answered_together():
    batches: list[list[int]] = []
    told = run(asked_while_busy(batches, [1, 2, 3, 4]))
    assert told == [0, 2, 4, 6, 8]
    assert batches == [[0], [1, 2, 3, 4]]


def test_a_batch_is_no_larger_than_agreed():
    batches: list[list[int]] = []
    run(asked_while_busy(batches, [1, 2, 3, 4], most=3))
    assert batches == [[0], [1, 2, 3], [4]]


def test_one_mistake_spoils_nothing_for_the_others():
    told = run(asked_while_busy([], [1, -1, 2]))
    assert told[:2] == [0, 2]
    assert told[3] == 4
    assert isinstance(told[2], ValueError)


def test_a_failure_is_told_to_all_and_the_next_is_answered():
    failing = True

    def answer(numbers):
        if failing:
            raise RuntimeError("out of memory")
        return numbers

    async def ask():
        nonlocal failing
        collector = MicroBatcher[int, int](answer)
        both = await asyncio.gather(collector.ask(1), collector.ask(2), return_exceptions=True)
        failing = False
        return both, await collector.ask(3)

    both, later = run(ask())
    assert all(isinstance(error, RuntimeError) for error in both)
    assert later == 3


def test_who_has_gone_is_not_answered():
    batches: list[list[int]] = []

    async def ask():
        gate = threading.Event()
        collector = MicroBatcher[int, int](doubled(batches, gate))
        first = asyncio.create_task(collector.ask(0))
        while not batches:
            await asyncio.sleep(0)
        gone = asyncio.create_task(collector.ask(1))
        await asyncio.sleep(0)  # lets it ask
        gone.cancel()
        last = asyncio.create_task(collector.ask(2))
        gate.set()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await first, await last

    assert run(ask()) == (0, 4)
    assert batches == [[0], [2]]


def test_one_thread_answers_whatever_the_load():
    threads: set[int] = set()

    def answer(numbers):
        threads.add(threading.get_ident())
        return numbers

    async def ask():
        collector = MicroBatcher[int, int](answer, most=2)
        await asyncio.gather(*map(collector.ask, range(20)))

    run(ask())
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_work_is_refused_while_too_many_requests_wait():
    started, gate = threading.Event(), threading.Event()

    def slow() -> int:
        started.set()
        gate.wait(60)
        return 1

    async def ask() -> list[int]:
        queue = WorkQueue[int](1)
        first = asyncio.create_task(queue.run(slow))
        await asyncio.to_thread(started.wait, 60)
        second = asyncio.create_task(queue.run(lambda: 2))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="wait already"):
            await queue.run(lambda: 3)
        gate.set()
        return [await first, await second]

    assert run(ask()) == [1, 2]
