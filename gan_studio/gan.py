"""Adversarial networks: two players and the rule of their turns (Goodfellow et al., 2014)."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim import Optimizer

from gan_studio import processes
from gan_studio.batches import Batch
from gan_studio.values import check_int

Losses = dict[str, Tensor]
"""Scalars () by name, detached."""


class Diverged(ArithmeticError):
    """A loss stopped being a number."""


PLAIN: Mapping[str, Any] = {"average_decay": 0.0, "decay_steps": 10**9, "augment": "none"}
"""a training as before 2018: the last generator is sampled, the learning rate stays, D sees all"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What every family lets its user choose."""

    image_size: int = 32
    """height and width of the pictures, in pixels"""
    latent_dim: int = 64
    """length of the latent vector z"""
    batch_size: int = 64
    """pictures per update, of all processes together"""

    classic: ClassVar[Mapping[str, Any]] = {}
    """the paper's own numbers where ours differ, those of the training among them"""
    lasting: ClassVar[frozenset[str]] = frozenset({"image_size", "latent_dim", "batch_size"})
    """what shapes networks or batches, or only starts them: it cannot change on the way"""

    def __post_init__(self) -> None:
        check_int(self.image_size, "The image size", 4, 1024)
        check_int(self.latent_dim, "latent_dim", 1, 10_000)
        check_int(self.batch_size, "batch_size", 2, 65_536)  # one picture has no batch statistics

    def succeeds(self, before: Config) -> None:
        """ValueError where a training by `before` cannot go on by this; lasting fields agree."""


C = TypeVar("C", bound=Config)


def changed(config: C, values: Mapping[str, Any]) -> C:
    """The configuration with other values in the middle of a training; ValueError where it cannot.

    A value must be of its field's own type, as it comes out of JSON.
    """
    hints = get_type_hints(type(config))
    free = [f.name for f in dataclasses.fields(config) if f.name not in config.lasting]
    for name, value in values.items():
        if name not in free:
            raise ValueError(f"{name} cannot change while a training runs; {', '.join(free)} can.")
        if not fits(value, hints[name]):
            raise ValueError(f"{name} cannot become {value!r}.")
    after = dataclasses.replace(config, **values)
    after.succeeds(config)
    return after


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value out of JSON is of a field's type, or one of its choices."""
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    if isinstance(wanted, UnionType):
        return any(fits(value, kind) for kind in get_args(wanted))
    return type(value) is wanted or (wanted is float and type(value) is int)


class Optimizers(NamedTuple):
    """One optimiser for each player."""

    generator: Optimizer
    discriminator: Optimizer


Measure = Literal["probability", "score", "energy"]
"""of being real; a critic's, higher for the real; an auto-encoder's error, lower for it"""


class Opinions(NamedTuple):
    """What a discriminator makes of pictures, in its paper's own measure."""

    measure: Measure
    values: Tensor
    """(N,)"""
    rebuilt: Tensor | None = None
    """what an auto-encoder makes of the pictures, (N, C, H, W)"""


class GAN(nn.Module, ABC):
    """Two networks and one round of their game."""

    config: Config
    channels: int
    generator: nn.Module
    discriminator: nn.Module

    @abstractmethod
    def optimizers(self) -> Optimizers:
        """Fresh optimisers with the family's hyper-parameters."""

    @abstractmethod
    def step(self, batches: Iterator[Batch], optimizers: Optimizers) -> Losses:
        """One round of the paper's algorithm box; takes as many batches as it needs."""

    def reconfigure(self, config: Config) -> None:
        """Play on by another configuration, made by `changed`."""
        self.config = config

    def resume(self, step: int) -> None:
        """Take schedules up where so many rounds have left them; most games have none."""

    @abstractmethod
    def preview(self, batch: Batch) -> Tensor:
        """The same pictures at every call as far as the weights allow, (N, C, H, W) in [-1, 1]."""


class LatentGAN(GAN):
    """A GAN whose generator maps latents to images (N, channels, size, size).

    The generator's input is z (N, latent_dim), of a conditional model (N, latent_dim + classes): a
    one-hot label stands behind z, so that paths through latent space need to know of none.
    """

    measure: ClassVar[Measure]
    """in which the discriminator gives its opinions"""
    networks: ClassVar[tuple[type[nn.Module], type[nn.Module]]]
    """the classes of generator and discriminator, each built from (config, channels), of a
    conditional model from (config, channels, classes)"""

    def __init__(self, config: Config, channels: int = 1, classes: int = 0) -> None:
        assert (classes > 0) == self.conditional(config)
        super().__init__()
        self.config, self.channels, self.classes = config, channels, classes
        shape = (channels, classes) if classes else (channels,)
        self.generator, self.discriminator = (network(config, *shape) for network in self.networks)

    @classmethod
    def conditional(cls, config: Config) -> bool:
        """Whether both players of such a model are told a label."""
        del config
        return False

    def latents(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal z, (n, latent_dim), on the weights' device, drawn on `generator`'s."""
        device = next(self.generator.parameters()).device
        drawn_on = generator.device if generator else device
        shape = (self.config.latent_dim,)

        def draw(n: int) -> Tensor:
            return torch.randn(n, *shape, generator=generator, device=drawn_on)

        return processes.dealt(draw, n).to(device)

    def labelled(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The generator's input: z, and behind it labels (N,), by default each class in turn."""
        if not self.classes:
            return z
        y = torch.arange(len(z)) % self.classes if labels is None else labels
        return torch.cat([z, one_hot(y.to(z.device), self.classes).to(z.dtype)], 1)

    @abstractmethod
    def stem(self) -> nn.Module:
        """The generator's first affine map, its input -> activations: it has directions."""

    @abstractmethod
    def opinions(self, batch: Batch) -> Opinions:
        """What the discriminator makes of each picture by itself; of classes it is told labels."""

    @torch.no_grad()
    def preview(self, batch: Batch) -> Tensor:
        z = self.latents(len(batch["image"]), torch.Generator().manual_seed(0))
        return self.generator.eval()(self.labelled(z)).float()


class Styled(ABC):
    """A generator told a style w at each layer (Karras et al., 2019), and edited there."""

    average: Tensor
    """the mean of all styles, (style_dim,)"""

    @property
    @abstractmethod
    def count(self) -> int:
        """Styles of a picture."""

    @abstractmethod
    def styles(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> a style for each layer, (N, count, style_dim)."""

    @abstractmethod
    def synthesis(self, w: Tensor) -> Tensor:
        """Styles (N, count, style_dim) -> images (N, channels, size, size) in [-1, 1]."""

    @abstractmethod
    def style_weights(self) -> Tensor:
        """Rows of the affine maps by which layers read styles, (maps of all layers, style_dim)."""


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
    processes.average_([loss, *(p.grad for p in parameters if p.grad is not None)])
    if loss.device.type == "cpu" and not torch.isfinite(loss):
        raise Diverged(f"a loss became {loss.item()}")
    optimizer.step()
