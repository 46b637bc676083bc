"""Sentences for the log, each once in a process: of what was left out, so that all else goes on."""

from __future__ import annotations

import logging

_warned: set[str] = set()


def warn_once(sentence: str) -> None:
    """Say it unless it was said; without a log of the caller's own it comes on stderr."""
    if sentence not in _warned:
        _warned.add(sentence)
        logging.getLogger("gan_studio").warning("%s", sentence)
