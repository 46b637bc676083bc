"""A studio's folders, device and limits, on which all methods of `Studio` work."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from gan_studio.core.devices import best_device, check_device, describe
from gan_studio.core.files import SHIPPED
from gan_studio.core.limits import Limits, limits_from_env
from gan_studio.models.library import Library
from gan_studio.studio import copies

RUNS = "GAN_STUDIO_RUNS"
"""environment variable: the folder of trainings"""
VISITORS = "visitors"
"""folder of the runs of visitors, below that of trainings"""


class StudioBase:
    """Models by name, on one device and within limits."""

    def __init__(
        self,
        root: Path | str = SHIPPED,
        device: torch.device | str | None = None,
        runs: Path | str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open the models below `root` and `runs`; none is loaded before it is used.

        `device` is "cpu", "cuda" or another name that torch knows; None takes the best one here.
        `runs` is the folder of trainings, which are models too. With the models that ship it
        defaults to the environment variable GAN_STUDIO_RUNS or else `./runs`; with any other `root`
        there is none. `limits` bound what visitors may ask for, by default as the environment says.
        On a public page visitors train in a folder of their own there, and see only the models
        whose names they know.
        """
        self.limits = limits_from_env() if limits is None else limits
        self.device = check_device(device) if device else best_device()
        root, runs = Path(root), Path(runs) if runs else None
        base = runs or (Path(os.environ.get(RUNS) or "runs") if root == SHIPPED else None)
        self._runs_from_env = runs is None and root == SHIPPED and bool(os.environ.get(RUNS))
        self.runs = base / VISITORS if base and self.limits.public else base
        folders = [self.runs] if self.runs else []
        self.library = Library(root, self.device, *folders, listed=not self.limits.public)
        self.index_cache = copies.IndexCache()

    @property
    def device_name(self) -> str:
        """The device in words, such as "CPU · 8 cores"."""
        return describe(self.device)
