"""What is measured of pictures that sentences ask for: whether readers see in them what was said."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.datasets import celeba, coloured
from gan_studio.datasets.captions import Captions
from gan_studio.datasets.dataset import Dataset
from gan_studio.datasets.grammar import (
    COLOURS,
    DIGITS,
    FACE_ATTRIBUTES,
    SLANTS,
    DigitGrammar,
    FaceGrammar,
    Said,
)
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
    said = torch.stack([gan.text.read([w.read for w in one if w.read]) for one in words])
    return draw_said(gan, said, gan.seeded(seed, len(said)))


@torch.inference_mode()
def draw_said(gan: GANCLS, said: Tensor, z: Tensor) -> Tensor:
    """The pictures of latents z (N, latent_dim) that are told this, (N, traits)."""
    G = gan.generator.eval()
    parts = zip(z.split(BATCH), said.split(BATCH), strict=True)
    return torch.cat([G(gan.labelled(one, told)).float() for one, told in parts])


def captions_of(captions: Captions, count: int, seed: int = SEED) -> tuple[list[str], Tensor]:
    """True sentences about the first pictures, and what they say, (count, traits)."""
    rng = Random(seed)
    found = [captions.describe(i % len(captions.traits), rng) for i in range(count)]
    return [one.text for one in found], torch.tensor([one.said for one in found])


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
    texts, said = captions_of(captions, count)
    seen = agreement(read_digits(draw(gan, texts)), said)
    real = convert.from_uint8(held_out.images[:count])
    true = agreement(read_digits(real), said[: len(real)])
    unseen = [
        combination(said_of(i, j, s), s) for i, j in sorted(coloured.HELD_OUT) for s in range(3)
    ]
    rows = [unseen[k % len(unseen)] for k in range(count)]
    rng = Random(SEED + 1)
    grammar = DigitGrammar()
    grammar.shares = dict.fromkeys(grammar.shares, 1.0)
    grammar.silent = 0.0
    found = [grammar.describe(row, rng) for row in rows]
    new = agreement(
        read_digits(draw(gan, [one.text for one in found], SEED + 1)),
        torch.tensor([one.said for one in found]),
    )
    return {
        "count": count,
        **{k: round_digits(v) for k, v in seen.items()},
        "real": {k: round_digits(v) for k, v in true.items()},
        "unseen": {k: round_digits(v) for k, v in new.items()},
        "text": round_digits(text_accuracy(gan, texts, said)),
    }


def said_of(digit: int, ink: int, slant: int) -> Said:
    """Traits of a held-out pair on the first background that goes with it."""
    paper = next(p for i, p in coloured.PAIRS[slant * 7 :] + coloured.PAIRS if i == ink)
    parts = (digit, ink, slant, paper)
    values = [torch.tensor([value]) for value in parts]
    digits_, inks, slants, papers = values
    return tuple(coloured.trait_vectors(digits_, inks, papers, slants)[0].tolist())


def combination(traits: Said, _: int) -> Said:
    return traits


def text_accuracy(gan: GANCLS, texts: Sequence[str], said: Tensor) -> float:
    """Share of sentences of which the text encoder names exactly what they say."""
    words = [gan.text.vocabulary.read(text) for text in texts]
    read = torch.stack([gan.text.read([w.read for w in one if w.read]) for one in words])
    return float((read.round() == said).all(1).double().mean())


def read_digits(x: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) in [-1, 1] -> index of digit, ink, slant and background, (N, 4)."""
    levels = (x.float() + 1) * 127.5
    edge = torch.cat([levels[..., :2, :].flatten(2), levels[..., -2:, :].flatten(2),
                      levels[..., :, :2].flatten(2), levels[..., :, -2:].flatten(2)], 2)  # fmt: skip
    paper = edge.median(2).values  # (N, 3)
    away = (levels - paper[..., None, None]).norm(dim=1)  # (N, S, S)
    top = away.flatten(1).topk(24, dim=1).indices
    pixels = levels.flatten(2).gather(2, top[:, None].expand(-1, 3, -1))
    ink = pixels.median(2).values
    way = ink - paper
    grey = ((levels - paper[..., None, None]) * way[..., None, None]).sum(1)
    grey = (grey / way.square().sum(1).clamp_min(1)[:, None, None]).clamp(0, 1)
    grey = torch.where(grey > 0.15, grey, 0.0)
    lean = coloured.skew(grey)
    slant = 1 + (lean > LEANS_FROM).long() - (lean < -LEANS_FROM).long()
    upright = coloured.sheared(grey[:, None], -lean, 1 / coloured.INSET)
    return torch.stack([read_digit(upright), nearest(ink), slant, nearest(paper)], 1)


def read_digit(grey: Tensor) -> Tensor:
    """Digits (N, 1, S, S) from 0 to 1 as the digit classifier reads them, (N,)."""
    small = torch.nn.functional.interpolate(grey, (digits.SIZE, digits.SIZE), mode="bilinear")
    read = digits.load()((small * 255).round().to(torch.uint8)).digits
    assert read
    return torch.from_numpy(np.asarray(read.labels)).long()


def nearest(colour: Tensor) -> Tensor:
    """The nearest named colour of levels (N, 3), (N,)."""
    return torch.cdist(colour, coloured.PALETTE).argmin(1)


def agreement(read: Tensor, said: Tensor) -> dict[str, float]:
    """Shares of pictures in which each kind is read as it was asked, where it was, and `all`."""
    sizes, start, right = (len(DIGITS), len(COLOURS), len(SLANTS), len(COLOURS)), 0, []
    shares = {}
    for kind, size, name in zip(
        range(4), sizes, ("digit", "colour", "slant", "background"), strict=True
    ):
        asked = said[:, start : start + size]
        start += size
        shown = torch.nn.functional.one_hot(read[:, kind], size)
        wrong = ((asked > 0) & (shown == 0)).any(1) | ((asked < 0) & (shown == 1)).any(1)
        named = (asked != 0).any(1)
        shares[name] = float((~wrong[named]).double().mean()) if bool(named.any()) else 1.0
        right.append(~wrong)
    shares["all"] = float((right[0] & right[1] & right[2]).double().mean())
    return shares


# Faces -------------------------------------------------------------------------------------------


def read_faces(x: Tensor) -> Tensor:
    """Faces (N, 3, S, S) in [-1, 1] -> what the face classifier reads, (N, traits) bool."""
    seen = faces.load()(x) > 0.5
    columns = []
    for attribute in FACE_ATTRIBUTES.values():
        present = seen[:, celeba.ATTRIBUTES.index(attribute.removeprefix("-"))]
        columns.append(~present if attribute.startswith("-") else present)
    return torch.stack(columns, 1)


def measure_faces(gan: GANCLS, held_out: Dataset, count: int) -> dict[str, Any]:
    """How often each trait is read as asked, the distance to real faces, and what else changes.

    `commoner` is how often the commoner answer would be right, `reader` how often the reader agrees
    with the table on the real faces, `kept` how many of the other traits stay when one word is
    turned round.
    """
    captions = held_out.captions
    assert captions
    names = captions.grammar.names
    texts, said = captions_of(captions, count)
    made = draw(gan, texts)
    read = read_faces(made)
    real = convert.from_uint8(held_out.images)
    seen = read_faces(real)
    table = captions.traits > 0
    traits: dict[str, Any] = {}
    for i, name in enumerate(names):
        asked = said[:, i] != 0
        wanted = said[asked, i] > 0
        right = read[asked, i] == wanted
        sides = [right[wanted == side].double().mean().item() for side in (True, False)]
        traits[name] = {
            "asked": round_digits(right.double().mean().item()),
            "present": round_digits(sides[0]),
            "absent": round_digits(sides[1]),
            "reader": round_digits((seen[:, i] == table[:, i]).double().mean().item()),
            "commoner": round_digits(
                max(table[:, i].double().mean().item(), 1 - table[:, i].double().mean().item())
            ),
        }
    features = faces.load().features
    truth = features(real)
    plain = draw_said(gan, torch.zeros(count, len(names)), gan.seeded(SEED, count))
    return {
        "count": count,
        **{
            k: round_digits(float(np.nanmean([one[k] for one in traits.values()])))
            for k in ("asked", "present", "absent", "reader", "commoner")
        },
        "kept": round_digits(kept(gan, captions, min(count, 1000))),
        "face_distance": round_digits(metrics.frechet_distance(features(made), truth)),
        "plain_face_distance": round_digits(metrics.frechet_distance(features(plain), truth)),
        "text": round_digits(text_accuracy(gan, texts, said)),
        "traits": traits,
    }


def kept(gan: GANCLS, captions: Captions, count: int) -> float:
    """Share of the traits that stay when one that a sentence names is turned round."""
    rng = Random(SEED + 2)
    rows = [captions.describe(i % len(captions.traits), rng).said for i in range(count)]
    named = [row for row in rows if any(row)]
    before = torch.tensor(named).float()
    after = torch.tensor([captions.grammar.turn(row, rng) for row in named]).float()
    z = gan.seeded(SEED + 2, len(named))
    one, other = (read_faces(draw_said(gan, said, z)) for said in (before, after))
    still = before == after
    return float(((one == other) & still).sum() / still.sum())
