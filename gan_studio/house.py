"""The rules of the house: whether strangers visit this studio, and how much each may ask of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "GAN_STUDIO_PUBLIC"
"""1 makes a studio public, 0 leaves it to its owner even on a Space"""
TOOLS = "GRADIO_MCP_SERVER"
"""true makes the studio's endpoints tools of an MCP server; Gradio's own name for that"""


NUMBERS = {"GRADIO_SERVER_PORT": (0, 65_535), "GRADIO_NUM_PORTS": (1, 65_535)}
"""Gradio's own variables that are whole numbers, and from where to where"""


@dataclass(frozen=True, kw_only=True)
class House:
    """What a visitor may do; each default is what one's own machine allows."""

    public: bool = False
    """whether strangers come: then each sees and steers only what is his, and publishes only with
    his own token"""
    upload: int = 500 * 10**6
    """bytes of one file"""
    pictures: int = 20_000
    """of one's own to learn from"""
    image_size: int = 1024
    """pixels of a side of what is trained"""
    batch_size: int = 65_536
    """pictures of an update"""
    weights: int = 10**9
    """of both players together"""
    stretch: int = 10**9
    """times their defaults that other whole numbers of a family may be"""
    steps: int = 100_000
    """of a training, each time that it is taken up"""
    seconds: float = 24 * 3600.0
    """of a training, likewise"""
    room: int = 20 * 10**9
    """bytes of the files that the page shows; beyond that the least recently used go"""
    kept: float | None = None
    """seconds for which a training that is over stays on the disk; None: for ever"""

    calls: float = 1000.0
    """a second of one visit; a slider that is dragged makes 20"""
    crowd: float = 10_000.0
    """a second of one address, behind which a school may sit"""
    works: float = 10_000.0
    """a minute of one address: calls that take their turn, and uploads"""
    waiting: int = 64
    """calls that take their turn, of all visitors"""


OPEN = House()
PUBLIC = House(
    public=True,
    upload=64 * 10**6,
    room=4 * 10**9,
    pictures=2_000,
    image_size=64,
    batch_size=128,
    weights=20_000_000,
    stretch=8,
    steps=20_000,
    seconds=15 * 60.0,
    kept=6 * 3600.0,
    calls=40.0,
    crowd=300.0,
    works=120.0,
    waiting=32,
)


def house(public: bool | None = None, environment: Mapping[str, str] = os.environ) -> House:
    """The rules that hold here: those of a public page where it was asked for, or on a Space.

    ValueError with one sentence when GAN_STUDIO_PUBLIC is neither 1 nor 0.
    """
    said = environment.get(VARIABLE, "")
    if said not in ("", "0", "1"):
        raise ValueError(f"{VARIABLE} is 1 or 0, not {said!r}.")
    if public is None:
        public = said == "1" or (said == "" and "SPACE_ID" in environment)
    return PUBLIC if public else OPEN


def check(environment: Mapping[str, str] = os.environ) -> None:
    """ValueError with one sentence when a variable has a value that Gradio cannot read."""
    for name, (least, most) in NUMBERS.items():
        said = environment.get(name, "")
        if said and not (said.isdecimal() and least <= int(said[:6]) <= most):
            raise ValueError(f"{name} is a whole number from {least} to {most}, not {said!r}.")
