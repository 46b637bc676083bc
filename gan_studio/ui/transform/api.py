"""The endpoints `/translate` and `/translators`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import time
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from gan_studio.images import files as image_files
from gan_studio.studio import Studio, TranslationRecipe
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE
from gan_studio.ui.transform import titles
from gan_studio.ui.transform.routes import translate_within_limits

Direction = Literal["forward", "backward"]
Input = Literal["auto", "photo", "drawing"]
Translated = tuple[gr.FileData, str, gr.FileData | None, dict[str, Any]]
"""a PNG with its recipe, the recipe as text, the round trip, what is to be said"""


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def wire(self) -> None:
        api(self.translate, api_name="translate", **EXCLUSIVE)
        api(self.translators, api_name="translators", queue=False)

    @reports_errors
    def translate(
        self, image: gr.FileData, model: str = "pix2pix-colour", strength: float = 1.0,
        direction: Direction = "forward", size: int = 0, input: Input = "auto",  # noqa: A002
    ) -> Translated:  # fmt: skip
        """Turn a picture into another one with a model of pix2pix, CycleGAN or CUT.

        Args:
            image: a PNG, JPEG or WebP
            model: name of a model that /translators lists, or id of a training
            strength: 0 is the source, 1 the translation
            direction: backward only for models that know both directions
            size: pixels of the shorter side at which the network looks; 0 for the model's own
            input: for a model that draws from lines: photo, drawing, or auto, which looks

        Returns:
            translation: a PNG at the picture's size that carries its recipe
            recipe: the recipe as text
            round_trip: of a model that knows both directions, the translation translated back
            said: what a reader should know ("notes") and how long it took ("seconds")
        """
        [path] = image_cache.uploaded([image])
        recipe = TranslationRecipe(
            model=model, strength=strength, direction=direction, size=size, input=input
        )
        start = time.perf_counter()
        made = translate_within_limits(self.studio, recipe, image_files.load(path))
        seconds = time.perf_counter() - start
        name = f"{model}.png"
        saved = image_cache.write(image_files.encode_png(made.image, made.recipe), name)
        back = made.round_trip
        returned = image_cache.write(image_files.encode_png(back), "back.png") if back else None
        return (
            gr.FileData(path=saved),
            made.recipe.to_query(),
            gr.FileData(path=returned) if returned else None,
            {"notes": list(made.notes), "seconds": round(seconds, 3)},
        )

    @reports_errors
    def translators(self) -> list[dict[str, Any]]:
        """List the models that turn pictures into pictures.

        Returns:
            models: of each the "name", its "title", "family", "dataset", "task" (lines, colour or
                pairs), the "image_size" at which it is best, whether it takes "square" pictures
                and whether it is "cyclic", which means that it knows both directions; of those
                how far a "round_trip" moves pictures, and one with noise half-way
                ("round_trip_noisy"), null where that was not measured
        """
        return titles.described(self.studio.translator_cards())
