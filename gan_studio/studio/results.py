"""Facts about models and pictures, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from gan_studio.images.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """A model's entry in the table of models."""

    name: str
    family: str
    paper: str
    dataset: str
    image_size: int
    multi_scale: bool
    """whether it draws each picture at several sizes, `Studio.pyramid`"""
    latent_dim: int
    classes: int
    """labels that can be asked for, 0 to classes - 1; 0 for an unconditional model"""
    parameters: int
    smooth: bool
    """whether its pictures are enlarged smoothly, as photographs are; digits keep sharp pixels"""
    metrics: dict[str, Any]
    discriminator: bool = True
    """whether `discriminator_output` has something to say; imported generators come alone"""
    source: dict[str, Any] = field(default_factory=dict[str, Any])
    """of an imported generator: `file`, `sha256`, `format`, and where they are known `title`,
    `terms` and `address`"""
    sizes: tuple[int, ...] = ()
    """sizes at which `preview` may draw; empty where it always draws the whole picture"""
    movable: bool = False
    """whether a recipe's edits may rotate and shift the picture"""
    traits: tuple[str, ...] = ()
    """what a text can ask for; empty where no text is read"""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A picture as far as it could be drawn in the time that there was."""

    image: Image.Image
    """of the model's `image_size`, or of a smaller power of two"""
    recipe: Recipe
    complete: bool
    """whether this is the whole picture"""
    seconds: float
    """that it took"""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Facts about a model, read without its weights."""

    name: str
    group: str
    """faces, digits, clothes or others, by its data set; yours if it was trained here, imported if
    it came from the Hub or from an imported file"""
    family: str = ""
    dataset: str = ""
    image_size: int = 0
    smooth: bool = True
    """as in ModelInfo"""
    version: int = 0
    """of the picture of its samples: another number for another picture, 0 where there is none"""
    address: str = ""
    """from which it was imported, where that is known"""
    damaged: bool = False
    """its files cannot be read, and all that they would say is empty"""


@dataclass(frozen=True, kw_only=True)
class DiscriminatorOutput:
    """The discriminator's output for a picture."""

    output: str
    """probability of being real, score (the higher the more real) or energy (the lower)"""
    value: float
    typical: float
    """the same of the model's own pictures, on average"""
    reconstruction: Image.Image | None
    """the picture as an auto-encoder rebuilds it"""


@dataclass(frozen=True, kw_only=True)
class TranslatorCard:
    """Facts about a model that turns pictures into pictures, read without its weights."""

    name: str
    family: str
    dataset: str
    task: str
    """what it makes of pictures: "lines", "colour", "enlarge", "repair", or "pairs" for
    whatever it was taught"""
    image_size: int
    """height and width of what its training looked at, at which it does best"""
    square: bool
    """whether it takes squares of one size, such as aligned faces"""
    cyclic: bool
    """whether it translates in both directions"""
    megabytes: float = 0.0
    """size of the file of an imported network; 0 for other models"""
    memory: float = 0.0
    """megabytes that an imported network takes at most; 0: not known"""
    seconds: float = 0.0
    """estimated time of an imported network for a megapixel on this processor; 0: not known"""
    architecture: str = ""
    """architecture of an imported network, such as ESRGAN or LaMa"""
    source: str = ""
    """address and terms of an imported network, if they are known"""
    denoises: bool = False
    """whether it enlarges pictures and learnt to do so with noisy ones as well"""

    round_trip: float | None = None
    """how far translating there and back moves pictures, in levels of 255; None: not measured"""
    round_trip_noisy: float | None = None
    """the same with noise of 4 levels half-way: much more means that the source was hidden"""

    def about(self) -> str:
        """Source, memory and time of a network of other people; empty for other models."""
        if not self.megabytes:
            return ""
        facts = [f"{self.architecture or 'A network'} of {self.source or 'somebody else'}"]
        facts += [f"{self.megabytes} MB"]
        facts += [f"up to {self.memory:.0f} MB of memory"] if self.memory else []
        facts += [f"about {self.seconds:g} s for each million pixels"] if self.seconds else []
        return ", ".join(facts) + "."


@dataclass(frozen=True, kw_only=True)
class TranslatorInfo(TranslatorCard):
    """A model that turns pictures into pictures."""

    parameters: int
    """weights of its generators"""
