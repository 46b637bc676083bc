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
    descend,
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
    """StyleGAN2's networks conditioned on captions; docs/families/gan-cls.md."""

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
    """Normalised z and the condition, (N, latent_dim + traits) -> (N, style_dim), affine."""

    def __init__(self, config: Config, traits: int) -> None:
        super().__init__()
        self.parts = [config.latent_dim, traits]
        self.z = EqualLinear(config.latent_dim, config.style_dim)
        self.said = EqualLinear(traits, config.style_dim, gain=4.0)  # a caption names few traits
        """the condition's layer, under the name that stored models have for it"""

    def forward(self, x: Tensor) -> Tensor:
        z, condition = x.split(self.parts, 1)
        return self.z(z) + self.said(condition)


class Adapter(nn.Module):
    """Styles w (N, style_dim) and conditions (N, traits) -> steps (N, num_ws, style_dim).

    A condition of zeros gives a step of zero; before training every condition does.
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

    def forward(self, w: Tensor, condition: Tensor) -> Tensor:
        with_condition = self.body(torch.cat([w, condition], 1))
        without = self.body(torch.cat([w, 0 * condition], 1))
        return self.steps(with_condition - without).unflatten(1, self.shape)


class Generator(stylegan2.Generator):
    """z and the condition (N, latent_dim + traits) -> images (N, channels, size, size).

    The condition modulates every layer through its style, as in DF-GAN (Tao et al., 2022).
    """

    def __init__(self, config: Config, channels: int, classes: int) -> None:
        super().__init__(config, channels)
        self.parts = [config.latent_dim, classes]
        self.adapter = Adapter(config, classes, self.num_ws) if config.frozen_base else None
        if not self.adapter:
            self.first = Stem(config, classes)

    def mapping(self, z: Tensor) -> Tensor:
        z, condition = z.split(self.parts, 1)
        if self.adapter:
            w = super().mapping(z)
            return w + self.adapter(w[:, 0], condition)
        return self.mapping_layers(torch.cat([pixel_norm(z), condition], 1))

    def trainable_weights(self) -> list[nn.Parameter]:
        """The weights that the optimiser updates."""
        return [*(self.adapter or self).parameters()]


class Discriminator(progan.Critic):
    """Images (N, channels, size, size) and conditions (N, traits), or labels (N,) -> logits (N,).

    score(phi) + V(condition).phi (Miyato & Koyama, 2018), where the paper joins both and convolves;
    and beside it classifier(phi), the logits of an auxiliary classifier of the traits.
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

    def judge(self, phi: Tensor, condition: Tensor) -> Tensor:
        """Logits of pictures with features (N, width) under conditions (N, traits), (N,)."""
        return (self.score(phi) + self.match(phi, condition)).float()

    def match(self, phi: Tensor, condition: Tensor) -> Tensor:
        """The projection term V(condition).phi: (N, width), (N, ..., traits) -> (N, ...)."""
        V = self.V(condition)
        return torch.einsum("nw,n...w->n...", phi, V.to(phi)) / phi.shape[1] ** 0.5

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        if condition.dim() == 1:
            condition = one_hot(condition, self.V.weight.shape[1]).to(x.dtype)
        return self.judge(self.features(x), condition)


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
        """Adam of the text encoder; only a training uses it."""
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
        learns = torch.optim.Adam(G.trainable_weights(), c.learning_rate, (c.beta1, c.beta2))
        return Optimizers(learns, both.discriminator)

    def training_state(self) -> dict[str, nn.Module]:
        return {"text_optimizer": self.text_optimizer}  # pyright: ignore[reportReturnType]

    def append_labels(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The generator's input: z, and behind it conditions (N, traits), or labels (N,).

        By default the condition is zero, or for a model that knows only labels each one in turn.
        """
        if labels is None and self.text.reads:
            labels = z.new_zeros(len(z), self.classes)
        if labels is None or labels.dim() == 1:
            return super().append_labels(z, labels)
        return torch.cat([z, labels.to(z)], 1)

    def condition(self, batch: Batch) -> Tensor:
        """The condition of a batch, (N, traits): of its captions or its labels, else zeros."""
        if "condition" in batch:
            return batch["condition"]
        x = batch["image"]
        if "label" in batch:
            return one_hot(batch["label"], self.classes).to(x.dtype)
        return x.new_zeros(len(x), self.classes)

    def traits(self, batch: Batch) -> Tensor:
        """The traits of a batch's pictures, (N, traits): 1, -1, or 0 where they are not known."""
        if "traits" in batch:
            return batch["traits"]
        return 2 * self.condition(batch) - 1 if "label" in batch else self.condition(batch)

    def wrong(self, batch: Batch) -> Tensor:
        """Conditions of false captions, (N, captions, traits); for labels those of all others."""
        if "wrong" in batch:
            return batch["wrong"]
        condition = self.condition(batch)
        return torch.stack([condition.roll(k, 1) for k in range(1, self.classes)], 1)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        scores = self.discriminator.eval()(batch["image"], self.condition(batch))
        return DiscriminatorOutputs(self.output, scores.sigmoid())

    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        z = self.latents(count, torch.Generator().manual_seed(seed))
        condition = self.condition(batch)
        condition = condition[torch.arange(count, device=condition.device) % len(condition)]
        fake = self.generator(self.append_labels(z, condition)).float()
        return {"image": fake, "condition": condition}

    def preview_inputs(self, batch: Batch) -> Tensor:
        z = self.latents(len(batch["image"]), torch.Generator().manual_seed(0))
        return self.append_labels(z, self.condition(batch))

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Algorithm 1
        G, D, c = self.style_generator.train(), self.discriminator.train(), self.config
        assert isinstance(D, Discriminator)
        augment, batch = self.augment_pipe, next(batches)
        x, condition, wrong = batch["image"], self.condition(batch), self.wrong(batch)
        text_loss = self.train_text_encoder(batch)
        fake = G.synthesis(self.mixed_styles(len(x), condition))
        inputs = augment(torch.cat([x, fake.detach()]))
        phi = D.features(inputs[: len(x)])
        s_r, s_f = D.judge(phi, condition), D(inputs[len(x) :], condition)
        s_w = D.score(phi)[:, None] + D.match(phi, wrong)  # (N, captions)
        weight = c.wrong_weight
        false = (condition[:, None] != wrong).any(2)  # an empty caption is not wrong
        d_loss = softplus(-s_r).mean() + (1 - weight) * softplus(s_f).mean()
        d_loss = d_loss + weight * (softplus(s_w) * false).mean()
        d_match = naming_loss(D.classifier(phi), self.traits(batch))
        penalty = r1_on_subset(lambda part: D(part, condition[: len(part)]), inputs[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            descend(optimizers.discriminator, d_loss + penalty + c.lambda_match * d_match)
        phi = D.features(augment(fake))
        g_loss = non_saturating.generator(D.judge(phi, condition))
        g_match = naming_loss(D.classifier(phi), condition)
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

    def train_text_encoder(self, batch: Batch) -> Tensor:
        """One update of the text encoder, until it is frozen; its loss ()."""
        if int(self.text.learned) >= self.config.text_steps:
            return batch["image"].new_zeros(())
        condition = self.condition(batch)
        caption = batch.get("caption")
        if caption is None:
            caption = tokens([f"class {label}" for label in condition.argmax(1).tolist()]).to(
                condition.device
            )
        loss = self.text.loss(caption, condition)
        descend(self.text_optimizer, loss)
        self.text.learned += 1
        return loss.detach()
