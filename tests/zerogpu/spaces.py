"""A stand-in for the package `spaces` as ZeroGPU Spaces have it: what borrows a GPU runs in a
forked process, and its arguments and all that it yields are pickled. (The real one needs their
servers; its version 0.51.3 was read for this.)"""

from __future__ import annotations

import functools
import inspect
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from typing import Any

CONTEXT = multiprocessing.get_context("fork")
DECORATED: dict[str, Any] = {}
"""name of a function -> its duration"""
CALLS: list[tuple[str, int]] = []
"""what was lent, and for how many seconds"""


def GPU(  # as it is called there
    task: Callable[..., Iterator[Any]] | None = None, *, duration: Any = 60
) -> Any:
    if task is None:
        return functools.partial(GPU, duration=duration)
    assert inspect.isgeneratorfunction(task)
    DECORATED[task.__name__] = duration

    @functools.wraps(task)
    def lent(*args: Any) -> Iterator[Any]:
        seconds: Any = duration(*args) if callable(duration) else duration
        CALLS.append((task.__name__, seconds))
        ours, theirs = CONTEXT.Pipe()
        stop = CONTEXT.Event()
        work = (task, pickle.dumps(args), theirs, stop)
        worker = CONTEXT.Process(target=run, args=work, daemon=True)
        worker.start()
        try:
            while (said := pickle.loads(ours.recv_bytes()))[0] == "yield":
                yield said[1]
            if said[0] == "error":
                raise RuntimeError(said[1])
        finally:
            stop.set()
            worker.join(30)

    return lent


def run(task: Callable[..., Iterator[Any]], args: bytes, pipe: Any, stop: Any) -> None:
    try:
        for value in task(*pickle.loads(args)):
            pipe.send_bytes(pickle.dumps(("yield", value)))
            if stop.is_set():
                break
        pipe.send_bytes(pickle.dumps(("end", None)))
    except Exception as error:  # noqa: BLE001  # the parent is told, whatever it was
        pipe.send_bytes(pickle.dumps(("error", repr(error))))
