"""Metrics of image translation: translated pictures beside real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from gan_studio.datasets import celeba, registry
from gan_studio.datasets.pairs import AVATARS, MAPS, PairBatches, PairDataset, in_order
from gan_studio.datasets.terms import SUBJECTS
from gan_studio.evaluation import metrics
from gan_studio.evaluation.monitor import eval_mode
from gan_studio.evaluation.references import MIN_PICTURES
from gan_studio.evaluation.report import round_digits
from gan_studio.gans.base import GAN
from gan_studio.gans.translation import Direction, TranslationGAN, chroma
from gan_studio.images import convert
from gan_studio.vision import faces, features

MAX_COUNT = 500
"""pictures that are translated"""
NOISE = 4.0
"""levels of 255 of the noise in the test for hidden signals, its standard deviation"""
ALIGNED = (MAPS, AVATARS)
"""data sets whose held-out sources and pictures belong together, though a training saw no pairs"""
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
            fake = torch.cat([gan.fakes(part, size, 0)["image"].cpu() for part in parts])
        levels = torch.from_numpy(convert.to_uint8(fake)).permute(0, 3, 1, 2)
        fid = round_digits(metrics.frechet_distance(network(levels).features, real))
        figures = {"dataset": pictures.name, "features": network.name, "fid": fid, "count": count}
        if pictures.paired:
            figures["l1"] = round_digits(l1_loss(fake, batch["image"]).item())
        return figures

    return measure


LEGEND = {
    "block": ((232, 228, 221), (244, 240, 236), (220, 219, 212)),
    "road": ((254, 254, 252), (250, 160, 45)),
    "park": ((203, 222, 174), (188, 212, 188)),
    "water": ((180, 210, 254),),
}
"""what the colours of the maps stand for: ground and buildings, streets and motorways, …"""


def map_classes(maps: Tensor) -> Tensor:
    """Maps (N, 3, H, W) in [-1, 1] -> the class of each pixel by its nearest colour, (N, H, W)."""
    colours = [(i, colour) for i, shades in enumerate(LEGEND.values()) for colour in shades]
    legend = torch.tensor([colour for _, colour in colours]).float() / 127.5 - 1
    apart = (maps[:, None] - legend.view(1, -1, 3, 1, 1)).square().sum(2)
    return torch.tensor([i for i, _ in colours])[apart.argmin(1)]


def map_accuracy(output: Tensor, true: Tensor) -> dict[str, float]:
    """Shares of pixels of equal class, of all and of each true one, and within 5 and 10 of 255."""
    ours, theirs = map_classes(output), map_classes(true)
    same = (ours == theirs).float()
    shares = {"accuracy": same.mean().item()}
    for i, name in enumerate(LEGEND):
        shares[name] = same[theirs == i].mean().item()
    off = (output - true).abs().amax(1) * 127.5
    shares |= {f"within_{n}": (off <= n).float().mean().item() for n in (5, 10)}
    return shares


def colourfulness(output: Tensor, true: Tensor) -> dict[str, float]:
    """Chroma of coloured pictures (N, 3, H, W) beside the true ones.

    `saturation` is the mean length of the chroma relative to the truth's, `chroma_error` the mean
    absolute error of Cb and Cr in levels of 255, `grey_error` that of leaving the pictures grey.
    """
    ours, theirs = chroma(output), chroma(true)
    return {
        "saturation": (ours.norm(dim=1).mean() / theirs.norm(dim=1).mean()).item(),
        "chroma_error": 127.5 * (ours - theirs).abs().mean().item(),
        "grey_error": 127.5 * theirs.abs().mean().item(),
    }


def agreement(predictions: Tensor, true: Tensor) -> dict[str, float]:
    """Share of predicted attributes (N, K) bool that are true, and that of the commoner answers."""
    common = true.float().mean(0)
    return {
        "agreement": (predictions == true).float().mean().item(),
        "commoner": torch.maximum(common, 1 - common).mean().item(),
    }


@torch.inference_mode()
def hidden_signal(gan: TranslationGAN, source: Tensor) -> dict[str, float]:
    """Mean change of sources (N, C, H, W) by a round trip in levels of 255, without and with noise.

    Noise of NOISE levels is added half-way: a generator that hides the source in details that
    nobody sees loses it there (Chu et al., 2017).
    """
    source = source.to(next(gan.parameters()).device)
    there = gan.translate(source)
    rng = torch.Generator().manual_seed(0)
    noise = NOISE / 127.5 * torch.randn(there.shape, generator=rng)
    trips = {"round_trip": there, "round_trip_noisy": there + noise.to(there.device)}
    return {
        name: 127.5 * (gan.translate(x, "backward") - source).abs().mean().item()
        for name, x in trips.items()
    }


def measure(
    gan: TranslationGAN, held_out: PairDataset, pictures: PairDataset, count: int
) -> dict[str, Any]:
    """The figures of a translation on held-out sources; which ones depends on what it learnt.

    `pictures` are those of the training, whose distribution the translations shall have.
    """
    source, true = map(convert.from_uint8, in_order(held_out, count))
    output = translate(gan, source)
    values: dict[str, float] = {}
    if held_out.paired or held_out.name in ALIGNED:
        values["l1"] = 127.5 * l1_loss(output, true).item()
        if held_out.task == "pairs":
            values["source_l1"] = 127.5 * l1_loss(source, true).item()
    if held_out.task == "colour":
        values |= colourfulness(output, true)
    if held_out.name == MAPS:
        values |= map_figures(gan, output, source, true, pictures)
    if SUBJECTS.get(held_out.name) == "faces" and held_out.task != "colour":
        values |= face_figures(output, source, held_out, pictures)
    if gan.cyclic:
        values |= hidden_signal(gan, source[:64])
    figures = {name: round_digits(value) for name, value in values.items()}
    return {"dataset": held_out.name, "count": len(output), **figures}


def translate(gan: TranslationGAN, source: Tensor, direction: Direction = "forward") -> Tensor:
    """Translations of sources (N, C, H, W), (N, 3, H, W) in [-1, 1], on the CPU."""
    device, size = next(gan.parameters()).device, source.shape[-1]
    rows = max(1, CHUNK_PIXELS // size**2)
    with eval_mode(gan), torch.inference_mode():
        parts = [gan.translate(part.to(device), direction).cpu() for part in source.split(rows)]
    return torch.cat(parts)


def map_figures(
    gan: TranslationGAN, output: Tensor, source: Tensor, true: Tensor, pictures: PairDataset
) -> dict[str, float]:
    """Accuracy of the maps that a translation draws, beside the mean map of the training.

    None of a model that draws aerial photographs alone; one that translates both ways is measured
    by its maps.
    """
    maps, training_maps = true, pictures.images
    if true.mean() < source.mean():  # maps are lighter than photographs
        if not gan.cyclic or pictures.sources is None:
            return {}
        output, maps, training_maps = translate(gan, true, "backward"), source, pictures.sources
    mean = convert.from_uint8(training_maps.mean(0, dtype=torch.float)).expand_as(maps)
    return {**map_accuracy(output, maps), "mean_map": map_accuracy(mean, maps)["accuracy"]}


def face_figures(
    output: Tensor, source: Tensor, held_out: PairDataset, pictures: PairDataset
) -> dict[str, float]:
    """Attributes of translated faces beside true ones, by the face attribute classifier."""
    reader = faces.load()
    predictions = reader(output) > 0.5
    real = convert.from_uint8(pictures.images[: 4 * MAX_COUNT])
    distance = metrics.frechet_distance(reader.features(output), reader.features(real))
    figures = {"face_distance": distance}
    if held_out.paired:
        labels = registry.attributes(held_out.name, held_out)[: len(output)]
        on_real = reader(convert.from_uint8(held_out.images[: len(output)])) > 0.5
        return {
            **figures,
            **agreement(predictions, labels),
            "reader": agreement(on_real, labels)["agreement"],
        }
    index = {name: i for i, name in enumerate(celeba.ATTRIBUTES)}
    hair = [index[name] for name in ("Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")]
    others = [i for i in range(len(index)) if i not in hair]
    before = reader(source) > 0.5
    source_distance = metrics.frechet_distance(reader.features(source), reader.features(real))
    return {
        **figures,
        "untranslated_distance": source_distance,
        "wanted": predictions[:, index["Blond_Hair"]].float().mean().item(),
        "others_kept": (predictions == before)[:, others].float().mean().item(),
    }
