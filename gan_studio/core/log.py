"""Warnings, each logged once per process."""

from __future__ import annotations

import logging

_logged_sentences: set[str] = set()


def warn_once(sentence: str) -> None:
    """Log a warning unless this process already has; without a handler it goes to stderr."""
    if sentence not in _logged_sentences:
        _logged_sentences.add(sentence)
        logging.getLogger("gan_studio").warning("%s", sentence)
