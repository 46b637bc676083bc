"""The endpoints `/translate` and `/translators`."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import time
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from gan_studio.images import files as image_files
from gan_studio.studio import Studio, Translation, TranslationRecipe
from gan_studio.ui import image_cache
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.event_options import EXCLUSIVE
from gan_studio.ui.transform import repairing, titles
from gan_studio.ui.transform.enlarging import upscale_within_limits
from gan_studio.ui.transform.routes import translate_within_limits

Direction = Literal["forward", "backward"]
Input = Literal["auto", "photo", "drawing"]
Scale = Literal[2, 4]
Invert = Literal["ask", "no", "yes"]
TranslateResult = tuple[gr.FileData, str, gr.FileData | None, dict[str, Any]]
"""a PNG with its recipe, the recipe as text, the round trip, notes and time"""


class Endpoints:
    """Handlers over a studio, for programs."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def wire(self) -> None:
        api(self.translate, api_name="translate", **EXCLUSIVE)
        api(self.upscale, api_name="upscale", **EXCLUSIVE)
        api(self.inpaint, api_name="inpaint", **EXCLUSIVE)
        api(self.translators, api_name="translators", queue=False)

    @reports_errors
    def translate(
        self, image: gr.FileData, model: str = "pix2pix-colour", strength: float = 1.0,
        direction: Direction = "forward", size: int = 0, input: Input = "auto",  # noqa: A002
    ) -> TranslateResult:  # fmt: skip
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
        [path] = image_cache.uploaded_paths([image])
        recipe = TranslationRecipe(
            model=model, strength=strength, direction=direction, size=size, input=input
        )
        start = time.perf_counter()
        translation = translate_within_limits(
            self.studio, recipe, image_files.load(path, keep_alpha=True)
        )
        seconds = time.perf_counter() - start
        name = f"{model}.png"
        translation_path = image_cache.write(translation.png(), name)
        back = translation.round_trip
        round_trip_path = (
            image_cache.write(image_files.encode_png(back, keep_alpha=True), "back.png")
            if back
            else None
        )
        return (
            gr.FileData(path=translation_path),
            translation.recipe.to_query(),
            gr.FileData(path=round_trip_path) if round_trip_path else None,
            _notes(path, translation, seconds),
        )

    @reports_errors
    def upscale(
        self, image: gr.FileData, model: str = "srgan-photos", scale: Scale = 4,
        sharpness: float = 0.5, noise: float = 0.0, keep_colours: bool = True,
    ) -> tuple[gr.FileData, dict[str, Any]]:  # fmt: skip
        """Enlarge a picture by super-resolution: adds what is likely, not what was there.

        Args:
            image: a PNG, JPEG or WebP
            model: name of a model of the task enlarge that /translators lists
            scale: 2 or 4 times the sides
            sharpness: 0 is faithful, 1 sharp
            noise: 0 for clean pictures, 1 for those with noise and traces of JPEG
            keep_colours: whether the result, made small again, gives the picture back

        Returns:
            picture: a PNG that carries its recipe
            said: what a reader should know ("notes") and how long it took ("seconds")
        """
        [path] = image_cache.uploaded_paths([image])
        recipe = TranslationRecipe(
            model=model, scale=scale, sharpness=sharpness, noise=noise, keep_colours=keep_colours
        )
        start = time.perf_counter()
        enlargement = upscale_within_limits(
            self.studio, recipe, image_files.load(path, keep_alpha=True)
        )
        seconds = time.perf_counter() - start
        enlarged_path = image_cache.write(enlargement.png(), "larger.png")
        return gr.FileData(path=enlarged_path), _notes(path, enlargement, seconds)

    @reports_errors
    def inpaint(
        self, image: gr.FileData, mask: gr.FileData, model: str = "inpainting-celeba",
        count: int = 1, seed: int = 0, grow: int = 0, feather: int = 0, invert: Invert = "ask",
    ) -> tuple[list[gr.FileData], dict[str, Any]]:  # fmt: skip
        """Fill what a mask hides with what is likely there, not with what was there.

        Args:
            image: a PNG, JPEG or WebP; models of faces take the middle square of an aligned face
            mask: a picture that is white where the other one is to be filled
            model: name of a model of the family inpainting, which gives one proposal at once, or of
                one that draws faces, such as stylegan2-celeba, which takes seconds
            count: proposals, 1 to 4, of a model that draws faces
            seed: of the first proposal; the others have the seeds after it
            grow: pixels, as the model sees them, by which the hole grows, 0 to 6
            feather: pixels, as the model sees them, over which its edge fades, 0 to 6
            invert: yes if black is what is to be filled; ask refuses a mask that hides over 70 %

        Returns:
            proposals: a PNG each that carries its recipe, the mask included
            said: what a reader should know ("notes") and how long it took ("seconds")
        """
        paths = image_cache.uploaded_paths([image, mask])
        start = time.perf_counter()
        translations = repairing.proposals(
            self.studio, model, image_files.load(paths[0], keep_alpha=True),
            image_files.load_mask(paths[1]),
            count=count, seed=seed, grow=grow, feather=feather, invert=invert,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        proposal_paths = [image_cache.write(one.png(), f"{model}.png") for one in translations]
        notes = _notes(paths[0], translations[0], seconds)
        return [gr.FileData(path=path) for path in proposal_paths], notes

    @reports_errors
    def translators(self) -> list[dict[str, Any]]:
        """List the models that turn pictures into pictures.

        Returns:
            models: of each the "name", its "title", "family", "dataset", "task" (lines, colour,
                enlarge, repair or pairs), the "image_size" at which it is best, whether it takes
                "square" pictures and whether it is "cyclic", which means that it knows both
                directions; of those how far a "round_trip" moves pictures, and one with noise
                half-way ("round_trip_noisy"), null where that was not measured; of somebody else's
                network its "architecture" and "source", its "megabytes", and the "memory" in
                megabytes and "seconds" of a million pixels that it takes; whether one that enlarges
                "denoises"
        """
        return titles.with_titles(self.studio.translator_cards())


def _notes(path: str, translation: Translation, seconds: float) -> dict[str, Any]:
    """Notes and time of a picture that was made from a file."""
    return {"notes": [*image_files.remarks(path), *translation.notes], "seconds": round(seconds, 3)}
