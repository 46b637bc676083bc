"""The endpoints `/words` and `/word_models`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import time
from typing import Any

import gradio as gr
from gradio.events import api

from gan_studio.images import files as image_files
from gan_studio.studio import Studio
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.words.routes import describe_model, reading_fields


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def wire(self) -> None:
        api(self.words, api_name="words", queue=False)
        api(self.word_models, api_name="word_models", queue=False)

    @reports_errors
    def words(
        self, text: str, model: str = "text-faces", seed: int = 0,
        traits: dict[str, float] | None = None, psi: float = 1.0,
    ) -> tuple[gr.FileData, dict[str, Any]]:  # fmt: skip
        """Draw what a sentence asks for with a model of GAN-CLS. Its PNG carries the recipe.

        Args:
            text: an English sentence of at most 400 letters, such as "a smiling woman"; words
                that the model does not know are passed over
            model: name of a model that /word_models lists, or id of a training
            seed: whole number from 0 to 2^32 - 1; another one gives another picture of the same
            traits: strengths, -2 to 2, of traits that shall differ from what the text says; 1 asks
                for a trait and -1 denies it
            psi: truncation; 0 is the average picture, 1 no truncation

        Returns:
            picture: a PNG
            said: how the text was read, as "words" with the known word for each (empty for none),
                and as "traits" with their strengths; the "script" of words that are not in Latin
                letters, "notes", the recipe ("query") and how long it took ("seconds")
        """
        start = time.perf_counter()
        picture = self.studio.from_text(model, text, seed=seed, traits=traits, psi=psi)
        seconds = time.perf_counter() - start
        path = image_cache.write(
            image_files.encode_png(picture.image, picture.recipe),
            f"{model}-{picture.recipe.seed}.png",
        )
        details = {"query": picture.recipe.to_query(), "seconds": round(seconds, 3)}
        return gr.FileData(path=path), {**reading_fields(picture.reading), **details}

    @reports_errors
    def word_models(self) -> list[dict[str, Any]]:
        """List the models that draw what a sentence asks for.

        Returns:
            models: of each the "name", the "dataset", the "image_size", whether its pictures are
                enlarged "smooth"ly, the "traits" that can be asked for and "examples" of sentences
        """
        return [describe_model(one) for one in self.studio.text_models()]
