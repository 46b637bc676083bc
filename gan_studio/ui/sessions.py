"""The visits of the page: which are there, and which files each of them uses."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class _EmptyDict(dict[int, Any]):
    """A dictionary that ignores every assignment."""

    def __setitem__(self, key: int, value: Any) -> None:
        pass


class Visit(SessionState):
    """Gradio's state of a visit, and the files that its components show.

    Without the copy of the page's configuration, 0.6 MB, which only links to a state of the page
    need; there are none here.
    """

    def __init__(self, blocks: gr.Blocks, folder: str) -> None:
        # Gradio copies the configuration of those blocks that it finds in `blocks`.
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # pyright: ignore[reportArgumentType]
        self.config_values = _EmptyDict()
        self._folder = folder
        self._files: dict[int, frozenset[str]] = {}

    def __setitem__(self, key: int, value: Any) -> None:
        """A component was changed, or a state has a value."""
        if isinstance(self.blocks_config.blocks.get(key), gr.State):
            super().__setitem__(key, value)
        else:  # Gradio would write its configuration anew
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """A component has another value; Gradio tells it of every input and output."""
        self._files[key] = frozenset(files(value, self._folder))

    def used_files(self) -> Iterator[str]:
        """The files that are shown, chosen, or kept in a state."""
        for paths in list(self._files.values()):
            yield from paths
        yield from files(list(self.state_data.values()), self._folder)


class Visits(StateHolder):
    """The visits by session; the least recently used one is forgotten first."""

    def __init__(self, blocks: gr.Blocks, folder: Path) -> None:
        super().__init__()
        self.folder = str(folder)
        self._present = Counter[str]()
        self.set_blocks(blocks)

    def __getitem__(self, session_id: str) -> Visit:
        if session_id not in self.session_data:
            self.session_data[session_id] = Visit(self.blocks, self.folder)
        visit = super().__getitem__(session_id)
        assert isinstance(visit, Visit)
        return visit

    @contextmanager
    def present(self, session: str) -> Iterator[None]:
        """Count a session as present within the block, while its page holds a connection."""
        self._present[session] += 1
        if session in self.session_data:
            self.session_data[session].is_closed = False
        try:
            yield
        finally:
            self._present[session] -= 1
            self._present += Counter()  # without those that are at zero

    def used_files(self, age: float) -> set[str]:
        """Files of visits that are present or were used in the last `age` seconds, and files of
        queued or running calls."""
        late = datetime.datetime.now() - datetime.timedelta(seconds=age)  # noqa: DTZ005  # as Gradio
        paths = set[str]()
        for session, visit in list(self.session_data.items()):
            recent = self.time_last_used.get(session, late) > late
            if isinstance(visit, Visit) and (recent or session in self._present):
                paths.update(visit.used_files())
        for event in list(self.blocks._queue.event_ids_to_events.values()):  # noqa: SLF001
            paths.update(files(event.data and event.data.data, self.folder))
        return paths


def files(value: Any, folder: str) -> Iterator[str]:
    """The paths below the folder that a value names, however deep."""
    match value:
        case str():
            if value.startswith(folder):
                yield value
        case Mapping():
            yield from files(list(value.values()), folder)
        case list() | tuple() | set() | frozenset():
            for one in value:
                yield from files(one, folder)
        case _ if dataclasses.is_dataclass(value):
            yield from files(vars(value), folder)
