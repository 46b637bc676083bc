"""Avatars that ship: drawn faces of no real people, each with dark and with blond hair.

Open Peeps by Pablo Stanley (CC0 1.0), drawn by DiceBear; tools/draw_avatars.py draws more of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SHEET = Path(__file__).with_name("avatars.webp")
SIDE = 64
"""pixels of an avatar on the sheet, where a dark-haired one stands left of its blond twin"""
TEST_EVERY = 10
"""every so manyth pair is a test pair"""


def load(*, train: bool) -> tuple[Tensor, Tensor]:
    """The dark-haired and the blond avatars in one order, (N, 3, SIDE, SIDE) uint8 each."""
    with Image.open(SHEET) as image:
        sheet = torch.from_numpy(np.array(image.convert("RGB")))
    rows, columns = (length // SIDE for length in sheet.shape[:2])
    tiles = sheet.view(rows, SIDE, columns // 2, 2, SIDE, 3).permute(3, 0, 2, 5, 1, 4)
    dark, blond = tiles.reshape(2, -1, 3, SIDE, SIDE)
    test = torch.arange(len(dark)) % TEST_EVERY == TEST_EVERY - 1
    mask = ~test if train else test
    return dark[mask], blond[mask]
