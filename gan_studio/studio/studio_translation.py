"""The methods of `Studio` for models that turn pictures into pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from PIL import Image

from gan_studio import vision
from gan_studio.core.events import Progress
from gan_studio.gans.families import is_translation
from gan_studio.images.files import Picture
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.upscaler import Upscaler
from gan_studio.studio import (
    cards,
    compare_translators,
    evaluate,
    external_networks,
    info,
    inpaint,
    translate,
    upscale,
)
from gan_studio.studio.compare_translators import TranslatorComparison
from gan_studio.studio.inpaint import Invert
from gan_studio.studio.results import TranslatorCard, TranslatorInfo
from gan_studio.studio.studio_base import StudioBase
from gan_studio.studio.translate import Translation
from gan_studio.style_transfer.painter import EMBEDDED


class TranslationStudio(StudioBase):
    """Translation, super-resolution and inpainting."""

    def translators(self) -> list[str]:
        """The names of the models that turn pictures into pictures, those that ship first."""
        return self.library.translators()

    def translator_cards(self) -> list[TranslatorCard]:
        """Facts about these models, read without their weights.

        Networks of other people come last, where this studio's owner has some.
        """
        return [*cards.translator_cards(self.library), *self._external.cards()]

    def register(self, model: str) -> str:
        """The name of a model that may also be given as a directory or a repository of the Hub.

        The other methods take it by that name. Not for visitors of a public studio.
        """
        return model if model in self._external.files() else self.library.register(model)

    def translator_info(self, name: str) -> TranslatorInfo:
        """The card of such a model, and its number of parameters."""
        return info.translator_info(self.library.translator(name))

    def is_translator(self, model: str) -> bool:
        """Whether a model turns pictures into pictures; ValueError for an unknown name."""
        return is_translation(self.library.manifest(model).family)

    def translate(
        self,
        model: str,
        picture: Image.Image,
        *,
        strength: float = 1.0,
        direction: str = "forward",
        size: int = 0,
        input: str = "auto",  # noqa: A002  # the recipe's word
    ) -> Translation:
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

    def line_drawing(self, model: str, picture: Image.Image) -> Image.Image:
        """The lines of a picture as a drawing, black on white, for a model that draws from lines.

        ValueError with one sentence for any other model, and as `translate` for a picture.
        """
        translator = self.library.translator(model)
        if translator.task != "lines":
            raise ValueError(f"{model} does not draw from lines.")
        return translate.line_drawing(picture, translator.gan.config.image_size)

    def upscalers(self) -> list[str]:
        """The names of the models that enlarge pictures, those that ship first."""
        return [card.name for card in self.translator_cards() if card.task == "enlarge"]

    def upscaler_of(self, model: str) -> str:
        """The model that enlarges the pictures of another: for faces that of faces, if it is there.

        Empty where there is none, for large pictures, and for digits, whose pixels stay sharp.
        """
        recipe = upscale.choose(self.translator_cards(), self.library.get(model))
        return recipe.model if recipe else ""

    def enlarge(self, drawn: Picture) -> Image.Image:
        """A model's picture with four times the pixels along each side, by its `upscaler_of`.

        ValueError with one sentence where there is none.
        """
        model = drawn.recipe.model
        recipe = upscale.choose(self.translator_cards(), self.library.get(model))
        if recipe is None:
            raise ValueError(f"No model here enlarges pictures of {model}.")
        return upscale.upscale(self._upscaler(recipe.model), drawn.image, recipe).image

    def upscale(
        self,
        picture: Image.Image,
        model: str = "srgan-photos",
        *,
        scale: int = 4,
        sharpness: float = 0.5,
        noise: float = 0.0,
        keep_colours: bool = True,
    ) -> Translation:
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
    ) -> Iterator[Progress | Translation]:
        """As `upscale`, with the progress of a large picture; the last is the enlarged picture.

        Closing the iterator stops the work.
        """
        return upscale.upscaling(self._upscaler(recipe.model), picture, recipe)

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
    ) -> list[Translation]:
        """Fill the hole of a picture, which is where the mask is white.

        A model of the family inpainting, or an imported network that fills holes, gives one
        proposal. A model of latents that draws faces in colour gives `count` (1 to 8), from `seed`
        on, and takes seconds. `mask` is a picture, or run-lengths as in a recipe. `grow` and
        `feather`, 0 to 6 of the model's pixels, enlarge the hole and fade its edge; all other
        pixels stay unchanged. A mask that hides more than 70 % is refused unless `invert` is "no",
        or "yes" if the hole is black. ValueError with one sentence for anything else.
        """
        runs = mask if isinstance(mask, str) else ""
        recipe = TranslationRecipe(model=model, mask=runs, seed=seed, grow=grow, feather=feather)
        is_external = model in self._external.files()
        inpainter = self._external.inpainter(model) if is_external else self.library.repairer(model)
        return inpaint.inpaint(
            inpainter,
            picture,
            None if isinstance(mask, str) else mask,
            recipe,
            count,
            invert,
            vision.load(EMBEDDED, self.device),
        )

    def compare_translators(
        self, models: Sequence[str], pictures: Mapping[str, Image.Image]
    ) -> TranslatorComparison:
        """The central squares of 1 to 16 named pictures through 1 to 16 translators of one task.

        With times, and what was measured of each model.
        """
        return compare_translators.compare_translators(self.library, models, pictures)

    def comparable_translators(self) -> list[str]:
        """The largest set of translators of one task and data set, oldest paper first."""
        return compare_translators.comparable_translators(self.library)

    def evaluate_translation(
        self, model: str, dataset: str | None = None, count: int = 1000, *, record: bool = False
    ) -> dict[str, Any]:
        """Measure a model that turns pictures into pictures on up to `count` held-out sources.

        The figures depend on its task: the distance to true pictures, classes of maps, chroma
        of coloured pictures, attributes of faces, the round trip of cyclic models. With `record`
        they are written into its config.json and card.
        """
        return evaluate.evaluate_translation(self.library, model, dataset, count, record=record)

    @cached_property
    def _external(self) -> external_networks.ExternalNetworks:
        """Networks of other people; visitors have none, as they take much time and memory."""
        return external_networks.ExternalNetworks(
            None if self.limits.public else self.runs, self.device
        )

    def _upscaler(self, name: str) -> Upscaler:
        if name in self._external.files():
            return self._external.upscaler(name)
        return upscale.srgan_upscaler(self.library.translator(name))
