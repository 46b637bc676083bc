"""Analyzing and Improving the Image Quality of StyleGAN (Karras et al., 2020), https://arxiv.org/abs/1912.04958."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu

from gan_studio.core.validation import check_float, check_int
from gan_studio.gans.adaptive_augment import AdaptiveAugmentPipe
from gan_studio.gans.base import (
    Batch,
    DiscriminatorOutputs,
    Losses,
    Optimizers,
    Styled,
    batch_mean,
    descend,
    normal,
    uniform,
)
from gan_studio.gans.config import PRE_2018, GANConfig
from gan_studio.gans.families import progan
from gan_studio.gans.layers import EqualConv2d, EqualLinear, pixel_norm
from gan_studio.gans.losses import non_saturating
from gan_studio.gans.optimizers import adam
from gan_studio.gans.progressive import upsample
from gan_studio.gans.stabilizers import discriminator_is_ahead, r1_on_subset
from gan_studio.gans.vision_aided import VisionAidedDiscriminator, VisionAidedLoss

W_AVG_BETA = 0.995
"""decay of w_avg"""


@dataclass(frozen=True, kw_only=True)
class Config(progan.GrowingConfig):
    """A small one that trains in minutes; docs/families/stylegan2.md has the paper's values."""

    learning_rate: float = 4e-3
    """Learning rate of Adam, for both networks unless discriminator_rate is set."""
    style_dim: int = 128
    """Dimension of a style vector w."""
    mapping_layers: int = 2
    """Layers of the mapping network, z -> w."""
    noise: bool = True
    """Per-layer noise inputs, for stochastic detail such as single hairs."""
    mixing: float = 0.5
    """Style mixing: probability that a picture is drawn from two styles (Karras et al., 2019,
    Section 3.1)."""
    r1_gamma: float = 0.5
    """Weight γ of the R1 penalty on real pictures (Mescheder et al., 2018); 0 switches it off."""
    r1_fraction: float = 0.125
    """Fraction of each batch on which gradient penalties are computed."""
    vision_aided: float = 0.0
    """Vision-aided training (Kumari et al., 2022): weight of a second discriminator on features of
    a pretrained network; 0 leaves it out."""
    vision_aided_whole: bool = False
    """Vision-aided training: also judge the network’s deepest layer, which sees the whole picture,
    and how much it varies within a batch, against missing kinds of pictures."""
    ada_target: float = 0.0
    """Adaptive discriminator augmentation (ADA, Karras et al., 2020): the mean sign of the
    discriminator’s logits on real pictures, r_t, at which augmentation is held; 0.6 in the paper, 0
    switches it off."""

    fixed_fields: ClassVar = progan.GrowingConfig.fixed_fields | {"style_dim", "mapping_layers"}
    widening_fields: ClassVar = frozenset({"width", "most_channels"})
    paper_values: ClassVar = {
        **PRE_2018, "average_decay": 0.999, "r1_gamma": 10.0, "r1_fraction": 1.0, "latent_dim": 512,
        "style_dim": 512, "mapping_layers": 8, "mixing": 0.9, "width": 512, "most_channels": 512,
        "learning_rate": 2e-3, "grow_steps": 0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int(self.style_dim, "style_dim", 1, 10_000)
        check_int(self.mapping_layers, "mapping_layers", 1, 64)
        check_float(self.mixing, "mixing", 0, 1)
        check_float(self.vision_aided, "vision_aided", 0, 1000)
        check_float(self.ada_target, "ada_target", 0, 1)

    def check_transition(self, before: GANConfig) -> None:
        for name in ("vision_aided", "vision_aided_whole", "ada_target"):
            then, now = getattr(before, name), getattr(self, name)
            if bool(now) != bool(then):
                raise ValueError(
                    f"{name} is {then:g} and cannot become {now:g} during a training: what it "
                    "needs learns from the start. A training that starts from this model can."
                )


class ModulatedConv2d(nn.Module):
    """A convolution whose weights a style scales, (N, I, H, W), (N, style_dim) -> (N, O, H, W).

    Eq. 1 and 3 of Section 2.2, by scaling what comes in and what goes out: the same sums with one
    kernel for all pictures.
    """

    def __init__(
        self, inputs: int, outputs: int, style_dim: int, kernel: int = 3, *, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.style = EqualLinear(style_dim, inputs, gain=1.0, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.scale, self.padding = 1 / math.sqrt(inputs * kernel**2), kernel // 2
        self.demodulate = demodulate

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        # The style is scaled, not the weights, which are many more numbers.
        s = self.style(w) * self.scale
        y = conv2d(x * s[..., None, None], self.weight, padding=self.padding)
        if not self.demodulate:
            return y
        with torch.autocast(x.device.type, enabled=False):
            squares = self.weight.square().flatten(2)
            squares = squares @ squares.new_ones(squares.shape[2])  # quicker than sum
            sigma = (s.float().square() @ squares.T + 1e-8).rsqrt()
        return y * sigma.to(y.dtype)[..., None, None]


class StyledLayer(nn.Module):
    """Modulated convolution, noise, bias, (N, I, H, W), (N, style_dim) -> (N, O, size, size).

    Noise is drawn anew while training, and one picture of noise for all afterwards.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, size: int, style_dim: int) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, outputs, style_dim)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("noise", torch.randn(1, 1, size, size))

    def forward(self, x: Tensor, w: Tensor, *, noisy: bool = True) -> Tensor:
        x = self.conv(x, w)
        size = self.noise.shape[-1]
        if size != x.shape[-1]:
            # The convolution before the magnifying, a quarter of the cost; the paper has it after.
            x = interpolate(x, (size, size), mode="bilinear")
        x = x + self.bias.to(x.dtype)[:, None, None]
        if noisy:
            noise = normal(len(x), 1, size, size, device=x.device) if self.training else self.noise
            x = x + (self.strength * noise).to(x.dtype)
        return leaky_relu(x, 0.2)


class Generator(progan.Growing, Styled):
    """Latents (N, latent_dim) -> styles (N, layers, style_dim) -> images (N, channels, size, size).

    With skip connections: each size adds its own colours, Section 4.1.
    """

    average: Tensor
    """w_avg, under the name that stored models have for it"""
    config: Config

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__(config)
        sizes, d = [4, *config.sizes], config.style_dim
        widths = [config.channels(size) for size in sizes]
        self.first = EqualLinear(config.latent_dim, d)
        more = (EqualLinear(d, d) for _ in range(config.mapping_layers - 1))
        self.more = nn.ModuleList(more)
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        layers = [StyledLayer(widths[0], widths[0], 4, d)]
        for (a, b), size in zip(pairwise(widths), sizes[1:], strict=True):
            layers += [StyledLayer(a, b, size, d), StyledLayer(b, b, size, d)]
        self.layers = nn.ModuleList(layers)
        self.to_rgb = nn.ModuleList(
            ModulatedConv2d(width, channels, d, 1, demodulate=False) for width in widths
        )
        self.register_buffer("average", torch.zeros(d))

    @property
    def w_avg(self) -> Tensor:
        return self.average

    @property
    def num_ws(self) -> int:
        """Number of styles: one for each layer and one for the last colours."""
        return len(self.layers) + 1

    def forward(self, z: Tensor) -> Tensor:
        return self.synthesis(self.mapping(z))

    def mapping(self, z: Tensor) -> Tensor:
        """One style for all layers, (N, latent_dim) -> (N, num_ws, style_dim)."""
        return self.mapping_layers(pixel_norm(z))

    def mapping_layers(self, x: Tensor) -> Tensor:
        """The fully connected layers of `mapping`, (N, inputs) -> (N, num_ws, style_dim)."""
        w = leaky_relu(self.first(x), 0.2)
        for layer in self.more:
            w = leaky_relu(layer(w), 0.2)
        return w.float()[:, None].expand(-1, self.num_ws, -1)

    def synthesis(self, w: Tensor) -> Tensor:
        """Styles (N, num_ws, style_dim) -> images (N, channels, size, size) in [-1, 1]."""
        size, depth, noisy = self.size, self.depth, self.config.noise
        x = self.layers[0](self.constant.expand(len(w), -1, -1, -1), w[:, 0], noisy=noisy)
        picture = self.to_rgb[0](x, w[:, 1]).float()
        for i in range(1, depth + 1):
            x = self.layers[2 * i - 1](x, w[:, 2 * i - 1], noisy=noisy)
            x = self.layers[2 * i](x, w[:, 2 * i], noisy=noisy)
            coarse, colours = picture, self.to_rgb[i](x, w[:, 2 * i + 1]).float()
            picture = interpolate(coarse, scale_factor=2, mode="bilinear") + colours
            if i == depth and size.alpha < 1:
                picture = torch.lerp(upsample(coarse, size.pixels), picture, size.alpha)
        picture = upsample(picture, self.config.image_size)
        # Without the hyperbolic tangent, which Karras et al. leave out, a quick G overshoots.
        return picture.tanh()

    def style_weights(self) -> Tensor:
        convs = [layer.conv for layer in self.layers if isinstance(layer, StyledLayer)]
        return torch.cat([conv.style.weight for conv in convs])


class Residual(nn.Module):
    """A residual block of the discriminator, (N, I, H, W) -> (N, O, H/2, W/2), Section 4.1."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = EqualConv2d(inputs, inputs), EqualConv2d(inputs, outputs)
        self.skip = EqualConv2d(inputs, outputs, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        y = leaky_relu(self.first(x), 0.2)
        y = leaky_relu(self.second(avg_pool2d(y, 2)), 0.2)
        return (y + self.skip(avg_pool2d(x, 2))) * math.sqrt(0.5)


class Discriminator(progan.Critic):
    """Images (N, channels, size, size) -> logits (N,), by residual blocks."""

    block = Residual


class StyleGAN2(progan.GrowingGAN):
    """The non-saturating loss with R1, for a generator with a style at each layer."""

    config: Config
    output = "probability"
    networks = Generator, Discriminator

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.advisor = (
            VisionAidedDiscriminator(whole=config.vision_aided_whole)
            if config.vision_aided
            else None
        )
        """the second discriminator, under the name that stored models have for it"""
        if config.ada_target:
            self.augment_pipe = AdaptiveAugmentPipe(config)

    @property
    def style_generator(self) -> Generator:
        """The generator, typed."""
        assert isinstance(self.generator, Generator)
        return self.generator

    def first_affine(self) -> nn.Module:
        return self.style_generator.first

    def optimizers(self) -> Optimizers:
        more = self.advisor.parameters() if self.advisor else ()
        return adam(self, self.config, more)

    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        return DiscriminatorOutputs(
            self.output, self.discriminator.eval()(batch["image"]).sigmoid()
        )

    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:  # Section B
        G, D = self.style_generator.train(), self.discriminator.train()
        augment, c = self.augment_pipe, self.config
        x = self.fade_in(next(batches)["image"])
        fake = G.synthesis(self.mixed_styles(len(x)))
        inputs, fake_inputs = augment(torch.cat([x, fake.detach()])), augment(fake)
        second = (
            VisionAidedLoss(self.advisor, inputs[: len(x)], fake_inputs) if self.advisor else None
        )
        # Not in one batch, whose deviations would say nothing of how much the fakes vary.
        real_scores, fake_scores = D(inputs[: len(x)]), D(inputs[len(x) :])
        d_loss = non_saturating.discriminator(real_scores, fake_scores)
        penalty = r1_on_subset(D, inputs[: len(x)], c)
        if not discriminator_is_ahead(d_loss, c.skip_d_below):
            heads = second.discriminator() if second else 0
            descend(optimizers.discriminator, d_loss + penalty + heads)
        g_loss = non_saturating.generator(D(fake_inputs))
        aid = c.vision_aided * second.generator() if second else 0
        descend(optimizers.generator, g_loss + aid)
        ada = augment if isinstance(augment, AdaptiveAugmentPipe) else None
        if ada:
            ada.adapt(real_scores, c.ada_target)
        self.finish_step()
        return {
            "generator": g_loss.detach(),
            "discriminator": d_loss.detach(),
            "penalty": penalty.detach(),
            "d_real": real_scores.detach().sigmoid().mean(),
            "d_fake": fake_scores.detach().sigmoid().mean(),
            **({"ada_p": ada.p.clone(), "ada_r_t": ada.r_t.clone()} if ada else {}),
        }

    def mixed_styles(self, n: int, condition: Tensor | None = None) -> Tensor:
        """Styles of new latents, (n, num_ws, style_dim); style mixing changes some of them.

        A conditional model takes the condition (n, traits).
        """
        G = self.style_generator
        w = G.mapping(self.append_labels(self.latents(n), condition))
        with torch.no_grad():
            G.w_avg.lerp_(batch_mean(w[:, 0]), 1 - W_AVG_BETA)
        if not self.config.mixing:
            return w
        other = G.mapping(self.append_labels(self.latents(n), condition))
        draws = uniform(n, 2, device=w.device)
        crossover = 1 + (draws[:, :1] * (G.num_ws - 1)).long()  # from layer 1 to the last
        crossover = torch.where(draws[:, 1:] < self.config.mixing, crossover, G.num_ws)
        return torch.where(
            (torch.arange(G.num_ws, device=w.device) < crossover)[..., None], w, other
        )
