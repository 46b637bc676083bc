"""Metrics of text-to-image models: whether classifiers find the named traits in the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets import coloured
from gan_studio.datasets.captioned import trait_table
from gan_studio.datasets.captions import Captions
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.digit_grammar import COLOURS, DIGITS, SLANTS, DigitGrammar
from gan_studio.datasets.face_grammar import FaceGrammar
from gan_studio.evaluation import metrics
from gan_studio.evaluation.report import round_digits
from gan_studio.gans.families.gan_cls import GANCLS
from gan_studio.images import convert
from gan_studio.vision import digits, faces

SEED = 9
"""of the sentences and of the pictures"""
LEANS_FROM = 0.25
"""shear from which a digit counts as leaning"""
BATCH = 100


@torch.inference_mode()
def draw(gan: GANCLS, sentences: Sequence[str], seed: int = SEED) -> Tensor:
    """The pictures of sentences, one of the seed's latents for each, (N, C, H, W) in [-1, 1]."""
    words = [gan.text.vocabulary.read(text) for text in sentences]
    condition = torch.stack([gan.text.read([w.read for w in one if w.read]) for one in words])
    return draw_conditions(gan, condition, gan.latents_of_seed(seed, len(condition)))


@torch.inference_mode()
def draw_conditions(gan: GANCLS, condition: Tensor, z: Tensor) -> Tensor:
    """The pictures of latents z (N, latent_dim) under conditions (N, traits), (N, C, H, W)."""
    G = gan.generator.eval()
    parts = zip(z.split(BATCH), condition.split(BATCH), strict=True)
    return torch.cat([G(gan.append_labels(one, c)).float() for one, c in parts])


def captions_of(captions: Captions, count: int, seed: int = SEED) -> tuple[list[str], Tensor]:
    """True captions of the first pictures, and their conditions, (count, traits)."""
    rng = Random(seed)
    sentences = [captions.describe(i % len(captions.traits), rng) for i in range(count)]
    return [one.text for one in sentences], torch.tensor([one.condition for one in sentences])


def measure(gan: GANCLS, held_out: Dataset, count: int) -> dict[str, Any]:
    """The figures of a model by sentences about held-out pictures."""
    assert held_out.captions
    if isinstance(held_out.captions.grammar, DigitGrammar):
        return measure_digits(gan, held_out, count)
    if isinstance(held_out.captions.grammar, FaceGrammar):
        return measure_faces(gan, held_out, count)
    raise ValueError(
        f"No network reads in pictures what captions of {held_out.name} say; coloured digits and "
        "celeba can be measured."
    )


# Digits ------------------------------------------------------------------------------------------


def measure_digits(gan: GANCLS, held_out: Dataset, count: int) -> dict[str, Any]:
    """Shares of sentences whose digit, ink, slant and background are read as asked.

    `all` counts pictures in which digit, ink and slant are right as far as they are named,
    `unseen` the same of pairs of digit and ink that no training picture had; `real` is what the
    readers say of the held-out pictures that the sentences were made of.
    """
    captions = held_out.captions
    assert captions
    texts, condition = captions_of(captions, count)
    shares = agreement(read_digits(draw(gan, texts)), condition)
    real = convert.from_uint8(held_out.images[:count])
    true = agreement(read_digits(real), condition[: len(real)])
    new_texts, new_condition = unseen_captions(count)
    new = agreement(read_digits(draw(gan, new_texts, SEED + 1)), new_condition)
    return {
        "count": count,
        **{k: round_digits(v) for k, v in shares.items()},
        "real": {k: round_digits(v) for k, v in true.items()},
        "unseen": {k: round_digits(v) for k, v in new.items()},
        "text": round_digits(text_accuracy(gan, texts, condition)),
    }


def unseen_captions(count: int) -> tuple[list[str], Tensor]:
    """Sentences that name all of a digit whose pair of digit and ink no training picture has."""
    rng, grammar = Random(SEED + 1), DigitGrammar()
    grammar.shares, grammar.silent = dict.fromkeys(grammar.shares, 1.0), 0.0
    sentences = []
    for digit, ink in islice(cycle(sorted(coloured.HELD_OUT)), count):
        paper = rng.choice([p for i, p in coloured.PAIRS if i == ink])
        slant = rng.randrange(len(SLANTS))
        parts = (torch.tensor([value]) for value in (digit, ink, paper, slant))
        traits = coloured.trait_vectors(*parts)[0].tolist()
        sentences.append(grammar.describe(traits, rng))
    return [one.text for one in sentences], torch.tensor([one.condition for one in sentences])


def text_accuracy(gan: GANCLS, texts: Sequence[str], condition: Tensor) -> float:
    """Share of captions whose condition the text encoder predicts exactly."""
    words = [gan.text.vocabulary.read(text) for text in texts]
    predictions = torch.stack([gan.text.read([w.read for w in one if w.read]) for one in words])
    return float((predictions.round() == condition).all(1).double().mean())


def read_digits(x: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) in [-1, 1] -> index of digit, ink, slant and background, (N, 4)."""
    levels = (x.float() + 1) * 127.5
    strips = (levels[..., :2, :], levels[..., -2:, :], levels[..., :2], levels[..., -2:])
    edge = torch.cat([strip.flatten(2) for strip in strips], 2)
    paper = edge.median(2).values  # (N, 3)
    away = (levels - paper[..., None, None]).norm(dim=1)  # (N, S, S)
    top = away.flatten(1).topk(24, dim=1).indices
    pixels = levels.flatten(2).gather(2, top[:, None].expand(-1, 3, -1))
    ink = pixels.median(2).values
    direction = ink - paper
    grey = ((levels - paper[..., None, None]) * direction[..., None, None]).sum(1)
    grey = (grey / direction.square().sum(1).clamp_min(1)[:, None, None]).clamp(0, 1)
    grey = torch.where(grey > 0.15, grey, 0.0)
    lean = coloured.skew(grey)
    slant = 1 + (lean > LEANS_FROM).long() - (lean < -LEANS_FROM).long()
    upright = coloured.shear_images(grey[:, None], -lean, 1 / coloured.INSET)
    return torch.stack([read_digit(upright), nearest(ink), slant, nearest(paper)], 1)


def read_digit(grey: Tensor) -> Tensor:
    """Digits (N, 1, S, S) from 0 to 1 as the digit classifier reads them, (N,)."""
    small = torch.nn.functional.interpolate(grey, (digits.SIZE, digits.SIZE), mode="bilinear")
    predictions = digits.load()((small * 255).round().to(torch.uint8)).digits
    assert predictions
    return torch.from_numpy(np.asarray(predictions.labels)).long()


def nearest(colour: Tensor) -> Tensor:
    """The nearest named colour of levels (N, 3), (N,)."""
    return torch.cdist(colour, coloured.PALETTE).argmin(1)


def agreement(predictions: Tensor, condition: Tensor) -> dict[str, float]:
    """Shares of pictures whose predictions agree with the condition: for each kind, and `all`."""
    sizes = {"digit": len(DIGITS), "colour": len(COLOURS), "slant": len(SLANTS)}
    sizes["background"] = len(COLOURS)
    shares, right = {}, []
    for kind, (name, size) in enumerate(sizes.items()):
        signs = condition[:, sum(list(sizes.values())[:kind]) :][:, :size]
        one_hot = torch.nn.functional.one_hot(predictions[:, kind], size)
        wrong = ((signs > 0) & (one_hot == 0)).any(1) | ((signs < 0) & (one_hot == 1)).any(1)
        is_named = (signs != 0).any(1)
        shares[name] = float((~wrong[is_named]).double().mean()) if bool(is_named.any()) else 1.0
        right.append(~wrong)
    shares["all"] = float((right[0] & right[1] & right[2]).double().mean())
    return shares


# Faces -------------------------------------------------------------------------------------------


def read_faces(x: Tensor) -> Tensor:
    """Faces (N, 3, S, S) in [-1, 1] -> what the face classifier reads, (N, traits) bool."""
    return trait_table(faces.load()(x) > 0.5) > 0


def measure_faces(gan: GANCLS, held_out: Dataset, count: int) -> dict[str, Any]:
    """Shares of traits that are read as asked, and the distance to real faces.

    `commoner` is how often the commoner answer would be right, `reader` how often the reader agrees
    with the table on the real faces, `kept` how many of the other traits stay when one word is
    turned round.
    """
    captions = held_out.captions
    assert captions
    names = captions.grammar.names
    texts, condition = captions_of(captions, count)
    fake, real = draw(gan, texts), convert.from_uint8(held_out.images)
    predictions, real_predictions, table = read_faces(fake), read_faces(real), captions.traits > 0
    traits = {
        name: trait_figures(predictions[:, i], condition[:, i], real_predictions[:, i], table[:, i])
        for i, name in enumerate(names)
    }
    features = faces.load().features
    truth = features(real)
    plain = draw_conditions(gan, torch.zeros(count, len(names)), gan.latents_of_seed(SEED, count))
    means = {k: [one[k] for one in traits.values()] for k in next(iter(traits.values()))}
    return {
        "count": count,
        **{k: round_digits(float(np.nanmean(values))) for k, values in means.items()},
        "kept": round_digits(trait_preservation(gan, captions, min(count, 1000))),
        "face_distance": round_digits(metrics.frechet_distance(features(fake), truth)),
        "plain_face_distance": round_digits(metrics.frechet_distance(features(plain), truth)),
        "text": round_digits(text_accuracy(gan, texts, condition)),
        "traits": traits,
    }


def trait_figures(
    predictions: Tensor, condition: Tensor, real_predictions: Tensor, table: Tensor
) -> dict[str, float]:
    """Shares of predictions (N,) of one trait that agree with the condition (N,), and of those on
    real faces (M,) that agree with the table (M,), beside the commoner answer there.

    nan where no condition names the trait.
    """
    is_named = condition != 0
    target = condition[is_named] > 0
    right = (predictions[is_named] == target).double()
    share = table.double().mean().item()
    figures = {
        "asked": right.mean().item(),
        "present": right[target].mean().item(),
        "absent": right[~target].mean().item(),
        "reader": (real_predictions == table).double().mean().item(),
        "commoner": max(share, 1 - share),
    }
    return {name: round_digits(value) for name, value in figures.items()}


def trait_preservation(gan: GANCLS, captions: Captions, count: int) -> float:
    """Share of the other traits that stay when one that a caption names is inverted."""
    rng = Random(SEED + 2)
    rows = [captions.describe(i % len(captions.traits), rng).condition for i in range(count)]
    conditions = [row for row in rows if any(row)]
    before = torch.tensor(conditions).float()
    after = torch.tensor([captions.grammar.contradict(row, rng) for row in conditions]).float()
    z = gan.latents_of_seed(SEED + 2, len(conditions))
    one, other = (read_faces(draw_conditions(gan, c, z)) for c in (before, after))
    still = before == after
    return float(((one == other) & still).sum() / still.sum())
