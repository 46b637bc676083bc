"""Train text-faces: a network that moves the styles of stylegan2-celeba by what a sentence says.

`python -m tools.train_text_faces OUTPUT`, with CelebA's table of attributes in GAN_STUDIO_DATA. The
generator stays as it is. The adapter descends three losses: the face attribute classifier shall
read what is named as asked, and read the rest as before; the step shall be short; and a small
matching-aware discriminator on styles (Reed et al., 2016) shall take the moved style for one of the
generator's own that fits the condition.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from gan_studio.core.files import SHIPPED
from gan_studio.datasets import celeba, registry
from gan_studio.datasets.captioned import trait_table
from gan_studio.datasets.captions import Captions
from gan_studio.datasets.face_grammar import FACE_ATTRIBUTES, FaceGrammar
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import gan_cls, stylegan2
from gan_studio.vision import faces

BASE = "stylegan2-celeba"
BANK = 1536
"""styles whose pictures are read once"""
MARGIN = 2.4
"""log-odds from which a trait counts as read"""
BATCH, TEXT_BATCH = 16, 64
RATE = 2e-3
"""learning rate of the adapter, which falls in the second half"""
KEEP, SHORT, GAME, PRESENT = 1.5, 0.002, 0.05, 4.0
"""weights of what shall stay, of the step’s length, of the adversary, and of traits asked for
beside those that are denied, which most faces lack anyway"""


class StyleDiscriminator(nn.Module):
    """Styles (N, style_dim) and conditions (N, traits) -> logits (N,)."""

    def __init__(self, dim: int, traits: int, hidden: int = 128) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(dim, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2)
        )
        self.score, self.V = nn.Linear(hidden, 1), nn.Linear(traits, hidden, bias=False)

    def forward(self, w: Tensor, condition: Tensor) -> Tensor:
        phi = self.body(w)
        return self.score(phi)[:, 0] + (self.V(condition) * phi).mean(1)


def captions() -> Captions:
    """What CelebA's table knows of the training faces."""
    place = celeba.find_faces(registry.data_dir())
    names = [path.name for path in celeba.face_files(place)]
    names = names[: len(names) - len(names) // 10]
    table = torch.from_numpy(celeba.read_attributes(place, names))
    return Captions(grammar=FaceGrammar(), traits=trait_table(table))


def read_traits(reader: faces.FaceAttributeClassifier, pictures: Tensor) -> Tensor:
    """Log-odds of the traits, (N, traits)."""
    logits = reader.logits(pictures)
    signs = torch.tensor([-1.0 if a.startswith("-") else 1.0 for a in FACE_ATTRIBUTES.values()])
    columns = [celeba.ATTRIBUTES.index(a.removeprefix("-")) for a in FACE_ATTRIBUTES.values()]
    return logits[:, columns] * signs


def begin(base: LatentGAN, traits: int) -> gan_cls.GANCLS:
    """The model before its training: it draws what the base draws, whatever the condition."""
    shared = {f.name: getattr(base.config, f.name) for f in dataclasses.fields(stylegan2.Config)}
    config = gan_cls.Config(**{**shared, "frozen_base": True, "vision_aided": 0.0})
    gan = gan_cls.GANCLS(config, 3, traits)
    weights = {k: v for k, v in base.state_dict().items() if not k.startswith("advisor")}
    for old, new in (("score.1", "describe.1"), ("score.3", "score.0")):
        weights = {
            k.replace(f"discriminator.{old}", f"discriminator.{new}"): weights[k] for k in weights
        }
    missing, unexpected = gan.load_state_dict(weights, strict=False)
    assert not unexpected, unexpected
    own = ("adapter", "text", "discriminator.V", "discriminator.classifier")
    assert all(any(part in k for part in own) for k in missing), missing
    D = gan.discriminator
    assert isinstance(D, gan_cls.Discriminator)
    for layer in (D.V, D.classifier):
        nn.init.zeros_(layer.weight)  # its opinion is of the picture alone
    return gan


def teach_text(gan: gan_cls.GANCLS, texts: Captions, steps: int) -> None:
    """Teach the text encoder to name what captions say."""
    rng, count = torch.Generator().manual_seed(5), len(texts.traits)
    adam = torch.optim.Adam(gan.text.parameters(), 3e-3)
    fall = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.05, steps)
    gan.text.requires_grad_(True).set_vocabulary(texts.grammar.vocabulary)
    for step in range(steps):
        rows = torch.randint(count, (TEXT_BATCH,), generator=rng).tolist()
        batch = texts.batch(rows, 1, step)
        loss = gan.text.loss(batch["caption"], batch["condition"])
        adam.zero_grad()
        loss.backward()
        adam.step()
        fall.step()
        gan.text.learned += 1
        if step % 500 == 0:
            print(f"text {step}: {loss.item():.3f}", flush=True)


@torch.inference_mode()
def bank(
    gan: gan_cls.GANCLS, reader: faces.FaceAttributeClassifier
) -> tuple[Tensor, Tensor, Tensor]:
    """Latents of BANK pictures, their styles w (BANK, style_dim) and log-odds of their traits."""
    G, z = gan.style_generator, gan.latents_of_seed(77, BANK)
    w = G.mapping(gan.append_labels(z))
    log_odds = [read_traits(reader, G.synthesis(part)) for part in w.split(64)]
    return z, w[:, 0].clone(), torch.cat(log_odds).clone()


def train(gan: gan_cls.GANCLS, texts: Captions, steps: int, minutes: float, output: Path) -> None:
    """Teach the adapter; saves now and then."""
    reader, start = faces.load(), time.monotonic()
    gan.eval().requires_grad_(False)
    G = gan.style_generator
    assert isinstance(G, gan_cls.Generator)
    assert G.adapter
    _, w0, odds0 = bank(gan, reader)
    spread = w0.std(0)
    G.adapter.requires_grad_(True)
    D = StyleDiscriminator(w0.shape[1], odds0.shape[1])
    players = (
        torch.optim.Adam(G.adapter.parameters(), 1e-3, (0.5, 0.99)),
        torch.optim.Adam(D.parameters(), 1e-3, (0.5, 0.99)),
    )
    rng, order, step = Random(3), torch.Generator().manual_seed(3), 0
    for step in range(steps):
        progress = max(step / steps, (time.monotonic() - start) / (60 * minutes))
        if progress >= 1:
            break
        players[0].param_groups[0]["lr"] = RATE * min(1.0, 0.05 + 1.9 * (1 - progress))
        rows = torch.randint(len(texts.traits), (BATCH,), generator=order).tolist()
        conditions = torch.tensor([texts.describe(row, rng).condition for row in rows]).float()
        indices = torch.randint(BANK, (BATCH,), generator=order)
        loss = adapter_step(
            gan, reader, D, players, w0[indices], odds0[indices], conditions, spread, rng
        )
        if step % 100 == 0:
            text = ", ".join(f"{k} {v:.3f}" for k, v in loss.items())
            print(f"{step}, {time.monotonic() - start:.0f} s: {text}", flush=True)
            save(gan, output, step, time.monotonic() - start)
    save(gan, output, step, time.monotonic() - start)


def adapter_step(
    gan: gan_cls.GANCLS,
    reader: faces.FaceAttributeClassifier,
    D: StyleDiscriminator,
    players: tuple[torch.optim.Adam, torch.optim.Adam],
    w: Tensor,
    odds: Tensor,
    conditions: Tensor,
    spread: Tensor,
    rng: Random,
) -> dict[str, float]:
    """One update of both: `conditions` (N, traits) of styles (N, dim) with log-odds (N, traits)."""
    G = gan.style_generator
    assert isinstance(G, gan_cls.Generator)
    assert G.adapter
    strengths = [rng.choice((1.0, 1.0, rng.uniform(0.3, 1.5))) for _ in conditions]
    strength = torch.tensor(strengths)[:, None]
    moves = G.adapter(w, conditions * strength)
    styles = w[:, None] + moves
    log_odds = read_traits(reader, G.synthesis(styles))
    is_named = conditions != 0
    weight = torch.where(conditions > 0, PRESENT, 1.0) * is_named
    hinge = relu(MARGIN * strength - conditions * log_odds)
    obey = (hinge * weight).sum() / weight.sum().clamp_min(1)
    drift = (log_odds.sigmoid() - odds.sigmoid()).square() * ~is_named
    keep = drift.sum() / len(w)
    short = (moves / spread).square().mean((1, 2)).mean()
    layer = rng.randrange(G.num_ws)
    signs = torch.where(odds > 0, 1.0, -1.0)
    grammar = FaceGrammar()
    mine = torch.where(torch.rand_like(signs) < 0.2, signs, 0.0)
    rows = [tuple(map(int, row)) for row in mine.tolist()]
    wrong = torch.tensor([grammar.contradict(row, rng) for row in rows]).float()
    false = (wrong != mine).any(1)
    d_loss = softplus(-D(w, mine)).mean() + 0.5 * (softplus(D(w, wrong)) * false).mean()
    d_loss = d_loss + 0.5 * softplus(D(styles[:, layer].detach(), conditions)).mean()
    players[1].zero_grad()
    d_loss.backward()
    players[1].step()
    game = softplus(-D(styles[:, layer], conditions)).mean()
    loss = obey + KEEP * keep + SHORT * short + GAME * game
    players[0].zero_grad()
    loss.backward()
    players[0].step()
    right = ((log_odds * conditions > 0) & is_named).sum() / is_named.sum().clamp_min(1)
    preserved = (((log_odds > 0) == (odds > 0)) & ~is_named).sum() / (~is_named).sum().clamp_min(1)
    parts = {"obey": obey, "keep": keep, "short": short, "game": game, "critic": d_loss}
    return {k: v.item() for k, v in {**parts, "right": right, "stayed": preserved}.items()}


def save(gan: gan_cls.GANCLS, output: Path, steps: int, seconds: float) -> None:
    """Write the model."""
    training = {"steps": steps, "seconds": round(seconds), "device": "CPU", "ancestry": ["celeba"]}
    manifest = Manifest(
        family="gan-cls", config=gan.config, channels=3, dataset="celeba", classes=gan.classes,
        training={**training, "start_from": BASE},
    )  # fmt: skip
    checkpoint.save_model(output, gan, gan.generator, manifest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--text-steps", type=int, help="default: 3000, with --resume none")
    parser.add_argument("--resume", action="store_true", help="go on with the model in OUTPUT")
    parser.add_argument("--minutes", type=float, default=45.0)
    args = parser.parse_args()
    torch.manual_seed(0)
    texts = captions()
    if args.resume:
        gan, manifest = checkpoint.load_model(args.output)
        assert isinstance(gan, gan_cls.GANCLS)
        if args.text_steps:
            teach_text(gan, texts, args.text_steps)
            checkpoint.save_model(args.output, gan, gan.generator, manifest)
    else:
        base, _ = checkpoint.load_model(SHIPPED / BASE)
        assert isinstance(base, LatentGAN)
        gan = begin(base, len(texts.grammar.names))
        teach_text(gan, texts, args.text_steps or 3000)
    gan.text.requires_grad_(False)
    if args.steps:
        train(gan, texts, args.steps, args.minutes, args.output)


if __name__ == "__main__":
    main()
