"""Toy sizes at which the real classes are quick."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gan_studio.core.events import Loaded, Update
from gan_studio.datasets import batches, registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.pairs import PairDataset
from gan_studio.datasets.sounds import SoundBatches, SoundDataset, of_waves
from gan_studio.gans import base, checkpoint
from gan_studio.gans.config import LatentConfig, TrainingConfig
from gan_studio.gans.families import FAMILIES, TRANSLATIONS, VOCODERS
from gan_studio.gans.translation import TranslationConfig, TranslationGAN
from gan_studio.gans.vocoder import VocoderConfig, VocoderGAN
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio
from gan_studio.training import EventStream


def config(family: str, **changes: Any) -> LatentConfig:
    sizes = {"image_size": 16, "latent_dim": 12, "batch_size": 16, "width": 8, "augment": "none"}
    if "energy_width" in FAMILIES[family].config.__dataclass_fields__:
        sizes |= {"energy_width": 8, "code_dim": 12}
    if "grow_steps" in FAMILIES[family].config.__dataclass_fields__:
        sizes |= {"grow_steps": 0}
    return FAMILIES[family].config(**{**sizes, **changes})


def settings(**changes: Any) -> TrainingConfig:
    often = {"steps": 60, "log_every": 10, "sample_every": 20, "save_every": 20}
    return TrainingConfig(**{**often, "precision": "float32", **changes})


def model(family: str, channels: int = 1, seed: int = 0, **changes: Any) -> base.LatentGAN:
    torch.manual_seed(seed)
    kind, c = FAMILIES[family].gan, config(family, **changes)
    return kind(c, channels, 10 if kind.conditional(c) else 0)


def translation(family: str, seed: int = 0, **changes: Any) -> TranslationGAN:
    """A toy that translates 16x16 colour pictures."""
    torch.manual_seed(seed)
    kind = TRANSLATIONS[family]
    return kind.gan(translation_config(family, **changes), 3)  # pyright: ignore[reportReturnType]


def translation_config(family: str, **changes: Any) -> TranslationConfig:
    sizes: dict[str, Any] = {"image_size": 16, "batch_size": 4, "width": 4}
    sizes |= {"discriminator_width": 4, "discriminator_layers": 2}
    if family in ("cyclegan", "cut"):
        sizes |= {"blocks": 1}
    if family == "cyclegan":
        sizes |= {"pool_size": 6}
    if family == "srgan":
        sizes |= {"blocks": 1, "sharp_after": 0, "load_size": 0, "lambda_perceptual": 0.0}
    if family == "inpainting":
        sizes |= {"blocks": 1, "adversarial_after": 0, "lambda_perceptual": 0.0}
    return TRANSLATIONS[family].config(**{**sizes, **changes})  # pyright: ignore[reportReturnType]


def vocoder(family: str, seed: int = 0, **changes: Any) -> VocoderGAN:
    """A toy that makes waves of sixteen frames."""
    torch.manual_seed(seed)
    return VOCODERS[family].gan(vocoder_config(family, **changes))  # pyright: ignore[reportReturnType]


def vocoder_config(family: str, **changes: Any) -> VocoderConfig:
    sizes: dict[str, Any] = {"image_size": 16, "batch_size": 4, "width": 8, "blocks": 1}
    sizes |= {"discriminator_width": 4, "adversarial_after": 0, "played_fraction": 1.0}
    return VOCODERS[family].config(**{**sizes, **changes})  # pyright: ignore[reportReturnType]


def sounds(count: int = 6, seconds: float = 0.3) -> SoundDataset:
    """Tones with harmonics and a little noise."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * 16_000)) / 16_000
    waves = []
    for i in range(count):
        x = sum(np.sin(2 * np.pi * (90 + 30 * i) * k * t) / k for k in range(1, 9))
        noisy = 0.1 * x + 0.01 * rng.standard_normal(len(t))
        waves.append(torch.from_numpy((noisy * 32767).astype(np.int16)))
    return of_waves("toy", waves, 16)


def sound_batches(seed: int = 0) -> SoundBatches:
    return SoundBatches(sounds(), 16, 4, seed)


TRANSLATORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "pix2pix-lines-faces": ("pix2pix", "celeba", {"task": "lines"}),
    "pix2pix-colour": ("pix2pix", "photos", {"task": "colour"}),
    "pix2pix-map-aerial": ("pix2pix", "maps", {}),
    "cyclegan-hair": ("cyclegan", "celeba", {}),
    "srgan-photos": ("srgan", "photos", {}),
    "inpainting-celeba": ("inpainting", "celeba", {}),
}
"""names of models that translate -> family, data set, settings"""


def save_translators(root: Path) -> None:
    """A toy of each kind, untrained, under the name of the model that ships."""
    for name, (family, dataset, changes) in TRANSLATORS.items():
        gan = translation(family, **changes)
        manifest = checkpoint.Manifest(
            family=family, config=gan.config, channels=3, dataset=dataset
        )
        checkpoint.save_model(root / name, gan, gan.generator, manifest)


def pairs(task: str = "pairs", count: int = 12, size: int = 16) -> PairDataset:
    """Random colour pictures beside their negatives, or beside what a task makes of them."""
    images = torch.randint(256, (count, 3, size, size), generator=torch.Generator().manual_seed(3))
    images = images.to(torch.uint8)
    sources = 255 - images if task == "pairs" else None
    return PairDataset(name="toy", images=images, sources=sources, task=task)


def batch(n: int = 16, channels: int = 1) -> batches.Batch:
    """Noise with a label each."""
    return {"image": torch.rand(n, channels, 16, 16), "label": torch.arange(n) % 10}


def digits(size: int = 16, batch_size: int = 16, seed: int = 0) -> Batches:
    return Batches(registry.load("digits", size), batch_size, seed)


def noise(mode: str = "RGB", size: tuple[int, int] = (40, 30), seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def write_pictures(folder: Path, names: str, size: tuple[int, int] = (20, 20)) -> None:
    """A PNG of noise for each of the names."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names.split()):
        noise("RGB", size, i).save(folder / f"{name}.png")


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are the same up to one level of 255: how many are drawn at once decides
    in which order a processor sums, and so how it rounds."""
    one_way, other_way = (np.asarray(picture, int) for picture in (one, other))
    return one_way.shape == other_way.shape and int(abs(one_way - other_way).max()) <= 1


def train(
    output: Path,
    family: str = "gan",
    *,
    resume: bool = False,
    toy: Mapping[str, Any] = MappingProxyType({}),
    **changes: Any,
) -> Generator[Any]:
    """A training of a toy on digits, from after the loading on; `toy` changes its configuration."""
    studio = Studio(output.parent, "cpu")
    request = TrainingRequest(
        family=family,
        dataset="digits",
        config=config(family, **toy),
        settings=settings(**changes),
        output=output,
        resume=resume,
    )
    events = studio.train(request)
    assert isinstance(next(events), Loaded)
    return told(events)


def told(events: EventStream) -> Generator[Any]:
    """The events, for a caller that sends no command."""
    with closing(events):
        yield from (event for event in events if not isinstance(event, Update))


class Widened(TorchFunctionMode):
    """`float`, which guards sums against bfloat16, does not narrow float64 either."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return args[0].double() if func is Tensor.float else func(*args, **(kwargs or {}))


@contextmanager
def float64() -> Iterator[None]:
    """Within the block models, random numbers and pictures are drawn and computed in float64.

    Processors round in ways of their own, and in float32 a few steps make that visible.
    """
    torch.set_default_dtype(torch.float64)
    try:
        with Widened():
            yield
    finally:
        torch.set_default_dtype(torch.float32)
