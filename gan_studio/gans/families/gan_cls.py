"""Generative Adversarial Text to Image Synthesis (Reed et al., 2016), https://arxiv.org/abs/1605.05396."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, one_hot, softplus

from gan_studio.core.validation import check_float
from gan_studio.datasets.batches import Batch
from gan_studio.datasets.captions import tokens
from gan_studio.gans.base import (
    DiscriminatorOutputs,
    Losses,
    Optimizers,
    batch_mean,
    descend,
    uniform,
)
from gan_studio.gans.config import PRE_2018, GANConfig
from gan_studio.gans.families import progan, stylegan2
from gan_studio.gans.layers import EqualLinear, pixel_norm
from gan_studio.gans.losses import non_saturating
from gan_studio.gans.optimizers import adam
from gan_studio.gans.stabilizers import discriminator_is_ahead, r1_on_subset
from gan_studio.gans.text_encoder import TextConfig, TextEncoder


@dataclass(frozen=True, kw_only=True)
class Config(TextConfig, stylegan2.Config):
    """StyleGAN2's networks, told what a sentence says; docs/families/gan-cls.md."""

    learning_rate: float = 0.02
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    discriminator_rate: float = 0.01
    """Learning rate of the discriminator (TTUR, Heusel et al., 2017); 0 uses the generator’s."""
    wrong_weight: float = 0.5
    """Weight of real pictures with wrong captions in the discriminator’s loss, Algorithm 1; that of
    generated pictures is one minus it, and 0 leaves wrong captions out."""
    lambda_match: float = 0.3
    """Weight of an auxiliary classifier: the discriminator learns to name the traits of real
    pictures, and the generator is told how far those asked for are read (Odena et al., 2017); 0
    leaves it out."""
    frozen_base: bool = False
    """Whether a generator that draws without words stays as it is, and what learns is a network
    that moves its styles by what is said."""
    grow_steps: int = 0
    """Updates per size in progressive growing, the first half of them fades the new layers in; 0
    trains at full size from the start."""
    mixing: float = 0.0
    """Style mixing: probability that a picture is drawn from two styles (Karras et al., 2019,
    Section 3.1)."""

    fixed_fields: ClassVar = (
        TextConfig.fixed_fields | stylegan2.Config.fixed_fields | {"frozen_base"}
    )
    paper_values: ClassVar = {
        **PRE_2018, "r1_gamma": 0.0, "learning_rate": 2e-4, "discriminator_rate": 0.0,
        "lambda_match": 0.0, "beta1": 0.5, "beta2": 0.999, "latent_dim": 100, "batch_size": 64,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_float(self.wrong_weight, "wrong_weight", 0, 1)
        check_float(self.lambda_match, "lambda_match", 0, 1000)


class Stem(nn.Module):
    """Normalised z and what is said, (N, latent_dim + traits) -> (N, style_dim), affine."""

    def __init__(self, config: Config, traits: int) -> None:
        super().__init__()
        self.parts = [config.latent_dim, traits]
        self.z = EqualLinear(config.latent_dim, config.style_dim)
        self.said = EqualLinear(traits, config.style_dim, gain=4.0)  # a sentence names few traits

    def forward(self, x: Tensor) -> Tensor:
        z, said = x.split(self.parts, 1)
        return self.z(z) + self.said(said)


class Adapter(nn.Module):
    """Styles w (N, style_dim) and what is said (N, traits) -> steps (N, num_ws, style_dim).

    Nothing said moves nothing, and at first nothing does.
    """

    def __init__(self, config: Config, traits: int, num_ws: int, hidden: int = 192) -> None:
        super().__init__()
        self.shape = num_ws, config.style_dim
        self.body = nn.Sequential(
            nn.Linear(config.style_dim + traits, hidden), nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden), nn.LeakyReLU(0.2),
        )  # fmt: skip
        self.steps = nn.Linear(hidden, num_ws * config.style_dim, bias=False)
        nn.init.zeros_(self.steps.weight)

    def forward(self, w: Tensor, said: Tensor) -> Tensor:
        bodies = self.body(torch.cat([w, said], 1)) - self.body(torch.cat([w, 0 * said], 1))
        return self.steps(bodies).unflatten(1, self.shape)


class Generator(stylegan2.Generator):
    """z and what is said (N, latent_dim + traits) -> images (N, channels, size, size).

    Every layer is modulated by the sentence, as in DF-GAN (Tao et al., 2022), through its style.
    """

    def __init__(self, config: Config, channels: int, classes: int) -> None:
        super().__init__(config, channels)
        self.parts = [config.latent_dim, classes]
        self.adapter = Adapter(config, classes, self.num_ws) if config.frozen_base else None
        if not self.adapter:
            self.first = Stem(config, classes)

    def mapping(self, z: Tensor) -> Tensor:
        z, said = z.split(self.parts, 1)
        if self.adapter:
            w = super().mapping(z)
            return w + self.adapter(w[:, 0], said)
        w = leaky_relu(self.first(torch.cat([pixel_norm(z), said], 1)), 0.2)
        for layer in self.more:
            w = leaky_relu(layer(w), 0.2)
        return w.float()[:, None].expand(-1, self.num_ws, -1)

    def learning(self) -> list[nn.Parameter]:
        """The weights that learn."""
        return [*(self.adapter or self).parameters()]


class Discriminator(progan.Critic):
    """Images (N, channels, size, size) and what is said of them -> logits (N,).

    What is said is (N, traits), or labels (N,).

    score(phi) + V(said).phi (Miyato & Koyama, 2018), where the paper joins both and convolves; and
    beside it classifier(phi), the logits of an auxiliary classifier of what can be said.
    """

    block = stylegan2.Residual

    def __init__(self, config: Config, channels: int, classes: int) -> None:
        super().__init__(config, channels)
        layers = list(self.score)
        width = config.channels(4)
        self.describe, self.score = nn.Sequential(*layers[:3]), nn.Sequential(*layers[3:])
        self.V = EqualLinear(classes, width, gain=1.0)
        self.classifier = EqualLinear(width, classes, gain=1.0)

    def features(self, x: Tensor) -> Tensor:
        """Images (N, channels, size, size) -> phi (N, width)."""
        h = self.embed(x, self.stage)
        for block in reversed(self.blocks[: self.depth]):
            h = block(h)
        return self.describe(leaky_relu(self.last(self.deviation(h)), 0.2)).float()

    def judge(self, phi: Tensor, said: Tensor) -> Tensor:
        """The logits of pictures with these features as ones of these sentences, (N,)."""
        return (self.score(phi) + self.match(phi, said)).float()

    def match(self, phi: Tensor, said: Tensor) -> Tensor:
        """How well pictures with features (N, width) fit sentences (N, ..., traits), (N, ...)."""
        V = self.V(said)
        return torch.einsum("nw,n...w->n...", phi, V.to(phi)) / phi.shape[1] ** 0.5

    def forward(self, x: Tensor, said: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        if said.dim() == 1:
            said = one_hot(said, self.V.weight.shape[1]).to(x.dtype)
        return self.judge(self.features(x), said)


def naming_loss(logits: Tensor, traits: Tensor) -> Tensor:
    """Cross entropy of traits (N, traits), 1 or -1, with the logits that name them, ().

    The auxiliary classifier of AC-GAN (Odena et al., 2017, https://arxiv.org/abs/1610.09585).
    Traits that are 0 are left out.
    """
    return (softplus(-traits * logits.float()) * (traits != 0)).sum(1).mean()


class GANCLS(stylegan2.StyleGAN2):
    """A discriminator that also sees real pictures with wrong captions (GAN-CLS)."""

    config: Config  # pyright: ignore[reportIncompatibleVariableOverride]
    networks = Generator, Discriminator

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.text = TextEncoder(config, classes)

    @cached_property
    def text_optimizer(self) -> torch.optim.Adam:
        """That of the text encoder: only a training makes one."""
        return torch.optim.Adam(self.text.parameters(), self.config.text_rate)

    @classmethod
    def conditional(cls, config: GANConfig) -> bool:
        del config
        return True

    def optimizers(self) -> Optimizers:
        both = adam(self, self.config)
        if not self.config.frozen_base:
            return both
        G, c = self.style_generator, self.config
        assert isinstance(G, Generator)
        learns = torch.optim.Adam(G.learning(), c.learning_rate, (c.beta1, c.beta2))
        return Optimizers(learns, both.discriminator)

    def training_state(self) -> dict[str, nn.Module]:
        return {"text_optimizer": self.text_optimizer}  # pyright: ignore[reportReturnType]

    def labelled(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The generator's input: z, and behind it what is said (N, traits), or labels (N,).

        By default nothing is said, and of a model that knows labels alone each in turn.
        """
        if labels is None and self.text.reads:
            labels = z.new_zeros(len(z), self.classes)
        if labels is None or labels.dim() == 1:
            return super().labelled(z, labels)
        return torch.cat([z, labels.to(z)], 1)

    def said(self, batch: Batch) -> Tensor:
        """What is said of a batch's pictures, (N, traits): its captions, its labels, or nothing."""
        if "said" in batch:
            return batch["said"]
        x = batch["image"]
        if "label" in batch:
            return one_hot(batch["label"], self.classes).to(x.dtype)
        return x.new_zeros(len(x), self.classes)

    def traits(self, batch: Batch) -> Tensor:
        """What is known of a batch's pictures, 1, -1 or 0, (N, traits)."""
        if "traits" in batch:
            return batch["traits"]
        return 2 * self.said(batch) - 1 if "label" in batch else self.said(batch)

    def wrong(self, batch: Batch) -> Tensor:
        """What false captions say, (N, captions, traits); of labels, all others."""
        if "wrong" in batch:
            return batch["wrong"]
        said = self.said(batch)
        return torch.stack([said.roll(k, 1) for k in range(1, self.classes)], 1)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        scores = self.discriminator.eval()(batch["image"], self.said(batch))
        return DiscriminatorOutputs(self.output, scores.sigmoid())

    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        z = self.latents(count, torch.Generator().manual_seed(seed))
        said = self.said(batch)
        said = said[torch.arange(count, device=said.device) % len(said)]
        return {"image": self.generator(self.labelled(z, said)).float(), "said": said}

    def preview_inputs(self, batch: Batch) -> Tensor:
        z = self.latents(len(batch["image"]), torch.Generator().manual_seed(0))
        return self.labelled(z, self.said(batch))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.style_generator.train(), self.discriminator.train(), self.config
        assert isinstance(D, Discriminator)
        augment, batch = self.augment_pipe, next(batches)
        x, said, wrong = batch["image"], self.said(batch), self.wrong(batch)
        text_loss = self.teach(batch)
        fake = G.synthesis(self.styles_of(said))
        shown = augment(torch.cat([x, fake.detach()]))
        phi = D.features(shown[: len(x)])
        s_r, s_f = D.judge(phi, said), D(shown[len(x) :], said)
        s_w = D.score(phi)[:, None] + D.match(phi, wrong)  # (N, captions)
        weight, false = c.wrong_weight, (said[:, None] != wrong).any(2)  # nothing said is not wrong
        d_loss = softplus(-s_r).mean() + (1 - weight) * softplus(s_f).mean()
        d_loss = d_loss + weight * (softplus(s_w) * false).mean()
        d_match = naming_loss(D.classifier(phi), self.traits(batch))
        penalty = r1_on_subset(lambda part: D(part, said[: len(part)]), shown[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty + c.lambda_match * d_match)
        phi = D.features(augment(fake))
        g_loss = non_saturating.generator(D.judge(phi, said))
        g_match = naming_loss(D.classifier(phi), said)
        descend(optimizers.generator, g_loss + c.lambda_match * g_match)
        self.finish_step()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "penalty": penalty.detach(),
            "d_real": s_r.detach().sigmoid().mean(),
            "d_fake": s_f.detach().sigmoid().mean(),
            "d_wrong": s_w.detach().sigmoid().mean(),
            "match_real": d_match.detach(),
            "match_fake": g_match.detach(),
            "text": text_loss,
        }

    def teach(self, batch: Batch) -> Tensor:
        """Teach the text encoder to name what captions say, until it is frozen; its loss ()."""
        if self.text.lessons >= self.config.text_steps:
            return batch["image"].new_zeros(())
        said = self.said(batch)
        caption = batch.get("caption")
        if caption is None:
            caption = tokens([f"class {label}" for label in said.argmax(1).tolist()]).to(
                said.device
            )
        loss = self.text.loss(caption, said)
        descend(self.text_optimizer, loss)
        self.text.learned += 1
        return loss.detach()

    def styles_of(self, said: Tensor) -> Tensor:
        """Styles of fresh latents that are told this (n, num_ws, style_dim), at times two mixed."""
        G = self.style_generator
        w = G.mapping(self.labelled(self.latents(len(said)), said))
        with torch.no_grad():
            G.w_avg.lerp_(batch_mean(w[:, 0]), 1 - stylegan2.W_AVG_BETA)
        if not self.config.mixing:
            return w
        other = G.mapping(self.labelled(self.latents(len(said)), said))
        draws = uniform(len(said), 2, device=w.device)
        crossover = 1 + (draws[:, :1] * (G.num_ws - 1)).long()
        crossover = torch.where(draws[:, 1:] < self.config.mixing, crossover, G.num_ws)
        later = torch.arange(G.num_ws, device=w.device) >= crossover
        return torch.where(later[..., None], other, w)
