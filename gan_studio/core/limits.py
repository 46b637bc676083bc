"""Limits of a studio: whether it is public, and how much each visitor may ask of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

PUBLIC_VARIABLE = "GAN_STUDIO_PUBLIC"
"""1: public; 0: for its owner alone, even on a Space"""
MCP_VARIABLE = "GRADIO_MCP_SERVER"
"""true: the endpoints are tools of an MCP server too; Gradio's own variable"""

PORT_RANGES = {"GRADIO_SERVER_PORT": (0, 65_535), "GRADIO_NUM_PORTS": (1, 65_535)}
"""whole numbers that Gradio itself reads, with their ranges"""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a visitor may ask for; the defaults are those of one's own machine."""

    public: bool = False
    """whether strangers visit: each sees and steers only their own trainings, and publishes with
    their own token alone"""
    upload_bytes: int = 500 * 10**6
    """bytes of one file"""
    pictures: int = 20_000
    """uploaded for one training"""
    image_size: int = 1024
    """pixels of a side of the pictures trained on"""
    batch_size: int = 65_536
    """pictures in one update"""
    parameters: int = 10**9
    """of both players together"""
    max_scale: int = 10**9
    """how many times its default any other whole number of a family may be"""
    steps: int = 100_000
    """updates of a training, each time that it starts or resumes"""
    seconds: float = 24 * 3600.0
    """of training, likewise"""
    cache_bytes: int = 20 * 10**9
    """bytes of the files that the page shows; the least recently used are deleted first"""
    retention: float | None = None
    """seconds after which a finished training is deleted; None: never"""

    calls_per_visitor: float = 1000.0
    """calls of one visit a second; dragging a slider makes 20"""
    calls_per_address: float = 10_000.0
    """calls of one address a second; a whole school may share one"""
    jobs_per_minute: float = 10_000.0
    """queued calls and uploads of one address a minute"""
    queue_size: int = 64
    """queued calls of all visitors"""


LOCAL = Limits()
PUBLIC = Limits(
    public=True,
    upload_bytes=64 * 10**6,
    cache_bytes=4 * 10**9,
    pictures=2_000,
    image_size=64,
    batch_size=128,
    parameters=20_000_000,
    max_scale=8,
    steps=20_000,
    seconds=15 * 60.0,
    retention=6 * 3600.0,
    calls_per_visitor=40.0,
    calls_per_address=300.0,
    jobs_per_minute=120.0,
    queue_size=32,
)


def limits_from_env(
    public: bool | None = None, environment: Mapping[str, str] = os.environ
) -> Limits:
    """The limits that hold here: PUBLIC where `public` or the environment says so, or on a Space.

    ValueError with one sentence when GAN_STUDIO_PUBLIC is neither 1 nor 0.
    """
    value = environment.get(PUBLIC_VARIABLE, "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{PUBLIC_VARIABLE} is 1 or 0, not {value!r}.")
    if public is None:
        public = value == "1" or (value == "" and "SPACE_ID" in environment)
    return PUBLIC if public else LOCAL


def check_environment(environment: Mapping[str, str] = os.environ) -> None:
    """ValueError with one sentence when a variable has a value that Gradio cannot read."""
    for name, (least, most) in PORT_RANGES.items():
        value = environment.get(name, "")
        if value and not (value.isdecimal() and least <= int(value[:6]) <= most):
            raise ValueError(f"{name} is a whole number from {least} to {most}, not {value!r}.")
