"""Limits of a studio: public or local, and how much each visitor may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

PUBLIC_VARIABLE = "GAN_STUDIO_PUBLIC"
"""1: public; 0: local, even on a Space"""
MCP_VARIABLE = "GRADIO_MCP_SERVER"
"""true: the endpoints are also tools of an MCP server; Gradio's own variable"""

PORT_RANGES = {"GRADIO_SERVER_PORT": (0, 65_535), "GRADIO_NUM_PORTS": (1, 65_535)}
"""variables of Gradio that hold whole numbers, with their ranges"""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits for each visitor; the defaults are those of a local studio."""

    public: bool = False
    """whether visitors see and control only their own trainings, and publish only with their own
    token"""
    upload_bytes: int = 500 * 10**6
    """bytes of one uploaded file"""
    pictures: int = 20_000
    """uploaded images of one training"""
    image_size: int = 1024
    """width and height of training images in pixels"""
    batch_size: int = 65_536
    """images of one update"""
    parameters: int = 10**9
    """parameters of generator and discriminator together"""
    max_scale: int = 10**9
    """largest factor by which another whole number of a configuration may exceed its default"""
    steps: int = 100_000
    """updates of a training per start or resume"""
    seconds: float = 24 * 3600.0
    """seconds of a training per start or resume"""
    cache_bytes: int = 20 * 10**9
    """bytes of Gradio's file cache; the least recently used files are deleted first"""
    retention: float | None = None
    """seconds until a finished training is deleted; None: never"""

    calls_per_visitor: float = 1000.0
    """requests of one visitor per second; dragging a slider makes 20"""
    calls_per_address: float = 10_000.0
    """requests of one IP address per second; a whole school may share one"""
    jobs_per_minute: float = 10_000.0
    """queued jobs and uploads of one IP address per minute"""
    queue_size: int = 64
    """queued jobs of all visitors"""
    lessons: int = 200
    """visitors whose small trainings of the Learn tab are kept at once"""


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
    lessons=60,
)


def limits_from_env(
    public: bool | None = None, environment: Mapping[str, str] = os.environ
) -> Limits:
    """PUBLIC if `public` or GAN_STUDIO_PUBLIC says so or on a Space, else LOCAL.

    ValueError if GAN_STUDIO_PUBLIC is neither 1 nor 0.
    """
    value = environment.get(PUBLIC_VARIABLE, "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{PUBLIC_VARIABLE} must be 1 or 0, not {value!r}.")
    if public is None:
        public = value == "1" or (value == "" and "SPACE_ID" in environment)
    return PUBLIC if public else LOCAL


def check_environment(environment: Mapping[str, str] = os.environ) -> None:
    """ValueError if GAN_STUDIO_PUBLIC or a variable of PORT_RANGES has no allowed value."""
    limits_from_env(environment=environment)
    for name, (least, most) in PORT_RANGES.items():
        value = environment.get(name, "")
        if value and not (value.isdecimal() and least <= int(value[:6]) <= most):
            raise ValueError(
                f"{name} must be a whole number from {least} to {most}, not {value!r}."
            )
