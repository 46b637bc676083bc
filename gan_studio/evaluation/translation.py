"""What is measured of a translation while it trains: translated pictures beside real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import l1_loss

from gan_studio.datasets.pairs import PairBatches, PairDataset
from gan_studio.evaluation import metrics
from gan_studio.evaluation.monitor import eval_mode
from gan_studio.evaluation.references import MIN_PICTURES
from gan_studio.evaluation.report import round_digits
from gan_studio.gans.base import GAN
from gan_studio.images import convert
from gan_studio.vision import features

MAX_COUNT = 500
"""pictures that are translated"""
CHUNK_PIXELS = 64 * 64**2
"""pixels that are translated in one go"""


def snapshot_metrics(
    pictures: PairDataset, held_out: PairDataset | None, every: int | None, device: torch.device
) -> Callable[[GAN], dict[str, Any]] | None:
    """The evaluation during a training; None if it is switched off or there are too few pictures.

    `fid` is of the translations of held-out sources against the pictures of the training, all of
    them cropped to the middle; of pairs also the L1 distance to the true pictures.
    """
    if every == 0 or held_out is None or min(len(held_out), len(pictures)) < MIN_PICTURES // 2:
        return None
    network = features.load("embedded", device)
    count = min(MAX_COUNT, len(held_out))
    batch = PairBatches(held_out, count, 0, "cpu").first(count)
    real = network(pictures.images[: 4 * MAX_COUNT]).features

    def measure(gan: GAN) -> dict[str, Any]:
        with eval_mode(gan), torch.inference_mode():
            size = max(1, CHUNK_PIXELS // batch["image"].shape[-1] ** 2)
            parts = [
                {k: v[i : i + size].to(device) for k, v in batch.items()}
                for i in range(0, count, size)
            ]
            made = torch.cat([gan.fakes(part, size, 0)["image"].cpu() for part in parts])
        shown = torch.from_numpy(convert.to_uint8(made)).permute(0, 3, 1, 2)
        fid = round_digits(metrics.frechet_distance(network(shown).features, real))
        found = {"dataset": pictures.name, "features": network.name, "fid": fid, "count": count}
        if pictures.paired:
            found["l1"] = round_digits(l1_loss(made, batch["image"]).item())
        return found

    return measure
