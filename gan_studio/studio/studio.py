"""The public API: models, pictures, trainings and paintings as PIL images and plain values."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from gan_studio import vision
from gan_studio.core import zerogpu
from gan_studio.core.devices import best_device, describe, device_named
from gan_studio.core.events import Download, Frame, Progress, Step
from gan_studio.core.files import SHIPPED
from gan_studio.core.limits import Limits, limits_from_env
from gan_studio.core.validation import check_float, check_int, check_type
from gan_studio.evaluation.report import Report
from gan_studio.gans.families import is_translation
from gan_studio.images.edits import MAX_SEED
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.importing import KNOWN, KnownGenerator
from gan_studio.models.library import Library
from gan_studio.models.model import DIRECTIONS
from gan_studio.models.sliders import Slider
from gan_studio.models.upscaler import Upscaler
from gan_studio.sound.recipe import SPEECH, VOCODER, VOICE, SpeechRecipe
from gan_studio.studio import (
    attributes,
    cards,
    compare_translators,
    copies,
    diagram,
    draw,
    evaluate,
    external_networks,
    hear,
    importing,
    info,
    maps,
    projection,
    speak,
    translate,
    upscale,
    walks,
    words,
)
from gan_studio.studio import compare as comparison
from gan_studio.studio import inpaint as inpainting
from gan_studio.studio import train as runs
from gan_studio.studio.compare import Comparison
from gan_studio.studio.compare_translators import TranslatorComparison
from gan_studio.studio.inpaint import Invert
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.results import (
    DiscriminatorOutput,
    ModelCard,
    ModelInfo,
    Preview,
    TranslatorCard,
    TranslatorInfo,
)
from gan_studio.studio.walks import STRIP
from gan_studio.style_transfer import StyleConfig
from gan_studio.style_transfer.painter import EMBEDDED, Painter
from gan_studio.training import EventStream
from gan_studio.training.curves import Curve

__all__ = ["DIRECTIONS", "SHIPPED", "STRIP", "DiscriminatorOutput", "ModelInfo", "Studio"]

RUNS = "GAN_STUDIO_RUNS"
"""environment variable: the folder of trainings"""
VISITORS = "visitors"
"""folder of the runs of visitors, below that of trainings"""


class Studio:
    """Models, and everything that can be done with them.

    Images are PIL's, in mode "L" for grey models and "RGB" for colour ones, with the
    model's `image_size` as width and height. A wrong argument raises ValueError with one sentence
    that names it, the value that came and what is allowed; so does an unknown or damaged model.
    """

    def __init__(
        self,
        root: Path | str = SHIPPED,
        device: torch.device | str | None = None,
        runs: Path | str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open the models below `root` and `runs`; none is loaded before it is used.

        `device` is "cpu", "cuda" or another name that torch knows; None takes the best one here.
        `runs` is the folder of trainings, which are models too. With the models that ship it
        defaults to the environment variable GAN_STUDIO_RUNS or else `./runs`; with any other `root`
        there is none. `limits` bound what visitors may ask for, by default as the environment says.
        On a public page visitors train in a folder of their own there, and see only the models
        whose names they know.
        """
        self.limits = limits_from_env() if limits is None else limits
        self.device = device_named(device) if device else best_device()
        root, runs = Path(root), Path(runs) if runs else None
        base = runs or (Path(os.environ.get(RUNS) or "runs") if root == SHIPPED else None)
        self._runs_from_env = runs is None and root == SHIPPED and bool(os.environ.get(RUNS))
        self.runs = base / VISITORS if base and self.limits.public else base
        folders = [self.runs] if self.runs else []
        self.library = Library(root, self.device, *folders, listed=not self.limits.public)
        self.index_cache = copies.IndexCache()

    @property
    def device_name(self) -> str:
        """The device in words, such as "CPU · 8 cores"."""
        return describe(self.device)

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
        """What is known of all models without loading them, damaged ones included."""
        return cards.model_cards(self.library)

    def model_card(self, name: str) -> ModelCard:
        """The same of one model."""
        return cards.model_card(self.library, name)

    def write_card(self, model: str, *, nearest: bool = False) -> Path:
        """Write the model's README.md anew, with the curve of its distance; returns its path.

        With `nearest` it tells how near three samples come to the training pictures, and shows
        these where their terms allow it. That takes minutes, and ValueError where they are not on
        this machine.
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

    def translators(self) -> list[str]:
        """The names of the models that turn pictures into pictures, those that ship first."""
        return self.library.translators()

    def translator_cards(self) -> list[TranslatorCard]:
        """What such models make of pictures, without loading their weights.

        Other people's networks stand at the end, where this studio's owner has some.
        """
        return [*cards.translator_cards(self.library), *self._external.cards()]

    def translator_info(self, name: str) -> TranslatorInfo:
        """What such a model makes of pictures, of which size, and how large it is."""
        return info.translator_info(self.library.translator(name))

    def translate(
        self,
        model: str,
        picture: Image.Image,
        *,
        strength: float = 1.0,
        direction: str = "forward",
        size: int = 0,
        input: str = "auto",  # noqa: A002  # the recipe's word
    ) -> translate.Translation:
        """Turn a picture into another one, with the models of pix2pix, CycleGAN and CUT.

        `strength` from 0, the source, to 1; `direction` "forward" or, of cyclic models, "backward";
        `size`, pixels of the shorter side at which the network looks, 0 for the model's own;
        `input` "photo" or "drawing" for a model that draws from lines, "auto" looks. ValueError
        with one sentence for anything else, and for a picture that is too large or too narrow.
        """
        recipe = TranslationRecipe(
            model=model, strength=strength, direction=direction, size=size, input=input
        )
        return translate.translate(self.library.translator(model), picture, recipe)

    def upscale(
        self,
        picture: Image.Image,
        model: str = "srgan-photos",
        *,
        scale: int = 4,
        sharpness: float = 0.5,
        noise: float = 0.0,
        keep_colours: bool = True,
    ) -> translate.Translation:
        """Enlarge a picture 2 or 4 times with a model of super-resolution.

        `sharpness` from 0, faithful, to 1, sharp; `noise` from 0, for clean pictures, to 1, for
        those with noise and traces of JPEG; with `keep_colours` the result, made small again, gives
        the picture back. ValueError with one sentence for anything else, and for a picture that is
        too large or too narrow.
        """
        recipe = TranslationRecipe(
            model=model,
            scale=scale,
            sharpness=sharpness,
            noise=noise,
            keep_colours=keep_colours,
        )
        return upscale.upscale(self._upscaler(model), picture, recipe)

    def upscaling(
        self, picture: Image.Image, recipe: TranslationRecipe
    ) -> Iterator[Progress | translate.Translation]:
        """As `upscale`, with the progress of a large picture; the last is the enlarged picture.

        Closing the iterator stops the work.
        """
        return upscale.upscaling(self._upscaler(recipe.model), picture, recipe)

    def speak(
        self,
        text: str,
        *,
        voice: str = VOICE,
        pace: float = 1.0,
        pitch: float = 0.0,
        phones: str = "",
        model: str = SPEECH,
        vocoder: str = VOCODER,
        seed: int = 0,
    ) -> speak.Spoken:
        """Say English text, of 1 to 600 letters.

        `voice` is one of `voices()`, or several with their weights, such as "slt:0.7,rms:0.3".
        `pace` from 0.5 to 2, which is twice as fast; `pitch`, -12 to 12, are semitones by which the
        voice is higher. `phones`, such as "HH AH0 L OW1", are said in place of the text's.
        `vocoder` is a model of `vocoders()`, or "griffin-lim". ValueError with one sentence for
        anything else, and for a text that has nothing to say or is not in Latin letters.
        """
        recipe = SpeechRecipe(
            text=text, phones=phones, voice=voice, pace=pace, pitch=pitch, model=model,
            vocoder=vocoder, seed=seed,
        )  # fmt: skip
        return speak.speak(self.library, recipe)

    def say(self, recipe: SpeechRecipe) -> speak.Spoken:
        """The same by a recipe, such as that of `speech_recipe`."""
        return speak.speak(self.library, recipe)

    def saying(self, recipe: SpeechRecipe) -> Generator[speak.Spoken | None, None, None]:
        """As `say`, in pieces: None after each, in the end the speech.

        Closing the iterator stops the work.
        """
        return speak.speaking(self.library, recipe)

    def speech_recipe(self, wav: bytes) -> SpeechRecipe:
        """The recipe in a WAV that was saved here; ValueError where there is none."""
        return speak.recipe_of(wav)

    def pronunciation(self, text: str) -> tuple[list[str], list[str], list[str]]:
        """The words that would be said, their phones, and what a reader should know."""
        words, phones, notes = speak.pronunciation(text)
        return words, phones, notes

    def voices(self) -> list[str]:
        """The names of the voices that speech is mixed of."""
        return list(speak.VOICES)

    def speech_models(self) -> list[str]:
        """The names of the models that speak."""
        return speak.models()

    def vocoders(self) -> list[str]:
        """The names of the models that make sound of spectrograms, those that ship first."""
        return self.library.vocoders()

    def is_sound(self, model: str) -> bool:
        """Whether a model's pictures are spectrograms that can be heard."""
        return hear.is_sound(self.library.load_any(model))

    def hear(self, recipe: Recipe, vocoder: str = "") -> tuple[int, np.ndarray]:
        """The sound of a recipe's picture: samples per second, and (samples,) float32 in [-1, 1].

        `vocoder` as in `speak`; empty: the one that ships. ValueError where the model's pictures
        are not of sound.
        """
        return hear.RATE, hear.hear(self.library, recipe, vocoder)

    def sample_sounds(
        self,
        model: str,
        count: int,
        seed: int = 0,
        psi: float = 1.0,
        label: int | None = None,
        vocoder: str = "",
    ) -> tuple[int, np.ndarray]:
        """The pictures of `sample`, at most 200, as sounds: the rate and (count, samples)."""
        found = self.library.load(model)
        hear.check_sound(found)
        pictures = draw.sample(found, count, seed, psi, label)
        return hear.RATE, hear.waves(self.library, pictures, vocoder, seed)

    @cached_property
    def _external(self) -> external_networks.ExternalNetworks:
        """None for visitors, whose time and memory they would take."""
        return external_networks.ExternalNetworks(
            None if self.limits.public else self.runs, self.device
        )

    def _upscaler(self, name: str) -> Upscaler:
        if name in self._external.files():
            return self._external.upscaler(name)
        return upscale.own(self.library.translator(name))

    def text_models(self) -> list[words.TextModel]:
        """The models that draw what a sentence asks for, those of photographs first."""
        return words.text_models(self.library)

    def reads_text(self, model: str) -> bool:
        """Whether a model, by name, directory or repository, draws what a sentence asks for."""
        return words.reads_text(self.library.resolve(model))

    def read_text(self, model: str, text: str) -> words.Reading:
        """How a model of gan-cls understands a sentence, word by word and as traits.

        Unknown words are no error. ValueError with one sentence for an empty text, one of more than
        400 letters, and a model that reads none.
        """
        return words.read(self.library.get(model), text)

    def from_text(
        self,
        model: str,
        text: str,
        *,
        seed: int = 0,
        traits: Mapping[str, float] | None = None,
        psi: float = 1.0,
    ) -> words.TextPicture:
        """A picture of what a sentence asks for, with its recipe and how the text was understood.

        The same sentence with another seed is another picture. `traits` set strengths, -2 to 2, of
        traits that `text_models` lists, where they shall differ from what the text says: 1 asks for
        a trait and -1 denies it. ValueError as for `read_text`, and for an unknown trait.
        """
        recipe = Recipe(model=model, text=text, seed=seed, traits=traits or {}, psi=psi)
        return words.from_text(self.library.get(model), recipe)

    def upscalers(self) -> list[str]:
        """The names of the models that enlarge pictures, those that ship first."""
        return [card.name for card in self.translator_cards() if card.task == "enlarge"]

    def upscaler_of(self, model: str) -> str:
        """The model that enlarges the pictures of another: for faces that of faces, if it is there.

        Empty where there is none, for large pictures, and for digits, whose pixels stay sharp.
        """
        return upscale.choose(self.translator_cards(), self.library.get(model))

    def inpaint(
        self,
        model: str,
        picture: Image.Image,
        mask: Image.Image | str,
        *,
        seed: int = 0,
        count: int = 1,
        grow: int = 0,
        feather: int = 0,
        invert: Invert = "ask",
    ) -> list[translate.Translation]:
        """Fill the hole of a picture: what is white in the mask is hidden and drawn anew.

        A model of the family inpainting, or somebody else's network that fills holes, gives one
        proposal. A model of latents that draws faces in
        colour gives `count` (1 to 8), from `seed` on, and takes seconds. `mask` is a picture, or
        run-lengths as a recipe has them; `grow` and `feather`, 0 to 6 pixels as the model sees
        them, enlarge the hole and fade its edge. Whatever lies outside stays as it is. A mask that
        hides more than 70 % is refused unless `invert` is "no", or "yes" where black is what is to
        be filled. ValueError with one sentence for anything else.
        """
        runs = mask if isinstance(mask, str) else ""
        recipe = TranslationRecipe(model=model, mask=runs, seed=seed, grow=grow, feather=feather)
        strange = model in self._external.files()
        found = self._external.inpainter(model) if strange else self.library.repairer(model)
        return inpainting.inpaint(
            found,
            picture,
            None if isinstance(mask, str) else mask,
            recipe,
            count,
            invert,
            vision.load(EMBEDDED, self.device),
        )

    def line_drawing(self, model: str, picture: Image.Image) -> Image.Image:
        """The lines of a picture as a drawing, black on white, for a model that draws from lines.

        ValueError with one sentence for any other model, and as `translate` for a picture.
        """
        found = self.library.translator(model)
        if found.task != "lines":
            raise ValueError(f"{model} does not draw from lines.")
        return translate.line_drawing(picture, found.gan.config.image_size)

    def diagram(self, model: str, seed: int = 0) -> dict[str, Any]:
        """Both networks of a model: layers, shapes, parameters, and what they make of a seed."""
        return diagram.diagram(self.library.get(model), check_int(seed, "seed", 0, MAX_SEED))

    def generators(self) -> tuple[KnownGenerator, ...]:
        """Well-known public generators that `import_model` takes by their address."""
        return KNOWN

    def import_model(
        self, source: str, output: Path | None = None
    ) -> Generator[Download, None, str]:
        """Make a model of somebody else's generator; the return value is its name.

        `source` is a file, an https address, or `user/repo/file.pkl` on the Hub. `output` is a new
        directory, by default one in the folder of trainings that is named after the file. A network
        that enlarges pictures or fills holes stays the file that it is: it is put into `output`, by
        default the folder of trainings, where `upscale` and `inpaint` find it by the file's name.
        Yields the progress of a download. Nothing in the file is run. ValueError with one sentence
        where the source is nothing that is known, or on a public page.
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
        """The recipe's picture as far as about so many seconds reach, from 0.01 to 60.

        A generator with skip connections is asked for its picture at lower resolution where the
        whole takes longer on this machine. Others draw the whole, whatever that takes.
        """
        limit = check_float(seconds, "seconds", 0.01, 60)
        return walks.preview(self.library.get(recipe.model), recipe, limit)

    def preview_all(
        self, recipes: Sequence[Recipe], seconds: float = 0.1
    ) -> list[Preview | ValueError]:
        """The same of many recipes, as far as the seconds reach for each, in the order given.

        Models without smaller pictures draw the whole ones in batches, as `generate_all` does.
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
        """For each slider the recipe with it at −2, −1, 0, 1 and 2 σ, and all else as it is.

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
        found = self.library.load(model)
        recipes = [Recipe(model=found.name, seed=seed, psi=psi, label=label) for seed in seeds]
        return walks.loop(found, recipes, frames)

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
        """The same 1 to 16 seeds through 1 to 12 models of one size, with times and metrics.

        `seeds` may be text such as "1, 2, 3". Without a label conditional models take each class
        in turn.
        """
        return comparison.compare(self.library, models, seeds, label)

    def comparable(self) -> list[str]:
        """The largest set of models with one data set and size, oldest paper first."""
        return comparison.comparable(self.library)

    def is_translator(self, model: str) -> bool:
        """Whether a model turns pictures into pictures; ValueError for an unknown name."""
        return is_translation(self.library.manifest(model).family)

    def compare_translators(
        self, models: Sequence[str], pictures: Mapping[str, Image.Image]
    ) -> TranslatorComparison:
        """The central squares of 1 to 16 named pictures through 1 to 12 translators of one task.

        With times, and what was measured of each model.
        """
        return compare_translators.compare_translators(self.library, models, pictures)

    def comparable_translators(self) -> list[str]:
        """The largest set of translators of one task and data set, oldest paper first."""
        return compare_translators.comparable_translators(self.library)

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

    def evaluate_text(
        self, model: str, dataset: str | None = None, count: int = 2000, *, record: bool = False
    ) -> dict[str, Any]:
        """How often a model of gan-cls draws what sentences ask for, as small networks read it.

        Sentences are made of the held-out pictures of the data set of its training, or of another
        one: coloured digits or celeba. `record` writes the figures into the model's files.
        """
        return evaluate.evaluate_text(self.library, model, dataset, count, record=record)

    def evaluate_translation(
        self, model: str, dataset: str | None = None, count: int = 1000, *, record: bool = False
    ) -> dict[str, Any]:
        """Measure a model that turns pictures into pictures on up to `count` held-out sources.

        The figures depend on what it learnt: the distance to true pictures, classes of maps, chroma
        of coloured pictures, attributes of faces, the round trip of cyclic models. With `record`
        they are written into its config.json and card.
        """
        return evaluate.evaluate_translation(self.library, model, dataset, count, record=record)

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
