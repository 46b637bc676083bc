"""Speech: the endpoint that says text."""

from __future__ import annotations

from gan_studio.ui.speech.api import Endpoints

__all__ = ["Endpoints"]
