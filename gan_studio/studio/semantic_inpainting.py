"""Semantic Image Inpainting with Deep Generative Models (Yeh et al., 2017), https://arxiv.org/abs/1607.07539.

A generator that never saw a hole fills it: of all pictures that it can draw, one is sought that
agrees with what is known, and its gradients are put into the hole. Each seed begins elsewhere and
gives a proposal of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_studio.images import convert
from gan_studio.images.holes import blend_gradients
from gan_studio.images.recipe import Recipe
from gan_studio.models.model import Model
from gan_studio.studio.projection import ProjectionConfig, Search
from gan_studio.vision.network import FeatureNetwork

CONFIG = ProjectionConfig(candidates=60, starts=1, steps=30, layer_steps=20, pixel_weight=2.0)
"""shorter than a projection: what is sought need only agree beside the hole"""
WINDOW = 7
"""pixels along a side of the window of Eq. 3"""
FAR = 0.2
"""weight of known pixels without a hidden one in their window; the paper gives them none, but far
parts of a face say much of the others"""


def semantic_inpainting(
    model: Model,
    picture: np.ndarray,
    mask: np.ndarray,
    network: FeatureNetwork,
    seeds: Sequence[int],
    config: ProjectionConfig = CONFIG,
) -> np.ndarray:
    """A proposal for each seed, (N, H, W, C) in levels of 255.

    `picture` (H, W, C) uint8 of the model's size, whatever is in its hole; `mask` (H, W) bool.
    """
    weights = pixel_weights(torch.from_numpy(mask.astype(np.float32))[None, None])
    filled_picture = np.where(mask[..., None], picture[~mask].mean(0), picture)
    target = convert.from_uint8(torch.from_numpy(filled_picture.round()).permute(2, 0, 1)[None])
    search = Search(model, target, network, config, Recipe(model=model.name), weights)
    u = torch.cat([_start(search, seed) for seed in seeds])
    for phase, steps in enumerate(search.phases):
        if phase:
            u = u.expand(-1, model.space.shape[0], -1)
        for _, u_now, _ in search.descent(u.clone(), steps):
            u = u_now
    with torch.no_grad():
        samples = search.draw(u).cpu().add(1).mul(127.5).permute(0, 2, 3, 1).numpy()
    return np.stack([blend_gradients(picture, one, mask) for one in samples])


def _start(search: Search, seed: int) -> Tensor:
    """The best of a seed's candidates, whitened, (1, 1, dim)."""
    model, count = search.model, search.config.candidates
    latents = model.latents(seed, count, classes=model.classes(search.recipe))
    return search.starts(latents.flatten(1)[:, : model.space.shape[-1]])


def pixel_weights(m: Tensor) -> Tensor:
    """Masks (1, 1, H, W), 1 where hidden -> weights of known pixels, 1 on average (Eq. 3).

    The more of a pixel's window is hidden, the more it counts.
    """
    beside = avg_pool2d(m, WINDOW, 1, WINDOW // 2, count_include_pad=False)
    weights = (1 - m) * (FAR + beside)
    return weights / weights.mean()
