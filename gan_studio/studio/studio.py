"""The public API: models, pictures, trainings and paintings as PIL images and plain values."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Generator, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan_studio import vision
from gan_studio.core import zerogpu
from gan_studio.core.devices import best_device
from gan_studio.core.events import Download, Frame, Step
from gan_studio.core.validation import MAX_SEED, check_float, check_int, check_type
from gan_studio.evaluation.report import Report
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe
from gan_studio.models.importing import KNOWN, KnownGenerator
from gan_studio.models.model import DIRECTIONS
from gan_studio.models.sliders import Slider
from gan_studio.studio import (
    attributes,
    cards,
    copies,
    diagram,
    draw,
    evaluate,
    importing,
    info,
    maps,
    projection,
    walks,
)
from gan_studio.studio import compare as comparison
from gan_studio.studio import train as runs
from gan_studio.studio.compare import Comparison
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.results import (
    DiscriminatorOutput,
    ModelCard,
    ModelInfo,
    Preview,
)
from gan_studio.studio.studio_base import RUNS
from gan_studio.studio.studio_language import LanguageStudio
from gan_studio.studio.studio_translation import TranslationStudio
from gan_studio.studio.walks import STRIP
from gan_studio.style_transfer import StyleConfig
from gan_studio.style_transfer.painter import EMBEDDED, Painter
from gan_studio.training import EventStream
from gan_studio.training.curves import Curve

__all__ = ["DIRECTIONS", "STRIP", "DiscriminatorOutput", "ModelInfo", "Studio"]


class Studio(TranslationStudio, LanguageStudio):
    """Models, and everything that can be done with them.

    Images are PIL's, in mode "L" for grey models and "RGB" for colour ones, with the
    model's `image_size` as width and height. A wrong argument raises ValueError with one sentence
    that names it, the value that came and what is allowed; so does an unknown or damaged model.
    """

    @cached_property
    def jobs(self) -> JobQueue:
        """The queue of background trainings; ValueError where there is no folder for them."""
        if not self.runs:
            raise ValueError("This studio has no folder for trainings.")
        if self._runs_from_env:
            _require_writable(self.runs)
        find, forget = self.library.directory, self.library.invalidate
        device = best_device(borrowed=True) if zerogpu.is_zerogpu() else self.device
        return JobQueue(self.runs, device, find, forget, limits=self.limits)

    @cached_property
    def painter(self) -> Painter:
        """The style transfer of this studio, on its device; each network is loaded once."""
        return Painter(self.device)

    def models(self) -> list[str]:
        """The names of all models, those that ship first."""
        return self.library.names()

    def model_cards(self) -> list[ModelCard]:
        """Facts about all models, read without their weights; damaged ones are included."""
        return cards.model_cards(self.library)

    def model_card(self, name: str) -> ModelCard:
        """The card of one model."""
        return cards.model_card(self.library, name)

    def write_card(self, model: str, *, nearest: bool = False) -> Path:
        """Rewrite the model's README.md, with the curve of its distance; returns its path.

        With `nearest` it compares three samples with the nearest training pictures, and shows
        these where their terms allow it. That takes minutes; ValueError where the training
        pictures are not on this machine.
        """
        return cards.write_card(self.library, self.index_cache, model, nearest)

    def is_smooth(self, model: str) -> bool:
        """Whether a model's pictures are enlarged smoothly, as photographs are.

        `model` may also be a directory or a repository of the Hub.
        """
        return info.draws_smoothly(self.library.load_any(model))

    def sample_picture(self, name: str) -> Image.Image:
        """The first picture of the model's samples; ValueError where there is none."""
        return cards.sample_picture(self.library, name)

    def model_info(self, name: str) -> ModelInfo:
        """Family, data set, sizes and metrics of a model."""
        return info.model_info(self.library.get(name))

    def diagram(self, model: str, seed: int = 0) -> dict[str, Any]:
        """Both networks of a model: layers, shapes, parameters, and their outputs for a seed."""
        return diagram.diagram(self.library.get(model), check_int(seed, "seed", 0, MAX_SEED))

    def generators(self) -> tuple[KnownGenerator, ...]:
        """Well-known public generators that `import_model` takes by their address."""
        return KNOWN

    def import_model(
        self, source: str, output: Path | None = None
    ) -> Generator[Download, None, str]:
        """Import a generator that others have published; the return value is the model's name.

        `source` is a file, an https address, or `user/repo/file.pkl` on the Hub. `output` is a new
        directory, by default one in the folder of trainings that is named after the file. A network
        that enlarges pictures or fills holes stays the file that it is: it is put into `output`, by
        default the folder of trainings, where `upscale` and `inpaint` find it by the file's name.
        Yields the progress of a download. Nothing in the file is run. ValueError with one sentence
        for an unknown source, or on a public page.
        """
        if self.limits.public:
            raise ValueError(importing.NOT_FOR_VISITORS)
        if output is None and not self.runs:
            raise ValueError("This studio has no folder for models; name one as output.")
        place = yield from importing.import_from(source, output, self.runs or Path())
        if place.is_file():
            return place.name if place.parent == self.runs else str(place)
        return self.library.name_of(place) or str(place)

    def generate(self, recipe: Recipe) -> Picture:
        """Draw a recipe: the same recipe gives the same image."""
        check_type(recipe, Recipe, "The recipe", "a Recipe")
        return walks.draw_recipes(self.library.get(recipe.model), [recipe])[0]

    def pyramid(self, recipe: Recipe) -> list[Image.Image]:
        """The recipe's picture at each size that the model draws, coarse to fine.

        Each is twice the size of the one before and the last is that of `generate`. Models of
        msg-gan draw all sizes from 4 pixels, the others one.
        """
        return draw.pyramid(self.library.get(recipe.model), recipe)

    def preview(self, recipe: Recipe, seconds: float = 0.1) -> Preview:
        """The recipe's picture within about so many seconds, from 0.01 to 60.

        A generator with output skips draws a lower resolution where the full one takes longer on
        this machine. The others always draw the full resolution.
        """
        limit = check_float(seconds, "seconds", 0.01, 60)
        return walks.preview(self.library.get(recipe.model), recipe, limit)

    def preview_all(
        self, recipes: Sequence[Recipe], seconds: float = 0.1
    ) -> list[Preview | ValueError]:
        """The same for many recipes, in the order given.

        Models without lower resolutions draw full ones in batches, as `generate_all` does.
        """
        limit = check_float(seconds, "seconds", 0.01, 60)
        return walks.previews(self.library, recipes, limit)

    def generate_all(self, recipes: Sequence[Recipe]) -> list[Picture | ValueError]:
        """Draw many recipes, one batch for each model, in the order given.

        ValueError stands in the place of one that cannot be drawn. Pixels may differ from those of
        `generate` by 1 of 255.
        """
        return self.library.draw(recipes)

    def discriminator_output(self, recipe: Recipe) -> DiscriminatorOutput:
        """The output of the model's discriminator for the recipe's picture."""
        return draw.discriminator_output(self.library.get(recipe.model), recipe)

    def nearest_training_images(self, recipe: Recipe, count: int = 8) -> copies.NearestImages:
        """The 1 to 12 training pictures nearest to the recipe's, with distances in feature space.

        The first call for a data set computes its features, which takes minutes. ValueError where
        the training pictures are not on this machine.
        """
        return self.index_cache.nearest(self.library.get(recipe.model), recipe, count)

    def slider_previews(
        self,
        recipe: Recipe,
        names: Sequence[int | str] = range(1, DIRECTIONS + 1),
        width: int | None = None,
    ) -> list[list[Picture]]:
        """For each slider the recipe's picture with that slider at −2, −1, 0, 1 and 2 σ.

        Sliders are named by number, for a direction, counted from 1, or by the name of an attribute
        slider (`named_sliders`). ValueError for one that the model lacks. With `width` the pictures
        are the smallest from there on that the model has on its way to the whole one.
        """
        return walks.slider_previews(self.library, recipe, names, width)

    def random_walk_step(self, recipe: Recipe, step: float = 0.25) -> Recipe:
        """The recipe one step of a random walk (Ornstein-Uhlenbeck) farther along its directions.

        `step`, from 0 to 1, is the standard deviation of the step in σ.
        """
        return walks.random_walk_step(recipe, step)

    def loop(self, recipe: Recipe, keyframes: int = 4, frames: int = 48) -> list[Image.Image]:
        """A seamless loop of 2 to 600 frames through the pictures of 2 to 12 consecutive seeds.

        The first is the recipe's own; the others differ from it in the seed alone.
        """
        return walks.loop_of_seeds(self.library.get(recipe.model), recipe, keyframes, frames)

    def interpolate(
        self,
        model: str,
        seeds: Sequence[int],
        frames: int,
        psi: float = 1.0,
        label: int | None = None,
    ) -> list[Image.Image]:
        """A seamless loop of 2 to 600 frames through the pictures of two or more seeds.

        `model` may also be a directory or a repository of the Hub.
        """
        loaded_model = self.library.load(model)
        recipes = [
            Recipe(model=loaded_model.name, seed=seed, psi=psi, label=label) for seed in seeds
        ]
        return walks.loop(loaded_model, recipes, frames)

    def vary(
        self,
        recipe: Recipe,
        strength: float = 0.3,
        count: int = 12,
        turn: int = 0,
        width: int | None = None,
    ) -> list[Picture]:
        """1 to 64 variations, each part of the way towards another seed.

        `strength` runs from 0 (the recipe's own picture) to 1 (that of the other seed); another
        `turn`, from 0 to a million, takes other seeds. `width` is that of `slider_previews`.
        """
        return walks.variations(self.library, recipe, strength, count, turn, width)

    def walk(self, recipes: Sequence[Recipe], frames: int = 48) -> list[Image.Image]:
        """A seamless loop of up to 600 frames through 2 to 6 recipes of one model."""
        return walks.walk(self.library, recipes, frames)

    def map(
        self, plane: maps.Plane, cells: int = maps.CELLS, width: int | None = None
    ) -> list[Picture]:
        """A map of a plane in latent space: cells x cells (2 to 24) pictures, row by row.

        `width` is that of `slider_previews`.
        """
        recipes = maps.grid_recipes(plane, check_int(cells, "The number of cells", 2, 24))
        return walks.draw_recipes(self.library.get(recipes[0].model), recipes, width)

    def named_sliders(self, model: str) -> Sequence[Slider]:
        """The model's attribute sliders, each with its accuracy and its effect on the pictures.

        Empty where their files are damaged: the model works without them.
        """
        return info.named_sliders(self.library.get(model))

    def layers(self, model: str) -> int:
        """The number of layers that take a style each; 0 for a model without styles."""
        return info.layers(self.library.get(model))

    def name_sliders(
        self, model: str, count: int, measure: int, seed: int, rounds: int
    ) -> Generator[Step, None, attributes.Selection]:
        """Find attribute sliders for a model of colour faces and store them beside it.

        They are fitted to `count` random pictures (500 to 100,000) of `seed`, improved in `rounds`
        rounds, and measured on `measure` held-out pictures, at most a fifth of the count. Stored
        are those that move at least half of the faces while the other attributes change less than
        a third as much. Yields progress; the generator's return value are the sliders, and for the
        other attributes why they have none.
        """
        return attributes.store(self.library, model, count, measure, seed, rounds)

    def project(
        self,
        model: str,
        picture: Image.Image,
        config: projection.ProjectionConfig | None = None,
        label: int | None = None,
    ) -> Generator[projection.ProjectionFrame]:
        """Find the picture of a model that resembles a given one, whose central square is used.

        Each frame has a recipe. No side may be shorter than 16 pixels.
        """
        return projection.project(
            self.library.load(model),
            picture,
            vision.load(EMBEDDED, self.device),
            config,
            label,
        )

    def compare(
        self, models: Sequence[str], seeds: str | Sequence[int], label: int | str | None = None
    ) -> Comparison:
        """The same 1 to 16 seeds through 1 to 16 models of one size, with times and metrics.

        `seeds` may be text such as "1, 2, 3". Without a label conditional models take each class
        in turn.
        """
        return comparison.compare(self.library, models, seeds, label)

    def comparable(self) -> list[str]:
        """The largest set of models with one data set and size, oldest paper first."""
        return comparison.comparable(self.library)

    def curves(self, model: str, smoothing: float = 0.0) -> list[Curve]:
        """The recorded curves of a model's training, as exponential moving averages.

        `smoothing`, from 0 to 0.99, is the weight of the values before. Empty where the model
        came without a history.
        """
        return comparison.curves(self.library, model, smoothing)

    def sample(
        self,
        model: str,
        count: int,
        seed: int = 0,
        psi: float = 1.0,
        label: int | None = None,
        text: str = "",
    ) -> np.ndarray:
        """The first 1 to 100,000 pictures of a seed, (count, H, W, C) uint8.

        `model` may also be a directory or a repository of the Hub. ψ, from 0 to 2, truncates.
        Without a label a conditional model draws each class in turn: picture i shows i % classes.
        A model of gan-cls draws what `text` asks for.
        """
        return draw.sample(self.library.load(model), count, seed, psi, label, text)

    def evaluate(
        self,
        models: Sequence[str],
        dataset: str | None = None,
        count: int = 5000,
        seed: int = 0,
        features: str | None = None,
        against: str = "test",
        *,
        record: bool = False,
    ) -> Generator[Report]:
        """Measure models against real pictures, by default of the data set of their training.

        Each is measured on the first `count` pictures of `seed`, in one kind of `features`, against
        the "test" set or "all" pictures. With `record` the metrics are written into each model's
        config.json and its card. The models must have one size. One report for each model.
        """
        return evaluate.evaluate(
            self.library, models, dataset, count, seed, features, against, record=record
        )

    def train(self, request: TrainingRequest) -> EventStream:
        """Train a model in this process; the directory `request.output` becomes one.

        Yields frozen events, from Loaded on, and takes a Command at each Update. Closing the
        generator saves and stops. The budget is only noted: the caller ends the training.
        ValueError before the first event where the request cannot be met; Diverged when a loss is
        no longer finite.
        """
        name = request.loop.start_from if not request.resume else ""
        base = self.library.resolve(name) if name else None
        return runs.setup_training(dataclasses.replace(request, base=base), self.device)

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        config: StyleConfig | None = None,
        *,
        style_weights: Sequence[float] = (),
        mask: Image.Image | None = None,
        features: str = EMBEDDED,
    ) -> Iterator[Frame]:
        """Paint the content in one style or several (Gatys et al., 2016).

        `style_weights` has a number from 0 for each style; empty, all weigh the same. Where there
        is a mask, only what is white in it is painted. `features` is "embedded", the network that
        ships, or "vgg19", which is downloaded once. Everything is checked before the first frame;
        the last frame holds the finished painting. Closing the iterator stops within one step.
        """
        return self.painter.paint(
            content,
            styles,
            config,
            style_weights=style_weights or None,
            mask=mask,
            features=features,
        )


def _require_writable(folder: Path) -> None:
    """ValueError with one sentence unless trainings can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        value = os.environ[RUNS]
        raise ValueError(
            f"{RUNS} is {value}, where no training can be written: {error.strerror}."
        ) from None
