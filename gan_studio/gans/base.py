"""Generative adversarial networks: two players and their updates (Goodfellow et al., 2014)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim import Optimizer

from gan_studio.core import distributed
from gan_studio.core.events import Download
from gan_studio.datasets.batches import Batch
from gan_studio.gans.config import GANConfig, LatentConfig
from gan_studio.gans.latents import paths

Losses = dict[str, Tensor]
"""Scalars () by name, detached."""


class Diverged(ArithmeticError):
    """A loss stopped being a number."""


class Optimizers(NamedTuple):
    """One optimiser for each player."""

    generator: Optimizer
    discriminator: Optimizer


Output = Literal["probability", "score", "energy"]
"""probability of being real; a critic's score, higher for real; an energy, lower for real"""


class DiscriminatorOutputs(NamedTuple):
    """A discriminator's outputs for pictures, of the kind that its paper has."""

    output: Output
    values: Tensor
    """(N,)"""
    reconstructions: Tensor | None = None
    """an auto-encoder's reconstructions, (N, C, H, W)"""


class GAN(nn.Module, ABC):
    """A generator of images (N, channels, size, size) and its discriminator."""

    generator: nn.Module
    discriminator: nn.Module
    output: ClassVar[Output]
    """kind of the discriminator's outputs"""
    memory_format: ClassVar[torch.memory_format] = torch.channels_last
    """order in which weights lie while they learn, and maps with them"""
    trainable: ClassVar[bool] = True
    """whether `step` can train it; a generator that was imported has no discriminator"""

    def __init__(self, config: GANConfig, channels: int = 1, classes: int = 0) -> None:
        assert (classes > 0) == self.conditional(config)
        super().__init__()
        self.config, self.channels, self.classes = config, channels, classes

    @abstractmethod
    def optimizers(self) -> Optimizers:
        """New optimisers with the family's hyper-parameters."""

    @abstractmethod
    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        """One iteration of the paper's algorithm box; takes as many batches as it needs."""

    def reconfigure(self, config: GANConfig) -> None:
        """Continue the training with another configuration, made by `apply_changes`."""
        self.config = config

    def resume(self, step: int) -> None:
        """Continue schedules after so many steps; most families have none."""

    def training_state(self) -> dict[str, nn.Module]:
        """State that a resume needs beside the networks, by name; it is not part of the model."""
        return {}

    def downloads(self) -> Iterator[Download]:
        """Download the networks of others that `step` needs, with progress; most need none."""
        return iter(())

    @classmethod
    def conditional(cls, config: GANConfig) -> bool:
        """Whether both networks of such a model are given a label."""
        del config
        return False

    @abstractmethod
    def discriminate(self, batch: Batch) -> DiscriminatorOutputs:
        """The discriminator's output for each picture by itself; a conditional one needs labels."""

    @abstractmethod
    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        """Generated pictures to measure beside real ones, as a batch for `discriminate`.

        From latents `count` pictures of `seed`; from sources a picture for each of `batch`.
        """

    def sample_sheet(self, batch: Batch, columns: int) -> Tensor:
        """The pictures of a sample sheet row by row, as those of `preview`, which end it.

        Above them may stand rows that show how the first pictures come about.
        """
        del columns
        return self.preview(batch)

    @abstractmethod
    def preview(self, batch: Batch) -> Tensor:
        """The same pictures at every call as far as the weights allow, (N, C, H, W) in [-1, 1]."""


class LatentGAN(GAN):
    """A generator that maps latents to images (N, channels, size, size), and its discriminator.

    The generator's input is z (N, latent_dim), of a conditional model (N, latent_dim + classes): a
    one-hot label stands behind z, so that paths through latent space need to know of none.
    """

    networks: ClassVar[tuple[type[nn.Module], type[nn.Module]]]
    """the classes of generator and discriminator, each built from (config, channels), of a
    conditional model from (config, channels, classes)"""

    def __init__(self, config: LatentConfig, channels: int = 1, classes: int = 0) -> None:
        super().__init__(config, channels, classes)
        self.config = config
        shape = (channels, classes) if classes else (channels,)
        self.generator, self.discriminator = (network(config, *shape) for network in self.networks)

    def latents(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal z, (n, latent_dim), on the weights' device, drawn on `generator`'s."""
        device = next(self.generator.parameters()).device
        drawn_on = generator.device if generator else device
        return normal(n, self.config.latent_dim, device=drawn_on, generator=generator).to(device)

    def latents_of_seed(self, seed: int, n: int) -> Tensor:
        """The first `n` latents of a seed, (n, latent_dim), the same on every device."""
        return paths.from_seed(seed, n, self.config.latent_dim)

    def random_labels(self, n: int) -> Tensor:
        """Labels, each class equally likely, (n,), on the weights' device."""
        device = next(self.generator.parameters()).device
        return distributed.local_rows(
            lambda rows: torch.randint(self.classes, (rows,), device=device), n
        )

    def append_labels(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The generator's input: z, and behind it labels (N,), by default each class in turn."""
        if not self.classes:
            return z
        y = torch.arange(len(z)) % self.classes if labels is None else labels
        return torch.cat([z, one_hot(y.to(z.device), self.classes).to(z.dtype)], 1)

    def labelled(self, z: Tensor) -> Tensor:
        """`append_labels`, as the cards of models that were published earlier call it."""
        return self.append_labels(z)

    @abstractmethod
    def first_affine(self) -> nn.Module:
        """The generator's first affine map, its input -> activations: it has directions."""

    def fakes(self, batch: Batch, count: int, seed: int) -> Batch:
        del batch
        z = self.latents(count, torch.Generator().manual_seed(seed))
        fake: Batch = {"image": self.generator(self.append_labels(z)).float()}
        if self.classes:
            fake["label"] = torch.arange(count, device=z.device) % self.classes
        return fake

    @torch.no_grad()
    def preview(self, batch: Batch) -> Tensor:
        return self.generator.eval()(self.preview_inputs(batch)).float()

    def preview_inputs(self, batch: Batch) -> Tensor:
        """The generator's inputs for `preview`, (N, latent_dim) and labels behind them."""
        return self.append_labels(
            self.latents(len(batch["image"]), torch.Generator().manual_seed(0))
        )


class MultiScale(nn.Module, ABC):
    """A generator that draws each picture at several sizes at once (Karnewar & Wang, 2020)."""

    @abstractmethod
    def pyramid(self, z: Tensor) -> list[Tensor]:
        """Latents (N, latent_dim) -> the same pictures coarse to fine, (N, channels, s, s) each.

        The last are those of `forward`; each size is twice the one before.
        """


class NoDiscriminator(nn.Module):
    """Stands for a discriminator that a file did not contain; raises ValueError when called."""

    def __init__(self, *shape: object) -> None:
        super().__init__()
        del shape

    def forward(self, *inputs: Tensor) -> Tensor:
        del inputs
        raise ValueError("This model has no discriminator: its file held a generator alone.")


class Styled(ABC):
    """A generator with a style w at each layer (Karras et al., 2019), where it is edited."""

    @property
    @abstractmethod
    def w_avg(self) -> Tensor:
        """The mean of all styles, (style_dim,)."""

    @property
    @abstractmethod
    def num_ws(self) -> int:
        """Number of styles of a picture."""

    @abstractmethod
    def mapping(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> a style for each layer, (N, num_ws, style_dim)."""

    @abstractmethod
    def synthesis(self, w: Tensor) -> Tensor:
        """Styles (N, num_ws, style_dim) -> images (N, channels, size, size) in [-1, 1]."""

    @abstractmethod
    def style_weights(self) -> Tensor:
        """Rows of the affine maps by which layers read styles, (maps of all layers, style_dim)."""


class Transformable(Styled):
    """A generator whose whole picture can be turned and shifted (Karras et al., 2021)."""

    @abstractmethod
    def synthesis(self, w: Tensor, transform: Tensor | None = None) -> Tensor:
        """Styles and matrices (N, 3, 3), by which places of the new picture lie in the untouched
        one, in lengths of the picture from its middle -> images in [-1, 1]."""


def normal(n: int, *shape: int, **options: Any) -> Tensor:
    """Standard normal numbers for each picture of a batch, (n, *shape); options of torch.randn."""
    return distributed.local_rows(lambda rows: torch.randn(rows, *shape, **options), n)


def uniform(n: int, *shape: int, **options: Any) -> Tensor:
    """Numbers from 0 to 1 for each picture of a batch, (n, *shape); options of torch.rand."""
    return distributed.local_rows(lambda rows: torch.rand(rows, *shape, **options), n)


def batch_mean(x: Tensor) -> Tensor:
    """Mean over the pictures of the batch, those of all processes, (N, ...) -> (...); detached."""
    return distributed.mean(x.detach().mean(0))


def gradients(loss: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Gradients over the batch of all processes, as `descend` follows them, but differentiable."""
    return distributed.means(torch.autograd.grad(loss, parameters, create_graph=True))


def descend(optimizer: Optimizer, loss: Tensor) -> None:
    """Move the optimiser's own parameters one step down the gradient of `loss` ().

    Gradients are computed for those parameters alone, so the opponent costs no weight gradients.
    Processes that train together average theirs. Raises Diverged, on all of them and with nothing
    moved, when the loss is not finite; on accelerators this look would stall the queue, so there
    `train` looks when it reads the losses.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    optimizer.zero_grad()
    loss.backward(inputs=parameters)
    loss = loss.detach().clone()
    distributed.average_([loss, *(p.grad for p in parameters if p.grad is not None)])
    if loss.device.type == "cpu" and not torch.isfinite(loss):
        raise Diverged(f"a loss became {loss.item()}")
    optimizer.step()
